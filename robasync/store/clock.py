"""The time that records and checkpoints carry."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class LocalClock:
    """The local time with its offset from UTC, to the microsecond, as in ISO 8601.

    Cheap enough for every record: what does not change within a second is kept.
    """

    def __init__(self) -> None:
        self._second = -1
        self._before = ""
        self._after = ""

    def __call__(self) -> str:
        """Return the time now."""
        second, nanoseconds = divmod(time.time_ns(), 1_000_000_000)

        if second != self._second:
            text = datetime.fromtimestamp(second, UTC).astimezone().isoformat(timespec="seconds")
            self._second, self._before, self._after = second, text[:19], text[19:]

        return f"{self._before}.{nanoseconds // 1_000:06}{self._after}"


def local_time() -> str:
    """Return the local time now, as ``LocalClock`` writes it."""
    return LocalClock()()
