"""What becomes of a document: answers, evidence, proposed judgements, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from robasync.screening import Registration

from .documents import SetAside

MOST_QUOTES, LONGEST_TEXT = 20, 10_000  # quotes of one answer; characters of a quote or a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number that a reply read from the document, with the quote that shows it."""

    value: int | None
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One item's answer as the assessor gave it, before anything is checked.

    ``step1`` and ``step2`` are ids of answers and levels, None: not reported, or not asked.
    """

    item: str
    step1: str | None = None
    step2: str | None = None
    quotes: tuple[str, ...] = ()
    reason: str = ""
    counts: tuple[tuple[str, Count], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What kind of paper the assessor takes the document for, with the passage that shows it."""

    kind: str
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one reply says, or several on one document. ``design`` is None where it was not asked."""

    design: Design | None
    answers: tuple[Answer, ...]


class Verification(StrEnum):
    """How a quote was found in the extract."""

    EXACT = "exact"
    NORMALISED = "normalised"
    FUZZY = "fuzzy"
    REFERENCES = "only in the references"
    NOT_FOUND = "not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A quote and where the program itself found it.

    ``quote`` is the document's own wording between ``start`` and ``end`` of the extract
    where it was found, else the wording that was claimed. ``score`` is 0 to 1;
    ``recognised`` says that the page was read by text recognition (OCR), ``place`` what the
    section is called that stands for the page in a medium without pages.
    """

    quote: str
    verification: Verification
    page: int | None = None
    start: int | None = None
    end: int | None = None
    score: float = 0.0
    recognised: bool = False
    place: str = ""

    @property
    def found(self) -> bool:
        """Whether the quote stands in the document, elsewhere than in its list of references."""
        return self.verification not in (Verification.NOT_FOUND, Verification.REFERENCES)


class ItemState(StrEnum):
    """What became of one item. Only JUDGED carries a proposed judgement."""

    JUDGED = "judged"
    NOT_REPORTED = "not reported"
    UNVERIFIED = "unverified"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One item of one assessment: the proposed judgement and all it rests on.

    ``step1`` and ``level`` are ids of the instrument's vocabulary (``level`` is step 2).
    ``level`` is None unless ``state`` is JUDGED; ``step1`` also stands where only step 2 is
    missing and a quote for it was found. ``rule`` names the rule that turned answers
    into the judgement. ``searched`` lists the terms looked for where nothing was found.
    """

    item: str
    state: ItemState
    step1: str | None = None
    level: str | None = None
    rule: str = ""
    support: str = ""
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()


class AssessorKind(StrEnum):
    """Who judged."""

    MODEL = "model"
    BASELINE = "pattern-matching baseline, not a risk-of-bias assessment"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Study x result x instrument x assessor: the proposed judgements of one result.

    ``study`` is a label such as "Okafor, 2012", not yet made unique; ``result`` is the
    outcome it was assessed for, "proposed" until a person has named one.
    """

    study: str
    result: str
    instrument: str
    instrument_hash: str
    assessor: str
    assessor_kind: AssessorKind
    model_returned: str
    judgements: tuple[Judgement, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The document is not a report that the instrument covers: no judgement, no error."""

    study: str
    kind: str
    message: str
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The document could not be assessed; ``error`` is the class name of the error tree."""

    stage: str
    error: str
    message: str
    may_pass: bool


class Status(StrEnum):
    """What became of one document. A document without an outcome is *left*."""

    ASSESSED = "assessed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one document; exactly one of assessment, refusal and failure is set.

    ``set_aside`` is text that a reader does not see and that was not sent; ``suspicious`` are
    visible passages, sent as they stand, that speak to a model; ``registrations`` are the numbers
    under which the document says that its trial is registered.
    """

    document: str
    digest: str
    size: int
    mtime_ns: int
    inode: int
    status: Status
    assessment: Assessment | None = None
    refusal: Refusal | None = None
    failure: Failure | None = None
    set_aside: tuple[SetAside, ...] = ()
    suspicious: tuple[SetAside, ...] = ()
    registrations: tuple[Registration, ...] = ()
