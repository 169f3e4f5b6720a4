"""The composition root: a session is begun, or gone on with, and its work done; reports are written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from robasync.app import agreeing, announcing, assembly, choosing, folders, precedent, preview, resuming
from robasync.app.agreeing import Answered, Payer
from robasync.app.beginning import Beginning, beginning, begun
from robasync.app.closing import Closing
from robasync.app.live import Job
from robasync.app.planning import MOST_READ, foresee
from robasync.app.resuming import Prepared, Request, prepared
from robasync.app.run import Show, execute
from robasync.ending import Ending
from robasync.errors import UsageError
from robasync.forecast import Forecast
from robasync.plan.consent import Consent
from robasync.selection import Selection
from robasync.service import dialogue, logs
from robasync.service.signals import Signals
from robasync.session import Session
from robasync.settings import Settings, load
from robasync.store.files import DiskFiles
from robasync.store.looking import LookingFiles
from robasync.store.opening import read_only

log = logging.getLogger(__name__)

Ask = Callable[[Forecast], bool]


def start(
    settings: Settings,
    *,
    selection: Selection,
    new: bool,
    payer: Payer | None = None,
    signals: Signals,
    show: Show,
) -> Ending:
    """Assess a folder in a new session. ``payer`` None stands for one who agrees to what the settings allow.

    Raises NoDocuments, UsageError, SessionUnfinished, SettingsError, StorageError.
    """
    logs.set_level(settings.service.log_level)
    log.info("Starting ROB assessment...", extra={"event": "starting"})
    files = DiskFiles()
    asked = beginning(files, settings, selection=selection)

    if not new:
        precedent.refuse(files, settings, catalogue=asked.catalogue, fingerprint=asked.fingerprint)

    consent = _consent_to(asked, payer, signals=signals, show=show)

    with begun(files, asked) as job:
        dialogue.begun(job.session_id, documents=len(job.folder.names))
        dialogue.assessor(job.plan.assessor, job.plan.address, documents=len(job.folder.names))
        agreeing.tell(consent)

        return anyio.run(execute, agreeing.given(job, consent), signals, show)


def start_or_resume(
    settings: Settings,
    *,
    selection: Selection,
    request: Request,
    payer: Payer | None = None,
    signals: Signals,
    show: Show,
) -> Ending:
    """Go on with the newest session of the same work, or begin one; ``request`` is that of the resume.

    The same work is the same folder, documents, model and settings that a call depends on. Of a
    session in which nothing is left the reports are written again. Raises as ``start`` and ``resume``.
    """
    found = precedent.same_work(DiskFiles(), settings, selection=selection)

    if found is None:
        return start(settings, selection=selection, new=True, payer=payer, signals=signals, show=show)

    return resume(replace(request, session=found.id), payer=payer, signals=signals, show=show)


def resume(
    request: Request,
    *,
    ask: Ask | None = None,
    payer: Payer | None = None,
    signals: Signals,
    show: Show,
) -> Ending:
    """Continue a session: validate, restore, merge the configuration, detect work, go on.

    ``ask`` is shown what will be done before anything is changed, and says whether it shall be; who
    says yes to that agrees to its cost. ``payer`` as for ``start``. Raises SessionNotFound, SessionLocked,
    SettingsError, NoDocuments, StorageError, and UsageError where ``ask`` or ``payer`` says no.
    """
    shown = None

    if ask is not None:
        shown = _confirm(request, ask, signals=signals, show=show)
        payer = payer and Answered(yes=payer.yes)

    files = DiskFiles()

    with prepared(files, request, write=True) as one:
        if ask is None:
            announcing.tell(one)

        job = resuming.job(files, one)
        consent = _consent_to_rest(job, one, payer, shown=shown, signals=signals, show=show)
        dialogue.going_on(
            one.plan.assessor,
            one.plan.address,
            left=one.left,
            workers=job.workers,
            settings=_difference(one),
        )
        agreeing.tell(consent)

        return anyio.run(execute, agreeing.given(job, consent), signals, show)


def _consent_to(asked: Beginning, payer: Payer | None, *, signals: Signals, show: Show) -> Consent | None:
    if payer is None:
        return None

    return agreeing.consent(
        payer,
        plan=asked.plan,
        settings=asked.settings,
        session=Session(),
        documents=len(asked.folder.names),
        foresee=partial(preview.beginning_of, asked, most=MOST_READ, signals=signals, show=show),
    )


def _consent_to_rest(
    job: Job,
    one: Prepared,
    payer: Payer | None,
    *,
    shown: Forecast | None,
    signals: Signals,
    show: Show,
) -> Consent | None:
    def forecast() -> Forecast:
        """Return what was shown before, or look now."""
        return shown or foresee(job, one.work, most=MOST_READ, signals=signals, show=show)

    if payer is None or not (one.left or one.settings.service.watch):
        return None

    return agreeing.consent(
        payer,
        plan=one.plan,
        settings=one.settings,
        session=one.opened.session,
        documents=len(one.folder.names),
        foresee=forecast,
    )


def _difference(one: Prepared) -> str:
    if not one.changes:
        return ""

    return "updated settings" if one.request.config else "modified configuration"


def _confirm(request: Request, ask: Ask, *, signals: Signals, show: Show) -> Forecast:
    """Return what was agreed to. The session is read, not held: who thinks for an hour keeps nobody out.

    So it is read again, and held, once there is an answer.
    """
    files = LookingFiles()

    with prepared(files, request, write=False) as one:
        announcing.tell(one)
        forecast = foresee(resuming.job(files, one), one.work, signals=signals, show=show)

        if not ask(forecast):
            raise UsageError("Nothing was changed.")

        return forecast


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
