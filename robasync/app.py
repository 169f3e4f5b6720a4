"""The composition root: which session, whose settings, what work; then one run of it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import anyio
import orjson

import robasync
from robasync import assembly, choosing, detection, folders
from robasync.assembly import Plan
from robasync.batches import Batch
from robasync.batches import plan as plan_batches
from robasync.closing import Closing
from robasync.detection import Work
from robasync.documents import Folder
from robasync.ending import Ending
from robasync.errors import NoDocuments
from robasync.live import Job
from robasync.model import Outcome, Status
from robasync.records import Kind, Position, Record
from robasync.reports import rows
from robasync.run import Show, execute
from robasync.selection import Selection
from robasync.service import dialogue
from robasync.service.machine import cores
from robasync.service.signals import Signals
from robasync.session import Session
from robasync.settings import Layer, Settings, changes, identity, load, sizes, snapshot
from robasync.store.catalogue import Catalogue
from robasync.store.files import DiskFiles, Files
from robasync.store.lock import held
from robasync.store.opening import Opened, opened, read_only, restored
from robasync.store.outcomes import bodies
from robasync.store.places import Place
from robasync.vault import Vault

log = logging.getLogger(__name__)

ACCEPT = "rob_framework.accept"


def start(settings: Settings, *, selection: Selection, new: bool, signals: Signals, show: Show) -> Ending:
    """Assess a folder in a new session.

    Raises NoDocuments, UsageError, SessionUnfinished, SettingsError, StorageError.
    """
    log.info("Starting ROB assessment...")
    plan = assembly.plan(settings, model=selection.model)
    assembly.check(plan, settings)
    vault = Vault(settings)
    seal = vault.new()
    dialogue.notices(settings.notices, plan.notices)
    folder = selection.of(folders.inputs(settings, accepted=settings.rob_framework.accept))
    files = DiskFiles()
    catalogue = Catalogue(files, folders.checkpoints(settings), vault.of)
    fingerprint = _fingerprint(settings, plan, selection=selection, folder=folder)

    if not new:
        choosing.refuse_unfinished(catalogue, fingerprint)

    identifier = catalogue.new_id(datetime.now().astimezone())
    place = choosing.new_place(settings, identifier).sealed(seal, session=identifier)
    body = {
        "session_id": identifier,
        "selection": selection.body,
        "fingerprint": fingerprint,
        "workers": sizes.workers(settings, cores=cores()),
        **vault.reference,
        **_facts(settings, folder, total=len(folder.names)),
    }

    with folders.output(files, settings), held(files, place):
        if (moved := catalogue.make_way(place, session=identifier)) is not None:
            log.info("The session that was there keeps its files as %s.*", moved.stem)

        session = restored(files, place)
        first = Record(Kind.SESSION_STARTED, body)
        job = _job(catalogue, session, settings, plan=plan, folder=folder, identifier=identifier, first=first)
        log.info("Session: %s, %d documents", identifier, len(folder.names))
        dialogue.assessor(plan.assessor, plan.address, documents=len(folder.names))

        return anyio.run(execute, job, signals, show)


def resume(
    name: str | None, *, config: Path | None, overrides: Mapping[str, Any], signals: Signals, show: Show
) -> Ending:
    """Continue a session: validate, restore, merge the configuration, detect work, go on.

    ``name`` is a path, a file name, a session id, or None for the newest. Raises
    SessionNotFound, SessionLocked, SettingsError, NoDocuments, StorageError.
    """
    files = DiskFiles()
    catalogue, found = choosing.find(files, name, config=config, overrides=overrides, write=True)
    log.info("Loading checkpoint: %s", found.place.written(files.names(found.place.folder)).name)

    with ExitStack() as holds:
        session = holds.enter_context(
            opened(files, found.place, recover=choosing.recovery(config, overrides))
        )
        dialogue.state(
            session.session,
            restored=session.restored,
            damage=[f"{one.file} at byte {one.offset}: {one.message}" for one in session.damage],
            torn=session.torn,
        )
        settings = load(file=config, overrides=overrides, base=session.session.config)
        changed = _changes(session, settings, config=config)
        selection = Selection.from_body(session.session.selection)
        plan = assembly.plan(settings, model=selection.model)
        assembly.check(plan, settings)
        folder = selection.of(_inputs(settings, session.session, overrides))
        holds.enter_context(folders.output(files, settings))
        work = _detect(files, session, folder, settings)
        body = {
            "changes": changed,
            "workers": sizes.workers(settings, cores=cores()),
            **_facts(settings, folder, total=len(folder.names) + len(work.vanished)),
        }
        job = _job(
            catalogue,
            session,
            settings,
            plan=plan,
            folder=folder,
            identifier=session.session.id,
            first=Record(Kind.SESSION_RESUMED, body),
            work=work,
        )
        left = len(work.left) + len(work.new)
        dialogue.going_on(plan.assessor, plan.address, left=left, workers=job.workers)

        return anyio.run(execute, job, signals, show)


def report(name: str | None, *, config: Path | None, overrides: Mapping[str, Any]) -> Ending:
    """Write the reports of a session again, whatever its state, without changing it."""
    files = DiskFiles()
    _, found = choosing.find(files, name, config=config, overrides=overrides)
    session = read_only(files, found.place)
    settings = load(file=config, overrides=overrides, base=session.config)
    plan = assembly.plan(settings, model=Selection.from_body(session.selection).model)
    closing = Closing(settings=settings, plan=plan, files=files, place=found.place, session=session)

    with folders.output(files, settings):
        anyio.run(closing.write_missing_results, ())

        return closing.ending(closing.write_reports())


def _job(
    catalogue: Catalogue,
    session: Opened,
    settings: Settings,
    *,
    plan: Plan,
    folder: Folder,
    identifier: str,
    first: Record,
    work: Work | None = None,
) -> Job:
    return Job(
        settings=settings,
        plan=plan,
        folder=folder,
        files=DiskFiles(),
        opened=session,
        session_id=identifier,
        first=first,
        batches=_batches(settings, folder, session.session, work=work),
        others=choosing.others(catalogue, session.place, identifier),
        workers=sizes.workers(settings, cores=cores()),
        cores=cores(),
    )


def _fingerprint(settings: Settings, plan: Plan, *, selection: Selection, folder: Folder) -> str:
    parts = [
        str(folder.root.resolve()),
        selection.body,
        plan.instrument.hash,
        identity(settings, Layer.CALLS),
        identity(settings, Layer.JUDGEMENTS),
    ]

    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def _facts(settings: Settings, folder: Folder, *, total: int) -> dict[str, Any]:
    return {
        "robasync": robasync.__version__,
        "input_folder": str(folder.root),
        "output_folder": str(settings.paths.output_folder),
        "total": total,
        "config": snapshot(settings),
        "batch_size": sizes.batch_size(settings),
    }


def _batches(settings: Settings, folder: Folder, session: Session, *, work: Work | None) -> Iterator[Batch]:
    left = work.left if work else frozenset()
    fresh = chain(work.new, filter(left.__contains__, session.unbatched())) if work else folder.names

    return plan_batches(fresh, session.batches, size=sizes.batch_size(settings), is_left=left.__contains__)


def _inputs(settings: Settings, session: Session, overrides: Mapping[str, Any]) -> Folder:
    try:
        return folders.inputs(settings, accepted=overrides.get(ACCEPT, ()), shared=session.documents.shared)
    except NoDocuments as error:
        raise NoDocuments(
            f"{str(error).splitlines()[0]}\n"
            f"Put the reports of this session back there, or say where they are now: "
            f"robasync resume -s {session.id} -i FOLDER"
        ) from error


def _detect(files: Files, session: Opened, folder: Folder, settings: Settings) -> Work:
    states = session.session.documents
    failed = (states.position(name) for name in states.having(Status.FAILED))
    before = load(base=session.session.config, environment=False)
    work = detection.detect(
        folder,
        states,
        failures=_outcomes(files, session.place, filter(None, failed)),
        calls_changed=identity(before, Layer.CALLS) != identity(settings, Layer.CALLS),
        accepted=settings.rob_framework.accept,
    )

    dialogue.work(changed=work.changed, new=work.new, vanished=work.vanished)

    return work


def _outcomes(files: Files, place: Place, positions: Iterator[Position]) -> Iterator[Outcome]:
    return (rows.outcome(body) for body in bodies(files, place, positions))


def _changes(session: Opened, settings: Settings, *, config: Path | None) -> list[str]:
    before = load(base=session.session.config, environment=False)
    changed = [str(change) for change in changes(before, settings)]

    dialogue.overrides(changed, config=config)

    if session.place.is_sealed and not settings.checkpoint_system.encryption:
        log.info("This session stays encrypted, as it began.")

    return changed
