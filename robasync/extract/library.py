"""PyMuPDF, loaded when it is first needed; it has no types of its own."""

from __future__ import annotations

from typing import Any


def pymupdf() -> Any:
    """Return the library; only worker processes pay for loading it."""
    import pymupdf as library

    return library
