"""The first look at a text: whose study it is, whether it reports a trial, what identifies it."""

from __future__ import annotations

import hashlib

from robasync import screen, studies
from robasync.model import Extract
from robasync.registrations import registrations
from robasync.screening import Front, Registration

MOST_REGISTRATIONS = 20


def look(extract: Extract, name: str) -> Front:
    """Return what the text of the document called ``name`` tells by itself. Pure."""
    return Front(
        study=studies.label(extract, name),
        screening=screen.screen(extract),
        digest=hashlib.sha256(extract.text.encode("utf-8", "surrogatepass")).digest(),
        registrations=registered(extract, name),
    )


def registered(extract: Extract, name: str) -> tuple[Registration, ...]:
    """Return the numbers under which the document says that its trial is registered, at most twenty."""
    return tuple(registrations(extract, name)[:MOST_REGISTRATIONS])
