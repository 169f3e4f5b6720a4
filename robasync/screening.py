"""What a text tells by itself, as values: whose study it is, where it is registered, why it is refused."""

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
class Registration:
    """A number of a trial register in the register's own writing, and where it is looked up."""

    number: str
    register: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What a text tells before anybody is asked about it.

    ``study`` is its label, not yet unique; ``digest`` the SHA-256 of the text as UTF-8;
    ``registrations`` are the first numbers under which it says that its trial is registered.
    """

    study: str
    screening: Screening | None
    digest: bytes
    registrations: tuple[Registration, ...] = ()
