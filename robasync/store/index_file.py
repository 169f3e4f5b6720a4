"""The format of an index file: named parts, a footer that says what they are, each with a digest.

    robasync index 1 newline | part | part | ... | footer (JSON) | footer's length, SHA-256, "xedni"

The footer stands at the end because what it says is known only then: so a part is written as
it comes, piece by piece, and read without the others. In an encrypted session footer and
parts are sealed, the latter in blocks of a mebibyte. Pure but for the reader it is given.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from robasync.store.codec import dump
from robasync.store.sealing import OVERHEAD, PLAIN, Seal

_FIRST = b"robasync index 1\n"
_LAST = b"xedni"
_TRAILER = struct.Struct(f">Q32s{len(_LAST)}s")
_BLOCK = 1024 * 1024  # bytes handed on at a time


def encode(
    parts: Iterable[tuple[str, Iterable[bytes]]], facts: Mapping[str, Any], *, seal: Seal
) -> Iterator[bytes]:
    """Yield the file in pieces. ``facts`` are plain JSON values."""
    table: dict[str, tuple[int, int, str]] = {}
    end = len(_FIRST)
    yield _FIRST

    for name, pieces in parts:
        digest, start = hashlib.sha256(), end

        for block in _blocks(pieces):
            closed = seal.close(block, context=_context(name))
            digest.update(closed)
            end += len(closed)
            yield closed

        table[name] = (start, end - start, digest.hexdigest())

    footer = seal.close(dump({"facts": facts, "parts": table}), context=_context())
    yield footer + _TRAILER.pack(len(footer), hashlib.sha256(footer).digest(), _LAST)


class IndexFile:
    """An index file that is being read. ``read(offset, length)`` returns its bytes, ``size`` is its length.

    Raises ValueError for anything that is not what was written, SealError for another key,
    here and in ``part``.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int, *, seal: Seal) -> None:
        self._read = read
        self._seal = seal
        footer = self._footer(size)
        self.facts: dict[str, Any] = footer["facts"]
        self._parts: dict[str, tuple[int, int, str]] = footer["parts"]

    def part(self, name: str) -> bytes:
        """Return the content of a part."""
        start, length, digest = self._parts[name]
        data = self._read(start, length)

        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError(f"its part {name} was changed or damaged")

        return data if self._seal is PLAIN else b"".join(self._opened(name, data))

    def _opened(self, name: str, data: bytes) -> Iterator[bytes]:
        step = _BLOCK + OVERHEAD

        for start in range(0, len(data), step):
            yield self._seal.open(data[start : start + step], context=_context(name))

    def _footer(self, size: int) -> Any:
        at = size - _TRAILER.size

        if at < len(_FIRST) or self._read(0, len(_FIRST)) != _FIRST:
            raise ValueError("it is not an index of this version")

        length, digest, last = _TRAILER.unpack(self._read(at, _TRAILER.size))

        if last != _LAST or length > at - len(_FIRST):
            raise ValueError("its end is missing")

        footer = self._read(at - length, length)

        if hashlib.sha256(footer).digest() != digest:
            raise ValueError("its footer was changed or damaged")

        return orjson.loads(self._seal.open(footer, context=_context()))


def _context(part: str = "") -> bytes:
    return b"robasync index " + part.encode()


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what the pieces hold in blocks of one size; the last is what is left."""
    block = bytearray()

    for piece in pieces:
        for start in range(0, len(piece), _BLOCK):
            block += piece[start : start + _BLOCK]

            if len(block) >= _BLOCK:
                yield bytes(block[:_BLOCK])
                del block[:_BLOCK]

    if block:
        yield bytes(block)
