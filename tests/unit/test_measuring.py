"""What recorded replies tell of a model: read from journals as they lie on the disk, damaged or not."""

from __future__ import annotations

import pytest

from robasync.app.measuring import Told, told
from robasync.records import Kind
from robasync.store import latest as latest_records
from robasync.store.latest import latest
from tests.stores import QuickFiles, entries, intent, place_in, reply, started, write_groups

FILES = QuickFiles()
CALLS = (Kind.INTENT, Kind.REPLY)


def asked(number, **changes):
    record = intent(number)

    return record._replace(body=record.body | {"size": 400, "asks": 3} | changes)


def heard(*records):
    return list(told(entries(records), endpoint="e", model="m"))


def test_a_reply_tells_of_its_prompt():
    """Bytes and questions from the intent, tokens from the reply, seconds from the time between them."""
    first, second = entries([asked(1), reply(1)])
    later = second._replace(time="2024-12-01T14:30:24.623456+01:00")

    assert list(told([first, later], endpoint="e", model="m")) == [Told(400, 3, 100, 5, 20, 2.5)]


def test_what_was_written_to_a_cache_is_told_where_it_was_counted():
    """A reply of a wire that charges for it names it; of another one it is 0."""
    usage = {"input_tokens": 100, "cached_tokens": 5, "output_tokens": 20, "written_tokens": 70}

    assert [one.written_tokens for one in heard(asked(1), reply(1, usage=usage))] == [70]


@pytest.mark.parametrize(
    "records",
    [
        (reply(1),),
        (intent(1), reply(1)),
        (asked(1, model="other"), reply(1)),
        (asked(1, endpoint="elsewhere"), reply(1)),
        (asked(1), reply(2)),
        (asked(1), reply(1, from_session="s")),
        (asked(1), reply(1, usage={"input_tokens": 0, "output_tokens": 0})),
        (asked(1, size="many"), reply(1)),
        (asked(1, size=True), reply(1)),
        (asked(1, asks=-3), reply(1)),
        (asked(1), reply(1, usage="none")),
    ],
)
def test_what_tells_nothing_is_passed_over(records):
    """Without its intent, of older versions, of another model, taken over, not counted, or forged."""
    assert heard(*records) == []


def test_times_that_are_none_take_no_time():
    """A forged time is no reason to end; neither is a clock that was set back."""
    first, second = entries([asked(1), reply(1)])
    odd = [("", first.time), ("2024-12-01T14:30:22", first.time), (second.time, "2023-01-01T00:00:00+00:00")]
    pairs = [(first._replace(time=begun), second._replace(time=ended)) for begun, ended in odd]

    assert [next(told(pair, endpoint="e", model="m")).seconds for pair in pairs] == [0.0] * 3


def test_the_latest_records_are_read_and_what_is_not_whole_is_passed_over(tmp_path, monkeypatch):
    """Only so much of the end of a journal, whatever its beginning holds; a journal may be missing."""
    place = place_in(tmp_path)
    assert list(latest(FILES, place, kinds=CALLS)) == []

    written = write_groups(place, [(started(),), (asked(1),), (reply(1),), (asked(2),), (reply(2),)])
    path = place.segment(1)
    whole = path.read_bytes()
    assert [one.record.kind for one in latest(FILES, place, kinds=CALLS)] == [Kind.INTENT, Kind.REPLY] * 2

    path.write_bytes(whole.replace(b'"input_tokens":100', b'"input_tokens":900', 1) + b"torn")
    assert len(list(latest(FILES, place, kinds=CALLS))) == 3

    path.write_bytes(whole)
    monkeypatch.setattr(latest_records, "MOST_BYTES", len(written[-1]) + len(written[-2]) + 5)
    assert [one.record.kind for one in latest(FILES, place, kinds=CALLS)] == [Kind.INTENT, Kind.REPLY]
