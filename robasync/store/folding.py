"""What a journal adds up to: from its index where that is of use, and from every record after it."""

from __future__ import annotations

from dataclasses import dataclass

from robasync.session import Session
from robasync.store.files import Files
from robasync.store.glance import glance
from robasync.store.index import Recalled, recall, recall_keys
from robasync.store.keys import Keys
from robasync.store.places import Place
from robasync.store.scan import BEGINNING, Damage, Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A session and the call keys of its journal; ``scan`` is the finished scan of what no index held."""

    session: Session
    keys: Keys
    scan: Scan
    damage: tuple[Damage, ...]


def fold(files: Files, place: Place, *, durable: int = 0) -> Folded:
    """Return what the journal at ``place`` adds up to; ``durable`` as for a scan."""
    recalled = recall(files, place) or Recalled(session=Session(), keys=Keys(), mark=BEGINNING, damage=())
    session, keys = recalled.session, recalled.keys
    scan = Scan(files, place, durable=durable, after=recalled.mark)

    for entry in scan.entries(glance):
        session.apply(entry)
        keys.note(entry.record.kind, entry.record.key, entry.position)
        keys.gather()

    return Folded(session=session, keys=keys, scan=scan, damage=(*recalled.damage, *scan.damage))


def keys_of(files: Files, place: Place) -> Keys:
    """Return the call keys of a journal that is not our own; no body of it is read."""
    keys, mark = recall_keys(files, place) or (Keys(), BEGINNING)

    for line, head in Scan(files, place, after=mark).lines():
        if head.key:
            keys.note(head.kind, head.key, line.position)
            keys.gather()

    return keys
