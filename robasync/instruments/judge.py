"""From an answer and its evidence to a proposed judgement. Pure; one function per rule.

What is no judgement is a state of its own and never a level: an item that is not reported,
an answer none of whose quotes stands in the document, an answer that is incomplete or
contradicts itself. ``Judgement.rule`` names the row that was applied, as "identity:probably_no".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from robasync.model import Answer, Evidence, ItemState, Judgement, Verification

from .counting import shows
from .schema import Item, Rule, Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What a rule says about one answer, before the evidence is looked at."""

    state: ItemState
    row: str
    step1: str | None = None
    level: str | None = None
    notes: tuple[str, ...] = ()


def judge(
    item: Item, answer: Answer | None, evidence: tuple[Evidence, ...], *, thresholds: Thresholds
) -> Judgement:
    """Return the proposed judgement on one item, or the state that says why there is none.

    ``evidence`` is what became of the answer's quotes, the quotes of its numbers included.
    """
    if answer is None:
        verdict = _incomplete("missing", "no answer was given")
    else:
        verdict = _RULES[item.rule](item, answer, thresholds)

    if answer is not None and verdict.state is ItemState.JUDGED:
        verdict = _verified(verdict, answer, evidence)

    return Judgement(
        item=item.id,
        state=verdict.state,
        step1=verdict.step1 if any(entry.found for entry in evidence) else None,
        level=verdict.level,
        rule=f"{item.rule}:{verdict.row}",
        support=answer.reason if answer else "",
        evidence=evidence,
        notes=verdict.notes,
    )


def _identity(item: Item, answer: Answer, _: Thresholds) -> _Verdict:
    if answer.step1 is None:
        return _not_reported()

    level = item.level_for(answer.step1)

    if level is None:
        return _incomplete("unknown_answer", f"{answer.step1!r} is not an answer of this item")

    if answer.step2 not in (None, level.id):
        return _incomplete("step2_differs", f"step 2 follows from step 1, yet {answer.step2!r} was given")

    return _judged(answer.step1, step1=answer.step1, level=level.id)


def _stated(item: Item, answer: Answer, _: Thresholds) -> _Verdict:
    if answer.step1 is None and answer.step2 is None:
        return _not_reported()

    if answer.step1 is None or answer.step2 is None:
        missing = "step 1" if answer.step1 is None else "step 2"
        note = f"one step is answered, but {missing} is not"
        return _incomplete("step_missing", note, step1=answer.step1)

    if item.answer(answer.step1) is None or item.level(answer.step2) is None:
        return _incomplete(
            "unknown_answer", f"{answer.step1!r} with {answer.step2!r} is no answer of this item"
        )

    for constraint in item.constraints:
        if constraint.broken_by(answer=answer.step1, level=answer.step2):
            return _incomplete(constraint.id, f"the two steps contradict each other: {constraint.message}")

    return _judged(f"{answer.step1}-{answer.step2}", step1=answer.step1, level=answer.step2)


def _level(item: Item, answer: Answer, _: Thresholds) -> _Verdict:
    if answer.step2 is None:
        return _not_reported()

    if item.level(answer.step2) is None:
        return _incomplete("unknown_answer", f"{answer.step2!r} is not a level of this item")

    return _judged(answer.step2, step1=None, level=answer.step2)


def _share_missing(item: Item, answer: Answer, thresholds: Thresholds) -> _Verdict:
    counts = dict(answer.counts)
    missing = [count.id for count in item.counts if count.id not in counts]

    if missing:
        return _incomplete("count_missing", f"no answer was given for the number {missing[0]}")

    silent = [count.id for count in item.counts if counts[count.id].value is None]

    if silent:
        return _not_reported(f"the number {' and the number '.join(silent)} is not reported")

    return _share(item, thresholds, numbers=tuple(counts[count.id].value or 0 for count in item.counts))


def _share(item: Item, thresholds: Thresholds, *, numbers: tuple[int, ...]) -> _Verdict:
    randomised, analysed = numbers

    if not 0 < analysed <= randomised:
        return _incomplete("impossible", f"{analysed:,} analysed of {randomised:,} randomised is impossible")

    missing = randomised - analysed
    place = sum(missing * 100 >= bound * randomised for bound in thresholds.bounds)
    share = f"{missing:,} of {randomised:,} randomised participants ({missing / randomised:.1%})"
    origin = (
        "pre-specified thresholds" if thresholds.prespecified else "example thresholds, not pre-specified"
    )

    return _judged(
        _band(thresholds, place),
        step1=None,
        level=item.levels[place].id,
        notes=(f"{share} are not in the analysis", f"{origin}: {thresholds} %"),
    )


def _band(thresholds: Thresholds, place: int) -> str:
    """Return the name of a band of shares: "<5", "5-10", "10-15" or ">=15"."""
    bounds = [f"{bound:g}" for bound in thresholds.bounds]

    if place == 0:
        return f"<{bounds[0]}"

    if place == len(bounds):
        return f">={bounds[-1]}"

    return f"{bounds[place - 1]}-{bounds[place]}"


def _verified(verdict: _Verdict, answer: Answer, evidence: tuple[Evidence, ...]) -> _Verdict:
    """Return the verdict if the document bears it out, else the state UNVERIFIED."""
    found = [entry.quote for entry in evidence if entry.found]

    cited = sum(entry.verification is Verification.REFERENCES for entry in evidence)

    if not found:
        claimed = (
            f"none of its {len(evidence)} quotes stands" if evidence else "no quote shows that it stands"
        )
        return _unverified(f"an answer was given, but {claimed} in the document{_cited(cited)}")

    for name, count in answer.counts:
        if not any(shows(quote, count.value) for quote in found):
            return _unverified(
                f"the number {name}, {count.value}, stands in none of the quotes that were found"
            )

    lost = len(evidence) - len(found)

    if not lost:
        return verdict

    note = f"{lost} of {len(evidence)} quotes were not found in the document and support nothing"

    return replace(verdict, notes=(*verdict.notes, note + _cited(cited)))


def _cited(count: int) -> str:
    return f" ({count} only in its list of references, which tells of other studies)" if count else ""


def _judged(row: str, *, step1: str | None, level: str, notes: tuple[str, ...] = ()) -> _Verdict:
    return _Verdict(state=ItemState.JUDGED, row=row, step1=step1, level=level, notes=notes)


def _not_reported(*notes: str) -> _Verdict:
    return _Verdict(state=ItemState.NOT_REPORTED, row="not_reported", notes=notes)


def _unverified(note: str) -> _Verdict:
    return _Verdict(state=ItemState.UNVERIFIED, row="unverified", notes=(note,))


def _incomplete(row: str, note: str, *, step1: str | None = None) -> _Verdict:
    return _Verdict(state=ItemState.INCOMPLETE, row=row, step1=step1, notes=(note,))


_RULES: Mapping[Rule, Callable[[Item, Answer, Thresholds], _Verdict]] = MappingProxyType(
    {
        Rule.IDENTITY: _identity,
        Rule.STATED: _stated,
        Rule.SHARE_MISSING: _share_missing,
        Rule.LEVEL: _level,
    }
)
