"""A record at a glance: what the fold takes in of it is what the whole record says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import image
from robasync.model import Status
from robasync.records import Entry, Kind, Position, Record
from robasync.session import Session
from robasync.store import codec
from robasync.store.glance import glance
from tests.stores import TIME, call_failed, intent, key, outcome, reply

ODD = st.text(st.sampled_from('",\\raw:{}a\u00e9fromsessiontentstatusailed_ '), min_size=1, max_size=30)
TRAPS = st.sampled_from(
    [',"raw":', '","from_session":"x', ',"assessment":', ',"attempt":', '"status":"failed"', "\\", '\\",']
)
TEXTS = st.one_of(ODD, TRAPS, st.tuples(ODD, TRAPS).map("".join))
RECORDS = st.one_of(
    st.builds(intent, st.integers(0, 9), TEXTS),
    st.builds(reply, st.integers(0, 9), TEXTS, raw=TEXTS.map(str.encode)),
    st.builds(reply, st.integers(0, 9), TEXTS, raw=st.binary(max_size=20)),
    st.builds(reply, st.integers(0, 9), TEXTS, raw=TEXTS.map(str.encode), from_session=TEXTS),
    st.builds(call_failed, st.integers(0, 9), certain=st.booleans()),
    st.builds(outcome, TEXTS, st.sampled_from(Status)),
)


@given(st.lists(RECORDS, max_size=6))
def test_a_session_is_the_same_from_records_at_a_glance(records):
    """Whatever texts are in them, also ones that look like the names at which bodies are cut."""
    lines = [
        codec.encode(record, number, group=number, time=TIME)[:-1] for number, record in enumerate(records, 1)
    ]

    assert _folded(lines, glance) == _folded(lines, codec.read_record)


def test_the_raw_reply_is_not_read():
    """The long part is left out."""
    [entry] = _entries([codec.encode(reply(1), 1, group=1, time=TIME)[:-1]], glance)

    assert "raw" not in entry.record.body
    assert entry.record.key == key(1)


@pytest.mark.parametrize(
    "body", [{"usage": {"raw": 1}, "model": "m"}, {"raw": "x"}, ["a", 1], "text", {"a": {"b": 1, "raw": "x"}}]
)
def test_a_body_that_cannot_be_cut_is_read_whole(body):
    """Of another version, or forged."""
    line = codec.encode(Record(Kind.REPLY, body, key(1)), 1, group=1, time=TIME)[:-1]
    head = codec.read_head(line)

    assert glance(line, head) == codec.read_record(line, head)


def _entries(lines, read) -> list[Entry]:
    heads = [codec.read_head(line) for line in lines]

    return [
        Entry(head.sequence, head.group, head.time, read(line, head), Position(1, number, len(line)))
        for number, (line, head) in enumerate(zip(lines, heads, strict=True))
    ]


def _folded(lines, read) -> object:
    session = Session()

    for entry in _entries(lines, read):
        session.apply(entry)

    taken = image.take(session)

    return taken.facts, taken.columns, list(taken.names)
