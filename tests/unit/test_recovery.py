"""Reading a journal back after anything that a crash or a disk may have done to it."""

from __future__ import annotations

import random

import pytest

from robasync.session import Session
from robasync.store import checkpoint, codec
from robasync.store.opening import opened
from robasync.store.recovery import Tail
from robasync.store.scan import Scan
from tests.stores import (
    TIME,
    NotingFiles,
    QuickFiles,
    batch_started,
    intent,
    outcome,
    place_in,
    reply,
    started,
    write_groups,
)

GROUPS = [
    [started()],
    [batch_started(1, "a.txt", "b.txt"), intent(1)],
    [reply(1, raw=b"\xff\x00"), outcome("a.txt")],
    [intent(2, "b.txt"), reply(2, "b.txt"), outcome("b.txt")],
]


def _open(place) -> tuple[Session, Tail, list[str], tuple[str, ...]]:
    with opened(QuickFiles(), place) as found:
        return found.session, found.tail, [str(damage) for damage in found.damage], found.torn


def _sequences(place) -> list[int]:
    return [entry.sequence for entry in Scan(QuickFiles(), place)]


def _append(place, tail: Tail) -> None:
    """Write one more record where the tail says."""
    line = codec.encode(outcome("c.txt"), tail.next_sequence, group=tail.next_sequence, time=TIME)
    path = place.segment(tail.segment)
    before = path.read_bytes() if path.exists() else b""
    assert len(before) == tail.size
    path.write_bytes(before + line)


def test_a_whole_journal_is_read_as_it_was_written(tmp_path):
    """Every record once, in order, at the position where its line lies."""
    place = place_in(tmp_path)
    written = b"".join(write_groups(place, GROUPS))
    entries = list(Scan(QuickFiles(), place))

    assert [entry.record.kind for entry in entries] == [record.kind for group in GROUPS for record in group]
    assert [entry.sequence for entry in entries] == list(range(1, 9))

    for entry in entries:
        line = written[entry.position.offset :][: entry.position.length]
        assert codec.read_head(line[:-1]).sequence == entry.sequence


def test_cutting_the_last_group_anywhere_loses_only_its_torn_part(tmp_path):
    """At every byte: nothing acknowledged is lost, no damage is seen, and the journal goes on."""
    *acknowledged, last = write_groups(place_in(tmp_path / "whole"), GROUPS)
    start = len(b"".join(acknowledged))

    for cut in range(len(last)):
        place = place_in(tmp_path / str(cut))
        write_groups(place, GROUPS)
        path = place.segment(1)
        path.write_bytes(path.read_bytes()[: start + cut])
        whole = last[:cut].count(b"\n")
        session, tail, damage, torn = _open(place)

        assert (session.last_sequence, damage) == (5 + whole, [])
        assert bool(torn) == (not last[:cut].endswith(b"\n") and cut > 0)
        assert tail.next_sequence == 6 + whole

        _append(place, tail)
        assert _open(place)[2:] == ([], ())
        assert _sequences(place) == list(range(1, 7 + whole))


@pytest.mark.parametrize("filler", [b"\0", b"\n", b"x"])
def test_any_bad_stretch_of_the_last_group_is_an_unacknowledged_tail(tmp_path, filler):
    """Blocks may reach the disk in any order: whole lines after a hole are kept, the hole is cut."""
    *acknowledged, last = write_groups(place_in(tmp_path / "whole"), GROUPS)
    start = len(b"".join(acknowledged))

    for hole in range(0, len(last) - 20, 7):
        place = place_in(tmp_path / str(hole))
        write_groups(place, GROUPS)
        data = bytearray(place.segment(1).read_bytes())
        data[start + hole : start + hole + 20] = filler * len(data[start + hole : start + hole + 20])
        place.segment(1).write_bytes(data)
        heads = filter(None, map(codec.read_head, bytes(data[start:]).split(b"\n")))
        expected = [1, 2, 3, 4, 5, *(head.sequence for head in heads)]
        _, tail, damage, torn = _open(place)

        assert (damage, len(torn), _sequences(place)) == ([], 1, expected)

        _append(place, tail)
        assert _open(place)[2:] == ([], ())
        assert _sequences(place) == [*expected, tail.next_sequence]


def test_what_is_cut_off_is_kept_in_a_file_of_its_own(tmp_path):
    """A torn tail is copied before it is cut."""
    place = place_in(tmp_path)
    whole = len(b"".join(write_groups(place, GROUPS)))
    with place.segment(1).open("ab") as file:
        file.write(b'{"crc":"half a line')

    (name,) = _open(place)[3]

    assert name == f"{place.segment(1).name}.torn-{whole}"
    assert (tmp_path / name).read_bytes() == b'{"crc":"half a line'
    assert place.segment(1).stat().st_size == whole


def test_a_bad_byte_before_the_last_group_is_damage(tmp_path):
    """It is reported with file and offset, all else counts, and the file is not touched."""
    groups = write_groups(place_in(tmp_path / "whole"), GROUPS)
    acknowledged = b"".join(groups[:-1])
    generator = random.Random(7)

    for number in range(60):
        place = place_in(tmp_path / str(number))
        data = bytearray(b"".join(write_groups(place, GROUPS)))
        at = generator.randrange(len(acknowledged))
        data[at] ^= generator.randrange(1, 256)
        place.segment(1).write_bytes(data)

        with opened(QuickFiles(), place) as found:
            (damage,) = found.damage

        assert damage.file == place.segment(1).name
        assert damage.offset == acknowledged.rfind(b"\n", 0, at) + 1
        assert place.segment(1).read_bytes() == data
        assert len(_sequences(place)) in {6, 7}  # a newline that is gone costs two lines


def test_a_removed_line_is_damage(tmp_path):
    """A gap in the numbers is noticed although every line is whole."""
    place = place_in(tmp_path)
    groups = write_groups(place, GROUPS)
    place.segment(1).write_bytes(groups[0] + groups[2] + groups[3])

    assert "records 2 to 3 are not readable" in _open(place)[2][0]


def test_records_that_a_checkpoint_knew_are_damage_where_they_are_missing(tmp_path):
    """A bad end is no torn tail if a checkpoint says that it once was durable."""
    place = place_in(tmp_path)
    groups = write_groups(place, GROUPS)
    place.segment(1).write_bytes(b"".join(groups[:3])[:-4])

    assert [gap.offset for gap in _scanned(place, durable=4).torn]
    assert not _scanned(place, durable=8).torn
    assert _scanned(place, durable=8).damage


def test_a_group_that_was_written_again_counts_once(tmp_path):
    """After a failed sync the group stands in two segments; the same number and CRC is one record."""
    place = place_in(tmp_path)
    groups = write_groups(place, GROUPS)
    place.segment(1).write_bytes(b"".join(groups)[:-30])
    place.segment(2).write_bytes(groups[3])
    session, tail, damage, torn = _open(place)

    assert (session.spend["m"].replies, damage, torn) == (2, [], ())
    assert (tail.segment, tail.next_sequence) == (2, 9)
    assert _sequences(place) == list(range(1, 9))


def test_a_group_that_reached_the_disk_in_part_before_it_was_written_again_is_whole(tmp_path):
    """A failed sync may have written the last line of a group and not its first; none is lost."""
    place = place_in(tmp_path)
    *before, last = write_groups(place, GROUPS)
    spoilt = b"\0" * 40 + last[40:]
    later = codec.encode(outcome("c.txt"), 9, group=9, time=TIME)
    place.segment(1).write_bytes(b"".join(before) + spoilt)
    place.segment(2).write_bytes(last + later)
    _, tail, damage, torn = _open(place)

    assert (damage, torn, tail.next_sequence) == ([], (), 10)
    assert _sequences(place) == list(range(1, 10))


def test_the_same_number_with_another_content_is_reported(tmp_path):
    """The first of two records with one number counts."""
    place = place_in(tmp_path)
    write_groups(place, GROUPS)
    other = codec.encode(outcome("x.txt"), 8, group=6, time=TIME)
    place.segment(2).write_bytes(other)
    session, _, damage, _ = _open(place)

    assert "another content" in damage[0]
    assert session.status("x.txt") is None


def test_garbage_is_no_journal_and_breaks_nothing(tmp_path):
    """A file of noise opens as an empty session; its bytes are kept."""
    place = place_in(tmp_path)
    noise = random.Random(1).randbytes(5000)
    place.segment(1).write_bytes(noise)
    session, tail, _, torn = _open(place)

    assert (session.total, tail) == (0, Tail(1, 0, 1))
    assert (tmp_path / torn[0]).read_bytes() == noise


def test_recovery_that_is_interrupted_is_taken_up_again(tmp_path):
    """A crash after the whole lines were moved and before the cut leaves them twice, and counts once."""
    place = place_in(tmp_path)
    *before, last = write_groups(place, GROUPS)
    lines = last.split(b"\n")
    place.segment(1).write_bytes(b"".join(before) + lines[0] + b"\nbad\n" + lines[2] + b"\n")
    place.segment(2).write_bytes(lines[2] + b"\n")

    for _ in range(2):
        session, tail, damage, _ = _open(place)
        assert (damage, tail.next_sequence, session.completed) == ([], 9, 2)

    _append(place, tail)
    assert _open(place)[2] == []


def test_a_journal_is_made_durable_before_it_is_believed(tmp_path):
    """After kill -9 whole lines may lie in the page cache only; each segment is synced first."""
    place, files = place_in(tmp_path), NotingFiles()
    groups = write_groups(place, GROUPS)
    place.segment(2).write_bytes(groups[3])

    with opened(files, place):
        before = files.done[: files.done.index("read")]

    assert before[-3:] == ["sync", "sync", "sync_folder"]


def test_the_journal_goes_on_behind_damage_at_its_end(tmp_path):
    """The damaged line is left as it is, does not swallow the next one, and stays reported."""
    place = place_in(tmp_path)
    write_groups(place, GROUPS)
    view = checkpoint.view(_open(place)[0], time=TIME, segments=[place.segment(1).name])
    place.checkpoint.write_bytes(b"".join(checkpoint.encode(view)))
    damaged = place.segment(1).read_bytes()[:-4]
    place.segment(1).write_bytes(damaged)
    _, tail, damage, torn = _open(place)

    assert ("record 8 is not readable" in damage[0], torn) == (True, ())
    assert tail == Tail(2, 0, 9)

    _append(place, tail)
    assert _open(place)[2] == damage
    assert place.segment(1).read_bytes() == damaged
    assert _sequences(place) == [1, 2, 3, 4, 5, 6, 7, 9]


def _scanned(place, *, durable: int) -> Scan:
    scan = Scan(QuickFiles(), place, durable=durable)
    list(scan)

    return scan
