"""Strict reading of TOML tables: every wrong key or value is an error that says where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from robasync.errors import InstrumentError

Choice = TypeVar("Choice", bound=StrEnum)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Table:
    """One table of a file, read key by key; ``finish`` then refuses the keys that nobody read.

    Every method raises InstrumentError naming file, place and key.
    """

    def __init__(self, content: Mapping[str, Any], place: str) -> None:
        self._content = content
        self._unread = dict.fromkeys(content)
        self.place = place

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def fail(self, key: str, problem: str) -> InstrumentError:
        """Return the error for a key of this table."""
        return InstrumentError(f"{self.place}: {key}: {problem}")

    def text(self, key: str) -> str:
        """Return a text that is not empty."""
        value = self._take(key, kind=str, called="a text")

        if not value.strip():
            raise self.fail(key, "the text is empty")

        return str(value)

    def id(self, key: str = "id") -> str:
        """Return an id: letters, digits, points, hyphens and underscores."""
        value = self.text(key)

        if not _ID.fullmatch(value):
            raise self.fail(key, f"{value!r} is not an id (letters, digits, points, hyphens, underscores)")

        return value

    def truth(self, key: str) -> bool:
        """Return true or false."""
        return bool(self._take(key, kind=bool, called="true or false"))

    def day(self, key: str) -> str:
        """Return a date as ISO 8601."""
        return str(self._take(key, kind=date, called="a date such as 2026-01-31"))

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        """Return a member of an enumeration, given by its value."""
        value = self.text(key)

        if value not in list(kind):
            raise self.fail(key, f"{value!r} is not one of {', '.join(kind)}")

        return kind(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list, not empty, of texts that are not empty and all different."""
        values = self._take(key, kind=list, called="a list of texts")

        if not values or not all(isinstance(value, str) and value.strip() for value in values):
            raise self.fail(key, "is not a list of texts with at least one entry, none of them empty")

        if len(set(values)) < len(values):
            raise self.fail(key, "holds the same entry twice")

        return tuple(values)

    def table(self, key: str) -> Table:
        """Return the table under a key."""
        return Table(self._take(key, kind=dict, called="a table"), f"{self.place}: {key}")

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of a list, at least one, each under its id where it has one."""
        values = self._take(key, kind=list, called="a list of tables")

        if not values or not all(isinstance(value, dict) for value in values):
            raise self.fail(key, "is not a list of tables with at least one entry")

        for number, value in enumerate(values, start=1):
            yield Table(value, f"{self.place}: {key.removesuffix('s')} {value.get('id', f'number {number}')}")

    def finish(self) -> None:
        """Refuse the keys that were not read."""
        if self._unread:
            raise self.fail(next(iter(self._unread)), "is not a key that belongs here")

    def _take(self, key: str, *, kind: type, called: str) -> Any:
        self._unread.pop(key, None)

        if key not in self._content:
            raise self.fail(key, f"is missing; {called} belongs here")

        if type(self._content[key]) is not kind:
            raise self.fail(key, f"is not {called}")

        return self._content[key]
