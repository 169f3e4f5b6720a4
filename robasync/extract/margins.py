"""Running heads, feet and page numbers: what repeats at the same place on several pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from robasync.model import SetAside

from .letters import well_formed
from .lines import Line, Page

MARGIN = 0.13
"""Part of a page's height, at top and at bottom, where running heads and feet stand."""

SAME_PLACE_POINTS = 8.0
FEWEST_PAGES = 2

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(?:page\s*|[sea-]\s?)?#(?:\s*(?:of|/|\||-)\s*#)?\s?-?", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]{3}")


def without_running_heads(pages: Sequence[Page]) -> tuple[list[Page], list[SetAside]]:
    """Return the pages without what repeats in their margins, and each of it once."""
    places: dict[str, list[Line]] = defaultdict(list)
    for page in pages:
        for line in _in_margins(page):
            places[_DIGITS.sub("#", line.text).strip()].append(line)

    repeated = [line for text, lines in places.items() for line in _repeated(text, lines)]
    outermost = {id(line) for page in pages for line in _outermost(page, {id(line) for line in repeated})}
    kept = [_keep(page, outermost) for page in pages] if outermost else list(pages)
    return kept, _noted(line for line in repeated if id(line) in outermost)


def _in_margins(page: Page) -> Iterable[Line]:
    top, bottom = page.height * MARGIN, page.height * (1 - MARGIN)
    for line in page.lines:
        if line.y1 < top or line.y0 > bottom:
            yield line

    for lines in page.turned:
        yield from (
            line for line in lines if line.box[0] > page.width * 0.9 or line.box[2] < page.width * 0.1
        )


def _repeated(text: str, lines: list[Line]) -> list[Line]:
    if not (_LETTER.search(text) or _PAGE_NUMBER.fullmatch(text)):
        return []

    found = []
    for line in lines:
        pages = {other.page for other in lines if abs(other.y0 - line.y0) <= SAME_PLACE_POINTS}
        if len(pages) >= FEWEST_PAGES:
            found.append(line)

    return found


def _outermost(page: Page, repeated: set[int]) -> Iterable[Line]:
    """Yield the repeated lines with nothing else further out: the head of a table is none of them."""
    others = [line for line in page.lines if id(line) not in repeated]
    top = min([line.y1 for line in others], default=page.height)
    bottom = max([line.y0 for line in others], default=0.0)
    for line in page.lines:
        outside = line.y0 < top if line.y0 < page.height / 2 else line.y1 > bottom
        if outside and id(line) in repeated:
            yield line

    for lines in page.turned:
        yield from (line for line in lines if id(line) in repeated)


def _keep(page: Page, dropped: set[int]) -> Page:
    return page._replace(
        lines=[line for line in page.lines if id(line) not in dropped],
        turned=[[line for line in lines if id(line) not in dropped] for lines in page.turned],
    )


def _noted(repeated: Iterable[Line]) -> list[SetAside]:
    seen: dict[str, SetAside] = {}
    for line in repeated:
        text = _DIGITS.sub("#", line.text).strip()
        seen.setdefault(
            text, SetAside(page=line.page, reason="running head", text=well_formed(line.text.strip()))
        )

    return list(seen.values())
