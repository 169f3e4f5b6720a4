"""A Word document: not read yet. Runs in a worker process only (see ``worker``)."""

from __future__ import annotations

from robasync.errors import UnsupportedType
from robasync.model import Extract


def read(content: bytes, name: str) -> Extract:
    """Raise UnsupportedType: there is no reader for this yet."""
    raise UnsupportedType(
        f"{name} holds a Word document (docx), which robasync does not read. Save it as PDF or text."
    )
