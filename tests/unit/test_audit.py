"""The judge of a self-test: a journal against what was sold."""

from __future__ import annotations

import json

import pytest

from robasync.service import audit


def line(kind: str, key: str | None = None, **body: object) -> bytes:
    """Return a line of a journal."""
    return json.dumps({"kind": kind, "key": key, "body": body}).encode() + b"\n"


ASKED = line("intent", "k1", document="a")
ANSWERED = line("reply", "k1", document="a")
DONE = line("outcome", document="a")


def test_books_hold_whole_lines_only():
    """A torn end was never acknowledged; what is damaged counts as missing."""
    assert audit.books(ASKED + ANSWERED + b'{"kind":"re').lines == (ASKED[:-1], ANSWERED[:-1])
    assert audit.books(b"\xff{}\n" + DONE).lines == (DONE[:-1],)


def test_a_call_without_a_certain_end_is_uncertain():
    """Recorded answers and refusals that certainly cost nothing are ends."""
    refused = line("call_failed", "k1", document="a", certain=True)
    dropped = line("call_failed", "k1", document="a", certain=False)

    assert audit.books(ASKED).uncertain == audit.books(ASKED + dropped).uncertain == {"a": 1}
    assert not audit.books(ASKED + ANSWERED).uncertain
    assert not audit.books(ASKED + refused).uncertain


def test_what_was_there_at_a_kill_must_be_there_afterwards():
    """One missing record is a broken promise."""
    before = audit.books(ASKED + ANSWERED)

    assert list(audit.after_kill(before, audit.books(ASKED + ANSWERED + DONE))) == []
    assert list(audit.after_kill(before, audit.books(ASKED + DONE)))


@pytest.mark.parametrize(
    ("bill", "journal", "is_wrong"),
    [
        (1, ASKED + ANSWERED, False),
        (0, ASKED, False),
        (1, ASKED, False),
        (2, ASKED + line("intent", "k2", document="a") + ANSWERED, False),
        (2, ASKED + ANSWERED, True),
        (1, b"", True),
        (0, ANSWERED, True),
        (2, ANSWERED + line("reply", "k2", document="a"), True),
    ],
)
def test_the_bill_is_held_against_the_books(bill, journal, is_wrong):
    """Recorded answers <= questions asked <= those and uncertain calls; no document is answered twice."""
    assert bool(list(audit.against({"a": bill}, audit.books(journal)))) == is_wrong


def test_work_left_undone_is_told():
    """Every document has an outcome in the end."""
    assert list(audit.at_the_end(audit.books(DONE), 1)) == []
    assert "1 of 2" in next(audit.at_the_end(audit.books(DONE), 2))
