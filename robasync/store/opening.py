"""Opening a session: lock, make the journal durable, read it back, cut what was torn, fold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from robasync.errors import CheckpointError, StorageError
from robasync.session import Session
from robasync.store import checkpoint, recovery
from robasync.store.files import Files
from robasync.store.lock import held
from robasync.store.places import Place
from robasync.store.scan import Damage, Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session as its journal tells it. ``damage`` is for people; what is readable counts.

    ``torn`` names the files that keep what was never acknowledged. ``checkpoint_problem``
    says why the checkpoint could not be read, "" if it could.
    """

    place: Place
    session: Session
    tail: recovery.Tail
    damage: tuple[Damage, ...]
    torn: tuple[str, ...]
    checkpoint_problem: str


@contextmanager
def opened(files: Files, place: Place) -> Iterator[Opened]:
    """Hold the session at ``place`` for writing; a new one is empty.

    The checkpoint is never believed against the journal: it only says up to where records
    are known to have been durable. Raises SessionLocked, StorageError.
    """
    with held(files, place):
        yield restored(files, place)


def restored(files: Files, place: Place) -> Opened:
    """Return the session at ``place``, which this process holds. Raises StorageError."""
    try:
        return _open(files, place)
    except OSError as error:
        raise StorageError(f"the journal of {place.stem} cannot be read: {error}") from error


def fold(scan: Scan) -> Session:
    """Return what the records of a scan add up to."""
    session = Session()

    for entry in scan:
        session.apply(entry)

    return session


def read_only(files: Files, place: Place) -> Session:
    """Return the session as its journal tells it now, without changing a byte of it."""
    return fold(Scan(files, place))


def read_checkpoint(files: Files, place: Place) -> checkpoint.Checkpoint:
    """Return the session's checkpoint. Raises CheckpointError, or OSError where there is none."""
    path = place.checkpoint

    return checkpoint.parse(files.read(path, 0, files.size(path)), name=path.name)


def _open(files: Files, place: Place) -> Opened:
    durable, problem = _durable_sequence(files, place)
    recovery.settle(files, place)
    scan = Scan(files, place, durable=durable)
    session = fold(scan)
    torn = scan.torn

    if recovery.repair(files, place, scan):
        # Whole lines of the torn group lie elsewhere now: read again for their positions.
        scan = Scan(files, place, durable=durable)
        session = fold(scan)

    return Opened(
        place=place,
        session=session,
        tail=recovery.tail(files, place, scan),
        damage=tuple(scan.damage),
        torn=tuple(f"{place.segment(gap.segment).name}.torn-{gap.offset}" for gap in torn),
        checkpoint_problem=problem if session.last_sequence else "",
    )


def _durable_sequence(files: Files, place: Place) -> tuple[int, str]:
    try:
        return read_checkpoint(files, place).sequence, ""
    except FileNotFoundError:
        return 0, f"The checkpoint file {place.checkpoint.name} is missing."
    except CheckpointError as error:
        return 0, str(error)
