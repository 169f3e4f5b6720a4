"""Text and Markdown files: read in this process, by whole-text operations only."""

from __future__ import annotations

import re
from functools import cache

from robasync.errors import EmptyDocument
from robasync.model import Extract, Segment

from . import VERSION, hyphens, letters, references
from .decoding import utf8
from .finish import finished

WRAPPED_WITHIN = 160
"""Characters: a text with no longer line breaks its lines for width, not for sense."""

OPENING_BYTES = 4_000
LONG_RUN = b" " * 16
"""A double space in the opening, or a run so long anywhere, shows that spaces lay the text out."""

_SPACED = bytes.maketrans(b"\t\v\x00", b"   ")
_BLANKS = (b"\t", b"\v", b"\x00")
_SPACES = re.compile(b"  +")
_SPACE_AT_END = (b" \n", b"\n ")
_BLANK_LINES = re.compile(r"\n{3,}")
_OWN_LINE = re.compile(r"(?:\A|\n)(#{1,6} [^\n]*)(?=\n)|\n(?=(?:#{1,6}|[-*+\u2022]|\d{1,3}[.)]) |[|>])")
_LABEL = re.compile(r"(?:#+\s*|title\s*:\s*)", re.IGNORECASE)
_ENDS = (".", "?", "!", ":", '"', "\u201d", ")", "]")


def read(content: bytes, name: str, *, media: str) -> Extract:
    """Return the extract of a text file; form feeds separate its pages.

    Raises WrongType for bytes that are no text and EmptyDocument where there is no word.
    """
    content, notes = utf8(content, name)
    text, segments = _pages(_lines(letters.plain_utf8(content)).decode())
    if not any(map(str.isalnum, text)):
        raise EmptyDocument(f"{name} holds no words. Put the full report in its place.")

    extract = Extract(
        text=text,
        segments=segments,
        pages=segments[-1].page,
        media=media,
        engine=f"text {VERSION}",
        notes=notes,
        references=references.stretches(text),
        title=_title(text),
    )

    return finished(extract)


def _lines(content: bytes) -> bytes:
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    # A NUL is what UTF-16 may still hold; it would be taken for a paragraph's end below.
    if any(blank in content for blank in _BLANKS):
        return _SPACES.sub(b" ", content.translate(_SPACED))

    # Looking for single double spaces would be half of the time that a text takes.
    spaced = content.find(b"  ", 0, OPENING_BYTES) >= 0 or LONG_RUN in content
    return _SPACES.sub(b" ", content) if spaced else content


def _pages(text: str) -> tuple[str, tuple[Segment, ...]]:
    if "\f" not in text:
        return _paragraphs(text), (Segment(0, 1),)

    joined, segments = "", [Segment(0, 1)]
    for number, page in enumerate(text.split("\f"), 1):
        part = _paragraphs(page)
        if not part:
            continue

        joined += _between(joined, part) + part
        segments.append(Segment(len(joined) - len(part), number))

    return joined, tuple(segments[1:] or segments)


def _between(before: str, after: str) -> str:
    if not before:
        return ""

    return " " if after[0].islower() and not before.endswith(_ENDS) else "\n\n"


def _paragraphs(text: str) -> str:
    lines = [*map(str.strip, text.strip().split("\n"))]
    if max(map(len, lines)) > WRAPPED_WITHIN:
        return "\n\n".join(filter(None, lines)).replace(letters.SOFT_HYPHEN, "")

    return _unwrapped("\n".join(lines))


def _unwrapped(text: str) -> str:
    if "-\n" in text or letters.SOFT_HYPHEN in text:
        text = _unbroken(text).replace(letters.SOFT_HYPHEN, "")

    text = _OWN_LINE.sub(_apart, text)
    if "\n\n\n" in text:
        text = _BLANK_LINES.sub("\n\n", text)

    # No NUL is left in the text, so it can stand for a paragraph's end meanwhile.
    return text.replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n\n").strip()


def _apart(match: re.Match[str]) -> str:
    return "\n\n" if match[1] is None else f"\n\n{match[1]}\n"


def _unbroken(text: str) -> str:
    words = cache(lambda: hyphens.vocabulary(text.split("\n")))
    first, *rest = text.replace(f"{letters.SOFT_HYPHEN}\n", "").split("-\n")
    parts = [first]
    for part in rest:
        # The longest word that matters; a joint looks at the ends only.
        left, between = hyphens.joint(f"{parts[-1][-80:]}-", part[:80], words)
        parts[-1] = parts[-1][:-80] + left
        parts.append(between + part)

    return "".join(parts)


def _title(text: str) -> str:
    for paragraph in text[:2000].split("\n\n", 3)[:3]:
        title = _LABEL.sub("", paragraph, count=1).strip()
        if len(title) > 8:
            return title if len(title) <= 300 else ""

    return ""
