"""What a run says when it ends: facts on stdout, what to do next."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from robasync.cli import rereading
from robasync.cli.terminal import complain, say
from robasync.ending import Ending
from robasync.model import AssessorKind
from robasync.service.progress import at_most, price


def tell(ending: Ending, *, as_json: bool) -> None:
    """Print the end of a run."""
    if as_json:
        say(orjson.dumps(facts(ending), option=orjson.OPT_INDENT_2).decode(), safe=_safe(ending))
        return

    if ending.reason is not None:
        complain(str(ending.reason))

    say("\n".join(lines(ending)), safe=_safe(ending))


def lines(ending: Ending) -> list[str]:
    """Return the facts in a reviewer's words."""
    return [*_counts(ending), *_places(ending), *_next(ending)]


def _counts(ending: Ending) -> Iterator[str]:
    counts = (
        f"{ending.assessed} assessed, {ending.refused} refused, {ending.failed} failed, {ending.left} left"
    )

    yield f"{_studies(ending.total)}: {counts}; {price(ending.cost, ending.currency)}"

    if ending.reread is not None:
        yield from rereading.lines(ending.reread, would=False)

    if ending.assessor_kind is AssessorKind.BASELINE:
        yield f"Assessor: {ending.assessor_kind}"

    if ending.open_items:
        yield f"Items without a judgement, for a person: {ending.open_items}; the report says why."

    if ending.uncertain:
        see = f"robasync resume -s {ending.name} --release"
        yield f"Uncertain calls: {ending.uncertain}; no reply arrived, they may have been billed: {see}"

    if ending.unsaved.documents:
        cost = at_most(ending.unsaved.cost, ending.currency)
        yield f"Not saved: {ending.unsaved.count}, {cost}; named above; resume asks for them again."

    if ending.failed:
        yield f"{_studies(ending.failed)} could not be assessed; not_assessed.csv gives the reasons."

    if ending.images:
        command = f"robasync resume -s {ending.name} --ocr"
        yield f"Images without text: {ending.images}; text recognition may read them: {command}"


def _places(ending: Ending) -> Iterator[str]:
    named = (
        ("Report", ending.report),
        ("Table", ending.table),
        ("Results", ending.results),
        ("Checkpoint", ending.checkpoint),
    )

    for name, path in named:
        if path is not None:
            yield f"{name + ':':12}{path}"

    for usual, path in ending.elsewhere:
        yield f"{usual.name} is in use by another program; written beside it: {path}"


def _next(ending: Ending) -> Iterator[str]:
    if ending.is_cut_short:
        yield _safe(ending)

    if ending.report is not None and ending.assessed:
        yield f"{_judgements(ending.proposed)} your review; start here: {ending.report}"
    elif ending.report is None and ending.left < ending.total:
        yield f"Reports of what is there: robasync report -s {ending.name}"


def _safe(ending: Ending) -> str:
    safe = f"{ending.total - max(ending.left, ending.undone)} of {_studies(ending.total)} are safe"

    if ending.is_cut_short:
        cap = f" --max-cost {ending.next_cap:.9g}" if ending.next_cap else ""

        return f"{safe}; continue with: robasync resume -s {ending.name}{cap}"

    return f"{safe}; they stand in {ending.results}"


def _judgements(count: int | None) -> str:
    return "1 proposed judgement needs" if count == 1 else f"{count} proposed judgements need"


def _studies(count: int) -> str:
    return f"{count} study" if count == 1 else f"{count} studies"


def facts(ending: Ending) -> dict[str, object]:
    """Return the same facts for other programs."""
    return {
        "session": ending.session,
        "total": ending.total,
        "assessed": ending.assessed,
        "refused": ending.refused,
        "failed": ending.failed,
        "left": ending.left,
        "undone": ending.undone,
        "images_without_text": ending.images,
        "proposed_judgements": ending.proposed,
        "items_without_judgement": ending.open_items,
        "uncertain_calls": ending.uncertain,
        "answers_not_saved": list(ending.unsaved.documents),
        "cost_not_saved": ending.unsaved.cost,
        "cost": ending.cost,
        "currency": ending.currency,
        "assessor_kind": ending.assessor_kind,
        "report": str(ending.report) if ending.report else None,
        "table": str(ending.table) if ending.table else None,
        "results": str(ending.results),
        "checkpoint": str(ending.checkpoint) if ending.checkpoint else None,
        "next_cap": ending.next_cap,
        "stopped_by": str(ending.reason) if ending.reason else None,
        "exit_code": ending.exit_code,
        **(rereading.facts(ending.reread) if ending.reread else {}),
    }
