"""Files of one study are proposed as a group, each link with its reason; lists chain nothing."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from robasync import grouping, identifying
from robasync.errors import DocumentError
from robasync.extract import jats, plain
from robasync.grouping import MOST_NUMBERS, MOST_SHARING, Facts, Role, propose
from robasync.model import Document, Extract, Segment
from tests import corpus, papers

TITLE = "aspirin versus placebo in dogs with pain"
RELIEF, MAIN = f"{TITLE} relief", f"{TITLE} main results"


def facts(name: str, **known) -> Facts:
    """Return facts of a document that has nothing in common with another one."""
    return Facts(name=name, digest=known.pop("digest", name), **known)


def groups(*documents: Facts) -> list[list[str]]:
    """Return the names in each proposed group."""
    proposal = propose(documents)
    return [[documents[at].name for at in group.members] for group in proposal.groups]


def reasons(*documents: Facts) -> set[str]:
    """Return why the documents are linked."""
    return {link.reason for group in propose(documents).groups for link in group.links}


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"digest": "x"}, {"digest": "x"}, "same bytes"),
        ({"doi": "10.1/x"}, {"doi": "10.1/x"}, "DOI 10.1/x"),
        ({"pmc": "PMC12345"}, {"pmc": "PMC12345"}, "PubMed Central number PMC12345"),
        ({"registrations": ("NCT1", "NCT2")}, {"registrations": ("NCT2",)}, "registered as NCT2"),
        ({"title": TITLE}, {"title": TITLE}, "same title"),
        ({"title": f"{TITLE} relief"}, {"title": f"{TITLE} reliefs"}, "nearly the same title"),
        ({"title": f"low dose {TITLE}"}, {"title": f"lowdose {TITLE}"}, "nearly the same title"),
        (
            {"title": RELIEF},
            {"title": f"{RELIEF} main results after discharge"},
            "one title goes on after the other",
        ),
        (
            {"title": RELIEF, "author": "li"},
            {"title": MAIN, "author": "li"},
            "similar title, same first author (li)",
        ),
    ],
)
def test_what_links_two_documents(one, other, reason):
    """Bytes, numbers and titles link, and say so; the order of the documents does not matter."""
    assert groups(facts("a", **one), facts("b"), facts("c", **other)) == [["a", "c"], ["b"]]
    assert reason in reasons(facts("a", **one), facts("b"), facts("c", **other))
    assert groups(facts("c", **other), facts("a", **one)) == [["c", "a"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"title": f"{TITLE} part 1"}, {"title": f"{TITLE} part 2"}),
        ({"title": f"{TITLE} 6 weeks", "author": "li"}, {"title": f"{TITLE} 12 weeks", "author": "li"}),
        ({"title": "aspirin"}, {"title": "aspirin"}),
        ({"title": f"{TITLE} relief", "author": "li"}, {"title": f"{TITLE} main results", "author": "wu"}),
        ({"author": "li"}, {"author": "li"}),
        ({"registrations": ("NCT1",), "role": Role.REVIEW}, {"registrations": ("NCT1",)}),
    ],
)
def test_what_does_not(one, other):
    """Parts, other lengths of follow-up, a bare word, an author alone and a review's list link nothing."""
    assert groups(facts("a", **one), facts("b", **other)) == [["a"], ["b"]]


def test_links_pass_on():
    """Article, protocol and erratum are one group where each is linked to one of the others."""
    documents = [
        facts("article", registrations=("NCT1",), title=TITLE, study="Li, 2012"),
        facts("erratum", title=TITLE, role=Role.ERRATUM, study="Li, 2013"),
        facts("protocol", registrations=("NCT1",), role=Role.PROTOCOL, study="Wu, 2009"),
    ]
    assert groups(*documents) == [["article", "erratum", "protocol"]]
    proposal = propose(documents[::-1])
    assert proposal.label(proposal.groups[0]) == "Li, 2012"
    assert proposal.reasons(proposal.groups[0], 0) == ["registered as NCT1: article"]
    assert proposal.registrations(proposal.groups[0]) == ["NCT1"]


def test_a_number_that_many_name_links_none():
    """A number in more documents than one trial has reports is named, and chains nothing."""
    many = [facts(str(at), registrations=("NCT1",), doi="10.1/list") for at in range(MOST_SHARING + 1)]
    proposal = propose(many)
    assert len(proposal.groups) == len(many)
    assert proposal.common == {"NCT1": len(many), "10.1/list": len(many)}
    assert len(propose(many[:-1]).groups) == 1


def test_a_document_with_many_numbers_links_none():
    """What registers itself under more numbers than a trial has is a list of trials."""
    numbers = tuple(f"NCT{at}" for at in range(MOST_NUMBERS + 1))
    trials = [facts(number, registrations=(number,)) for number in numbers]
    assert len(groups(*trials, facts("guideline", registrations=numbers))) == len(trials) + 1
    assert len(groups(*trials, facts("pooled", registrations=numbers[1:]))) == 2


def test_every_document_is_in_one_group_and_the_order_does_not_matter():
    """The groups part the documents, and are the same from whatever order they came in."""
    drawn = random.Random(7)
    documents = [
        facts(
            f"d{at}",
            registrations=tuple(f"NCT{drawn.randrange(60)}" for _ in range(drawn.randrange(3))),
            title=drawn.choice((TITLE, "", f"{TITLE} {drawn.randrange(30)}")),
            author=drawn.choice(("li", "wu", "")),
        )
        for at in range(100)
    ]
    found = {frozenset(group) for group in groups(*documents)}
    assert sorted(name for group in found for name in group) == sorted(one.name for one in documents)
    drawn.shuffle(documents)
    assert {frozenset(group) for group in groups(*documents)} == found


def extract(text: str, **known) -> Extract:
    """Return the extract of a text."""
    return Extract(text=text, segments=(Segment(0, 1),), pages=1, media="text/plain", engine="test", **known)


def document(name: str) -> Document:
    """Return a document by this name."""
    return Document(name=name, path=Path(name), digest=name, size=1, mtime_ns=0, inode=0)


LONG = "Dogs were treated. " * 400


@pytest.mark.parametrize(
    ("text", "name", "numbers"),
    [
        ("Trial registration: NCT00000001.", "a.txt", ["NCT00000001"]),
        (f"{LONG}The trial was registered as NCT00000001.", "a.txt", ["NCT00000001"]),
        (f"{LONG}As in NCT00000001, dogs slept.", "a.txt", []),
        ("A companion trial (NCT00000001) is under way.", "a.txt", []),
        ("Nothing.", "x/NCT00000001_protocol.pdf", ["NCT00000001"]),
    ],
)
def test_own_registrations(text, name, numbers):
    """A number is the document's own in its opening, after a word of registering, or in its file's name."""
    assert [one.number for one in identifying.registrations(extract(text), name)] == numbers


def test_references_are_no_facts():
    """A number or DOI in the list of references says nothing of the document."""
    text = "A trial.\n\nReferences\n\nLi. NCT00000001. doi: 10.1000/xyz"
    found = identifying.facts(document("a"), extract(text, references=((10, len(text)),)))
    assert (found.registrations, found.doi) == ((), "")


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("doi: 10.1371/journal.pone.0055013.", "10.1371/journal.pone.0055013"),
        ("https://doi.org/10.1371/journal.pone.0055013.s001", "10.1371/journal.pone.0055013"),
        ("(10.1016/S0140-6736(10)60001-1)", "10.1016/s0140-6736(10)60001-1"),
    ],
)
def test_doi(written, doi):
    """The DOI is that of the article, also where a part of it or a full stop follows."""
    assert identifying.facts(document("a"), extract(f"A trial. {written}")).doi == doi


@pytest.mark.parametrize(
    ("name", "text", "role"),
    [
        ("a.pdf", "A trial\n\nWe randomised dogs.", Role.ARTICLE),
        ("a_protocol.pdf", "x", Role.PROTOCOL),
        ("a-SAP-v2.pdf", "x", Role.PLAN),
        ("sapphire.pdf", "x", Role.ARTICLE),
        ("NCT00000001.pdf", "x", Role.REGISTRY),
        ("a_suppl1.pdf", "x", Role.SUPPLEMENT),
        ("a.pdf", "Supplementary appendix to the trial", Role.SUPPLEMENT),
        ("a.pdf", "Erratum\n\nErratum to: Aspirin in dogs", Role.ERRATUM),
        ("a.pdf", "Study Protocol\n\nAspirin in dogs", Role.PROTOCOL),
    ],
)
def test_roles(name, text, role):
    """What a document is to its study is proposed from its name and from how it names itself."""
    assert identifying.facts(document(name), extract(text)).role is role


@pytest.mark.parametrize(
    "title",
    [
        "Aspirin versus placebo in dogs",
        "Study protocol: Aspirin versus placebo in dogs",
        "Erratum to: Aspirin versus placebo in dogs",
        "Rationale and design of the trial of aspirin versus placebo in dogs",
    ],
)
def test_titles_without_the_role(title):
    """Protocol, erratum and article of one name have one title to compare."""
    assert identifying.facts(document("a"), extract("x", title=title)).title == "aspirin versus placebo dogs"


def real(path: Path, name: str) -> Facts:
    """Return the facts of a real document under another name."""
    content = path.read_bytes()
    try:
        if path.suffix == ".nxml":
            found = jats.read(content, name)
        else:
            is_pdf = path.suffix == ".pdf"
            found = papers.read(content, name) if is_pdf else plain.read(content, name, media="")
    except DocumentError as error:
        return identifying.unread(name, name, error)

    return identifying.facts(document(name), found)


def test_the_same_articles_in_two_formats_find_each_other():
    """Of 50 articles that lie there as XML and as text 49 are grouped by content alone, and nothing else is.

    The title of the one that is missed is cut off in its text version.
    """
    paths = [
        path for kind in ("jats", "txt", "pdf") for path in sorted(corpus.folder(f"trials/{kind}").iterdir())
    ]
    documents = [real(path, f"{at}{path.suffix}") for at, path in enumerate(paths)]
    numbers = [(re.search(r"PMC\d+", path.name) or [path.name])[0] for path in paths]
    proposal = grouping.propose(documents)
    found = [{numbers[at] for at in group.members} for group in proposal.groups if len(group.members) > 1]
    assert all(len(one) == 1 for one in found)
    assert len(found) == 49
    assert set(numbers[99:149]) - {name for one in found for name in one} == {"PMC3017961"}
