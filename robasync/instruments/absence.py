"""What was looked for where an item is not reported, so that a person need not take our word."""

from __future__ import annotations

from .schema import Item


def searched(item: Item, folded: str) -> tuple[str, ...]:
    """Return each of the item's search terms with its number of hits, as "'sealed envelope' 0".

    ``folded`` is the extract's text after ``str.casefold``, taken once per document.
    """
    return tuple(f"'{term}' {folded.count(term.casefold())}" for term in item.search)
