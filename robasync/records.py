"""The records of the journal, as values: what a line says, and where it lies. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """The kinds of journal records."""

    SESSION_STARTED = "session_started"
    SESSION_RESUMED = "session_resumed"
    SESSION_ENDED = "session_ended"
    BATCH_STARTED = "batch_started"
    BATCH_COMPLETED = "batch_completed"
    INTENT = "intent"
    REPLY = "reply"
    CALL_FAILED = "call_failed"
    CALL_RELEASED = "call_released"
    COST_ALERT = "cost_alert"
    OUTCOME = "outcome"
    SIGNAL = "signal"
    SETTING_CHANGED = "setting_changed"


_SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def is_session_id(text: str) -> bool:
    """Return whether ``text`` can be a session's id.

    An id stands in names of files and in commands that people are told to type: one from a
    forged file must lead nowhere else and mean nothing to a shell.
    """
    return _SESSION_ID.fullmatch(text) is not None


class Record(NamedTuple):
    """One line of the journal, before it has a place there.

    ``key`` is the call key in hex for intent, reply, call_failed and call_released, else "". ``body`` is
    what orjson encodes; a ``raw`` entry of type bytes is stored as text where it is valid
    UTF-8, else as base64 under ``raw_base64``.
    """

    kind: Kind
    body: Any
    key: str = ""


class Position(NamedTuple):
    """Where a line lies: segment number from 1, byte offset and length in that file."""

    segment: int
    offset: int
    length: int


class Entry(NamedTuple):
    """A record as it lies in the journal. ``time`` is ISO 8601 with microseconds."""

    sequence: int
    group: int
    time: str
    record: Record
    position: Position


class Standing(StrEnum):
    """What the journals know about a call key."""

    UNKNOWN = "unknown"
    ASKED = "asked"  # an intent is on the disk, a reply is not
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedReply:
    """A raw reply as it lies in a journal; ``session`` is the id of that journal's session."""

    raw: bytes = field(repr=False)
    session: str
