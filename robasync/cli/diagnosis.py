"""What a check of a session found, in words for the people who need its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from shlex import quote

from robasync.findings import Finding, Level, Looked, Repaired, Report, Subject

SHOWN = 10  # findings of one subject that are written out without --verbose
INDENT = "  "

_TITLES = {
    Subject.JOURNAL: "The journal, the file that holds every answer",
    Subject.CALLS: "The calls to the models",
    Subject.COSTS: "The costs",
    Subject.OUTCOMES: "The outcomes of the studies",
    Subject.CHECKPOINT: "The checkpoint",
    Subject.BACKUPS: "The backups of the checkpoint",
    Subject.INDEX: "The index of the journal",
    Subject.RESULTS: "The result files",
    Subject.LEFTOVERS: "Files left over",
}
_BOOKS = frozenset({Subject.CALLS, Subject.COSTS})


def lines(report: Report, *, verbose: bool) -> Iterator[str]:
    """Yield the report: what was looked at, what was found, what it means, what to do."""
    yield f"Session {report.session}: {report.checkpoint}"

    if report.writer:
        yield f"It is being written by {report.writer}; looked at is what was on the disk just now."

    yield from ("", "Looked at", *(INDENT + line for line in _looked(report.looked)))
    yield from (f"{INDENT}not looked at: {line}" for what in report.unseen for line in what.splitlines())
    yield from ("", "Found", *(INDENT + line for line in _found(report, verbose=verbose)))
    yield from ("", "What it means", *(INDENT + line for line in _meaning(report)))
    yield from ("", "What to do", *(INDENT + line for line in _advice(report)))


def repaired(copy: Repaired | None) -> Iterator[str]:
    """Yield what was written, and how it is put in place; nothing where nothing was."""
    if copy is None:
        return

    yield from ("", f"Repaired copy: {copy.folder}")
    yield f"{INDENT}{', '.join(copy.files)}"

    if copy.results:
        yield f"{INDENT}results: {_count(copy.results, 'file')} to replace those named in the results folder"

    yield f"{INDENT}Check it: robasync fsck -s {quote(copy.checkpoint)}"
    yield f"{INDENT}Go on with it as it is: robasync resume -s {quote(copy.checkpoint)}"
    yield f"{INDENT}Or move the session's files away, and these in their place; keep the damaged ones."


def facts(report: Report, copy: Repaired | None) -> dict[str, object]:
    """Return the same facts for other programs."""
    return {
        "session": report.session,
        "checkpoint": report.checkpoint,
        "clean": report.is_clean,
        "writer": report.writer or None,
        "looked_at": asdict(report.looked),
        "not_looked_at": list(report.unseen),
        "counts": {level.value: report.count(level) for level in Level},
        "findings": [asdict(finding) for finding in report.findings],
        "repaired": asdict(copy) if copy else None,
    }


def _looked(looked: Looked) -> Iterator[str]:
    done = f"{looked.assessed} assessed, {looked.refused} refused, {looked.failed} failed, {looked.left} left"
    where = f"{_count(looked.files, 'journal file')} of {looked.bytes / 1024**2:.1f} MB"

    yield f"{_count(looked.records, 'record')} in {where}, each by its own checksum"
    yield f"{_count(looked.total, 'study', 'studies')}: {done}"
    yield (
        f"{_count(looked.asked, 'call')} to models, {_count(looked.answered, 'answer')}, "
        f"{looked.uncertain} without an end; {_count(looked.priced, 'cost')} worked out anew"
    )
    yield _money(looked)
    yield (
        f"{'the' if looked.checkpoint else 'no'} checkpoint, {_count(looked.backups, 'backup')} of it, "
        f"{'the' if looked.index else 'no'} index"
    )

    if looked.later_kinds:
        yield f"{_count(looked.later_kinds, 'record')} of a later version of robasync, checksum only"


def _money(looked: Looked) -> str:
    given_up = f"; {_count(looked.released, 'released call')}, at most {looked.given_up:.4f} more"
    sums = f"{looked.cost:.4f} spent, at most {looked.reserved:.4f} more for the calls without an end"

    return sums + (given_up if looked.released else "")


def _found(report: Report, *, verbose: bool) -> Iterator[str]:
    if not report.findings:
        yield "Nothing amiss."

    order = list(Subject)
    findings = sorted(report.findings, key=lambda finding: order.index(finding.subject))

    for subject, group in groupby(findings, key=lambda finding: finding.subject):
        listed = list(group)
        shown = listed if verbose else listed[:SHOWN]
        more = sum(report.count(level, subject) for level in Level) - len(shown)

        yield f"{_TITLES[subject]}:"
        yield from (f"{INDENT}{_line(finding)}" for finding in shown)

        if more:
            yield f"{INDENT}and {more} more{'' if verbose else '; --verbose shows them, --json has them too'}"


def _line(finding: Finding) -> str:
    place = f", byte {finding.offset}" if finding.offset is not None else ""
    where = f"{finding.file}{place}: " if finding.file else ""
    who = f"{finding.document}: " if finding.document else ""

    return f"[{finding.level}] {who}{where}{finding.message}"


def _meaning(report: Report) -> Iterator[str]:
    if report.count(Level.LOSS):
        yield "Something that was recorded cannot be read any more. Every other answer is whole."
        yield from _loss(report)
    elif report.unseen:
        yield "Every record is as it was written; what is in them was not looked at."
    else:
        yield "Every recorded answer can be read, and is what was recorded."

    if report.count(Level.DAMAGE, Subject.RESULTS):
        yield "Result files are missing or not what was recorded: use none of those. The journal has it all."

    if report.count(Level.DAMAGE, Subject.CHECKPOINT) + report.count(Level.DAMAGE, Subject.BACKUPS):
        yield "A damaged checkpoint or backup costs nothing: it is a summary that the journal can give again."

    if any(report.count(Level.DAMAGE, subject) for subject in _BOOKS):
        yield "The books do not add up: the costs shown may be too high or too low. The answers stand."


def _loss(report: Report) -> Iterator[str]:
    left = _count(report.looked.left, "study has", "studies have")

    if report.looked.left:
        yield f"{left} no outcome: not assessed yet, or lost. No study has a wrong one."
    elif report.looked.total and not report.count(Level.LOSS, Subject.OUTCOMES):
        yield "Every study has an outcome, so nothing has to be asked again."


def _advice(report: Report) -> Iterator[str]:
    name = quote(report.checkpoint)

    if report.is_clean:
        yield _next(report)
        return

    if report.writer:
        yield "Let the run end, then check again; until then change no file of the session."

    yield "Copy the folder before anything else; check the disk it lies on if nobody has changed the files."

    if report.count(Level.LOSS) and report.looked.left:
        yield f"Ask for what is missing, and only for that: robasync resume -s {name}"

    if report.count(Level.DAMAGE, Subject.RESULTS):
        yield f"Move the result files named above away, then write them again: robasync report -s {name}"


def _next(report: Report) -> str:
    if report.writer or not report.looked.left:
        return "Nothing."

    left = _count(report.looked.left, "study is", "studies are")

    return f"Nothing to mend. {left} left; continue with: robasync resume -s {quote(report.checkpoint)}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
