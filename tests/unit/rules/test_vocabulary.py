"""The vocabulary is data whose every pattern proves its examples when it is loaded."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from robasync.errors import InstrumentError
from robasync.providers import rules
from robasync.providers.rules import vocabulary

VERSION = f'version = "{vocabulary.VERSION}"'
HEAD = f'{VERSION}\nread_past = ["zzz"]\nread_also = []\n[searched]\n1 = "a"\n[words]\nwho = ["patients"]\n'
PATTERN = """
[[pattern]]
shows = "a finding"
needs = ["blind"]
expression = "<who> & (?:were) @blinded"
matches = "The patients were blinded to it."
misses = "The patients were told of it."
"""


def test_the_shipped_vocabulary_proves_its_examples():
    """Loading tests each pattern against its example and its counter-example."""
    assert len(vocabulary.load().patterns) >= 40


def test_a_good_vocabulary_is_read():
    """The smallest complete file loads."""
    assert len(vocabulary.parse(HEAD + PATTERN).patterns) == 1


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("The patients were blinded to it.", "The nurses were blinded to it.", "example is not matched"),
        ("The patients were told of it.", "All patients were blinded.", "counter-example is matched"),
        ("@blinded", "(blinded", "is no expression"),
        ("<who>", "<whom>", "is no expression"),
        ('needs = ["blind"]', 'needs = ["blind"]\nneed = "x"', "has the keys"),
        ('misses = "The patients were told of it."', "", "has the keys"),
        (VERSION, 'version = "0.9"', "does not go with this reader"),
    ],
)
def test_a_broken_vocabulary_is_refused(old, new, complaint):
    """Each rule of the loader is named in the error, with the expression."""
    with pytest.raises(InstrumentError, match=complaint):
        vocabulary.parse((HEAD + PATTERN).replace(old, new))


def test_every_finding_is_used_by_some_answer():
    """No pattern shows what no item asks for, and no item asks for what no pattern shows."""
    code = "".join(
        path.read_text(encoding="utf-8") for path in Path(str(resources.files(rules))).glob("*.py")
    )
    shown = {
        name for pattern in vocabulary.load().patterns for name in (pattern.shows, pattern.denied) if name
    }
    composed = re.compile(r"(?:participants|providers|assessors) (?:not )?blinded")

    assert not [name for name in shown if f'"{name}"' not in code and not composed.fullmatch(name)]


def test_every_item_says_what_was_searched():
    """An answer "not found" names its terms, for the six core and the eight optional items."""
    assert set(vocabulary.load().searched) == {*"123456", *(f"opt{number}" for number in range(1, 9))}


def test_negation_turns_a_finding_around():
    """A pattern with a marked word shows what "denied" says where the word is denied, else nothing."""
    read = vocabulary.parse(HEAD + PATTERN.replace("needs =", 'denied = "the opposite"\nneeds ='))

    assert read.patterns[0].finding("the patients were not blinded to it.") == ""
    assert read.patterns[0].finding("no patients were blinded to it.") == "the opposite"
