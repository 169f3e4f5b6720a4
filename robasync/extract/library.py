"""PyMuPDF, loaded when it is first needed; it has no types of its own."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

GIVEN_BACK = 50
"""Per cent of the library's store: to give back all, with what fonts share, costs a fifth of the time."""


def pymupdf() -> Any:
    """Return the library; only worker processes pay for loading it."""
    import pymupdf as library

    return library


def images(page: Any) -> list[Any]:
    """Return a page's images as the library lists them. Raises ValueError where it cannot name them."""
    try:
        found: list[Any] = page.get_images()
    except TypeError as error:  # from its own warning of a name that is no UTF-8
        raise ValueError("an image of the page has a name that cannot be read") from error

    return found


@contextmanager
def tidied() -> Iterator[None]:
    """Have the library say nothing on the terminal, and give of its store back in the end.

    Python does not look for cycles meanwhile: a page leaves none, and looking through its many
    pieces takes a tenth of the time.
    """
    tools = pymupdf().TOOLS
    tools.mupdf_display_errors(False)
    tools.mupdf_display_warnings(False)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        tools.store_shrink(GIVEN_BACK)
