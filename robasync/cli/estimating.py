"""What a run costs and takes, before it does: in words for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from robasync.cli.phrases import count, money
from robasync.forecast import Forecast
from robasync.plan.duration import Bound, Duration
from robasync.plan.estimate import Estimate
from robasync.service.progress import duration

BOUNDS = {
    Bound.REPLIES: "the model takes {0.a_call:.1f} s for a reply",
    Bound.REQUESTS: "the requests that are allowed a minute let no more through",
    Bound.TOKENS: "the tokens that are allowed a minute let no more through",
    Bound.READING: "reading the files takes as long",
}
ASSUMED = (
    "assumed: an English text, 100 tokens for each answer; a model that thinks before it answers writes more."
)
PILOT = "A pilot measures it, and its answers are used again: robasync run --sample 5"


def lines(forecast: Forecast) -> Iterator[str]:
    """Yield what is sent to whom, and what that takes and costs."""
    if not forecast.calls:
        yield "Cost: nothing is asked, nothing is paid."
        return

    yield from _sent(forecast)
    estimate = forecast.estimate

    if estimate.likely is None or forecast.most is None:
        yield "Cost: the price of the model is unknown; give it one in the settings (price)."
    else:
        yield from _cost(forecast, estimate)

    yield _time(estimate.duration)

    if forecast.recipient.address:
        yield from _source(estimate)


def facts(forecast: Forecast) -> dict[str, Any]:
    """Return the same facts for other programs."""
    estimate, takes = forecast.estimate, forecast.estimate.duration
    asked = max(forecast.asked, 1)

    return {
        "sent_to": asdict(forecast.recipient)
        | {"files": forecast.asked if forecast.recipient.address else 0},
        "tokens": {
            "input": estimate.tokens.input,
            "cached": estimate.tokens.cached,
            "written_to_cache": estimate.tokens.written,
            "output": estimate.tokens.output,
        },
        "cost": {
            "likely": estimate.likely,
            "most": estimate.most,
            "currency": estimate.currency,
            "likely_per_study": None if estimate.likely is None else estimate.likely / asked,
            "most_per_study": None if estimate.most is None else estimate.most / asked,
            "attempts_counted": {
                "likely": 1,
                "most": estimate.attempts,
                "corrections_among_them": estimate.corrections,
            },
            "tokens_an_answer_at_most": estimate.max_tokens,
            "left_of_cap": forecast.left_of_cap,
            "most_within_cap": forecast.most,
        },
        "duration": {
            "seconds": takes.seconds,
            "bound_by": takes.bound.value,
            "seconds_per_call": takes.a_call,
            "is_guess": takes.is_guess,
        },
        "measured_replies": estimate.replies,
    }


def _sent(forecast: Forecast) -> Iterator[str]:
    who, tokens = forecast.recipient, forecast.estimate.tokens

    if not who.address:
        return

    model = who.name if who.model == who.name else f"{who.name}: {who.model}"
    yield f"The text of {count(forecast.asked, 'file')} will be sent to {who.address} ({model})."
    cached = f" ({tokens.cached:,} of them cached)" if tokens.cached else ""
    yield f"Tokens: about {tokens.input:,} in{cached}, {tokens.output:,} out; 1 model, 1 run each."


def _cost(forecast: Forecast, estimate: Estimate) -> Iterator[str]:
    def a_study(amount: float | None) -> str:
        """Return an amount's share for one of the studies that are asked about."""
        return money((amount or 0.0) / max(forecast.asked, 1), estimate.currency)

    likely, most = money(estimate.likely, estimate.currency), money(estimate.most, estimate.currency)
    a_likely, a_most = a_study(estimate.likely), a_study(estimate.most)
    yield f"Cost: likely {likely}, at most {most}; for a study {a_likely}, at most {a_most}."

    if estimate.most:
        yield _bound(estimate)

    if forecast.left_of_cap is not None and forecast.may_reach_cap:
        yield f"The cap leaves {money(forecast.left_of_cap, estimate.currency)}: the run may stop there."


def _bound(estimate: Estimate) -> str:
    """Say what the highest cost is made of, so that nobody takes it for what a run comes to."""
    asked, ratio = estimate.attempts - estimate.corrections, ""

    if estimate.likely and estimate.most:
        ratio = f", {estimate.most / estimate.likely:,.0f} times as much"

    return (
        f"Likely counts each call once. At most counts each call {count(asked, 'time')} and its correction "
        f"{count(estimate.corrections, 'time')}, each byte as a token, each answer as "
        f"{estimate.max_tokens:,} tokens: a bound{ratio}."
    )


def _time(takes: Duration) -> str:
    if takes.is_guess:
        return f"Time: perhaps {duration(takes.seconds)}; a guess: how fast the model answers is not known."

    return f"Time: likely {duration(takes.seconds)}; {BOUNDS[takes.bound].format(takes)}."


def _source(estimate: Estimate) -> Iterator[str]:
    if estimate.replies:
        replies = count(estimate.replies, "recorded reply", "recorded replies")
        yield f"Likely is reckoned from {replies} of this model."
        return

    yield f"Likely is {ASSUMED}"
    yield PILOT
