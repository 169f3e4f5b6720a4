"""Item 6: how many were randomised and how many analysed, where a sentence says so plainly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import robasync.providers.rules.counted as counted
import robasync.providers.rules.integers as integers
from robasync.providers.rules.findings import Findings
from robasync.providers.rules.replies import searched
from robasync.providers.rules.sentences import Sentence

Found = tuple[int, str]

FEWEST_PARTICIPANTS = 10

LEAST_SHARE_ANALYSED = 0.5
"""Where fewer than half would be left, the number is more likely that of an arm: it is left to a person."""

MOST_ARMS = 4


def numbers(findings: Findings) -> dict[str, Any]:
    """Answer item 6 with two integers, each with its quote, or null where none is plain."""
    randomised = _agreed(list(_randomised(findings.read)))
    analysed = _agreed(list(_analysed(findings.read, randomised)))

    if randomised and analysed and not LEAST_SHARE_ANALYSED <= analysed[0] / randomised[0] <= 1:
        analysed = None

    counts = {"randomised": randomised, "analysed": analysed}
    missing = [name for name, count in counts.items() if count is None]
    reason = "Pattern baseline: both numbers are stated."

    if missing:
        reason = f"number {' and '.join(missing)} not found, needs a person; searched: {searched('6')}"

    return {**{name: _count(count) for name, count in counts.items()}, "reason": reason}


def _count(found: Found | None) -> dict[str, Any]:
    return {"value": found[0], "quote": found[1]} if found else {"value": None, "quote": ""}


def _randomised(read: Sequence[Sentence]) -> Iterator[Found]:
    """Yield the totals, those included that a sentence gives arm by arm."""
    for sentence in read:
        if not any(stem in sentence.folded for stem in counted.ASSIGNED) or counted.PLANNED.search(
            sentence.folded
        ):
            continue

        match = _first(counted.RANDOMISED, sentence.folded)
        value = _in_arms(sentence.folded) if match is None else _total(sentence.folded, match)

        if value >= FEWEST_PARTICIPANTS:
            yield value, sentence.text


def _analysed(read: Sequence[Sentence], randomised: Found | None) -> Iterator[Found]:
    for sentence in read:
        if "analys" not in sentence.folded or counted.OTHER_SETS.search(sentence.folded):
            continue

        match = _first(counted.ANALYSED, sentence.folded)

        if match is not None:
            value = _total(sentence.folded, match)
            other = counted.OTHER_ARM.match(sentence.folded, match.end())
            value += integers.read(other["next"]) if value and other else 0

            if value >= FEWEST_PARTICIPANTS:
                yield value, sentence.text

        elif randomised is not None and counted.ALL_ANALYSED.search(sentence.folded):
            yield randomised[0], sentence.text


def _first(patterns: Sequence[re.Pattern[str]], folded: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.search(folded) for pattern in patterns)), None)


def _total(folded: str, match: re.Match[str]) -> int:
    """Return the number of all arms, or 0 where the sentence gives only some of them."""
    value = integers.read(match["number"])
    before = folded[: match.start("number")]

    if counted.OF_UNITS.search(before) or counted.OF_EACH.search(match[0]):
        return 0

    if value and counted.AND.search(before):
        return _with_arms_before(before, value)

    if value and counted.ONE_ARM.match(folded, match.end()) is not None:
        following = counted.NEXT_ARM.match(folded, match.end())
        return value + integers.read(following["next"]) if following else 0

    return value


def _with_arms_before(before: str, value: int) -> int:
    """Add the arms of an enumeration, such as "58 with tea, 53 with milk and" before 50."""
    for _ in range(MOST_ARMS):
        arm = counted.ARM_BEFORE.search(before)

        if arm is None or counted.HAS_VERB.search(arm[0]) or not integers.read(arm["next"]):
            return value

        value += integers.read(arm["next"])
        before = before[: arm.start("next")]

    return 0


def _in_arms(folded: str) -> int:
    """Return the sum of the arms' numbers where a sentence gives them in brackets, else 0."""
    match = counted.IN_ARMS.search(folded)

    if match is None or counted.LATER.search(folded):
        return 0

    return sum(integers.read(arm["number"]) for arm in counted.ARM.finditer(match[0]))


def _agreed(found: Sequence[Found]) -> Found | None:
    """Return the value that most sentences give, unless two are as frequent."""
    counted = Counter(value for value, _ in found).most_common(2)

    if not counted or (len(counted) > 1 and counted[0][1] == counted[1][1]):
        return None

    return next(pair for pair in found if pair[0] == counted[0][0])
