"""What the journals know about call keys."""

from __future__ import annotations

import pytest

from robasync.errors import StorageError
from robasync.model import Status
from robasync.records import Standing
from robasync.store.opening import read_only
from robasync.store.outcomes import bodies
from robasync.store.replies import RecordedReplies
from tests.stores import QuickFiles, intent, journal, key, outcome, place_in, reply, started, write_groups

FILES = QuickFiles()


async def _loaded(own, *others) -> RecordedReplies:
    replies = RecordedReplies(FILES, own, session="own", others=[(place, place.stem) for place in others])
    await replies.load()

    return replies


async def test_a_key_is_unknown_asked_or_answered(tmp_path):
    """An intent asks, a reply answers, and nothing takes an answer back."""
    place = place_in(tmp_path)
    write_groups(place, [[started()], [intent(1), intent(2)], [reply(2), intent(2)]])
    replies = await _loaded(place)

    assert [replies.standing(key(n)) for n in (1, 2, 3)] == [
        Standing.ASKED,
        Standing.ANSWERED,
        Standing.UNKNOWN,
    ]


async def test_a_reply_is_read_byte_for_byte_with_the_session_it_lies_in(tmp_path):
    """The own journal wins over others."""
    own, pilot = place_in(tmp_path, "own"), place_in(tmp_path, "pilot")
    write_groups(own, [[started()], [reply(1, raw=b"own")]])
    write_groups(pilot, [[started()], [reply(1, raw=b"pilot"), reply(2, raw=b"\xff\0")]])
    replies = await _loaded(own, pilot)

    assert await _read(replies, 1) == (b"own", "own")
    assert await _read(replies, 2) == (b"\xff\0", "pilot")


async def test_another_sessions_torn_tail_and_damage_are_passed_over(tmp_path):
    """Only whole replies count, and the other journal is not touched."""
    own, other = place_in(tmp_path, "own"), place_in(tmp_path, "other")
    groups = write_groups(other, [[reply(1)], [reply(2)], [reply(3)]])
    data = groups[0] + groups[1].replace(b"ok", b"ko") + groups[2][:-5]
    other.segment(1).write_bytes(data)
    replies = await _loaded(own, other)

    assert [replies.standing(key(n)) for n in (1, 2, 3)] == [
        Standing.ANSWERED,
        Standing.UNKNOWN,
        Standing.UNKNOWN,
    ]
    assert other.segment(1).read_bytes() == data


async def test_what_the_own_journal_commits_is_known_at_once(tmp_path):
    """Fed by commits, in a run."""
    place, entries = place_in(tmp_path), []
    replies = await _loaded(place)

    async with journal(FILES, place, entries, segment_limit=400) as log:
        for number in range(5):
            await log.append(intent(number), reply(number, raw=b"%d" % number), outcome("a"))

    replies.observe(entries)
    assert [(await _read(replies, n))[0] for n in range(5)] == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_reply_that_was_changed_meanwhile_is_not_used(tmp_path):
    """The line is checked again when it is read."""
    place = place_in(tmp_path)
    (data,) = write_groups(place, [[reply(1)]])
    replies = await _loaded(place)
    place.segment(1).write_bytes(data.replace(b"ok", b"ko"))

    with pytest.raises(StorageError, match="damaged"):
        await _read(replies, 1)

    assert replies.standing(key(1)) is Standing.ASKED

    with pytest.raises(StorageError, match="no journal holds"):
        await _read(replies, 9)


async def test_a_reply_that_the_disk_does_not_give_is_still_recorded(tmp_path):
    """What is wrong may pass: nothing is bought again for it."""
    place = place_in(tmp_path)
    write_groups(place, [[reply(1)]])
    replies = await _loaded(place)
    place.segment(1).rename(place.segment(2))

    with pytest.raises(StorageError, match="cannot be read"):
        await _read(replies, 1)

    assert replies.standing(key(1)) is Standing.ANSWERED


def test_outcomes_are_read_where_the_session_points(tmp_path):
    """Reports get the newest outcome of each document, in input order."""
    place = place_in(tmp_path)
    write_groups(place, [[started()], [outcome("b"), outcome("a")], [outcome("b", Status.FAILED)]])
    session = read_only(FILES, place)
    found = [(body["document"], body["status"]) for body in bodies(FILES, place, session.positions())]

    assert found == [("b", "failed"), ("a", "assessed")]


async def _read(replies: RecordedReplies, number: int) -> tuple[bytes, str]:
    recorded = await replies.read(key(number))

    return recorded.raw, recorded.session
