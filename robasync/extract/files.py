"""The extractor: looks at what a document holds and hands it to the reader for that."""

from __future__ import annotations

import hashlib
import posixpath

import aiofiles
import anyio.to_thread

from robasync.errors import Changed, EmptyDocument, TooLarge, Unreadable, UnsupportedType, WrongType
from robasync.model import Document, Extract

from . import plain, wire, worker
from .pool import Pool, Work
from .sniff import HEAD_BYTES, Holds, sniff

MAX_PDF_BYTES = 1_000_000_000
MAX_TEXT_BYTES = 50_000_000
READ_AT_ONCE_BYTES = 500_000
"""A text up to this size is read in the event loop; a larger one would hold it up."""

_TEXT_ENDINGS = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
}
_EXPECTED = {".pdf": Holds.PDF, **dict.fromkeys(_TEXT_ENDINGS, Holds.TEXT)}


class FileExtractor:
    """Reads text and Markdown here and PDF in worker processes; an ``Extractor``.

    ``processes`` is the most PDFs read at once; ``timeout_seconds`` and
    ``memory_limit_gb`` limit each (0 = no limit on memory).
    """

    def __init__(
        self,
        *,
        processes: int,
        timeout_seconds: float,
        memory_limit_gb: float,
        read_pdf: Work = worker.read_pdf,
    ) -> None:
        self._pool = Pool(
            read_pdf, processes=processes, timeout_seconds=timeout_seconds, memory_limit_gb=memory_limit_gb
        )

    async def extract(self, document: Document) -> Extract:
        """Return the document's text. Raises a DocumentError that says what is wrong with it."""
        if document.extract is not None:
            return document.extract

        if document.size == 0:
            raise EmptyDocument(f"{document.name} is empty (0 bytes). Get it again from its source.")

        head = document.content if document.content is not None else await _read(document, HEAD_BYTES)
        kind = _readable(document.name, sniff(head))
        if kind is Holds.PDF:
            _check_size(document, MAX_PDF_BYTES)
            return wire.decode(await self._pool.run(document))

        _check_size(document, MAX_TEXT_BYTES)
        return await _text(document)


def read_text(document: Document) -> Extract | None:
    """Return the extract of a document whose bytes are at hand and are text, None for any other.

    Raises a DocumentError as ``FileExtractor.extract`` does.
    """
    if not document.content or _readable(document.name, sniff(document.content)) is not Holds.TEXT:
        return None

    return plain.read(document.content, document.name, media=_media(document))


async def _text(document: Document) -> Extract:
    content = document.content if document.content is not None else await _whole(document)
    media = _media(document)
    if len(content) <= READ_AT_ONCE_BYTES:
        return plain.read(content, document.name, media=media)

    return await anyio.to_thread.run_sync(lambda: plain.read(content, document.name, media=media))


def _media(document: Document) -> str:
    return _TEXT_ENDINGS.get(_ending(document.name), "text/plain")


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


def _readable(name: str, holds: Holds) -> Holds:
    """Return which reader a file is for, PDF or TEXT, by its content. Raises WrongType, UnsupportedType."""
    expected = _EXPECTED.get(_ending(name))
    if expected is Holds.PDF and holds is Holds.BINARY:
        # A PDF without its first bytes can often be repaired.
        return Holds.PDF

    if holds is Holds.PDF or (holds is Holds.TEXT and expected is not Holds.PDF):
        return holds

    if expected is not None:
        raise WrongType(
            f"{name} does not hold what its name says: it holds {holds.value}. Get the report itself."
        )

    raise UnsupportedType(
        f"{name} holds {holds.value}, which robasync does not read. Save it as PDF or text."
    )


def _check_size(document: Document, limit: int) -> None:
    if document.size > limit:
        raise TooLarge(
            f"{document.name} has {document.size / 1e6:.0f} MB; at most {limit / 1e6:.0f} are read."
            " Take the report out of it."
        )


def _ending(name: str) -> str:
    return posixpath.splitext(name)[1].lower()
