"""The composition root: a session is begun, or gone on with, and its work done; reports are written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from robasync.app import announcing, assembly, choosing, folders, resuming
from robasync.app.beginning import beginning, begun
from robasync.app.closing import Closing
from robasync.app.rehearsal import rehearse
from robasync.app.resuming import Prepared, Request, prepared
from robasync.app.run import Show, execute
from robasync.ending import Ending
from robasync.errors import UsageError
from robasync.forecast import Forecast
from robasync.selection import Selection
from robasync.service import dialogue
from robasync.service.signals import Signals
from robasync.settings import Settings, load
from robasync.store.files import DiskFiles
from robasync.store.looking import LookingFiles
from robasync.store.opening import read_only

log = logging.getLogger(__name__)

Ask = Callable[[Forecast], bool]


def start(settings: Settings, *, selection: Selection, new: bool, signals: Signals, show: Show) -> Ending:
    """Assess a folder in a new session.

    Raises NoDocuments, UsageError, SessionUnfinished, SettingsError, StorageError.
    """
    log.info("Starting ROB assessment...")
    files = DiskFiles()
    asked = beginning(files, settings, selection=selection)

    if not new:
        choosing.refuse_unfinished(files, asked.catalogue, fingerprint=asked.fingerprint)

    with begun(files, asked) as job:
        dialogue.begun(job.session_id, documents=len(job.folder.names))
        dialogue.assessor(job.plan.assessor, job.plan.address, documents=len(job.folder.names))

        return anyio.run(execute, job, signals, show)


def start_or_resume(
    settings: Settings, *, selection: Selection, request: Request, signals: Signals, show: Show
) -> Ending:
    """Go on with the newest session of the same work, or begin one; ``request`` is that of the resume.

    The same work is the same folder, documents, model and settings that a call depends on. Of a
    session in which nothing is left the reports are written again. Raises as ``start`` and ``resume``.
    """
    found = choosing.same_work(DiskFiles(), settings, selection=selection)

    if found is None:
        return start(settings, selection=selection, new=True, signals=signals, show=show)

    return resume(replace(request, session=found.id), signals=signals, show=show)


def resume(request: Request, *, ask: Ask | None = None, signals: Signals, show: Show) -> Ending:
    """Continue a session: validate, restore, merge the configuration, detect work, go on.

    ``ask`` is shown what will be done before anything is changed, and says whether it shall be.
    Raises SessionNotFound, SessionLocked, SettingsError, NoDocuments, StorageError, and
    UsageError where ``ask`` says no.
    """
    if ask is not None:
        _confirm(request, ask, signals=signals, show=show)

    files = DiskFiles()

    with prepared(files, request, write=True) as one:
        if ask is None:
            announcing.tell(one)

        job = resuming.job(files, one)
        dialogue.going_on(
            one.plan.assessor,
            one.plan.address,
            left=one.left,
            workers=job.workers,
            settings=_difference(one),
        )

        return anyio.run(execute, job, signals, show)


def _difference(one: Prepared) -> str:
    if not one.changes:
        return ""

    return "updated settings" if one.request.config else "modified configuration"


def _confirm(request: Request, ask: Ask, *, signals: Signals, show: Show) -> None:
    files = LookingFiles()

    with prepared(files, request, write=False) as one:
        announcing.tell(one)
        job = resuming.job(files, one)

        if not ask(rehearse(job, one.work, signals=signals, show=show)):
            raise UsageError("Nothing was changed.")


def report(name: str | None, *, config: Path | None, overrides: Mapping[str, Any]) -> Ending:
    """Write the reports of a session again, whatever its state, without changing it."""
    files = DiskFiles()
    _, found = choosing.find(files, name, config=config, overrides=overrides)
    session = read_only(files, found.place)
    settings = load(file=config, overrides=overrides, base=session.config)
    plan = assembly.plan(settings, model=Selection.from_body(session.selection).model)
    closing = Closing(settings=settings, plan=plan, files=files, place=found.place, session=session)

    with folders.output(files, settings):
        anyio.run(partial(closing.write_missing_results, (), compare=True))

        return closing.ending(closing.write_reports())
