"""Opening a session: lock, make the journal durable, read it back, cut what was torn, fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import robasync
from robasync.errors import LaterVersion, StorageError
from robasync.session import Session
from robasync.store import recovery, restoring
from robasync.store.files import Files
from robasync.store.folding import Folded, fold, outline
from robasync.store.gaps import Gap
from robasync.store.keys import Keys
from robasync.store.lock import held
from robasync.store.places import Place
from robasync.store.restoring import Durable, Recover
from robasync.store.scan import Damage


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session as its journal tells it. ``damage`` is for people; what is readable counts.

    ``keys`` are the call keys of the journal. ``torn`` names the files that keep what was
    never acknowledged. ``restored`` says in a line what was wrong with the checkpoint and what
    was used instead, "" if it was whole. ``spent`` is what had been spent by the checkpoint: more
    than the journal tells where replies in it were damaged.
    """

    place: Place
    session: Session
    keys: Keys
    tail: recovery.Tail
    damage: tuple[Damage, ...]
    torn: tuple[str, ...]
    restored: str
    spent: float = 0.0


@contextmanager
def opened(
    files: Files, place: Place, *, recover: Recover = restoring.automatic, clean: bool = False
) -> Iterator[Opened]:
    """Hold the session at ``place`` for writing; a new one is empty.

    The checkpoint is never believed against the journal: it only says up to where records
    are known to have been durable. ``recover`` says what is done where it is damaged; ``clean``
    looks at nothing but the journal, neither checkpoint nor backups nor index. Raises
    SessionLocked, StorageError, LaterVersion where a later version went on with the session,
    and CheckpointError with the choices where people are asked.
    """
    with held(files, place):
        yield restored(files, place, recover=recover, clean=clean)


def restored(
    files: Files, place: Place, *, recover: Recover = restoring.automatic, clean: bool = False
) -> Opened:
    """Return the session at ``place``, which this process holds. Raises as ``opened``."""
    try:
        return _open(files, place, recover, clean=clean)
    except OSError as error:
        raise _unreadable(place, error) from error


def looked_at(
    files: Files, place: Place, *, recover: Recover = restoring.automatic, clean: bool = False
) -> Opened:
    """Return the session at ``place`` as it lies there, without holding it or changing a byte of it.

    Another process may be writing it. What is torn stays where it is, and does not count. Raises
    as ``opened``, but for the lock.
    """
    try:
        known = _known(files, place, recover, clean=clean)
        found = fold(files, place, durable=known.sequence, whole=clean)
    except OSError as error:
        raise _unreadable(place, error) from error

    _refuse_later(place, found)

    return _result(files, place, found, torn=(), known=known)


def not_there(place: Place) -> Opened:
    """Return a session of which nothing is written yet, whatever lies at ``place``."""
    return Opened(
        place=place, session=Session(), keys=Keys(), tail=recovery.Tail(), damage=(), torn=(), restored=""
    )


def read_only(files: Files, place: Place) -> Session:
    """Return the session as its journal tells it now, without changing a byte of it.

    Raises StorageError where the disk does not give it.
    """
    try:
        return fold(files, place).session
    except OSError as error:
        raise _unreadable(place, error) from error


def outlined(files: Files, place: Place) -> Session:
    """Return what the journal says the session is about, without its documents. Raises as ``read_only``."""
    try:
        return outline(files, place)
    except OSError as error:
        raise _unreadable(place, error) from error


def _known(files: Files, place: Place, recover: Recover, *, clean: bool) -> Durable:
    return Durable(said=restoring.IGNORED) if clean else restoring.durable(files, place, recover=recover)


def _open(files: Files, place: Place, recover: Recover, *, clean: bool) -> Opened:
    recovery.settle(files, place)
    known = _known(files, place, recover, clean=clean)
    durable = known.sequence
    found = fold(files, place, durable=durable, whole=clean)
    _refuse_later(place, found)
    torn: list[Gap] = []

    while (gaps := found.scan.torn) and gaps != torn[-len(gaps) :]:  # a disk that cuts nothing ends it
        # Whole lines of the torn group lie elsewhere then: read again for their positions.
        torn += gaps
        recovery.repair(files, place, found.scan)
        found = fold(files, place, durable=durable, whole=clean)

    return _result(files, place, found, torn=torn, known=known)


def _result(files: Files, place: Place, found: Folded, *, torn: Sequence[Gap], known: Durable) -> Opened:
    return Opened(
        place=place,
        session=found.session,
        keys=found.keys,
        tail=recovery.tail(files, place, found.scan),
        damage=found.damage,
        torn=tuple(f"{place.segment(gap.segment).name}.torn-{gap.offset}" for gap in torn),
        restored=known.said if found.session.last_sequence else "",
        spent=known.spent,
    )


def _refuse_later(place: Place, found: Folded) -> None:
    """Raise LaterVersion for records that this version does not know: it must not write after them."""
    if found.scan.later_kinds:
        kinds = ", ".join(sorted(found.scan.later_kinds)[:3])
        name, version = place.segment(1).name, found.session.version or "unknown"
        raise LaterVersion(
            f"The journal {name} was written by a later version of robasync, {version}; "
            f"this is {robasync.__version__} and does not know: {kinds}.\n"
            "Resume with that version, or a later one; nothing was changed."
        )


def _unreadable(place: Place, error: OSError) -> StorageError:
    path = error.filename or place.segment(1)

    return StorageError(
        f"The journal of {place.stem} cannot be read: {path}: {error.strerror}.\n"
        "Allow reading and writing there, or repair the disk, then: robasync resume"
    )
