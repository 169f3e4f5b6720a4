"""What a journal adds up to: from its index where that is of use, and from every record after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from robasync.records import Entry, Kind, Record
from robasync.session import Session
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.fsck.shapes import complaint
from robasync.store.glance import glance
from robasync.store.index import Recalled, recall, recall_keys, recall_outline
from robasync.store.keys import Keys
from robasync.store.places import Place
from robasync.store.scan import BEGINNING, FORGED, Damage, Scan
from robasync.store.sealing import Seal

Watch = Callable[[Session, Entry], None]

_FORGED = (ValueError, TypeError, LookupError, AttributeError, OverflowError)
# What is wrong with these the fold finds itself, as it takes them in.
_MANY = frozenset({Kind.INTENT, Kind.REPLY, Kind.OUTCOME})
_ABOUT = frozenset({Kind.SESSION_STARTED, Kind.SESSION_RESUMED, Kind.SETTING_CHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A session and the call keys of its journal; ``scan`` is the finished scan of what no index held.

    ``damage`` includes records that are whole, but that nobody can have written as what they say.
    """

    session: Session
    keys: Keys
    scan: Scan
    damage: tuple[Damage, ...]


def fold(
    files: Files, place: Place, *, durable: int = 0, whole: bool = False, watch: Watch | None = None
) -> Folded:
    """Return what the journal at ``place`` adds up to; ``durable`` as for a scan.

    Every record is read where ``whole``, else those that the index does not hold. ``watch`` is
    shown each of them after the session has taken it in.
    """
    nothing = Recalled(session=Session(), keys=Keys(), mark=BEGINNING, damage=())
    recalled = nothing if whole else recall(files, place) or nothing
    session, keys, forged = recalled.session, recalled.keys, list[Damage]()
    scan = Scan(files, place, durable=durable, after=recalled.mark)

    for entry in taken_in(scan, session, place, watch=watch, forged=forged):
        keys.note(entry.record.kind, entry.record.key, entry.position)
        keys.gather()

    return Folded(session=session, keys=keys, scan=scan, damage=(*recalled.damage, *scan.damage, *forged))


def taken_in(
    scan: Scan, session: Session, place: Place, *, watch: Watch | None, forged: list[Damage]
) -> Iterator[Entry]:
    """Yield each record of the scan once ``session``, and then ``watch``, has taken it in.

    What nobody can have written goes to ``forged`` instead.
    """
    for entry in scan.entries(glance):
        try:
            _apply(session, entry)

            if watch is not None:
                watch(session, entry)
        except _FORGED:
            where = entry.position
            message = FORGED.format(entry.sequence)
            forged.append(Damage(place.segment(where.segment).name, where.offset, message))
            continue

        yield entry


def outline(files: Files, place: Place) -> Session:
    """Return what the journal says a session is about: settings, folders, selection, none of its documents.

    With an index it takes as long for a million of them as for one. May raise OSError.
    """
    session, mark = recall_outline(files, place) or (Session(), BEGINNING)

    for entry in Scan(files, place, after=mark).entries(_headline):
        if entry.record.kind in _ABOUT:
            with suppress(*_FORGED):
                _apply(session, entry)

    return session


def _headline(line: bytes, head: codec.Head, seal: Seal) -> Record:
    """Return the record of a line where it is about the session; of another one its kind and key."""
    if head.kind in _ABOUT:
        return codec.read_record(line, head, seal)

    return Record(Kind(head.kind), {}, head.key)


def _apply(session: Session, entry: Entry) -> None:
    """Take the record in. Raises one of ``_FORGED`` for one that is none."""
    if entry.record.kind not in _MANY and complaint(entry.record):
        raise ValueError(complaint(entry.record))

    session.apply(entry)


def keys_of(files: Files, place: Place) -> Keys:
    """Return the call keys of a journal that is not our own; no body of it is read."""
    keys, mark = recall_keys(files, place) or (Keys(), BEGINNING)

    for line, head in Scan(files, place, after=mark).lines():
        if head.key:
            keys.note(head.kind, head.key, line.position)
            keys.gather()

    return keys
