"""The journal's line format."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.records import Kind, Record
from robasync.store import codec
from tests.stores import TIME, key, outcome, reply

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)
BODIES = st.dictionaries(TEXT.filter(lambda name: not name.startswith(("raw", "sealed"))), VALUES, max_size=6)


def _read_back(record: Record) -> Record:
    line = codec.encode(record, 7, group=5, time=TIME)
    head = codec.read_head(line[:-1])
    assert head is not None

    return codec.read_record(line[:-1], head)


@given(BODIES)
def test_a_record_reads_back_as_it_was(body):
    """Whatever JSON a body holds comes back equal."""
    assert _read_back(Record(Kind.INTENT, body, key(1))) == Record(Kind.INTENT, body, key(1))


@given(st.binary())
def test_any_raw_reply_reads_back_byte_for_byte(raw):
    """A raw reply may be any bytes at all."""
    assert _read_back(reply(1, raw=raw)).body["raw"] == raw


@given(st.binary(max_size=40))
def test_a_line_is_one_line_of_valid_json(raw):
    """Every line is JSON on its own, whatever it carries, and holds no other newline."""
    line = codec.encode(reply(1, raw=raw), 7, group=5, time=TIME)
    content = json.loads(line)

    assert line.count(b"\n") == 1
    assert list(content) == ["crc", "seq", "group", "kind", "time", "key", "body"]
    assert (content["seq"], content["group"], content["kind"], content["key"]) == (7, 5, "reply", key(1))


def test_the_checksum_is_the_crc_of_everything_after_it():
    """Other programs can check a line with zlib alone."""
    line = codec.encode(outcome("a.txt"), 1, group=1, time=TIME)

    assert int(line[8:16], 16) == zlib.crc32(line[18:-1])


@given(st.data())
def test_any_changed_byte_is_noticed(data):
    """No byte of a line can change without the line ceasing to be whole."""
    line = bytearray(codec.encode(reply(1), 7, group=5, time=TIME)[:-1])
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] ^= data.draw(st.integers(1, 255))

    assert codec.read_head(bytes(line)) is None


@given(st.binary())
def test_hostile_bytes_are_no_line(data):
    """Anything else than a line is not taken for one, and raises nothing."""
    assert codec.read_head(data) is None


def test_a_key_cannot_break_out_of_its_place():
    """A key with a quote would end the head early, so it is refused."""
    with pytest.raises(ValueError, match="letters and digits"):
        codec.encode(Record(Kind.INTENT, {}, 'a","body":{}}'), 1, group=1, time=TIME)


@pytest.mark.parametrize("body", [{"name": "odd\udc80name"}, outcome("odd\udc80name").body])
def test_a_name_that_is_no_unicode_is_written_with_backslashes(body):
    """A file name that UTF-8 cannot hold does not stop the record."""
    assert b"odd\\\\udc80name" in codec.encode(Record(Kind.OUTCOME, body), 1, group=1, time=TIME)
