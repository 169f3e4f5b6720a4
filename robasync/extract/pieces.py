"""A paragraph of a word processor in pieces, some of which a reader may not see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from . import faces, shifts
from .faces import Face
from .outline import Passage
from .sections import tidy


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with why it cannot be seen, if so, and whether it is bold."""

    text: str
    reason: str
    bold: bool


def piece(text: str, seen: Face, grounds: Sequence[int]) -> Piece:
    """Return a text that looks so before one of these grounds; raised and lowered numbers stay so."""
    if seen.shift == "superscript":
        text = shifts.raised(text)
    elif seen.shift == "subscript":
        text = shifts.lowered(text)

    return Piece(text, faces.reason(seen, grounds), bool(seen.bold))


def passage(
    pieces: Sequence[Piece], *, level: int, unseen: str, is_body: bool, images: Sequence[str] = ()
) -> Passage:
    """Return a paragraph made of pieces, all of which are ``unseen`` where that gives a reason.

    Only in the body of a text is a paragraph a heading.
    """
    shown = [one for one in pieces if not (one.reason or unseen)]
    text = tidy("".join(one.text for one in shown))
    return Passage(
        text=text,
        level=level if text and is_body else 0,
        bold=bool(text) and is_body and all(one.bold for one in shown if one.text.strip()),
        unseen=_unseen(pieces, unseen),
        images=tuple(images),
    )


def _unseen(pieces: Iterable[Piece], reason: str) -> tuple[tuple[str, str], ...]:
    """Return what cannot be seen of a paragraph, neighbours with the same reason as one."""
    found = []
    for why, group in groupby(pieces, key=lambda one: reason or one.reason):
        text = tidy("".join(one.text for one in group))
        if why and text:
            found.append((why, text))

    return tuple(found)
