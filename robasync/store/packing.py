"""Whole files of a session as they lie on the disk: compressed, then sealed, or as they are.

A sealed file is one line of JSON for people, then frames of up to one mebibyte:

    {"sealed":"robasync","version":1,"kind":"checkpoint","session":"...","key_id":"..."}
    length (4 bytes)  sealed message ...

Each message is bound to that line, to its number and to whether it is the last, so that
frames can neither be changed nor left out, moved, repeated or taken from another file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from robasync.errors import SealBroken
from robasync.store import compression
from robasync.store.compression import Compression
from robasync.store.sealing import OVERHEAD, PLAIN, Seal, no_key, wrong_key

SEALED = ".sealed"
SUFFIXES = ("", *filter(None, Compression), SEALED)  # what the name of a packed file may end with

_FRAME = 1024 * 1024  # bytes of content in a frame
_LENGTH = 4
_LINE = re.compile(rb'\{"sealed":"robasync","version":1,[^\n]{1,1000}\}\n')
_BEGINNING = b'{"sealed":"robasync"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the first line of a sealed file says without the key."""

    kind: str
    session: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How the files of ``session`` are written; as they are unless it says otherwise."""

    session: str = ""
    seal: Seal = PLAIN
    compression: Compression = Compression.NONE

    @property
    def suffix(self) -> str:
        """What is added to a file's name, for it is not JSON any more."""
        return self.compression.value if self.seal is PLAIN else SEALED

    def pack(self, pieces: Iterable[bytes], *, kind: str) -> Iterator[bytes]:
        """Yield the file that holds ``pieces``; ``kind`` is "checkpoint", "index" or "result"."""
        content = compression.compressed(pieces, self.compression)

        if self.seal is PLAIN:
            yield from content
            return

        yield from _sealed(content, self.seal, _line(kind, self.session, self.seal.name))

    def close(self, data: bytes, *, kind: str) -> bytes:
        """Return the file that holds ``data``."""
        return b"".join(self.pack((data,), kind=kind))


def unpack(data: bytes, *, kind: str, seal: Seal, name: str) -> bytes:
    """Return what a file holds; it may be packed in any way.

    Raises SealError where the key is missing or another one, SealBroken where the file was
    changed or is not encrypted although ``seal`` is; CheckpointError where it is damaged.
    """
    what = f"{kind} {name}".strip()

    return compression.decompressed(_opened(data, kind, seal, what=what), name=what)


def label(data: bytes) -> Label | None:
    """Return what the beginning of a sealed file says of it, None for any other file."""
    match = _LINE.match(data)

    try:
        content = orjson.loads(match[0]) if match else {}

        return Label(**{key: str(content[key]) for key in ("kind", "session", "key_id")}) if match else None
    except (orjson.JSONDecodeError, KeyError):
        return None


def _sealed(pieces: Iterable[bytes], seal: Seal, line: bytes) -> Iterator[bytes]:
    yield line
    number, waiting = 0, bytearray()

    for piece in pieces:
        waiting += piece

        while len(waiting) > _FRAME:  # at least a byte is kept for the frame that is the last
            yield _frame(bytes(waiting[:_FRAME]), seal, _context(line, number, last=False))
            del waiting[:_FRAME]
            number += 1

    yield _frame(bytes(waiting), seal, _context(line, number, last=True))


def _frame(content: bytes, seal: Seal, context: bytes) -> bytes:
    message = seal.close(content, context=context)

    return len(message).to_bytes(_LENGTH, "big") + message


def _opened(data: bytes, kind: str, seal: Seal, *, what: str) -> bytes:
    if not data.startswith(_BEGINNING):
        if seal is PLAIN:
            return data

        raise SealBroken(f"{what} is not encrypted, although its session is.")

    found = label(data)

    if found is None or found.kind != kind:
        raise SealBroken(f"{what} is damaged or of another kind: its first line is not as it was written.")

    if seal is PLAIN:
        raise no_key(what, found.key_id)

    if found.key_id != seal.name:
        raise wrong_key(what, found.key_id, given=seal.name)

    try:
        return b"".join(_frames(data, seal))
    except SealBroken as error:
        raise SealBroken(f"{what} {error}.") from error


def _frames(data: bytes, seal: Seal) -> Iterator[bytes]:
    line = data[: data.index(b"\n") + 1]
    at, number, is_last = len(line), 0, False

    while not is_last:
        start = at + _LENGTH
        end = start + int.from_bytes(data[at:start], "big")
        message = data[start:end]

        if not OVERHEAD <= len(message) == end - start:
            raise SealBroken("was cut short after it was encrypted")

        is_last = end == len(data)
        yield seal.open(message, context=_context(line, number, last=is_last))
        at, number = end, number + 1


def _line(kind: str, session: str, key_id: str) -> bytes:
    content = {"sealed": "robasync", "version": 1, "kind": kind, "session": session, "key_id": key_id}

    return orjson.dumps(content) + b"\n"


def _context(line: bytes, number: int, *, last: bool) -> bytes:
    return line + number.to_bytes(8, "big") + (b"last" if last else b"more")
