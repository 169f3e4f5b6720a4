"""The words of the reports: full words for every id, and what a reviewer can do about a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from robasync.model import AssessorKind, ItemState, Judgement, Verification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from robasync.instruments import Instrument
    from robasync.model import Evidence, Outcome


STATES: Final[Mapping[ItemState, str]] = {
    ItemState.JUDGED: "Proposed",
    ItemState.NOT_REPORTED: "Not reported",
    ItemState.UNVERIFIED: "Not verified",
    ItemState.INCOMPLETE: "Incomplete answer",
}

VERIFICATIONS: Final[Mapping[Verification, str]] = {
    Verification.EXACT: "Found word for word",
    Verification.NORMALISED: "Found, apart from line breaks and typography",
    Verification.FUZZY: "Found, with small differences",
    Verification.REFERENCES: "Found only in the list of references, which does not count",
    Verification.NOT_FOUND: "Not found in the document",
}
OCR: Final = "(read by OCR)"

BASELINE: Final = "Pattern-matching baseline, not a risk-of-bias assessment"
PROPOSED: Final = "Proposed judgements: they count once people have agreed on them"

_NOT_COVERED: Final = (
    "Check the passage. A report of a trial that was taken for something else is assessed with --accept NAME."
)
_AGAIN: Final = "May work later: robasync resume tries it again."
_PERMANENT: Final = "Assess this document by hand, or replace the file and resume."
_ADVICE: Final[Mapping[str, str]] = {
    "PasswordNeeded": "Save a copy without the password in its place and resume.",
    "NoTextLayer": "Have its text recognised (OCR): resume with --ocr. Or put its text in its place.",
    "Damaged": "Get the file anew from its source, save it in its place and resume.",
    "EmptyDocument": "Get the file anew from its source, save it in its place and resume.",
    "NoPages": "Get the file anew from its source, save it in its place and resume.",
    "WrongType": "Give the file the ending of its true type, or save it as PDF, and resume.",
    "UnsupportedType": "Save it as PDF or text and resume.",
    "TooLarge": "Save a smaller copy, or raise the size limit, and resume.",
    "ExtractionTimeout": "Raise the time limit for reading, or save the file anew as PDF, and resume.",
    "ExtractionCrashed": "Print it to a new PDF, save that in its place and resume.",
    "ExtractionMemory": "Raise the memory limit for reading, or save the file anew as PDF, and resume.",
    "ContextTooLong": "Choose a model with a longer context window and resume.",
    "DocumentCut": "Raise the server's context window, or choose another model, and resume.",
    "ReplyCutShort": "Raise the model's max_tokens and resume.",
    "ReplyRefused": "Choose another model and resume, or assess this document by hand.",
    "UnparsableReply": "Choose another model, or change its settings, and resume.",
    "EmptyReply": "Choose another model, or change its settings, and resume.",
    "NoChoice": "Choose another model, or change its settings, and resume.",
    "ReasoningOnly": "Raise the model's max_tokens and resume.",
    "ReplyFiltered": "Choose another provider and resume, or assess this document by hand.",
    "WrongModel": "Name a model that the provider answers with, and resume.",
    "PromptFiltered": "Choose another provider and resume, or assess this document by hand.",
    "BadKey": "Check the provider's key and resume.",
    "NoCredit": "Top up the account at the provider and resume.",
    "UnknownModel": "Correct model_name or base_url and resume.",
    "Rejected": "Read the provider's message, correct the settings and resume.",
}


def level(instrument: Instrument, judgement: Judgement) -> str:
    """Return step 2 in full words, or "" where nothing was judged."""
    return _label(instrument, judgement.level)


def answer(instrument: Instrument, judgement: Judgement) -> str:
    """Return step 1 in full words, or "" where nothing was judged."""
    return _label(instrument, judgement.step1)


def verification(evidence: Evidence) -> str:
    """Return how a quote was found, and whether its page was read by text recognition."""
    how = VERIFICATIONS[evidence.verification]

    return f"{how} {OCR}" if evidence.recognised else how


def place(evidence: Evidence) -> str:
    """Return the page of a quote, or the section that stands for it; "" for a quote without either."""
    return evidence.place or ("" if evidence.page is None else str(evidence.page))


def assessor_kind(kind: AssessorKind) -> str:
    """Return what kind of assessor judged, as every report says it."""
    return BASELINE if kind is AssessorKind.BASELINE else kind.value.capitalize()


def advice(outcome: Outcome) -> str:
    """Return what a reviewer can do about a document without an assessment."""
    if outcome.failure is None:
        return _NOT_COVERED

    return _ADVICE.get(outcome.failure.error) or (_AGAIN if outcome.failure.may_pass else _PERMANENT)


def _label(instrument: Instrument, term: str | None) -> str:
    label = instrument.label(term)

    return label.replace("_", " ").capitalize() if label == term else label
