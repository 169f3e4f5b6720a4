"""Item 6: how many were randomised and how many analysed, where a sentence says so plainly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from robasync.providers.rules import integers
from robasync.providers.rules.findings import Findings
from robasync.providers.rules.replies import searched
from robasync.providers.rules.sentences import Sentence

Found = tuple[int, str]

FEWEST_PARTICIPANTS = 10

_PEOPLE = (
    r"(?:(?!and |or )[\w-]+ ){0,3}?(?:participants?|patients?|subjects?|individuals|women|men|mothers|"
    r"children|infants|adults|volunteers|people|persons|students|eyes|pairs|residents|consumers)"
)
_NUMBER = rf"(?<![\w.,/=-])(?P<number>{integers.PATTERN})"
_WHO = rf"(?: (?:of )?{_PEOPLE})?(?: with [\w -]{{3,40}}?)?(?: \([^)]{{0,60}}\))?"
_RANDOMLY = r"(?:randomised|randomly (?:assigned|allocated|allotted|divided)|(?:assigned|allocated)(?= and))"
_IS_RANDOMISED = (
    re.compile(
        rf"{_NUMBER}{_WHO} (?:(?:were|was) (?!not |never )(?:\w+ )?{_RANDOMLY}|underwent randomisation)"
    ),
    re.compile(rf"{_NUMBER} (?:randomised {_PEOPLE}|{_PEOPLE} randomised(?! to))"),
    re.compile(rf"\bwe (?:\w+ )?randomised {_NUMBER} {_PEOPLE}"),
)
_IN_ANALYSIS = (
    r"(?:\w+ )?(?:analysed|analyzed|(?:included|available|retained|entered|evaluable)(?: \w+)? "
    r"(?:in|for|into) (?:the |all |our |this |an? )?(?:[\w-]+ ){0,4}?analys[ie]s)\b"
)
_IS_ANALYSED = re.compile(rf"{_NUMBER}{_WHO} (?:were|was) {_IN_ANALYSIS}")
_ALL_ANALYSED = re.compile(
    rf"\ball (?:the )?(?:\d+ )?(?:randomised {_PEOPLE}|{_PEOPLE} (?:who were |that were )?randomised) "
    rf"were {_IN_ANALYSIS}"
)
_ONE_GROUP = re.compile(
    r"[^.;]{0,24}? (?:in)?to (?:receive )?(?!either|one of|two|three|four)(?:an? |the )?(?:[\w-]+ ){0,4}"
    r"(?:group|arm|and \d+)\b"
)
_OTHER_SETS = re.compile(
    r"safety|per[ -]protocol|subgroup|sensitivity|exploratory|interim|secondary|sub-?study|pharmacokinetic"
)
_PLANNED = re.compile(r"\b(?:planned|required|needed|sample size|power|assum\w+|attrition|target)\b")


def numbers(findings: Findings) -> dict[str, Any]:
    """Answer item 6 with two integers, each with its quote, or null where none is plain."""
    randomised = _agreed(list(_randomised(findings.read)))
    analysed = _agreed(list(_analysed(findings.read, randomised)))

    if randomised and analysed and analysed[0] > randomised[0]:
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
    """Yield the totals; a sentence that counts one group after the other gives none."""
    for sentence in read:
        if _PLANNED.search(sentence.folded):
            continue

        match = next(filter(None, (pattern.search(sentence.folded) for pattern in _IS_RANDOMISED)), None)

        if match is not None and not _is_part(sentence.folded, match):
            yield from _plain(match, sentence)


def _is_part(folded: str, match: re.Match[str]) -> bool:
    before = folded[: match.start("number")]

    return before.endswith((" and ", " or ", " other ")) or _ONE_GROUP.match(folded, match.end()) is not None


def _analysed(read: Sequence[Sentence], randomised: Found | None) -> Iterator[Found]:
    for sentence in read:
        if "analys" not in sentence.folded or _OTHER_SETS.search(sentence.folded):
            continue

        match = _IS_ANALYSED.search(sentence.folded)

        if match is not None:
            yield from _plain(match, sentence)

        elif randomised is not None and _ALL_ANALYSED.search(sentence.folded):
            yield randomised[0], sentence.text


def _plain(match: re.Match[str], sentence: Sentence) -> Iterator[Found]:
    value = integers.read(match["number"])

    if value >= FEWEST_PARTICIPANTS:
        yield value, sentence.text


def _agreed(found: Sequence[Found]) -> Found | None:
    """Return the value that most sentences give, unless two are as frequent."""
    counted = Counter(value for value, _ in found).most_common(2)

    if not counted or (len(counted) > 1 and counted[0][1] == counted[1][1]):
        return None

    return next(pair for pair in found if pair[0] == counted[0][0])
