"""A session as arrays of bytes and plain JSON values, and back: what a cache of it holds. No I/O.

An image is taken in the event loop by copying arrays, about 25 ms for a million documents;
its parts are encoded afterwards, piece by piece, in any thread. The arrays are laid out as
this machine and interpreter have them; ``LAYOUT`` tells whether they can be read back here.
"""

from __future__ import annotations

import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from robasync.books import Batch, LoggedError, Spend, UncertainCall, compact
from robasync.records import Position
from robasync.session import NEWEST_ERRORS, Session
from robasync.states import DocumentStates

T = TypeVar("T", UncertainCall, LoggedError, Spend)

# The last one differs where the stamps of files would: they are hashes of numbers.
LAYOUT = [sys.byteorder, array("I").itemsize, array("q").itemsize, hash((1, 2**40, 3))]

_SCALARS = (
    "id", "version", "fingerprint", "input_folder", "output_folder", "instrument", "selection",
    "config", "prices", "consent", "started", "ended", "total", "batch_size", "workers", "errors_total",
    "in_batches", "last_sequence", "alert_cap", "alert_percent",
)  # fmt: skip
_TYPES: Mapping[Any, Sequence[type]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "float | None": (float, int, type(None)),
}
_TOGETHER = 8_192  # names or batches in one piece; a piece holds the interpreter for a millisecond
_END = "\0"  # after each text: no file's name holds it


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A session at one moment. ``names`` may grow meanwhile: the first ``count`` belong to it."""

    facts: dict[str, Any]
    columns: dict[str, bytes]
    names: Sequence[str]
    count: int
    batches: Sequence[Batch]


def take(session: Session) -> Image:
    """Return the session's image."""
    facts = {name: getattr(session, name) for name in _SCALARS}
    facts |= {
        "last_position": list(session.last_position),
        "changes": list(session.changes),
        "uncertain": list(session.uncertain.values()),
        "released": list(session.released.values()),
        "errors": list(session.errors),
        "spend": {model: replace(spend) for model, spend in session.spend.items()},
    }

    return Image(
        facts=facts,
        columns=session.documents.columns(),
        names=session.documents.names,
        count=len(session.documents),
        batches=tuple(session.batch_list),
    )


def parts(image: Image) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the name and the pieces of each part of the image but its facts.

    Raises ValueError for a text that cannot be told from the next one.
    """
    for name, column in image.columns.items():
        yield name, iter((column,))

    batches = image.batches
    yield "names", _texts(image.names, image.count)
    yield "batch_numbers", _numbers([batch.number for batch in batches])
    yield "batch_sizes", _numbers([len(batch.slots) for batch in batches])
    yield "batch_slots", (array("I", batch.slots).tobytes() for batch in batches)
    yield "batch_starts", _texts([batch.started for batch in batches], len(batches))
    yield "batch_ends", _texts([batch.completed for batch in batches], len(batches))


def outline(facts: Mapping[str, Any]) -> Session:
    """Return what the facts of an image alone tell of its session: nothing of its documents.

    Raises as ``restore``.
    """
    session = Session()

    for name in _SCALARS:
        if name != "selection" and type(facts[name]) is not type(getattr(session, name)):
            raise ValueError(f"{name} is of another type")

        setattr(session, name, facts[name])

    return session


def restore(facts: Mapping[str, Any], part: Callable[[str], bytes]) -> Session:
    """Return the session of an image; ``part`` returns what the part of that name holds.

    Raises ValueError, KeyError or TypeError for what no image of a session can be.
    """
    session = outline(facts)
    session.last_position = Position(*facts["last_position"])
    session.changes = list(map(str, facts["changes"]))
    session.uncertain = _calls(facts["uncertain"])
    session.released = _calls(facts["released"])
    session.errors = deque((_typed(LoggedError(**error)) for error in facts["errors"]), maxlen=NEWEST_ERRORS)
    session.spend = {model: _typed(Spend(**spend)) for model, spend in dict(facts["spend"]).items()}
    columns = {name: part(name) for name in DocumentStates().columns()}
    session.documents = DocumentStates.restored(_split(part("names")), columns)
    session.batch_list = list(_batches(part, known=len(session.documents)))
    session.recount()

    return session


def _calls(calls: Sequence[Mapping[str, Any]]) -> dict[str, UncertainCall]:
    return {call["key"]: _typed(UncertainCall(**call)) for call in calls}


def _typed(value: T) -> T:
    """Return the value, each field of which must be of its type."""
    for field in fields(value):
        if type(getattr(value, field.name)) not in _TYPES[field.type]:
            raise ValueError(f"{field.name} is of another type")

    return value


def _batches(part: Callable[[str], bytes], *, known: int) -> Iterator[Batch]:
    numbers, sizes, slots = (_array(part(f"batch_{name}")) for name in ("numbers", "sizes", "slots"))
    times = zip(_split(part("batch_starts")), _split(part("batch_ends")), strict=True)

    if sum(sizes) != len(slots) or max(slots, default=-1) >= known:
        raise ValueError("a batch names documents that are not there")

    first = 0

    for number, size, (started, completed) in zip(numbers, sizes, times, strict=True):
        window = compact(slots[first : first + size])
        yield Batch(number=number, slots=window, started=started, completed=completed)
        first += size


def _numbers(numbers: Sequence[int]) -> Iterator[bytes]:
    yield array("I", numbers).tobytes()


def _array(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data)

    return numbers


def _texts(texts: Sequence[str], count: int) -> Iterator[bytes]:
    for first in range(0, count, _TOGETHER):
        some = texts[first : min(first + _TOGETHER, count)]
        piece = _END.join([*some, ""])

        if piece.count(_END) != len(some):
            raise ValueError("a text holds the character that ends it")

        yield piece.encode("utf-8", "backslashreplace")


def _split(data: bytes) -> list[str]:
    texts = data.decode().split(_END)

    if texts.pop():
        raise ValueError("a text has no end")

    return texts
