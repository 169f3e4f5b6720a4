"""From a session to what a reviewer reads: result files, reports, and the run's ending."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import orjson
from anyio import to_thread

import robasync
from robasync.app import accounts
from robasync.app.assembly import Plan
from robasync.app.vault import wrapping
from robasync.ending import Ending
from robasync.errors import RobasyncError
from robasync.model import Usage
from robasync.reports import names, results, rows
from robasync.reports.write import Reports, write_all
from robasync.session import Session
from robasync.settings import Settings
from robasync.store.clock import local_time
from robasync.store.files import Files
from robasync.store.outcomes import bodies
from robasync.store.places import Place
from robasync.trouble import Unsaved

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A session whose work is over for now, and where its files lie. Everything here is derived."""

    settings: Settings
    plan: Plan
    files: Files
    place: Place
    session: Session

    @property
    def output(self) -> Path:
        """The output folder."""
        return self.settings.paths.output_folder

    @property
    def currency(self) -> str:
        """The currency of the costs."""
        return self.plan.currency or self.settings.cost_tracking.currency

    def outcomes(self) -> Iterator[dict[str, Any]]:
        """Yield every document's newest outcome, in input order."""
        return bodies(self.files, self.place, self.session.positions())

    def write_reports(self) -> Reports:
        """Write tables, page and summary. Synchronous: for a thread. Raises StorageError."""
        self._name_replaced()

        return write_all(
            self.output,
            self.outcomes,
            instrument=self.plan.instrument,
            run=self._facts(),
            costs=accounts.statement(self.files, self.place) if self._has_accounts else None,
        )

    @property
    def _has_accounts(self) -> bool:
        """Whether a cost report is wanted, and anything can have cost anything."""
        tracking = self.settings.cost_tracking

        return self.plan.model is not None and tracking.enabled and tracking.generate_reports

    async def write_missing_results(self, missed: Collection[str], *, compare: bool) -> None:
        """Write the result files that are not there, and those of the documents in ``missed``.

        With ``compare`` also those that tell something else: an older outcome of their document,
        where a kill came before the newer one was written, or what another session says of it.
        """
        folder = self.output / "results"
        documents = self.session.documents
        crowded = names.crowded(documents.names)
        wrap = wrapping(self.place, session=self.session.id)
        path = partial(wrap.path, folder, crowded=crowded)
        due = dict.fromkeys(
            [name for name in documents.names if documents.status(name) and not path(name).exists()]
        )
        due |= dict.fromkeys(missed)

        if compare:
            due |= dict.fromkeys(await to_thread.run_sync(lambda: list(self._stale(path, wrap))))

        await self._write_results(due, crowded=crowded)

    async def write_results(self, missed: Collection[str]) -> None:
        """Write the result files of these documents from the journal. Raises StorageError."""
        crowded = await to_thread.run_sync(names.crowded, self.session.documents.names)
        await self._write_results(missed, crowded=crowded)

    async def _write_results(self, due: Iterable[str], *, crowded: frozenset[str]) -> None:
        wrap, folder = wrapping(self.place, session=self.session.id), self.output / "results"
        position = self.session.documents.position
        places = [place for name in due if (place := position(name)) is not None]

        for body in bodies(self.files, self.place, places):
            await results.write(folder, [rows.outcome(body)], crowded=crowded, wrapping=wrap)

    def _stale(self, path: Callable[[str], Path], wrap: results.Wrapping) -> Iterator[str]:
        for outcome in map(rows.outcome, self.outcomes()):
            if not results.tells(path(outcome.document), outcome, wrapping=wrap):
                yield outcome.document

    async def remove_stale_results(self) -> None:
        """Remove the result files of documents that have no outcome any more: they moved."""
        wrap, folder = wrapping(self.place, session=self.session.id), self.output / "results"
        crowded = names.crowded(self.session.documents.names)

        for name in self.session.documents.having(None):
            await anyio.Path(wrap.path(folder, name, crowded=crowded)).unlink(missing_ok=True)

    def ending(
        self,
        reports: Reports | None,
        *,
        reason: RobasyncError | None = None,
        signal_code: int = 0,
        undone: int = 0,
        unsaved: Unsaved | None = None,
    ) -> Ending:
        """Return how the run ended; ``reports`` is None where none were written."""
        session = self.session
        checkpoints = self.place.checkpoints(self.files.names(self.place.folder))

        return Ending(
            session=session.id,
            name=self.place.named(session.id),
            total=session.total,
            assessed=session.assessed,
            refused=session.refused,
            failed=session.failed,
            proposed=reports.survey.proposed if reports else None,
            open_items=reports.survey.unjudged if reports else 0,
            uncertain=len(session.uncertain),
            cost=self.plan.cost(self.session),
            currency=self.currency,
            assessor_kind=self.plan.kind,
            report=reports.page if reports else None,
            table=reports.table if reports else None,
            results=self.output / "results",
            checkpoint=checkpoints[0] if checkpoints else None,
            elsewhere=tuple(
                (written.instead_of, written.path)
                for written in (reports.written if reports else ())
                if written.instead_of is not None
            ),
            reason=reason,
            signal_code=signal_code,
            undone=undone,
            unsaved=unsaved or Unsaved(),
            images=reports.survey.images if reports and not self.settings.processing.ocr else 0,
        )

    def _name_replaced(self) -> None:
        """Say whose reports give way to ours, and how to get them back."""
        try:
            before = orjson.loads((self.output / "summary.json").read_bytes())["session"]
        except (OSError, ValueError, KeyError, TypeError):
            return  # none there, or not ours

        if isinstance(before, str) and before != self.session.id:
            log.info(
                "The reports of session %s are replaced. Back: robasync report -s %s -o FOLDER",
                before,
                before,
                extra={"event": "reports_replaced", "session": before},
            )

    def _facts(self) -> rows.Run:
        session = self.session
        spends = session.spend.values()

        return rows.Run(
            session=session.id,
            started=session.started,
            finished=local_time(),
            total=session.total,
            assessor=self.plan.assessor,
            assessor_kind=self.plan.kind,
            cost=self.plan.cost(self.session),
            currency=self.currency,
            prices=session.prices,
            usage=Usage(
                input_tokens=sum(spend.input_tokens for spend in spends),
                output_tokens=sum(spend.output_tokens for spend in spends),
                cached_tokens=sum(spend.cached_tokens for spend in spends),
            ),
            thresholds=self.plan.thresholds,
            outcome=self.plan.result,
            version=robasync.__version__,
        )
