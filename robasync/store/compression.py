"""Compressing a checkpoint: Zstandard where it is there, gzip where it is not. Pure functions.

Zstandard is part of Python from 3.14; before, the extra ``zstd`` brings it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib import import_module
from typing import Any

from robasync.errors import CheckpointError

LARGEST = 1024**3  # bytes that a compressed file may grow to: some six million documents

_GZIP = 31  # zlib's window size, with gzip's head and checksum
_MODULES = ("compression.zstd", "backports.zstd")


class Compression(StrEnum):
    """How a checkpoint is compressed; the value ends its file name."""

    NONE = ""
    ZSTD = ".zst"
    GZIP = ".gz"

    @property
    def spoken(self) -> str:
        """The name in a sentence."""
        return {self.NONE: "not compressed", self.ZSTD: "zstd", self.GZIP: "gzip"}[self]


def best() -> Compression:
    """Return Zstandard where a library for it is installed, else gzip."""
    return Compression.GZIP if _zstd() is None else Compression.ZSTD


def compressed(pieces: Iterable[bytes], how: Compression) -> Iterator[bytes]:
    """Yield ``pieces`` compressed as one stream, with a checksum of its own."""
    if how is Compression.NONE:
        yield from pieces
        return

    compressor = _compressor(how)

    for piece in pieces:
        if out := compressor.compress(piece):
            yield out

    yield compressor.flush()


def method(data: bytes) -> Compression:
    """Return how ``data`` is compressed, told from its first bytes."""
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return Compression.ZSTD

    return Compression.GZIP if data.startswith(b"\x1f\x8b") else Compression.NONE


def decompressed(data: bytes, *, name: str, largest: int = LARGEST) -> bytes:
    """Return the content of ``data``, which may be plain.

    Raises CheckpointError naming the file, ``name``, where it is damaged, grows beyond
    ``largest`` bytes or needs a library that is not there.
    """
    how = method(data)

    if how is Compression.NONE:
        return data

    module = _zstd()

    if how is Compression.ZSTD and module is None:
        raise CheckpointError(
            f"{name} is compressed with zstd, which is not installed.\n"
            "Install it: pip install robasync[zstd]; the journal holds every answer all the same."
        )

    problems = (zlib.error, EOFError, *([module.ZstdError] if module else []))

    try:
        stream = zlib.decompressobj(_GZIP) if how is Compression.GZIP else module.ZstdDecompressor()
        content: bytes = stream.decompress(data, largest + 1)
    except problems as error:
        raise CheckpointError(f"{name} is damaged and cannot be decompressed ({error}).") from error

    if len(content) > largest or not stream.eof or stream.unused_data:
        raise CheckpointError(f"{name} is damaged: its compressed content is not whole.")

    return content


def _compressor(how: Compression) -> Any:
    if how is Compression.GZIP:
        return zlib.compressobj(wbits=_GZIP)

    module = _zstd()
    assert module is not None

    return module.ZstdCompressor(options={module.CompressionParameter.checksum_flag: 1})


def _zstd() -> Any:
    for name in _MODULES:
        try:
            return import_module(name)
        except ImportError:
            continue

    return None
