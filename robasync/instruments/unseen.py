"""Where the numbers that an item asks for may stand although nobody could read them."""

from __future__ import annotations

from collections.abc import Sequence

from robasync.model import Figure

from .schema import Item


def unseen(item: Item, figures: Sequence[Figure]) -> tuple[str, ...]:
    """Return a note for each picture in which the numbers may be that ``item`` counts."""
    if not item.counts:
        return ()

    return tuple(f"numbers may be in the figure {_where(one)}: {one.what}" for one in figures)


def _where(figure: Figure) -> str:
    return f"in {figure.place}" if figure.place else f"on page {figure.page}"
