"""Pages whose words are not in the file: images of text, fonts that do not say what letters they show."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from .lines import Page

FEW_LINES = 6
"""A page with more lines is text, whatever lies under them."""

FEW_LETTERS = 250
"""Letters of the stamps and addresses that libraries print on the images of pages."""

IMAGE_SHARE = 0.5
"""Part of a page that its images cover where the page itself is one."""

UNKNOWN = 0.3
"""Part of a page's characters without a letter from which on none of it is believed."""

_UNKNOWN = re.compile("[\ufffd\ue000-\uf8ff]")


class Why(StrEnum):
    """Why a page was not read, in words that follow its number."""

    IMAGE = "image, not read"
    UNMAPPED = "not read, its fonts do not say what letters they show"


def why(page: Page, source: Any) -> Why | None:
    """Return why the words of ``source``, PyMuPDF's page, are not in ``page``; None where they are."""
    texts = [line.text for line in page.lines]
    for lines in page.turned:
        texts += [line.text for line in lines]

    text = "".join(texts)
    if not text.isascii() and len(_UNKNOWN.findall(text)) > UNKNOWN * len(text):
        return Why.UNMAPPED

    if len(texts) > FEW_LINES or sum(map(str.isalpha, text)) > FEW_LETTERS:
        return None

    return Why.IMAGE if _is_image(source, has_text=bool(text)) else None


def _is_image(source: Any, *, has_text: bool) -> bool:
    """Whether images cover the page; on one without any text, whether there is an image at all."""
    boxes = [image["bbox"] for image in source.get_image_info()]
    covered: float = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes)
    return covered >= IMAGE_SHARE * abs(source.rect) if has_text else bool(boxes)
