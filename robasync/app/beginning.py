"""A session that begins: what it is about, from settings and folder alone, and the job it becomes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from robasync.app import assembly, choosing, folders, jobs, precedent
from robasync.app.assembly import Plan
from robasync.app.live import Job
from robasync.app.vault import Vault
from robasync.batches import plan as plan_batches
from robasync.documents import Folder
from robasync.records import Kind, Record
from robasync.selection import Selection
from robasync.service import dialogue
from robasync.service.machine import cores
from robasync.settings import Settings, sizes
from robasync.store.catalogue import Catalogue
from robasync.store.files import Files
from robasync.store.lock import held
from robasync.store.opening import Opened, not_there, restored
from robasync.store.places import Place
from robasync.store.sealing import Seal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a run is to begin with; nothing of it is on the disk yet.

    ``fingerprint`` is the same for the same work: folder, selection, and all settings that a
    call or a judgement depends on. ``reference`` is where the key of an encrypted one is.
    """

    settings: Settings
    selection: Selection
    plan: Plan
    folder: Folder
    catalogue: Catalogue
    seal: Seal
    reference: dict[str, str]
    fingerprint: str


def beginning(files: Files, settings: Settings, *, selection: Selection) -> Beginning:
    """Return what the settings ask for; reads the names in the input folder, changes nothing.

    Raises NoDocuments, UsageError, SettingsError.
    """
    choosing.refuse_part(settings, selection)
    plan = assembly.plan(settings, model=selection.model)
    assembly.check(plan, settings)
    vault = Vault(settings)
    seal = vault.new()
    dialogue.notices(settings.notices, plan.notices)
    folder = selection.of(folders.inputs(settings, accepted=settings.rob_framework.accept))

    return Beginning(
        settings=settings,
        selection=selection,
        plan=plan,
        folder=folder,
        catalogue=Catalogue(files, folders.checkpoints(settings), vault.of),
        seal=seal,
        reference=vault.reference,
        fingerprint=precedent.fingerprint(settings, plan, selection=selection, root=folder.root),
    )


@contextmanager
def begun(files: Files, asked: Beginning) -> Iterator[Job]:
    """Hold the place of a new session, and its output folder, for the job that begins it.

    Raises SessionLocked, StorageError.
    """
    identifier, place = _place(asked)

    with folders.output(files, asked.settings), held(files, place):
        if (moved := asked.catalogue.make_way(place, session=identifier)) is not None:
            log.info(
                "The session that was there keeps its files as %s.*",
                moved.stem,
                extra={"event": "session_moved"},
            )

        yield _job(files, asked, restored(files, place), identifier=identifier)


def imagined(files: Files, asked: Beginning) -> Job:
    """Return the job that would begin the session, to be rehearsed: nothing of it is there."""
    identifier, place = _place(asked)

    return _job(files, asked, not_there(place), identifier=identifier)


def _place(asked: Beginning) -> tuple[str, Place]:
    identifier = asked.catalogue.new_id(datetime.now().astimezone())

    return identifier, choosing.new_place(asked.settings, identifier).sealed(asked.seal, session=identifier)


def _job(files: Files, asked: Beginning, session: Opened, *, identifier: str) -> Job:
    settings, folder = asked.settings, asked.folder
    workers = sizes.workers(settings, cores=cores())
    body = {
        "session_id": identifier,
        "selection": asked.selection.body,
        **asked.reference,
        **jobs.facts(settings, asked.plan, folder, total=len(folder.names)),
        "fingerprint": asked.fingerprint,
        "workers": workers,
    }

    return Job(
        settings=settings,
        plan=asked.plan,
        folder=folder,
        files=files,
        opened=session,
        session_id=identifier,
        first=Record(Kind.SESSION_STARTED, body),
        due=len(folder.names),
        batches=plan_batches(
            folder.names, (), size=sizes.batch_size(settings), is_left=frozenset().__contains__
        ),
        others=choosing.others(asked.catalogue, session.place, identifier),
        workers=workers,
        cores=cores(),
    )
