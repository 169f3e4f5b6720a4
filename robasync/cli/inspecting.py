"""What is known of a session, and whether it can go on: in words for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice

import orjson

from robasync.app.overview import File, Overview
from robasync.app.validation import Verdict
from robasync.books import Spend
from robasync.cli.phrases import about, count, money
from robasync.cli.terminal import complain, say
from robasync.cost import told
from robasync.service.progress import at_most

INDENT = "  "
MOST_CALLS = 20  # that are named one by one
SECONDS = 19  # characters of a time up to its seconds


def show(overview: Overview, *, as_json: bool) -> None:
    """Print what is known of a session."""
    if as_json:
        _dump(facts(overview))
        return

    for line in lines(overview):
        say(line)


def judge(verdicts: Sequence[Verdict], *, as_json: bool) -> bool:
    """Print the verdicts, those on what is wrong on stderr; return whether all is well."""
    is_valid = all(verdict.is_valid for verdict in verdicts)

    if as_json:
        _dump({"valid": is_valid, "checks": [asdict(one) | {"valid": one.is_valid} for one in verdicts]})
        return is_valid

    for verdict in verdicts:
        if verdict.is_valid:
            say(f"{verdict.part} is valid: {verdict.fact}")
        else:
            complain(f"{verdict.part} validation failed: {verdict.problem}")

    return is_valid


def lines(overview: Overview) -> Iterator[str]:
    """Yield the facts in a reviewer's words, a part after the other."""
    session = overview.session
    yield f"Session: {session.id}"
    yield f"Started: {_moment(session.started)}, with robasync {session.version or 'of an unknown version'}"
    yield f"Newest record: {_moment(overview.newest.isoformat())}, number {session.last_sequence:,}"
    yield f"Folders: {session.input_folder} -> {session.output_folder}"
    yield from _progress(overview)
    yield from _money(overview)
    yield from _troubles(overview)
    yield "Files:"
    yield from (f"{INDENT}{file.path}  {_size(file)}" for file in overview.files)
    yield f"Backups: {len(overview.backups) or 'none'}"
    yield from (f"{INDENT}{file.path}  {_size(file)}" for file in overview.backups)
    yield from _settings(overview)


def facts(overview: Overview) -> dict[str, object]:
    """Return the same facts for other programs."""
    session = overview.session

    return {
        "session": session.id,
        "robasync": session.version,
        "started": session.started,
        "newest_record": overview.newest.isoformat(),
        "records": session.last_sequence,
        "ended": session.ended or None,
        "input_folder": session.input_folder,
        "output_folder": session.output_folder,
        "total": session.total,
        "assessed": session.assessed,
        "refused": session.refused,
        "failed": session.failed,
        "left": session.left,
        "current_batch": session.current_batch,
        "total_batches": session.total_batches,
        "workers": session.workers,
        "cost": overview.cost,
        "currency": overview.currency,
        "by_model": {model: asdict(spend) for model, spend in session.spend.items()},
        "prices": session.prices,
        "uncertain_calls": [asdict(call) for call in session.uncertain.values()],
        "uncertain_cost": session.reserved,
        "errors_total": session.errors_total,
        "newest_errors": [asdict(error) for error in overview.errors],
        "files": [_file(file) for file in overview.files],
        "backups": [_file(file) for file in overview.backups],
        "settings": {change.name: change.new for change in overview.differing},
        "settings_problem": overview.problem or None,
    }


def _progress(overview: Overview) -> Iterator[str]:
    session = overview.session
    share = session.completed / session.total * 100 if session.total else 100.0
    yield f"Progress: {session.completed}/{session.total} documents completed ({share:.1f}%)"
    yield (
        f"{INDENT}{session.assessed} assessed, {session.refused} refused, "
        f"{session.failed} failed, {session.left} left"
    )
    yield f"Batches: {session.current_batch} of {max(session.total_batches, 1)}"


def _money(overview: Overview) -> Iterator[str]:
    yield f"Cost: {money(overview.cost, overview.currency)}"

    for model, spend in overview.session.spend.items():
        cost = money(None if spend.unpriced else spend.cost, overview.currency)
        yield f"{INDENT}{model}: {cost}, {count(spend.replies, 'answer')}; {_tokens(spend)}"

    for model, price in overview.session.prices.items():
        yield f"{INDENT}Price of {model}: {told(price)}"


def _tokens(spend: Spend) -> str:
    return (
        f"{spend.input_tokens:,} tokens in ({spend.cached_tokens:,} of them cached), "
        f"{spend.output_tokens:,} out"
    )


def _troubles(overview: Overview) -> Iterator[str]:
    session = overview.session
    uncertain = session.uncertain.values()
    priced = all(call.reserved is not None for call in uncertain)
    most = at_most(session.reserved if priced else None, overview.currency)
    yield f"Uncertain calls: {len(uncertain)}, {most}" if uncertain else "Uncertain calls: none"

    for call in islice(uncertain, MOST_CALLS):
        yield f"{INDENT}{call.document}, asked of {call.model} at {_moment(call.time)}"

    if len(uncertain) > MOST_CALLS:
        yield f"{INDENT}and {len(uncertain) - MOST_CALLS:,} more; --json has them all"

    yield f"Errors: {session.errors_total or 'none'}"
    yield from (f"{INDENT}{_moment(one.time)} {about(one.document, one.error)}" for one in overview.errors)


def _settings(overview: Overview) -> Iterator[str]:
    if overview.problem:
        yield f"Settings: those recorded cannot be used: {overview.problem}"
        return

    yield "Settings that differ from the defaults:" if overview.differing else "Settings: the defaults"
    yield from (f"{INDENT}{one.name} = {orjson.dumps(one.new).decode()}" for one in overview.differing)


def _moment(time: str) -> str:
    return time[:SECONDS].replace("T", " ")


def _size(file: File) -> str:
    return f"{file.size / 1024**2:.1f} MB" if file.size >= 1024**2 else f"{file.size / 1024:.1f} KB"


def _file(file: File) -> dict[str, object]:
    return {"path": str(file.path), "bytes": file.size}


def _dump(value: object) -> None:
    say(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
