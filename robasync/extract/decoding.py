"""From the bytes of a text file to UTF-8."""

from __future__ import annotations

import codecs

from robasync.errors import WrongType

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def utf8(content: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the text as valid UTF-8 and notes on how it was read.

    A byte order mark decides; else UTF-8, else Windows-1252, else Latin-1, with a note.
    Raises WrongType where the bytes are no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace"), ()

    if b"\x00" in content:
        raise WrongType(f"{name} is not text: it holds NUL bytes. Check what this file really is.")

    try:
        content.isascii() or content.decode("utf-8")
    except UnicodeDecodeError:
        text, note = _western(content)
        return text.encode(), (note,)

    return content, ()


def _western(content: bytes) -> tuple[str, str]:
    try:
        return content.decode("cp1252"), "not valid UTF-8: read as Windows-1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "not valid UTF-8: read as Latin-1"
