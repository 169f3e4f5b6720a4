"""The journal of a killed run against what was sold to it. Pure functions over the journal's bytes.

They read the lines as any JSON reader would, and share no code with what wrote them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Books:
    """The whole lines of a journal; a torn end was never acknowledged and does not count."""

    lines: tuple[bytes, ...]
    records: tuple[dict[str, Any], ...]

    @property
    def replies(self) -> Counter[str]:
        """How many answers of each document are recorded."""
        return Counter(record["body"]["document"] for record in self._of("reply"))

    @property
    def outcomes(self) -> frozenset[str]:
        """The documents that are done."""
        return frozenset(record["body"]["document"] for record in self._of("outcome"))

    @property
    def uncertain(self) -> Counter[str]:
        """How many calls of each document were begun and have no certain end."""
        ended = {record["key"] for record in self._of("reply")}
        ended |= {record["key"] for record in self._of("call_failed") if record["body"]["certain"]}
        begun = {record["key"]: record["body"]["document"] for record in self._of("intent")}

        return Counter(document for key, document in begun.items() if key not in ended)

    def _of(self, kind: str) -> Iterator[dict[str, Any]]:
        return (record for record in self.records if record["kind"] == kind)


def books(journal: bytes) -> Books:
    """Return the books in a journal; damaged lines are left out, and so missed by whoever knew them."""
    lines = [line for line in journal.split(b"\n")[:-1] if _record(line) is not None]

    return Books(tuple(lines), tuple(record for line in lines if (record := _record(line)) is not None))


def after_kill(before: Books, now: Books) -> Iterator[str]:
    """Yield what is wrong where ``before`` was on the disk at a kill, and ``now`` after the next life."""
    missing = len(set(before.lines) - set(now.lines))

    if missing:
        yield f"{missing} records that were there before a kill are gone"


def against(bills: Mapping[str, int], found: Books) -> Iterator[str]:
    """Yield what was asked twice without need, or recorded though nobody sold it."""
    recorded, uncertain = found.replies, found.uncertain

    for document in sorted(bills.keys() | recorded.keys()):
        bought, kept, lost = bills.get(document, 0), recorded[document], uncertain[document]

        if bought > kept + lost:
            yield f"{document}: asked {bought} times, for {kept} recorded answers and {lost} uncertain calls"
        elif kept > bought:
            yield f"{document}: {kept} recorded answers, but {bought} were given"

        if kept > 1:
            yield f"{document}: answered {kept} times, though the first answer was recorded"


def at_the_end(found: Books, documents: int) -> Iterator[str]:
    """Yield what is left undone."""
    left = documents - len(found.outcomes)

    if left:
        yield f"{left} of {documents} documents have no outcome"


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None

    return found if isinstance(found, dict) else None
