"""One document's assessment: gate of design, prompt, call, evidence, judgement.

It awaits only the gate of calls; everything that decides is a plain function elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from robasync import evidence, prompt
from robasync.errors import ContextTooLong, TooLittleText
from robasync.front import look
from robasync.gate.calls import Gate
from robasync.harvest import Harvest
from robasync.inquiry import Inquiry
from robasync.instruments.absence import searched
from robasync.instruments.judge import judge
from robasync.instruments.schema import Instrument, Item, Thresholds
from robasync.instruments.unseen import unseen
from robasync.model import (
    Answer,
    Answers,
    Assessment,
    AssessorKind,
    Document,
    Extract,
    ItemState,
    Judgement,
    Prompt,
    Refusal,
)
from robasync.screening import Front, Screening

Screen = Callable[[Extract], Screening | None]

FEWEST_CHARACTERS = 250  # of a text that can be the report of a trial
LANGUAGE = "language"  # a refusal that no override helps
OVERRIDE = "If it is one all the same: --accept {name!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessor:
    """Who assesses, with what, for which outcome; the same for every document of a run."""

    name: str
    kind: AssessorKind
    inquiry: Inquiry
    instrument: Instrument
    items: tuple[Item, ...]
    thresholds: Thresholds
    result: str
    context_window: int | None = None
    accepted: frozenset[str] = frozenset()
    screens: tuple[Screen, ...] = ()
    harvest: Harvest = field(default_factory=Harvest)

    @property
    def gate(self) -> Gate:
        """The way to the model."""
        return self.inquiry.gate

    async def assess(self, document: Document, extract: Extract) -> Assessment | Refusal:
        """Return the proposed judgements, or the refusal of a paper that is no report of a trial.

        Raises AssessmentError when there is no answer, Stopped and BudgetReached when the
        run ends.
        """
        _check_length(document, extract)
        front = extract.front or look(extract, document.name)
        study = front.study
        refusal = None if document.name in self.accepted else self._screened(document, extract, front)

        if refusal is not None:
            return refusal

        prompts = self.inquiry.prompts(extract)
        self._check_window(document, prompts)
        finder = evidence.Finder(extract)
        refused = partial(self._refused, document, finder=finder, study=study)
        with self.harvest.of(document.name):
            answers, model_returned = await self.inquiry.ask(
                prompts, document=document.name, ends=lambda answers: refused(answers) is not None
            )

        return refused(answers) or Assessment(
            study=study,
            result=self.result,
            instrument=f"{self.instrument.id}@{self.instrument.version}",
            instrument_hash=self.instrument.hash,
            assessor=self.name,
            assessor_kind=self.kind,
            model_returned=model_returned,
            judgements=self._judgements(answers, finder, extract),
            notes=extract.notes,
        )

    def _screened(self, document: Document, extract: Extract, front: Front) -> Refusal | None:
        found = (screened(extract) for screened in self.screens)
        screening = front.screening or next(filter(None, found), None)

        if screening is None:
            return None

        return Refusal(
            study=front.study,
            kind=screening.kind,
            message=f"{screening.message} {_override(screening, document)}".strip(),
            evidence=evidence.span(extract, screening.start, screening.end),
        )

    def _refused(
        self, document: Document, answers: Answers, *, finder: evidence.Finder, study: str
    ) -> Refusal | None:
        design = answers.design

        if design is None or design.kind in self.instrument.covers or document.name in self.accepted:
            return None

        shown = finder.find(design.quote)

        if not shown.found:  # a claim without a passage refuses nobody
            return None

        return Refusal(
            study=study,
            kind=design.kind,
            message=f"{self.name} takes this for: {design.kind}. {OVERRIDE.format(name=document.name)}",
            evidence=shown,
        )

    def _judgements(
        self, answers: Answers, finder: evidence.Finder, extract: Extract
    ) -> tuple[Judgement, ...]:
        given = {answer.item: answer for answer in answers.answers}
        found = [self._judgement(item, given.get(item.id), finder) for item in self.items]

        return tuple(self._searched(found, extract))

    def _judgement(self, item: Item, answer: Answer | None, finder: evidence.Finder) -> Judgement:
        support = finder.support(answer) if answer else ()

        return judge(item, answer, support, thresholds=self.thresholds)

    def _searched(self, judgements: Sequence[Judgement], extract: Extract) -> Iterator[Judgement]:
        """Add to what has no judgement where it may stand, and which words the text was searched for."""
        folded = ""

        for item, judgement in zip(self.items, judgements, strict=True):
            if judgement.state is not ItemState.JUDGED and (notes := unseen(item, extract.figures)):
                judgement = replace(judgement, notes=(*judgement.notes, *notes))  # noqa: PLW2901

            if judgement.state is ItemState.NOT_REPORTED:
                folded = folded or extract.text.casefold()
                yield replace(judgement, searched=searched(item, folded))
            else:
                yield judgement

    def _check_window(self, document: Document, prompts: Sequence[Prompt]) -> None:
        window = self.context_window
        excess = max(prompt.overflow(one, window) for one in prompts) if window else 0

        if excess > 0:
            raise ContextTooLong(
                f"{document.name}: about {excess} tokens too long for the context window of {self.name} "
                f"({self.context_window} tokens). Use a model with a larger one; text is never cut."
            )


def _override(screening: Screening, document: Document) -> str:
    return "" if screening.kind == LANGUAGE else OVERRIDE.format(name=document.name)


def _check_length(document: Document, extract: Extract) -> None:
    # Not words: some scripts write none between spaces.
    if len(extract.text) < FEWEST_CHARACTERS:
        raise TooLittleText(
            f"{document.name}: only {len(extract.text)} characters of text, which are no report. "
            "Put the full report in its place."
        )
