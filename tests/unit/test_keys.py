"""The table of call keys: whatever is noted, merged, written and read back, each key has its newest place."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.records import Kind, Position
from robasync.store.keys import ASKED, Keys, KeyTable, position, short

NUMBERS = st.integers(0, 400)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just(Kind.INTENT), NUMBERS),
        st.tuples(st.just(Kind.REPLY), NUMBERS),
        st.tuples(st.just("set apart"), st.none()),
        st.tuples(st.just("merge"), st.none()),
        st.tuples(st.just("reload"), st.none()),
    ),
    max_size=300,
)


def key(number: int) -> str:
    """Return a key like those of calls."""
    return hashlib.sha256(b"%d" % number).hexdigest()


def reloaded(keys: Keys) -> Keys:
    """Return the keys as they are after the index was written and read."""
    keys.set_apart()

    return Keys(KeyTable.restored(b"".join(keys.merge().pieces())))


@given(STEPS)
def test_each_key_has_its_newest_place_whatever_was_merged_when(steps):
    """A dict of everything says the same, between any two steps."""
    keys, expected = Keys(), {}

    for offset, (step, number) in enumerate(steps):
        if step == "set apart":
            keys.set_apart()
        elif step == "merge":
            keys.merge()
        elif step == "reload":
            keys = reloaded(keys)
        else:
            keys.note(step, key(number), Position(3, offset, 7))

            if step == Kind.REPLY:
                expected[number] = Position(3, offset, 7)
            else:
                expected.setdefault(number, None)

        if number is not None:
            assert _place(keys, number) == expected[number]

    assert {number: _place(keys, number) for number in expected} == expected
    assert keys.get(short(key(401))) is None


def test_many_keys_are_found_in_the_table():
    """Each of them, and no other; the table is sorted and holds each once."""
    keys = Keys()

    for number in range(3_000):
        keys.note(Kind.REPLY, key(number), Position(1, number, 5))

    keys.set_apart()
    table = keys.merge()

    assert len(table) == 3_000
    assert [_place(keys, number).offset for number in range(3_000)] == list(range(3_000))
    assert all(keys.get(short(key(number))) is None for number in range(3_000, 4_000))


def test_a_key_across_two_rows_is_none():
    """Bytes of two rows that look like a key together are not taken for one."""
    first = bytes(range(1, 16))
    place = bytes(range(50, 62))
    table = KeyTable().merged({first: place, first[:-1] + b"\xff": place})
    across = (first + place + first)[5:20]

    assert table.get(across) is None
    assert table.get(first) == place


@pytest.mark.parametrize("count", [0, 1, 64, 65, 1_100, 17_000])
def test_a_table_of_any_size_is_read_back_as_it_was(count):
    """However many shelves it takes, made at once or by merging."""
    new = {short(key(number)): b"%012d" % number for number in range(count)}
    at_once = KeyTable().merged(new)
    half = dict(list(new.items())[: count // 2])
    merged = KeyTable().merged(half).merged(new)
    read = KeyTable.restored(b"".join(at_once.pieces()))

    for table in (at_once, merged, read):
        assert len(table) == count
        assert all(table.get(name) == place for name, place in new.items())
        assert b"".join(table.pieces()) == b"".join(at_once.pieces())


def test_a_place_far_back_in_a_long_journal_is_kept():
    """Segments up to 16 million, offsets up to a tebibyte, lines up to 4 GiB."""
    keys, far = Keys(), Position(999_999, 2**40 - 1, 2**32 - 1)
    keys.note(Kind.REPLY, key(1), far)

    assert _place(reloaded(keys), 1) == far


@pytest.mark.parametrize("odd", ["", "a", "zz" * 32, "0" * 29])
def test_a_key_that_is_none_of_ours_is_kept_apart(odd):
    """Another version's journal, or a forged one: it does no harm to the others."""
    keys = Keys()
    keys.note(Kind.REPLY, odd, Position(1, 0, 9))
    keys.note(Kind.REPLY, key(1), Position(1, 9, 9))
    again = reloaded(keys)

    assert position(again.get(short(odd))) == Position(1, 0, 9)
    assert _place(again, 1) == Position(1, 9, 9)


def test_half_a_row_is_no_table():
    """A length that no table has."""
    with pytest.raises(ValueError, match="half a row"):
        KeyTable.restored(b"\0" * 28)


def _place(keys: Keys, number: int) -> Position | None:
    place = keys.get(short(key(number)))
    assert place is not None

    return None if place == ASKED else position(place)
