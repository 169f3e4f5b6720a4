"""Uncertain calls: which they are, and their money free again at somebody's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robasync.app import choosing
from robasync.books import UncertainCall, together
from robasync.errors import UsageError
from robasync.records import Entry
from robasync.session import Session
from robasync.settings import Settings, load
from robasync.store import renewal
from robasync.store.files import DiskFiles
from robasync.store.looking import LookingFiles
from robasync.store.opening import opened, read_only
from robasync.store.places import Place

ALL = "all"
SHORTEST = 6  # characters of an id that mean a call


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The uncertain ``calls`` of a session, those ``released`` just now, and its sums in ``currency``.

    ``given_up`` is what all calls may have cost that were released so far; ``cap`` is None for none.
    """

    name: str
    calls: tuple[UncertainCall, ...]
    released: tuple[UncertainCall, ...]
    spent: float
    given_up: float
    cap: float | None
    currency: str

    @property
    def amount(self) -> float:
        """What the uncertain calls have reserved."""
        return together(self.calls)

    @property
    def freed(self) -> float:
        """What was just released."""
        return together(self.released)


def uncertain(name: str | None, *, config: Path | None, overrides: Mapping[str, Any]) -> Reserved:
    """Return the uncertain calls of a session, the newest for None; changes nothing.

    Raises SessionNotFound, CheckpointError, StorageError.
    """
    files = LookingFiles()
    _, found = choosing.find(files, name, config=config, overrides=overrides, write=False)
    session = read_only(files, found.place)

    return _reserved(session, found.place, _settings(session, config, overrides), released=())


def release(
    calls: Sequence[str], *, session: str | None, config: Path | None, overrides: Mapping[str, Any]
) -> Reserved:
    """Release the calls that ``calls`` mean: a document's name, the start of an id, or ``ALL``.

    It is on the disk when this returns. Raises UsageError for one that means none, then nothing is
    released; SessionNotFound, SessionLocked, CheckpointError, StorageError.
    """
    files = DiskFiles()
    _, found = choosing.find(files, session, config=config, overrides=overrides)

    with opened(files, found.place, recover=choosing.recovery(config, overrides)) as one:
        chosen = _chosen(calls, one.session, found.place)
        records = [call.released for call in chosen]

        if records:
            renewal.append(files, found.place, records, tail=one.tail)

        for record in records:
            position = one.session.last_position
            one.session.apply(Entry(one.session.last_sequence + 1, 0, "", record, position))

        return _reserved(
            one.session, found.place, _settings(one.session, config, overrides), released=tuple(chosen)
        )


def _settings(session: Session, config: Path | None, overrides: Mapping[str, Any]) -> Settings:
    return load(file=config, overrides=overrides, base=session.config)


def _reserved(
    session: Session, place: Place, settings: Settings, *, released: tuple[UncertainCall, ...]
) -> Reserved:
    return Reserved(
        name=place.named(session.id),
        calls=tuple(session.uncertain.values()),
        released=released,
        spent=session.spent,
        given_up=session.given_up,
        cap=settings.cost_tracking.max_cost_threshold,
        currency=settings.cost_tracking.currency,
    )


def _chosen(names: Sequence[str], session: Session, place: Place) -> list[UncertainCall]:
    calls = session.uncertain.values()

    if ALL in names:
        return list(calls)

    unknown = [name for name in names if not any(_means(name, call) for call in calls)]

    if unknown:
        raise UsageError(
            f"No uncertain call is about {unknown[0]!r}, or has an id that begins so; nothing was released.\n"
            f"See which there are: robasync resume -s {place.named(session.id)} --release"
        )

    return [call for call in calls if any(_means(name, call) for name in names)]


def _means(name: str, call: UncertainCall) -> bool:
    return name == call.document or (len(name) >= SHORTEST and call.key.startswith(name.lower()))
