"""What a PDF holds but a viewer does not show: layers that are switched off, hidden annotations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from robasync.model import SetAside

from . import hidden, letters
from .library import pymupdf


def unshown(document: Any) -> list[SetAside]:
    """Return the words of switched-off layers and of hidden annotations and form fields, by page.

    Takes the layers' states out of the document: call it when everything else has been read.
    """
    found = [*_annotations(document)] if _has_annotations(document) else []
    off = [xref for xref, layer in document.get_ocgs().items() if not layer["on"]]
    return [*_switched_off(document), *found] if off else found


def _has_annotations(document: Any) -> bool:
    return bool(document.has_annots() or document.is_form_pdf)


def _annotations(document: Any) -> Iterator[SetAside]:
    library = pymupdf()
    unseen = library.PDF_ANNOT_IS_HIDDEN | library.PDF_ANNOT_IS_NO_VIEW
    for page in document:
        pieces = [annotation.info["content"] for annotation in page.annots() if annotation.flags & unseen]
        pieces += [
            str(field.field_value or "") for field in page.widgets() if _flags(document, field) & unseen
        ]
        text = " ".join(" ".join(pieces).split())
        if text:
            yield SetAside(page=page.number + 1, reason=hidden.ANNOTATION, text=letters.well_formed(text))


def _flags(document: Any, field: Any) -> int:
    kind, value = document.xref_get_key(field.xref, "F")
    return int(value) if kind == "int" else 0


def _switched_off(document: Any) -> Iterator[SetAside]:
    with _all_on(document) as other:
        for page, full in zip(document, other, strict=True):
            known = _lines(page)
            text = " ".join(line for line in _lines(full) if line not in known)
            if text:
                yield SetAside(page=page.number + 1, reason=hidden.LAYER_OFF, text=letters.well_formed(text))


def _all_on(document: Any) -> Any:
    """Return a copy of the document without any layers, so that all is on."""
    document.xref_set_key(document.pdf_catalog(), "OCProperties", "null")
    return pymupdf().open(stream=document.tobytes(), filetype="pdf")


def _lines(page: Any) -> dict[str, None]:
    """Return the lines of a page once each, in order."""
    return dict.fromkeys(filter(None, map(str.strip, page.get_text("text").splitlines())))
