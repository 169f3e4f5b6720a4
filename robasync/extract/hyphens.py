"""How two lines of one paragraph are joined: by a space, or by taking a hyphen away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from .letters import SOFT_HYPHEN

_JOINING = frozenset("-\u00ad\u2013\u2014/")
_MARKS = ".,;:()[]"
_LAST_PART = re.compile(r"([^\W_]+(?:-[^\W_]+)*)-$")
_FIRST_PART = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SUSPENDED = frozenset({"and", "or", "to", "und", "oder", "et", "ou", "y", "e"})
_COMPOUNDING = frozenset({
    "anti", "double", "follow", "half", "high", "long", "low", "multi", "non", "placebo", "post", "pre",
    "quasi", "self", "semi", "short", "single", "triple", "well",
})  # fmt: skip


def vocabulary(lines: Iterable[str]) -> frozenset[str]:
    """Return the words, in lower case, that stand inside the lines: none that an end may cut."""
    inner = " ".join([line[line.find(" ") : line.rfind(" ")] for line in lines if line.count(" ") > 1])
    text = inner.lower()
    for mark in _MARKS:
        text = text.replace(mark, " ")

    return frozenset(text.split())


def joint(left: str, right: str, words: Callable[[], AbstractSet[str]]) -> tuple[str, str]:
    """Return ``left`` as it is to be kept, and what stands between it and ``right``.

    A soft hyphen always goes. A hyphen goes where a word was broken, and stays in a
    compound: one that the document shows elsewhere, or both of whose parts are words of
    it. ``words`` gives the document's vocabulary and is asked only when a hyphen is met.
    """
    if left[-1:] not in _JOINING:
        return left, " "

    if left.endswith(SOFT_HYPHEN):
        return left.rstrip(SOFT_HYPHEN), ""

    if left.endswith(("\u2013", "\u2014", "/")) and not left[-2:-1].isspace():
        return left, ""

    if not left.endswith("-") or not left[-2:-1].isalnum():
        return left, " "

    before, after = _LAST_PART.search(left), _FIRST_PART.match(right)
    if before is None or after is None:
        return left, ""

    if after[0].lower() in _SUSPENDED:
        return left, " "

    return (left, "") if _compound(before[1], after[0], words) else (left[:-1], "")


def _compound(before: str, after: str, words: Callable[[], AbstractSet[str]]) -> bool:
    if not before[-1].isalpha() or after[0].isupper():
        return True

    known = words()
    first, second = before.lower(), after.lower()
    last = first.rpartition("-")[2]
    if f"{first}-{second}" in known or f"{last}-{second}" in known:
        return True

    if last + second in known:
        return False

    if last in _COMPOUNDING or last != first:
        return True

    return len(last) > 2 and len(second) > 1 and last in known and second in known
