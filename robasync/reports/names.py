"""The name of a document's result file: readable, inside the folder, and no other document's.

``path`` leaves an ordinary name as it is and adds ".json". What some file system cannot
hold is written as %XX of its UTF-8 bytes. Marks that no such escape can produce ("%_" for
an empty part, "%~" before a digest) keep the mapping one to one. Two names that differ in
case or in Unicode composition only are told apart by ``crowded``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ENDING: Final = ".json"
MARK: Final = "%~"  # no document's name is written with it
LONGEST_PART: Final = 200  # bytes; file systems allow 255, and a draft's name is longer
LONGEST_PATH: Final = 1_500  # bytes

_UNSAFE: Final = re.compile(r'[%<>:"|?*\\\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
_BAD_FOLDER_END: Final = re.compile(r"(?:[. ]|\.json|\.sealed)\Z", re.IGNORECASE)


def path(document: str, *, crowded: frozenset[str] = frozenset()) -> PurePosixPath:
    """Return the result file's path below the results folder."""
    *folders, name = document.split("/")
    name = _part(name)

    if document in crowded:
        name = _cut(name, mark=document)

    parts = [*map(_folder, folders), name + ENDING]

    if len("/".join(parts).encode()) > LONGEST_PATH:
        return PurePosixPath(f"{MARK}{_digest(document)}{ENDING}")

    return PurePosixPath(*parts)


def crowded(documents: Sequence[str]) -> frozenset[str]:
    """Return the names that a file system which ignores case or composition would confuse."""
    if len(set(map(_folded, documents))) == len(documents):
        return frozenset()

    counts = Counter(map(_folded, documents))

    return frozenset(name for name in documents if counts[_folded(name)] > 1)


def _folder(part: str) -> str:
    """Escape a folder's name; its end never looks like a result file's."""
    escaped = _part(part)

    if _BAD_FOLDER_END.search(escaped):
        return escaped[:-1] + _escape(escaped[-1])

    return escaped


def _part(part: str) -> str:
    if part in ("", ".", ".."):
        return "%_" + _escape(part)

    escaped = _UNSAFE.sub(lambda match: _escape(match.group()), part)

    if _RESERVED.match(escaped):
        escaped = _escape(escaped[0]) + escaped[1:]

    return escaped if len(escaped.encode()) <= LONGEST_PART else _cut(escaped, mark=part)


def _cut(part: str, *, mark: str) -> str:
    kept = part.encode()[: LONGEST_PART - 40].decode(errors="ignore")

    return f"{kept}{MARK}{_digest(mark)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _escape(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode(errors="surrogatepass"))


def _folded(document: str) -> int:
    # Equal hashes of different names only give both a mark that they did not need.
    if document.isascii():
        return hash(document.lower())

    return hash(unicodedata.normalize("NFC", unicodedata.normalize("NFC", document).casefold()))
