"""A session that is gone on with: restored, its configuration merged, its work detected."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from robasync import detection
from robasync.app import assembly, choosing, folders, jobs, pricing
from robasync.app.assembly import Plan
from robasync.app.live import Job
from robasync.batches import plan as plan_batches
from robasync.detection import Work
from robasync.documents import Folder
from robasync.errors import NoDocuments
from robasync.model import Outcome, Status
from robasync.records import Kind, Position, Record
from robasync.reports import rows
from robasync.selection import Selection
from robasync.service import logs
from robasync.service.machine import cores
from robasync.settings import Change, Layer, Settings, changes, given_keys, identity, load, sizes
from robasync.store.catalogue import Catalogue
from robasync.store.files import Files
from robasync.store.found import Found
from robasync.store.opening import Opened, looked_at, opened
from robasync.store.outcomes import bodies
from robasync.store.places import Place

log = logging.getLogger(__name__)

ACCEPT = "rob_framework.accept"
WORKERS = "parallel.max_workers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks of a resume.

    ``session`` is a path, a file name, a session id, or None for the newest; ``overrides`` are
    settings by dotted name. ``force_clean`` ignores checkpoint, backups and index;
    ``reassess`` judges every document anew; ``verify_inputs`` digests every file;
    ``api_keys`` are KEY or NAME=KEY; ``unattended`` asks nobody again who was refused for good,
    as long as the settings are the same.
    """

    session: str | None = None
    config: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    force_clean: bool = False
    reassess: bool = False
    verify_inputs: bool = False
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    unattended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A session and all that going on with it needs. ``changes`` are the settings that differ."""

    request: Request
    catalogue: Catalogue
    found: Found
    opened: Opened
    settings: Settings
    changes: tuple[Change, ...]
    selection: Selection
    plan: Plan
    folder: Folder
    work: Work

    @property
    def left(self) -> int:
        """How many documents are to be done."""
        return len(self.work.left) + len(self.work.new)

    @property
    def workers(self) -> int:
        """How many documents are in work at a time; ``-w auto`` goes by the work that is left."""
        if self.request.overrides.get(WORKERS) == "auto":
            return sizes.workers_left(self.left)

        return sizes.workers(self.settings, cores=cores())


@contextmanager
def prepared(files: Files, request: Request, *, write: bool) -> Iterator[Prepared]:
    """Yield the session that is asked for, restored, with merged configuration and detected work.

    ``write`` holds the session and its output folder, and cuts off what was torn; without it
    not one byte is changed and no lock is held, so that it works on a session that another
    process writes: give ``LookingFiles`` then. Raises SessionNotFound, SessionLocked,
    CheckpointError, SettingsError, NoDocuments, StorageError.
    """
    config, overrides = request.config, request.overrides
    catalogue, found = choosing.find(files, request.session, config=config, overrides=overrides, write=write)
    _tell(found.place.written(files.names(found.place.folder)))
    recover, clean = choosing.recovery(config, overrides), request.force_clean

    with ExitStack() as holds:
        if write:
            session = holds.enter_context(opened(files, found.place, recover=recover, clean=clean))
        else:
            session = looked_at(files, found.place, recover=recover, clean=clean)

        settings = _merged(request, session.session.config, write=write)
        logs.set_level(settings.service.log_level)
        before = load(base=session.session.config, environment=False)
        changed = tuple(changes(before, settings))
        selection = Selection.from_body(session.session.selection)
        choosing.refuse_part(settings, selection)
        plan = assembly.plan(settings, model=selection.model)
        repriced = tuple(pricing.changed(session.session, plan.model, plan.price, told=changed))

        if write:
            assembly.check(plan, settings)

        folder = selection.of(_inputs(settings, session, overrides))

        if write:
            holds.enter_context(folders.output(files, settings))

        yield Prepared(
            request=request,
            catalogue=catalogue,
            found=found,
            opened=session,
            settings=settings,
            changes=(*changed, *repriced),
            selection=selection,
            plan=plan,
            folder=folder,
            work=_detect(
                files, session, folder, settings=settings, before=before, changed=changed, request=request
            ),
        )


def _tell(checkpoint: Path) -> None:
    log.info("Loading checkpoint: %s", checkpoint.name, extra={"event": "checkpoint_loading"})


def _merged(request: Request, saved: Mapping[str, Any], *, write: bool) -> Settings:
    """Return the saved settings with all that is given now laid over them."""
    settings = load(file=request.config, overrides=request.overrides, base=saved)

    if not request.api_keys:
        return settings

    keys = given_keys.overrides(settings, request.api_keys)

    if write and given_keys.written_out(keys):
        log.warning(
            "A key on the command line stays in the shell's history; ${NAME} or file:PATH do not.",
            extra={"event": "key_on_command_line"},
        )

    if write and any(given_keys.is_misnamed(settings, key) for key in request.api_keys):
        log.warning(
            'No model is called what stands before the "=" in --api-key; its whole text is taken as the key.',
            extra={"event": "key_misnamed"},
        )

    return load(file=request.config, overrides={**request.overrides, **keys}, base=saved)


def job(files: Files, one: Prepared) -> Job:
    """Return the job that goes on with the session."""
    settings, folder, work, session = one.settings, one.folder, one.work, one.opened.session
    left = work.left
    moved = [old for old, _ in work.moved]
    gone = [*moved, *(name for name in work.vanished if session.status(name) is None and name not in moved)]
    fresh = chain(work.new, filter(left.__contains__, session.unbatched()))
    body = {
        **jobs.facts(settings, one.plan, folder, total=len(folder.names) + len(work.vanished) - len(gone)),
        "changes": [str(change) for change in one.changes],
        "workers": one.workers,
        **({"vanished": gone} if gone else {}),
        **({"moved": moved} if moved else {}),
        **({"reopened": {"except": list(work.vanished)}} if one.request.reassess else {}),
    }

    return Job(
        settings=settings,
        plan=one.plan,
        folder=folder,
        files=files,
        opened=one.opened,
        session_id=session.id,
        first=Record(Kind.SESSION_RESUMED, body),
        due=one.left,
        batches=plan_batches(
            fresh, session.batches, size=sizes.batch_size(settings), is_left=left.__contains__
        ),
        others=choosing.others(one.catalogue, one.opened.place, session.id),
        workers=one.workers,
        cores=cores(),
    )


def _inputs(settings: Settings, opened: Opened, overrides: Mapping[str, Any]) -> Folder:
    session = opened.session

    try:
        return folders.inputs(settings, accepted=overrides.get(ACCEPT, ()), shared=session.documents.shared)
    except NoDocuments as error:
        raise NoDocuments(
            f"{str(error).splitlines()[0]}\n"
            f"Put the reports of this session back there, or say where they are now: "
            f"robasync resume -s {opened.place.named(session.id)} -i FOLDER"
        ) from error


def _detect(
    files: Files,
    session: Opened,
    folder: Folder,
    *,
    settings: Settings,
    before: Settings,
    changed: Iterable[Change],
    request: Request,
) -> Work:
    states = session.session.documents
    failed = (states.position(name) for name in states.having(Status.FAILED))
    failures = _outcomes(files, session.place, filter(None, failed))

    return detection.detect(
        folder,
        states,
        failures=failures if changed or not request.unattended else filter(_may_pass, failures),
        calls_changed=identity(before, Layer.CALLS) != identity(settings, Layer.CALLS),
        altered={change.name for change in changed},
        accepted=settings.rob_framework.accept,
        verify=request.verify_inputs,
        anew=request.reassess,
    )


def _may_pass(outcome: Outcome) -> bool:
    return outcome.failure is not None and outcome.failure.may_pass


def _outcomes(files: Files, place: Place, positions: Iterator[Position]) -> Iterator[Outcome]:
    return (rows.outcome(body) for body in bodies(files, place, positions))
