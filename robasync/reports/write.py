"""Write all reports of a session that are not one file per document."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from robasync.reports import costs as cost_report
from robasync.reports import html, not_assessed_csv, place, results_csv, rows, summary
from robasync.reports.survey import Survey, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from robasync.accounts import Statement
    from robasync.instruments import Instrument
    from robasync.reports.place import Written
    from robasync.reports.rows import Run

    Outcomes = Callable[[], Iterator[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Reports:
    """What was written, the page first and the table of results second, and what it counts."""

    written: tuple[Written, ...]
    survey: Survey

    @property
    def page(self) -> Path:
        """Where the page lies."""
        return self.written[0].path

    @property
    def table(self) -> Path:
        """Where the table of results lies."""
        return self.written[1].path


def write_all(
    folder: Path, outcomes: Outcomes, *, instrument: Instrument, run: Run, costs: Statement | None = None
) -> Reports:
    """Write the page, the tables and the summary into ``folder``, and what it cost where that is wanted.

    ``outcomes`` is called three times and must give the same bodies in input order each time.
    Synchronous: call it in a thread. Raises StorageError.
    """
    with place.translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        found = survey(outcomes())
        written = [
            _page(folder, outcomes, instrument=instrument, run=run, found=found),
            *_tables(folder, outcomes, instrument=instrument, found=found),
            *(cost_report.write(folder, costs) if costs else ()),
        ]

        written.append(_summary(folder, written, instrument=instrument, run=run, found=found))

        return Reports(tuple(written), found)


def _tables(folder: Path, outcomes: Outcomes, *, instrument: Instrument, found: Survey) -> list[Written]:
    drafts = [place.Draft(folder / name, mark=True) for name in ("results.csv", "not_assessed.csv")]

    with ExitStack() as stack:
        files = [stack.enter_context(draft) for draft in drafts]
        assessed = results_csv.Table(files[0], instrument)
        others = not_assessed_csv.Table(files[1])

        for study in rows.labelled(outcomes(), found.labels):
            assessed.add(study)
            others.add(study)

    return [draft.written for draft in drafts]


def _page(folder: Path, outcomes: Outcomes, *, instrument: Instrument, run: Run, found: Survey) -> Written:
    draft = place.Draft(folder / "report.html")

    with draft as file:
        page = html.Page(instrument=instrument, run=run, survey=found)
        html.write(file, page, studies=lambda: rows.labelled(outcomes(), found.labels))

    return draft.written


def _summary(
    folder: Path, written: list[Written], *, instrument: Instrument, run: Run, found: Survey
) -> Written:
    draft = place.Draft(folder / "summary.json")

    with draft as file:
        file.write(summary.encode(run, instrument, found, written=written))

    return draft.written
