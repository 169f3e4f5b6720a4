"""What a run would do, before it does it: in words for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

import orjson

from robasync.cli import estimating
from robasync.cli.phrases import MOST_NAMES, about, count, listed, studies
from robasync.cli.terminal import say
from robasync.forecast import Forecast, Reasons

WITHOUT = "To do it, give the same command without --dry-run."


def tell(forecast: Forecast, *, as_json: bool, how: str = WITHOUT) -> None:
    """Print the forecast, and ``how`` to have done what it says."""
    if as_json:
        say(orjson.dumps(facts(forecast), option=orjson.OPT_INDENT_2).decode())
        return

    for line in lines(forecast):
        say(line)

    say(f"Nothing was sent, nothing was changed. {how}")


def lines(forecast: Forecast) -> Iterator[str]:
    """Yield what becomes of the studies, what it costs and takes, and which of them are not as they were."""
    whose = f"Session {forecast.session}" if forecast.session else "A new session"
    total = studies(forecast.total)
    yield f"{whose}: {total}, {count(forecast.total, 'result')}"

    if not forecast.part.is_all:
        yield f"Reckoned from {forecast.part.looked_at:,} of {studies(forecast.part.whole)}, drawn at random:"

    for number, words in _groups(forecast):
        if number:
            yield f"{number:>7,} {words}"

    yield from estimating.lines(forecast)

    if forecast.session:
        yield from _not_as_they_were(forecast)

    yield from _why("Cannot be assessed", forecast.failing_why, forecast.failing)
    yield from _why("Not tried again", forecast.standing.kept_why, forecast.standing.kept)


def facts(forecast: Forecast) -> dict[str, object]:
    """Return the same facts for other programs."""
    standing, work = forecast.standing, forecast.standing.work
    is_begun = bool(forecast.session)

    return {
        "session": forecast.session or None,
        "total": forecast.total,
        "studies": forecast.total,
        "results": forecast.total,
        "reckoned_from": asdict(forecast.part),
        "reused": standing.reused,
        "judged_again_free": forecast.rejudged,
        "skipped": _skipped(forecast),
        "to_be_asked": forecast.asked,
        "calls": forecast.calls,
        "cannot_be_assessed": forecast.failing,
        "not_tried_again": standing.kept,
        "vanished_before_assessed": standing.missing,
        **estimating.facts(forecast),
        "changed": sorted(work.changed),
        "new": list(work.new) if is_begun else [],
        "vanished": list(work.vanished),
        "moved": [{"from": old, "to": new} for old, new in work.moved],
        "tried_again": sorted(work.retried),
        "cannot_be_assessed_why": _named(forecast.failing_why),
        "not_tried_again_why": _named(standing.kept_why),
    }


def _skipped(forecast: Forecast) -> dict[str, int]:
    """Return how many studies nothing is asked about, by why."""
    free, standing = forecast.free, forecast.standing

    return {
        "done_before": standing.reused,
        "answered": free.answered,
        "refused": free.refused,
        "same_text": free.twins,
        "not_readable": forecast.failing,
        "failed_for_good": standing.kept,
        "vanished": standing.missing,
    }


def _groups(forecast: Forecast) -> Iterator[tuple[int, str]]:
    free, standing = forecast.free, forecast.standing

    yield standing.reused, "stay as they are: assessed, or refused"
    yield forecast.asked, f"to be asked: {count(forecast.calls, 'call')}"
    yield free.answered, "judged again, free: their answers are recorded"
    yield free.refused, "refused, free: no reports that the instrument covers"
    yield free.twins, "judged free: the same text as another study"
    yield forecast.failing, "cannot be assessed as they are; nothing is asked of them"
    yield standing.kept, "failed and would fail again: not tried"
    yield standing.missing, "vanished before they were assessed"


def _not_as_they_were(forecast: Forecast) -> Iterator[str]:
    work = forecast.standing.work
    moved_from, moved_to = ({pair[side] for pair in work.moved} for side in (0, 1))
    groups: tuple[tuple[str, Iterable[str]], ...] = (
        ("Changed", sorted(work.changed)),
        ("New", [name for name in work.new if name not in moved_to]),
        ("Vanished", [name for name in work.vanished if name not in moved_from]),
        ("Moved", [f"{old} -> {new}" for old, new in work.moved]),
        ("Tried again", sorted(work.retried)),
    )

    for words, names in groups:
        if shown := list(names):
            yield f"{words}: {listed(shown)}"


def _why(words: str, reasons: Reasons, number: int) -> Iterator[str]:
    for name, message in reasons[:MOST_NAMES]:
        yield f"{words}: {about(name, message)}"

    if number > MOST_NAMES:
        yield f"{words}: and {number - MOST_NAMES:,} more"


def _named(reasons: Reasons) -> list[dict[str, str]]:
    return [{"document": name, "message": message} for name, message in reasons]
