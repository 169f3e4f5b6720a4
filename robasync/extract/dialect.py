"""What the elements of one kind of markup are to a reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from lxml import etree


class Part(Enum):
    """What an element is to a reader."""

    RUNNING = auto()
    RAISED = auto()
    LOWERED = auto()
    APART = auto()  # words of their own, such as the parts of a citation
    LISTED = auto()  # as that, with a comma between
    BREAK = auto()
    PARAGRAPH = auto()
    BLOCK = auto()
    LABEL = auto()  # the first words of what follows
    SECTION = auto()
    HEADING = auto()
    FLOAT = auto()  # stands after the paragraph within which it is anchored
    TABLE = auto()
    FORMULA = auto()
    CHOICE = auto()  # the same thing in several forms
    REFERENCES = auto()
    SUPPLEMENT = auto()
    UNSEEN = auto()
    LEFT_OUT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What the elements of one kind of markup are, by local name, and what a section without title is called.

    ``part`` decides where the surroundings matter; ``hidden`` returns why an element cannot be seen, or
    an empty string; ``lists`` says whether other people's work follows a heading.
    """

    parts: Mapping[str, Part]
    titles: frozenset[str] = frozenset({"title"})
    rows: frozenset[str] = frozenset({"tr"})
    cells: frozenset[str] = frozenset({"td", "th"})
    images: frozenset[str] = frozenset({"graphic"})
    columns: tuple[str, str] = ("colspan", "rowspan")
    names: Mapping[str, str] = field(default_factory=dict)
    part: Callable[[etree._Element, Part], Part] = lambda _, part: part
    hidden: Callable[[etree._Element], str] = lambda _: ""
    lists: Callable[[str], bool] = lambda _: False
