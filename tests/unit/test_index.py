"""The index: what a session's journal adds up to, to be had without reading it, or not at all."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robasync import image
from robasync.errors import ReplyLost, StorageError
from robasync.model import Status
from robasync.session import Session
from robasync.store.folding import fold, keys_of
from robasync.store.index import Index, recall
from robasync.store.keys import ASKED, short
from robasync.store.outcomes import bodies
from robasync.store.places import Place
from robasync.store.replies import RecordedReplies
from robasync.store.scan import Damage
from robasync.store.sealing import aes_gcm
from tests.stores import (
    QuickFiles,
    batch_completed,
    batch_started,
    call_failed,
    entries,
    intent,
    key,
    outcome,
    place_in,
    reply,
    started,
    write_groups,
)

FILES = QuickFiles()
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8)
RECORDS = st.one_of(
    st.builds(intent, st.integers(0, 20), NAMES),
    st.builds(reply, st.integers(0, 20), raw=st.binary(max_size=40)),
    st.builds(reply, st.integers(0, 20), from_session=st.just("other")),
    st.builds(call_failed, st.integers(0, 20), certain=st.booleans()),
    st.builds(outcome, NAMES, st.sampled_from(Status)),
    st.builds(batch_started, st.integers(1, 5), NAMES, NAMES),
    st.builds(batch_completed, st.integers(1, 5)),
)
GROUPS = st.lists(st.lists(RECORDS, min_size=1, max_size=5), max_size=8)
FORGED = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2**40), st.floats(allow_nan=False), st.text(max_size=3),
    st.lists(st.integers(0, 9), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(-5, 2**40), max_size=2),
)  # fmt: skip
DAMAGE = (Damage("a.journal.jsonl", 7, "record 3 is not readable"),)


def write_index(place: Place, damage: tuple[Damage, ...] = ()) -> None:
    """Write the index of the journal at ``place`` as a checkpointer would."""
    found = fold(FILES, place)
    Index(FILES, place, session=found.session, keys=found.keys, damage=damage).image()()


def everything(place: Place) -> tuple[object, ...]:
    """Return all that a fold finds, in a form that can be compared."""
    found = fold(FILES, place)
    taken = image.take(found.session)
    parts = {name: b"".join(pieces) for name, pieces in image.parts(taken)}
    answers = [found.keys.get(short(key(number))) for number in range(25)]

    return taken.facts, taken.batches, parts, answers, found.damage, _counts(found.session)


def _counts(session: Session) -> list[int]:
    documents = [session.assessed, session.refused, session.failed, session.left]

    return [*documents, session.current_batch, session.total_batches]


def without_index(place: Place) -> tuple[object, ...]:
    """Return what a fold finds of the journal alone."""
    place.index.unlink(missing_ok=True)

    return everything(place)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return where a journal with its index lies."""
    place = place_in(tmp_path)
    write_groups(
        place,
        [
            [started(), batch_started(1, "a", "b")],
            [intent(1)],
            [reply(1), outcome("a")],
            [intent(2, "b")],
        ],
    )
    write_index(place)

    return place


@given(GROUPS, GROUPS)
@settings(max_examples=60, deadline=None)
def test_index_and_rest_add_up_to_the_whole_journal(first, then):
    """Wherever the index was written: the session, its keys and its books are those of a full fold."""
    with tempfile.TemporaryDirectory() as folder:
        place = place_in(Path(folder))
        write_groups(place, [[started()], *first])
        write_index(place)
        write_groups(place, [[started()], *first, *then])
        found = everything(place)

        assert found == without_index(place)


def test_an_index_is_believed(place):
    """A journal whose records before the index are unreadable is read all the same: from the index."""
    expected = everything(place)
    data = place.segment(1).read_bytes()
    place.segment(1).write_bytes(b"\0" + data[1:])

    assert everything(place) == expected


def test_any_flipped_byte_of_an_index_is_detected(place):
    """One bit anywhere: the index is passed over, and the journal read from its beginning."""
    whole = place.index.read_bytes()

    for at in range(len(whole)):
        place.index.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        assert recall(FILES, place) is None


def test_any_cut_index_is_detected(place):
    """Whatever is missing at its end."""
    whole = place.index.read_bytes()

    for size in range(len(whole)):
        place.index.write_bytes(whole[:size])
        assert recall(FILES, place) is None


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_forged_index_with_right_checksums_breaks_nothing(place, data):
    """Whatever stands in its facts instead: it is passed over, or what was read can be gone on with."""
    whole = place.index.read_bytes()
    footer = orjson.loads(whole[-45 - int.from_bytes(whole[-45:-37], "big") : -45])
    holder, name = footer, data.draw(st.sampled_from(sorted(footer)))

    while isinstance(holder[name], dict | list) and holder[name] and data.draw(st.booleans()):
        holder = holder[name]
        name = data.draw(
            st.sampled_from(sorted(holder) if isinstance(holder, dict) else list(range(len(holder))))
        )

    holder[name] = data.draw(FORGED)
    forged = orjson.dumps(footer)
    start = len(whole) - 45 - int.from_bytes(whole[-45:-37], "big")
    trailer = len(forged).to_bytes(8, "big") + hashlib.sha256(forged).digest() + b"xedni"

    try:
        place.index.write_bytes(whole[:start] + forged + trailer)
        session = fold(FILES, place).session

        for entry in entries([intent(1), reply(1), outcome("a", Status.FAILED), batch_completed(1)]):
            session.apply(entry)
    finally:
        place.index.write_bytes(whole)


def test_an_index_newer_than_its_journal_is_passed_over(place):
    """A journal that was cut or put back from a copy: its own records count."""
    data = place.segment(1).read_bytes()
    lines = data.splitlines(keepends=True)
    place.segment(1).write_bytes(b"".join(lines[:-1]))

    assert recall(FILES, place) is None
    assert everything(place)[0]["last_sequence"] == len(lines) - 1


def test_an_index_of_another_journal_is_passed_over(place, tmp_path):
    """The same number at the same place is not the same record."""
    other = place_in(tmp_path, "other")
    write_groups(other, [[started(), batch_started(1, "a", "b")], [intent(1)], [reply(1), outcome("a")],
                         [intent(3, "b")]])  # fmt: skip
    other.index.write_bytes(place.index.read_bytes())

    assert recall(FILES, other) is None
    assert other.segment(1).stat().st_size == place.segment(1).stat().st_size


def test_an_index_whose_earlier_segment_was_cut_is_passed_over(place):
    """All that it was made from must still be there."""
    lines = place.segment(1).read_bytes().splitlines(keepends=True)
    place.segment(1).write_bytes(b"".join(lines[:3]))
    place.segment(2).write_bytes(b"".join(lines[3:]))
    write_index(place)
    assert recall(FILES, place) is not None

    place.segment(1).write_bytes(b"".join(lines[:2]))
    assert recall(FILES, place) is None

    place.segment(1).unlink()
    assert recall(FILES, place) is None


def test_an_index_of_another_machine_is_passed_over(place, monkeypatch):
    """Its arrays and stamps would mean something else."""
    monkeypatch.setattr(image, "LAYOUT", ["middle", *image.LAYOUT[1:]])

    assert recall(FILES, place) is None


def test_damage_that_was_found_once_is_not_forgotten(place):
    """It lies before the index and is not met again; it is still told."""
    place.index.unlink()
    write_index(place, DAMAGE)

    assert fold(FILES, place).damage == DAMAGE


def test_a_name_that_no_file_can_have_leaves_the_session_without_an_index(place):
    """Of a forged journal; the journal alone counts then."""
    place.index.unlink()
    write_groups(place, [[started()], [outcome("a\0b")]])

    with pytest.raises(StorageError, match="is not written"):
        write_index(place)

    assert list(fold(FILES, place).session.documents.names) == ["a\0b"]


async def test_an_index_that_led_to_a_damaged_reply_is_removed(place):
    """The journal is read whole the next time, which tells the damage and counts the call as asked."""
    place.segment(1).write_bytes(place.segment(1).read_bytes().replace(b"ok", b"ko"))
    found = fold(FILES, place)
    replies = RecordedReplies(FILES, place, session="s", keys=found.keys)

    with pytest.raises(ReplyLost):
        await replies.read(key(1))

    Index(FILES, place, session=found.session, keys=found.keys, damage=found.damage).image()()
    again = fold(FILES, place)

    assert not place.index.exists()
    assert (len(found.damage), len(again.damage)) == (0, 1)
    assert again.keys.get(short(key(1))) == ASKED


def test_an_index_that_led_to_a_damaged_outcome_is_removed(place):
    """The document is left again as soon as the journal is read whole."""
    data = place.segment(1).read_bytes()
    place.segment(1).write_bytes(data.replace(b'"status":"assessed"', b'"status":"ASSESSED"'))
    session = fold(FILES, place).session
    assert session.status("a") is Status.ASSESSED

    with pytest.raises(StorageError, match="damaged"):
        list(bodies(FILES, place, session.positions()))

    assert fold(FILES, place).session.status("a") is None


def test_an_index_is_not_written_again_when_nothing_was_recorded(place):
    """The file stays as it is."""
    found = fold(FILES, place)
    index = Index(FILES, place, session=found.session, keys=found.keys, damage=())
    index.image()()
    place.index.unlink()
    index.image()()

    assert not place.index.exists()


def test_the_index_of_an_encrypted_session_is_sealed(tmp_path):
    """No name stands in it in clear; without the key it is of no use."""
    open_place = place_in(tmp_path)
    write_groups(open_place, [[started()], [outcome("a secret name")]])
    sealed = open_place.sealed(aes_gcm(bytes(32)), session="s")
    found = fold(FILES, open_place)
    Index(FILES, sealed, session=found.session, keys=found.keys, damage=()).image()()

    assert b"secret" not in sealed.index.read_bytes()
    assert recall(FILES, sealed) is not None
    assert recall(FILES, open_place) is None
    assert recall(FILES, open_place.sealed(aes_gcm(bytes(31) + b"1"), session="s")) is None


def test_the_keys_of_another_session_come_from_its_index_and_what_follows(place):
    """No body is read for them."""
    rest = place.segment(1).read_bytes()
    write_groups(place, [[started(), batch_started(1, "a", "b")], [intent(1)], [reply(1), outcome("a")],
                         [intent(2, "b")], [reply(2), reply(3)]])  # fmt: skip
    assert place.segment(1).read_bytes().startswith(rest)
    keys = keys_of(FILES, place)

    assert [keys.get(short(key(number))) is not None for number in range(1, 5)] == [True, True, True, False]
