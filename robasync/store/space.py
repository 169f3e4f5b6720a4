"""How much disk a journal holds ahead, so that what was paid for always finds room.

A call is admitted only while the journal has space for everything that the calls in flight
may yet write: ``headroom``. It is allocated in large steps by the journal's own thread;
where a file system cannot allocate, what is free counts instead. ``RESERVE`` bytes more, or
twice the last checkpoint, are held for the checkpoint at the end of the run.
"""

from __future__ import annotations

from typing import NamedTuple

from robasync.store.files import Files
from robasync.store.places import Place

INTENT_BYTES = 1024  # of the record of an intent, or of a call that failed
REPLY_BYTES = 4096  # of a reply's record besides the text: usage, names, the frame of the line
OUTCOME_BYTES = 16 * 1024  # of an outcome's record besides what it takes from the reply
BYTES_PER_TOKEN = 8  # English takes 4; the text is quoted JSON inside of quoted JSON
FEWEST_TOKENS = 1024  # that a reply is taken to have

SLACK = 4 * 1024 * 1024  # for replies beyond that, and for records of no call; shared by all
RESERVE = 4 * 1024 * 1024  # for the last checkpoint, at least
STEP = 16 * 1024 * 1024  # that is allocated beyond what is needed
MARGIN = 1024 * 1024  # of what is free that is never counted on
UNKNOWN = 1 << 62  # room where nobody asks for headroom, and nobody has looked


class Room(NamedTuple):
    """How many bytes are sure to find space; ``problem`` says why they are not more."""

    size: int
    problem: str = ""


def headroom(*, calls: int, max_tokens: int, is_sealed: bool) -> int:
    """Return the bytes that ``calls`` calls in flight may yet write, each of ``max_tokens`` at most.

    A call writes an intent, a reply and an outcome, which quotes from the reply. What is
    sealed is longer: four bytes of base64 stand for three.
    """
    tokens = max(max_tokens, FEWEST_TOKENS)
    call = INTENT_BYTES + REPLY_BYTES + OUTCOME_BYTES + 2 * BYTES_PER_TOKEN * tokens
    size = calls * call + SLACK

    return -(-size * 4 // 3) if is_sealed else size


def expected(*, documents: int, calls: int, is_sealed: bool) -> int:
    """Return the bytes that so many documents take in the end, of ``calls`` calls each.

    That is their journal and their result files, with replies of a usual length.
    """
    call = INTENT_BYTES + REPLY_BYTES + BYTES_PER_TOKEN * FEWEST_TOKENS
    size = documents * (calls * call + 2 * OUTCOME_BYTES)

    return -(-size * 4 // 3) if is_sealed else size


def reserve(files: Files, place: Place) -> int:
    """Return the bytes to hold for the last checkpoint: twice what the newest one takes."""
    try:
        sizes = [files.size(path) for path in place.checkpoints(files.names(place.folder))]
    except OSError:
        return RESERVE

    return max([RESERVE, *(2 * size for size in sizes)])
