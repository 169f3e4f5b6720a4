"""What an instrument is, once its file has been read and found to be in order. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from robasync.errors import InstrumentError

#: What a reply says where the report is silent. No instrument may use it as an answer or a level.
NOT_REPORTED = "not_reported"

#: The kinds of paper that an assessor may take a document for.
DESIGNS = (
    "randomised_trial",
    "protocol",
    "review",
    "cohort",
    "editorial",
    "erratum",
    "methodology",
    "other",
)


class Rule(StrEnum):
    """How an item's answer becomes a level.

    IDENTITY: step 2 follows from step 1. STATED: the assessor gives both, and constraints
    hold between them. SHARE_MISSING: computed from two numbers and three thresholds.
    LEVEL: the assessor gives step 2 only.
    """

    IDENTITY = "identity"
    STATED = "stated"
    SHARE_MISSING = "share_missing"
    LEVEL = "level"

    @property
    def asks_answer(self) -> bool:
        """Whether the assessor is asked for step 1."""
        return self in (Rule.IDENTITY, Rule.STATED)

    @property
    def asks_level(self) -> bool:
        """Whether the assessor is asked for step 2."""
        return self in (Rule.STATED, Rule.LEVEL)

    @property
    def asks_counts(self) -> bool:
        """Whether the assessor is asked for numbers."""
        return self is Rule.SHARE_MISSING


class Polarity(StrEnum):
    """What "yes" in step 1 says about the risk of bias; NONE where step 1 has no yes and no."""

    YES_IS_LOW = "yes_is_low"
    YES_IS_HIGH = "yes_is_high"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Term:
    """An id of the instrument's vocabulary and what people read in its place."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """When an answer, a level or a number of an item applies; ``label`` is for people."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """Coherence of the two steps: any of ``levels`` needs one of ``answers``."""

    id: str
    levels: tuple[str, ...]
    answers: tuple[str, ...]
    message: str

    def broken_by(self, *, answer: str, level: str) -> bool:
        """Return whether the two steps contradict each other."""
        return level in self.levels and answer not in self.answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item: what is asked, how it may be answered, and how the answer is judged.

    ``answers``, ``levels`` and ``counts`` stand in the order of the vocabulary; each is
    empty where the rule has no use for it, except that every item can reach its levels. Items
    of the same ``domain`` may be asked together; "" where the instrument names none.
    """

    id: str
    name: str
    core: bool
    question: str
    rule: Rule
    polarity: Polarity
    answers: tuple[Criterion, ...]
    levels: tuple[Criterion, ...]
    counts: tuple[Criterion, ...]
    constraints: tuple[Constraint, ...]
    search: tuple[str, ...]
    domain: str = ""

    def answer(self, answer_id: str) -> Criterion | None:
        """Return the answer of step 1 with that id, or None."""
        return _named(self.answers, answer_id)

    def level(self, level_id: str) -> Criterion | None:
        """Return the level of step 2 with that id, or None."""
        return _named(self.levels, level_id)

    def level_for(self, answer_id: str) -> Criterion | None:
        """Return the level that an answer maps to by place, or None (rule "identity")."""
        place = next((place for place, answer in enumerate(self.answers) if answer.id == answer_id), None)

        if place is None:
            return None

        return self.levels[place if self.polarity is Polarity.YES_IS_LOW else -1 - place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A questionnaire. ``hash`` is the SHA-256 of the file's content, whatever its layout.

    ``answers`` runs from yes to no and ``levels`` from low to high. There is no overall
    judgement. ``covers`` names the kinds of paper (DESIGNS) that it can be used on.
    """

    id: str
    version: str
    title: str
    source: str
    verified: str
    licence: str
    hash: str
    covers: tuple[str, ...]
    answers: tuple[Term, ...]
    levels: tuple[Term, ...]
    items: tuple[Item, ...]

    def item(self, item_id: str) -> Item:
        """Return the item with that id; raises InstrumentError naming the ids there are."""
        found = next((item for item in self.items if item.id == item_id), None)

        if found is None:
            known = ", ".join(item.id for item in self.items)
            raise InstrumentError(f"{self.id} has no item {item_id!r}. Its items are: {known}")

        return found

    def select(self, item_ids: Iterable[str]) -> tuple[Item, ...]:
        """Return the items with these ids, in the instrument's own order."""
        wanted = {self.item(item_id).id for item_id in item_ids}

        return tuple(item for item in self.items if item.id in wanted)

    def label(self, term_id: str | None) -> str:
        """Return what people read for an answer or a level; "" for None, the id for a stranger."""
        if term_id is None:
            return ""

        return next((term.label for term in self.answers + self.levels if term.id == term_id), term_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Upper bounds, in per cent and excluded, of the first three levels of a share.

    ``prespecified`` is false until the user has set them. Raises InstrumentError unless
    0 < definitely_low < probably_low < probably_high <= 100.
    """

    definitely_low: float = 5.0
    probably_low: float = 10.0
    probably_high: float = 15.0
    prespecified: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.definitely_low < self.probably_low < self.probably_high <= 100:
            raise InstrumentError(f"thresholds must rise from above 0 to at most 100 per cent, not {self}")

    @property
    def bounds(self) -> tuple[float, float, float]:
        """The three bounds from low to high."""
        return self.definitely_low, self.probably_low, self.probably_high

    def __str__(self) -> str:
        return "/".join(f"{bound:g}" for bound in self.bounds)


def _named(criteria: tuple[Criterion, ...], wanted: str) -> Criterion | None:
    return next((criterion for criterion in criteria if criterion.id == wanted), None)
