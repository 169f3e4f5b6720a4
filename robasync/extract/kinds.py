"""Which reader a file is for: decided by what it holds; its name only says what was expected."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from robasync.errors import PasswordNeeded, TooLarge, UnsupportedType, WrongType

from .sniff import Holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file that can be read: the module of its reader and the most bytes it may have."""

    module: str
    most_bytes: int


MAX_PDF_BYTES = 1_000_000_000
MAX_ZIP_BYTES = 200_000_000
MAX_TEXT_BYTES = 50_000_000

PLAIN = Kind(module="plain", most_bytes=MAX_TEXT_BYTES)

_KINDS = {
    Holds.PDF: Kind(module="pdf", most_bytes=MAX_PDF_BYTES),
    Holds.WORD: Kind(module="docx", most_bytes=MAX_ZIP_BYTES),
    Holds.OPEN_DOCUMENT: Kind(module="odt", most_bytes=MAX_ZIP_BYTES),
    Holds.XML: Kind(module="jats", most_bytes=MAX_TEXT_BYTES),
    Holds.HTML: Kind(module="html", most_bytes=MAX_TEXT_BYTES),
    Holds.TEXT: PLAIN,
}

_TEXTS = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
}
_MARKED_UP = {
    **dict.fromkeys((".xml", ".nxml", ".jats"), Holds.XML),
    **dict.fromkeys((".html", ".htm", ".xhtml"), Holds.HTML),
}
_BINARY = {
    ".pdf": Holds.PDF,
    ".docx": Holds.WORD,
    ".docm": Holds.WORD,
    ".doc": Holds.OLD_WORD,
    ".rtf": Holds.RTF,
    ".odt": Holds.OPEN_DOCUMENT,
    ".epub": Holds.EPUB,
}
_EXPECTED = {**dict.fromkeys(_TEXTS, Holds.TEXT), **_MARKED_UP, **_BINARY}
_SENT_INSTEAD = {
    **dict.fromkeys(_BINARY, (Holds.TEXT, Holds.HTML, Holds.XML)),
    **dict.fromkeys((".xml", ".nxml", ".jats"), (Holds.TEXT,)),
}
"""What a server sends in place of a file: the page on which to sign in, an error."""


def kind(name: str, holds: Holds) -> Kind:
    """Return the kind of a file by this name that holds this.

    Raises WrongType where the name promised something else and what is there makes no sense
    under it, PasswordNeeded for an encrypted Word document, UnsupportedType where no reader is for it.
    """
    if holds is Holds.OLD_WORD and _EXPECTED.get(_ending(name)) is Holds.WORD:
        # An encrypted one is wrapped in the old format ([MS-OFFCRYPTO] 1.3.2).
        raise PasswordNeeded(
            f"{name} is encrypted, or an old document under a new name. Save it as DOCX without a password."
        )

    found = _KINDS.get(_mended(name, holds))
    if found and holds not in _SENT_INSTEAD.get(_ending(name), ()):
        return found

    if _EXPECTED.get(_ending(name), holds) is not holds:
        raise WrongType(
            f"{name} does not hold what its name says: it holds {holds.value}. Get the report itself."
        )

    raise UnsupportedType(
        f"{name} holds {holds.value}, which robasync does not read. Save it as PDF, DOCX or text."
    )


def surprise(name: str, holds: Holds) -> tuple[str, ...]:
    """Return a note where a file is read as something else than its name says, else nothing."""
    expected = _EXPECTED.get(_ending(name), holds)
    if holds is expected or _mended(name, holds) is expected:
        return ()

    return (f"the name says {expected.value}; the file holds {holds.value} and was read as that",)


def media(name: str) -> str:
    """Return the media type of a text by its name."""
    return _TEXTS.get(_ending(name), "text/plain")


def check_size(name: str, size: int, limit: int) -> None:
    """Raise TooLarge where a file has more than ``limit`` bytes."""
    if size > limit:
        raise TooLarge(
            f"{name} has {size / 1e6:.0f} MB; at most {limit / 1e6:.0f} are read. Take the report out of it."
        )


def _mended(name: str, holds: Holds) -> Holds:
    """Return what a file most likely holds where its first bytes leave it open."""
    expected = _EXPECTED.get(_ending(name))
    if expected is Holds.PDF and holds is Holds.BINARY:
        return Holds.PDF  # without its first bytes it can often be repaired

    if expected is Holds.HTML and holds in (Holds.TEXT, Holds.XML):
        return Holds.HTML  # a page saved without its head

    return holds


def _ending(name: str) -> str:
    return posixpath.splitext(name)[1].lower()
