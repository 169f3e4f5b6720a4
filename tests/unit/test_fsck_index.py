"""The check of the index: a cache, which may be of no use, but must say what the journal says."""

from __future__ import annotations

import pytest

from robasync.errors import StorageError
from robasync.findings import Level, Subject
from robasync.store.folding import fold
from robasync.store.index import Index
from robasync.store.opening import read_only
from robasync.store.outcomes import bodies
from tests.checkups import (
    FILES,
    WHOLE,
    made,
    only,
    report,
    rewritten,
)


@pytest.fixture
def place(tmp_path):
    """Return the place of a finished session that is whole in every way."""
    return made(tmp_path, WHOLE)


def write_index(place) -> None:
    """Write the index of the session as a run does."""
    found = fold(FILES, place)
    Index(FILES, place, session=found.session, keys=found.keys, damage=()).image()()


def test_an_index_is_compared_with_the_journal(place):
    """A whole one agrees, also when the journal has gone on since."""
    journal = place.segment(1).read_bytes()
    rewritten(place, lambda lines: lines[:7])
    write_index(place)
    place.segment(1).write_bytes(journal)

    assert report(place).findings == ()
    assert report(place).looked.index


def test_an_index_that_knows_what_is_lost_is_named(place):
    """It was made before the record was damaged, and differs from what can be read."""
    write_index(place)
    place.segment(1).write_bytes(
        place.segment(1).read_bytes().replace(b'"document":"b.txt"', b'"document":"c.txt"')
    )
    index = [finding for finding in report(place).findings if finding.subject is Subject.INDEX]

    assert [(finding.level, finding.message) for finding in index] == [
        (Level.NOTE, "does not hold what the journal says: records are lost that it counts")
    ]


def test_an_index_that_holds_something_else_is_damaged(place):
    """Whole, of this very journal, and wrong all the same."""
    found = fold(FILES, place)
    found.session.workers += 1
    Index(FILES, place, session=found.session, keys=found.keys, damage=()).image()()

    assert (only(place).level, only(place).message) == (Level.DAMAGE, "does not hold what the journal says")


def test_a_damaged_index_is_of_no_use(place):
    """One flipped byte anywhere is enough; it is a note, since whoever resumes makes a new one."""
    write_index(place)
    content = bytearray(place.index.read_bytes())
    content[len(content) // 2] ^= 1
    place.index.write_bytes(content)

    assert (only(place).subject, only(place).level) == (Subject.INDEX, Level.NOTE)
    assert only(place).message.startswith("is of no use: ")
    assert only(place).message.endswith("; the next resume makes it anew from the journal")


def test_an_index_that_knew_a_lost_record_goes_when_that_is_asked_for(place):
    """Else every run would be told the same again, and end at the same damage."""
    write_index(place)
    position = fold(FILES, place).session.documents.position("a.txt")
    place.segment(1).write_bytes(
        place.segment(1).read_bytes().replace(b'"document":"a.txt"', b'"document":"c.txt"')
    )

    with pytest.raises(StorageError, match="robasync resume asks for what is lost again"):
        next(bodies(FILES, place, [position]))

    assert not place.index.exists()
    assert read_only(FILES, place).status("a.txt") is None
