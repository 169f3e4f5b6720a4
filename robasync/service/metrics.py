"""/metrics: the status of a run in Prometheus' text format, computed when it is scraped.

Names and units by https://prometheus.io/docs/practices/naming/ (seconds, ``_total`` for what only
grows); models and tokens are labelled as OpenTelemetry's attributes for generative AI
(gen_ai.request.model, gen_ai.token.type), with underscores for dots.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from robasync.model import Status as Outcome
from robasync.service.newest import Newest
from robasync.service.status import Model, Money, State, Status, Used

MINUTE = 60.0
MODEL = "gen_ai_request_model"
TOKENS = "gen_ai_token_type"

Values = Iterable[tuple[tuple[str, ...], float]]


class RunCollector(Collector):
    """Turns the status, as it is at the scrape, into metrics; holds nothing itself."""

    def __init__(self, status: Callable[[], Status], newest: Newest) -> None:
        self._status = status
        self._newest = newest

    def describe(self) -> list[Metric]:
        """Return nothing: a registry would ask for a status to learn the names."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        now = self._status()

        yield _info(now)
        yield from _work(now, outcomes=self._newest.outcomes)
        yield from _money(now.money, now.used)
        yield from _tokens(now.used)
        yield from _models(now.models)


def registry(status: Callable[[], Status], newest: Newest) -> CollectorRegistry:
    """Return the metrics of one run and of this process, apart from all others."""
    made = CollectorRegistry()
    made.register(RunCollector(status, newest))
    ProcessCollector(registry=made)

    return made


def _info(now: Status) -> Metric:
    return InfoMetricFamily("robasync_session", "The session at work.", {"session": now.session})


def _work(now: Status, *, outcomes: Mapping[Outcome, int]) -> Iterator[Metric]:
    progress = now.progress
    standing = {
        "assessed": now.assessed,
        "refused": now.refused,
        "failed": progress.failed,
        "left": progress.left,
    }
    yield _gauge("state", "1 for what the run is doing.", _each({s: s is now.state for s in State}), "state")
    yield _gauge("documents", "Documents of the session by what became of them.", _each(standing), "state")
    yield _counter(
        "outcomes",
        "Outcomes that this process has recorded.",
        _each({status: outcomes.get(status, 0) for status in Outcome}),
        "outcome",
    )
    yield _counter("failures", "Failures in the session, later successes included.", _one(now.errors_total))
    yield _gauge("remaining_seconds", "Likely time to the end.", _one(progress.seconds_left))
    yield _gauge("batch", "The lowest batch that is not completed.", _one(now.batch))
    yield _gauge("batches", "Batches there are and will be.", _one(now.batches))
    yield _gauge("workers", "Documents that may be in work at a time.", _one(now.workers))
    yield _gauge("workers_busy", "Documents in work.", _one(now.in_work))
    yield _gauge("calls_in_flight", "Calls sent and not answered.", _one(now.calls_in_flight))
    yield _gauge("calls_uncertain", "Calls whose end nobody knows.", _one(now.uncertain))
    yield _counter("journal_records", "Records that are safe on the disk.", _one(now.records))
    yield _gauge("journal_writable", "1 while the disk takes records.", _one(progress.trouble is None))


def _money(money: Money, used: Iterable[Used]) -> Iterator[Metric]:
    of = (money.currency,)
    costs = [((model.model, *of), model.cost) for model in used]
    yield _counter("cost", "What replies cost, where a price is known.", costs, MODEL, "currency")
    yield _gauge("cost_reserved", "What open calls may still cost.", [(of, money.reserved)], "currency")

    if money.cap is not None:
        yield _gauge("cost_cap", "The hard cap on cost.", [(of, money.cap)], "currency")


def _tokens(used: Iterable[Used]) -> Iterator[Metric]:
    models = tuple(used)
    tokens = [((model.model, "input"), model.input_tokens) for model in models]
    tokens += [((model.model, "output"), model.output_tokens) for model in models]
    yield _counter("tokens", "Tokens that providers counted.", tokens, MODEL, TOKENS)
    yield _counter("cached_tokens", "Input tokens from a cache.", _by(models, "cached_tokens"), MODEL)
    yield _counter("replies", "Replies that are recorded.", _by(models, "replies"), MODEL)
    yield _counter("replies_unpriced", "Replies of unknown cost.", _by(models, "unpriced"), MODEL)


def _models(models: tuple[Model, ...]) -> Iterator[Metric]:
    labels = ("lane", MODEL, "server_address")

    def of(value: Callable[[Model], float | None]) -> Values:
        """Yield a value of each lane, those apart that differ by their key alone."""
        for number, model in enumerate(models, 1):
            if (found := value(model)) is not None:
                yield (str(number), model.name, model.address), found

    yield _gauge("lane_up", "0 while the server counts as down.", of(lambda m: not m.is_down), *labels)
    yield _gauge("lane_calls", "Calls, those that wait included.", of(lambda m: m.in_flight), *labels)
    yield _counter("lane_refusals", "Calls that were too many.", of(lambda m: m.refused), *labels)
    yield _gauge("lane_wait_seconds", "Until the server is asked again.", of(lambda m: m.waits), *labels)
    yield _gauge(
        "lane_requests_per_second",
        "The lower of the stated and the found limit.",
        of(lambda m: _per_second(m.requests_per_minute)),
        *labels,
    )
    yield _gauge(
        "lane_tokens_per_second",
        "The lower of the stated and the found limit.",
        of(lambda m: _per_second(m.tokens_per_minute)),
        *labels,
    )


def _gauge(name: str, words: str, values: Values, *labels: str) -> Metric:
    return _filled(GaugeMetricFamily(f"robasync_{name}", words, labels=labels), values)


def _counter(name: str, words: str, values: Values, *labels: str) -> Metric:
    return _filled(CounterMetricFamily(f"robasync_{name}", words, labels=labels), values)


def _filled(family: CounterMetricFamily | GaugeMetricFamily, values: Values) -> Metric:
    for labels, value in values:
        family.add_metric(labels, float(value))

    return family


def _one(value: float | None) -> Values:
    return () if value is None or not math.isfinite(value) else (((), value),)


def _each(values: Mapping[str, float]) -> Values:
    return [((name,), value) for name, value in values.items()]


def _by(models: Iterable[Used], name: str) -> Values:
    return [((model.model,), getattr(model, name)) for model in models]


def _per_second(rate: float | None) -> float | None:
    return None if rate is None else rate / MINUTE
