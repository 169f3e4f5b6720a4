"""Which documents may belong to one study: proposed, with the reason for each link, never merged.

Two documents are linked by the same bytes, by a number that is theirs alone (of a trial register, a
DOI, a PubMed Central number), by the same title, or by a similar title of the same first author.
A number that many documents name links none of them: it stands in lists, such as a guideline's or a
review's. Time grows as n log n, memory by what is known of each document.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from rapidfuzz import fuzz

MOST_SHARING = 20
"""Documents that may share a number: a trial with more reports than that is looked at by hand."""

MOST_NUMBERS = 5
"""A document that registers itself under more numbers than that is a list of other people's trials."""

NEIGHBOURS = 4
"""Titles in order of the alphabet that each is compared with, forwards and backwards."""

FEWEST_WORDS = 5
LONG_TITLE = 8
"""Words after which the rest of a title may be its subtitle, which one of two documents left out."""

SAME_TITLE = 95.0
SIMILAR_TITLE = 80.0
"""Percent (see ``_alikeness``)."""


class Role(StrEnum):
    """What a document is to its study, as far as it tells; proposed."""

    ARTICLE = "article"
    PROTOCOL = "protocol"
    PLAN = "statistical analysis plan"
    REGISTRY = "registry record"
    ERRATUM = "erratum"
    SUPPLEMENT = "supplement"
    COMMENT = "letter or editorial"
    REVIEW = "review"
    UNREAD = "not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a document says of itself. ``title`` is in lower case, without what only says its role."""

    name: str
    digest: str
    role: Role = Role.ARTICLE
    study: str = ""
    registrations: tuple[str, ...] = ()
    doi: str = ""
    pmc: str = ""
    title: str = ""
    author: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Why two documents, by their places in the list, may belong together."""

    first: int
    second: int
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """Documents of one study as proposed: their places, in order, and the links between them."""

    members: tuple[int, ...]
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Every document in one group, groups in the order of their first documents; and what linked nothing.

    ``common`` holds numbers that too many documents name, with how many do.
    """

    documents: Sequence[Facts]
    groups: tuple[Group, ...]
    common: Mapping[str, int]

    def reasons(self, group: Group, member: int) -> list[str]:
        """Return why a document is in its group, each reason once, with the document it leads to."""
        ends = [(link, link.second if link.first == member else link.first) for link in group.links]
        return [
            f"{link.reason}: {self.documents[other].name}"
            for link, other in ends
            if member in (link.first, link.second)
        ]

    def registrations(self, group: Group) -> list[str]:
        """Return the numbers of a group's documents, each once; those that link nothing are not its own."""
        named = (number for at in group.members for number in self.documents[at].registrations)
        return [number for number in dict.fromkeys(named) if number not in self.common]

    def label(self, group: Group) -> str:
        """Return what a group is called: as its article, else as its first document."""
        members = [self.documents[at] for at in group.members]
        return next((one.study for one in members if one.role is Role.ARTICLE), members[0].study)


def propose(documents: Sequence[Facts]) -> Proposal:
    """Return the groups that the documents' own facts suggest. Pure."""
    named = Counter(number for one in documents for number in {*one.registrations, one.doi} if number)
    common = {number: times for number, times in named.items() if times > MOST_SHARING}
    joined = _Joined(len(documents))
    links = [*_links(documents, common)]
    for link in links:
        joined.join(link.first, link.second)

    return Proposal(documents, _groups(joined, links), common)


def _links(documents: Sequence[Facts], common: Mapping[str, int]) -> Iterator[Link]:
    """Yield links, the surest first."""
    dois = ("" if one.doi in common else one.doi for one in documents)
    yield from _shared((one.digest, "same bytes") for one in documents)
    yield from _shared((doi, f"DOI {doi}") for doi in dois)
    yield from _shared((one.pmc, f"PubMed Central number {one.pmc}") for one in documents)
    yield from _registered(documents, common)
    yield from _alike(documents)


def _shared(keys: Iterable[tuple[Hashable, str]]) -> Iterator[Link]:
    """Yield a link from each document to the first one that has the same key."""
    first: dict[Hashable, int] = {}
    for at, (key, reason) in enumerate(keys):
        if key and first.setdefault(key, at) != at:
            yield Link(first[key], at, reason)


def _registered(documents: Sequence[Facts], common: Mapping[str, int]) -> Iterator[Link]:
    first: dict[str, int] = {}
    for at, one in enumerate(documents):
        if one.role in (Role.REVIEW, Role.COMMENT) or len(set(one.registrations)) > MOST_NUMBERS:
            continue

        for number in dict.fromkeys(one.registrations):
            if number not in common and first.setdefault(number, at) != at:
                yield Link(first[number], at, f"registered as {number}")


def _alike(documents: Sequence[Facts]) -> Iterator[Link]:
    """Yield links between equal and similar titles; only neighbours in the alphabet are compared."""
    named = [(one.title, at) for at, one in enumerate(documents) if len(one.title.split()) >= FEWEST_WORDS]
    equal = [[at for _, at in same] for _, same in groupby(sorted(named), key=lambda pair: pair[0])]
    for same in equal:
        if len(same) <= MOST_SHARING:
            yield from (Link(same[0], other, "same title") for other in same[1:])

    ones = [same[0] for same in equal]
    backwards = sorted(ones, key=lambda at: documents[at].title[::-1])
    yield from _near(documents, ones, SAME_TITLE, "nearly the same title")
    yield from _near(documents, backwards, SAME_TITLE, "nearly the same title")

    by_author = defaultdict(list)
    for at in ones:
        by_author[documents[at].author].append(at)

    for author, theirs in by_author.items():
        if author:
            yield from _near(documents, theirs, SIMILAR_TITLE, f"similar title, same first author ({author})")


def _near(documents: Sequence[Facts], ones: Sequence[int], least: float, reason: str) -> Iterator[Link]:
    for place, at in enumerate(ones):
        for other in ones[place + 1 : place + 1 + NEIGHBOURS]:
            one, two = documents[at].title, documents[other].title
            if _numbers(one) == _numbers(two) and _alikeness(one, two) >= least:
                yield Link(at, other, reason)
            elif len(one.split()) >= LONG_TITLE and two.startswith(f"{one} "):
                yield Link(at, other, "one title goes on after the other")


def _alikeness(one: str, two: str) -> float:
    """Return how alike two titles are, in percent, in their own order of words or in any."""
    return max(fuzz.ratio(one, two), fuzz.token_sort_ratio(one, two))


def _numbers(title: str) -> list[str]:
    """Return the numbers in a title: part 1 is not part 2, and six weeks are not twelve."""
    return sorted(word for word in title.split() if any(map(str.isdigit, word)))


class _Joined:
    """Documents joined to groups: union and find, each group led by its first document."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def join(self, one: int, other: int) -> None:
        """Make one group of those of two documents."""
        first, second = sorted((self.leader(one), self.leader(other)))
        self._above[second] = first

    def leader(self, at: int) -> int:
        """Return the first document of the group that one is in."""
        while self._above[at] != at:
            self._above[at] = self._above[self._above[at]]
            at = self._above[at]

        return at

    def __len__(self) -> int:
        return len(self._above)


def _groups(joined: _Joined, links: Sequence[Link]) -> tuple[Group, ...]:
    members = defaultdict(list)
    for at in range(len(joined)):
        members[joined.leader(at)].append(at)

    within = defaultdict(list)
    for link in links:
        within[joined.leader(link.first)].append(link)

    return tuple(Group(tuple(theirs), tuple(within[leader])) for leader, theirs in members.items())
