"""What a text tells by itself, as values: whose study it is, and why it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """Why a document is refused before anything is asked about it.

    ``start`` and ``end`` are the offsets, in the extract's text, of the passage that shows it.
    """

    kind: str
    message: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What a text tells before anybody is asked about it.

    ``study`` is its label, not yet unique; ``digest`` the SHA-256 of the text as UTF-8.
    """

    study: str
    screening: Screening | None
    digest: bytes
