"""The extractor: looks at what a document holds and hands it to the reader for that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

import aiofiles
import anyio.to_thread

from robasync.errors import Changed, EmptyDocument, Unreadable
from robasync.model import Document, Extract

from . import drawing, kinds, plain, wire, worker
from .looking import Look, Looker, is_as_taken
from .pool import Pool
from .sniff import HEAD_BYTES, ZIP, Holds, sniff

READ_AT_ONCE_BYTES = 500_000
"""A text up to this size is read in the event loop; a larger one would hold it up."""

ROUNDS = 3
"""So often questions about pages are answered: about what is doubtful, then about what that has shown."""


Read = Callable[..., bytes]
"""Module-level function that reads a file as ``worker.read`` does, with what was ``told`` of its pages."""


class FileExtractor:
    """Reads text and Markdown here and all else in worker processes; an ``Extractor``.

    ``processes`` is the most documents read at once; ``timeout_seconds`` and
    ``memory_limit_gb`` limit each (0 = no limit on memory), and again the looks at its pages.
    """

    def __init__(
        self,
        *,
        processes: int,
        timeout_seconds: float,
        memory_limit_gb: float,
        read: Read = worker.read,
        look: Look = drawing.look,
    ) -> None:
        self._read = read
        self._look = look
        self._seconds = timeout_seconds
        self._pool = Pool(
            processes=processes, timeout_seconds=timeout_seconds, memory_limit_gb=memory_limit_gb
        )

    async def extract(self, document: Document) -> Extract:
        """Return the document's text. Raises a DocumentError that says what is wrong with it."""
        if document.extract is not None:
            return document.extract

        if document.size == 0:
            raise EmptyDocument(f"{document.name} is empty (0 bytes). Get it again from its source.")

        head = document.content if document.content is not None else await _read(document, HEAD_BYTES)
        if head.startswith(ZIP):  # what is in it, its end tells: the worker's business
            kinds.check_size(document.name, document.size, kinds.MAX_ZIP_BYTES)
            return wire.decode(await self._apart(document))

        kind = kinds.kind(document.name, sniff(head))
        kinds.check_size(document.name, document.size, kind.most_bytes)
        if kind is kinds.PLAIN:
            return await _text(document)

        return wire.decode(await self._apart(document))

    async def _apart(self, document: Document) -> bytes:
        """Return a worker's answer, read again with what was seen where that is not what was expected."""
        answer = await self._pool.run(self._read, document)
        looker = Looker(self._pool, self._look, document, seconds=self._seconds)
        told: list[bytes] = []
        for _ in range(ROUNDS):
            questions = wire.questions(answer)
            new = await looker.told(questions)
            if is_as_taken(new):
                break

            told += new
            answer = await self._pool.run(partial(self._read, told=told), document)
            if not looker.has_time:
                break

        return answer


def read_text(document: Document) -> Extract | None:
    """Return the extract of a document whose bytes are at hand and are text, None for any other.

    Raises a DocumentError as ``FileExtractor.extract`` does.
    """
    if not document.content:
        return None

    holds = sniff(document.content)
    if holds is not Holds.TEXT or kinds.kind(document.name, holds) is not kinds.PLAIN:
        return None

    return plain.read(document.content, document.name, media=kinds.media(document.name))


async def _text(document: Document) -> Extract:
    content = document.content if document.content is not None else await _whole(document)
    media = kinds.media(document.name)
    if len(content) <= READ_AT_ONCE_BYTES:
        return plain.read(content, document.name, media=media)

    return await anyio.to_thread.run_sync(lambda: plain.read(content, document.name, media=media))


async def _whole(document: Document) -> bytes:
    content = await _read(document, document.size + 1)
    if await anyio.to_thread.run_sync(lambda: hashlib.sha256(content).hexdigest()) != document.digest:
        raise Changed(
            f"{document.name} changed while it was being read. It is read again at the next resume."
        )

    return content


async def _read(document: Document, count: int) -> bytes:
    try:
        async with aiofiles.open(document.path, "rb") as file:
            return await file.read(count)
    except OSError as error:
        raise Unreadable(
            f"{document.name} cannot be read: {error.strerror}. Check the file and its permissions."
        ) from error
