"""The money kept account of anew, in whole units: the cap was held, and the sums are those of the session."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from robasync import cost
from robasync.findings import Finding, Level, Subject
from robasync.records import Kind, Record
from robasync.session import Session

CAP = "cost_tracking.max_cost_threshold"


class Money:
    """Takes well-formed records in journal order; written without the fold that it is compared with.

    In memory stand the calls without an end only. A call that was released is no longer reserved.
    """

    def __init__(self) -> None:
        self._spent = 0
        self._reserved = 0
        self._open: dict[str, int] = {}
        self._released: dict[str, int] = {}
        self._cap: int | None = None
        self._has_overrun = False
        self._passed = ""

    def see(self, record: Record) -> Iterator[Finding]:
        """Take one in, and yield what cannot be."""
        body, key = record.body, record.key

        if record.kind in (Kind.SESSION_STARTED, Kind.SESSION_RESUMED):
            self._begin(body)
        elif record.kind is Kind.SETTING_CHANGED and body["name"] == CAP:
            self._cap = None if body["new"] is None else _units(body["new"])
        elif record.kind is Kind.INTENT:
            self._intend(key, _units(body["reserved"]))
        elif record.kind is Kind.REPLY:
            yield from self._answer(key, body)
        elif record.kind is Kind.CALL_FAILED and body["certain"]:
            self._end(key)
        elif record.kind is Kind.CALL_RELEASED:
            yield from self._release(key, _units(body["reserved"]))

    def ends(self, session: Session, *, is_whole: bool) -> Iterator[Finding]:
        """Yield where the cap was not held, if the journal ``is_whole``, or the session's sums are others."""
        sums = (
            ("what was spent", self._spent, session.spent),
            ("what calls without an end reserved", self._reserved, session.reserved),
            ("what was given up", sum(self._released.values()), session.given_up),
        )

        for what, due, said in sums:
            if _units(said) != due:
                yield _damage(f"{what} comes to {cost.number(due):.9f}, the session says {said:.9f}")

        if is_whole and self._passed:  # else the end of a call may be what is missing
            yield _damage(self._passed)

    def _begin(self, body: dict[str, Any]) -> None:
        if spent := body.get("spent"):  # of records that were lost
            self._spent = sum(_units(one.get("cost", 0.0)) for one in spent.values())

        if (config := body.get("config")) is not None:
            self._cap = _cap(config)

    def _intend(self, key: str, reserved: int) -> None:
        self._end(key)
        self._open[key] = reserved
        self._reserved += reserved

        # Where a call cost more than it reserved, others may have been on their way to the disk.
        if self._cap is not None and not self._has_overrun and self._spent + self._reserved > self._cap:
            self._passed = self._passed or (
                f"call {key[:12]} was asked although {cost.number(self._spent):g} spent and "
                f"{cost.number(self._reserved):g} reserved pass the cap of {cost.number(self._cap):g}"
            )

    def _answer(self, key: str, body: dict[str, Any]) -> Iterator[Finding]:
        reserved = self._end(key)

        if "from_session" in body:
            return

        spent = _units(body["cost"])
        self._spent += spent

        if reserved is not None and spent > reserved:
            self._has_overrun = True
            message = f"call {key[:12]} cost {cost.number(spent):g}, more than the {cost.number(reserved):g}"
            yield _finding(Level.NOTE, f"{message} that was reserved: the server counted more than was asked")

    def _release(self, key: str, reserved: int) -> Iterator[Finding]:
        held = self._end(key)

        if held is None:
            return  # its end turned up, or it was released before: nothing was free by this

        self._released[key] = held

        if held != reserved:
            yield _damage(
                f"call {key[:12]} reserved {cost.number(held):g}; {cost.number(reserved):g} released"
            )

    def _end(self, key: str) -> int | None:
        self._released.pop(key, None)
        reserved = self._open.pop(key, None)
        self._reserved -= reserved or 0

        return reserved


def _units(amount: float | None) -> int:
    return cost.units(Decimal(repr(amount))) if amount else 0


def _cap(config: Any) -> int | None:
    section = config.get("cost_tracking")
    cap = section.get("max_cost_threshold") if isinstance(section, dict) else None

    return _units(cap) if isinstance(cap, int | float) and 0 <= cap < 1e12 else None


def _damage(message: str) -> Finding:
    return _finding(Level.DAMAGE, message)


def _finding(level: Level, message: str) -> Finding:
    return Finding(subject=Subject.COSTS, level=level, message=message)
