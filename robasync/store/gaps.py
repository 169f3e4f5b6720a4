"""What is not whole in a journal, and what that means once the last commit group is known.

Because a group is written only after the one before it is on the disk, bad bytes inside the
last group were never acknowledged (a torn tail), and bad bytes anywhere before it are damage.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from robasync.store.codec import Head


@dataclass(slots=True)
class Gap:
    """Bytes that are no whole line, or records that are not there.

    ``after`` is the highest sequence number before it; ``until`` and ``group`` are those of
    the next whole line, None where there is none. ``is_filled`` means that every record
    between them stands elsewhere: its group was written again.
    """

    segment: int
    offset: int
    after: int
    bad_bytes: bool
    until: int | None = None
    group: int | None = None
    is_filled: bool = False

    def is_torn(self, *, last_group: int, durable: int) -> bool:
        """Return whether what stood here was never acknowledged, and counts for nothing."""
        if self.until is None or self.group is None:
            return self.after + 1 > durable

        in_last_group = self.group == last_group and self.after + 1 >= self.group

        return in_last_group and not self.is_filled and self.after + 1 > durable

    def is_damage(self, *, last_group: int, durable: int) -> bool:
        """Return whether what stood here was acknowledged once."""
        if self.is_filled or self.is_torn(last_group=last_group, durable=durable):
            return False

        cut_by_recovery = not self.bad_bytes and self.group is not None and self.after + 1 >= self.group

        return not cut_by_recovery


class Gaps:
    """The gaps of a journal, in the order in which they are read."""

    def __init__(self) -> None:
        self.all: list[Gap] = []
        self._open: Gap | None = None
        self._unfilled: list[Gap] = []

    def begin(self, segment: int, offset: int, *, after: int, bad_bytes: bool) -> None:
        """Note that here something is not whole, unless it goes on from what was noted before."""
        known = self._open

        # Bad bytes are noted per segment: each segment's tail is cut by itself.
        if known is None or (bad_bytes and known.segment != segment):
            self._open = Gap(segment, offset, after, bad_bytes)
            self.all.append(self._open)
            self._unfilled.append(self._open)

    def end(self, head: Head) -> None:
        """Note that here a whole line follows."""
        if self._open is None:
            return

        for gap in reversed(self._unfilled):
            if gap.until is not None:
                break

            gap.until, gap.group = head.sequence, head.group

        self._open = None

    def fill(self, found: Collection[int]) -> None:
        """Note which records of a group that is over were found, in whatever order."""
        for gap in self._unfilled:
            if gap.until is not None:
                between = sum(gap.after < sequence < gap.until for sequence in found)
                gap.is_filled = between >= gap.until - gap.after - 1

        self._unfilled = [gap for gap in self._unfilled if gap.until is None]
