"""What is done to every extract, whatever it was read from: unseen characters out, flags set, bounds kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from robasync.model import Extract, SetAside

from . import invisible, suspicious

MOST_PIECES = 200
LONGEST_PIECE = 2_000
"""What is reported of hidden text; a hostile file must not fill journals and reports with it."""


def finished(extract: Extract) -> Extract:
    """Return the extract as it is assessed, with notes on what was set apart and what is flagged."""
    extract = _named(invisible.without(extract))
    found = tuple(
        SetAside(
            page=(page := extract.page_at(start)),
            reason=suspicious.REASON,
            text=extract.text[start:end],
            place=extract.place(page),
        )
        for start, end in suspicious.passages(extract.text)
    )
    if not (found or extract.set_aside):
        return extract

    bounded = replace(extract, set_aside=_bounded(extract.set_aside), suspicious=_bounded(found))
    return replace(bounded, notes=(*extract.notes, *_notes(bounded)))


def _named(extract: Extract) -> Extract:
    """Return the extract with the sections named in which something was set apart or nobody could read."""
    if not extract.places:
        return extract

    return replace(
        extract,
        set_aside=tuple(replace(piece, place=extract.place(piece.page)) for piece in extract.set_aside),
        figures=tuple(replace(figure, place=extract.place(figure.page)) for figure in extract.figures),
    )


def _bounded(pieces: tuple[SetAside, ...]) -> tuple[SetAside, ...]:
    return tuple(replace(piece, text=_cut(piece.text)) for piece in pieces[:MOST_PIECES])


def _cut(text: str) -> str:
    text = text if len(text) <= LONGEST_PIECE else f"{text[:LONGEST_PIECE]} [...]"
    return text.encode("utf-8", "replace").decode()


def _notes(extract: Extract) -> Iterator[str]:
    if unseen := extract.unseen:
        count = len(unseen)
        yield f"text that a reader does not see was set apart: {count} passage{'s' if count > 1 else ''}"

    if extract.suspicious:
        places = dict.fromkeys(piece.place or f"page {piece.page}" for piece in extract.suspicious)
        yield f"the visible text speaks to a model ({'; '.join(places)}); it was sent as it stands"
