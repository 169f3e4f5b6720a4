"""Numbers and bullets that stand before the entries of a list, apart from their text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .lines import Line

_MARK = re.compile(r"[(\[]?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)\]]{1,2}|[\u2022\u25aa\u25cf\u2013\u2023\u00b7*-]")
_NUMBER = re.compile(r"\[?\d{1,3}[.)\]]?")


def is_mark(text: str) -> bool:
    """Whether a piece of a line is nothing but the number or the bullet of an entry."""
    return len(text) < 10 and _MARK.fullmatch(text.strip()) is not None


def are_marks(lines: Sequence[Line]) -> bool:
    """Whether these lines, as a column, are the numbers or bullets of a list; a bare number may be one."""
    texts = [line.text for line in lines]
    return all(map(is_mark, texts)) or (all(map(_is_number, texts)) and _ascend(texts))


def leads(row: Sequence[Line]) -> bool:
    """Whether a row begins an entry whose mark stands apart."""
    return len(row) > 1 and is_mark(row[0].text)


def _is_number(text: str) -> bool:
    return len(text) < 10 and _NUMBER.fullmatch(text.strip()) is not None


def _ascend(texts: Iterable[str]) -> bool:
    numbers = [int(text.strip(" [].)")) for text in texts]
    return len(numbers) > 1 and numbers == [*range(numbers[0], numbers[0] + len(numbers))]
