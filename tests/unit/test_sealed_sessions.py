"""Encrypted sessions on the disk: forged, moved and copied."""

from __future__ import annotations

import shutil
import zlib

import pytest

from robasync.errors import SealError
from robasync.records import Position
from robasync.store import checkpoint, codec
from robasync.store.catalogue import Catalogue
from robasync.store.files import DiskFiles
from robasync.store.found import look
from robasync.store.opening import opened, read_only
from robasync.store.packing import Packing
from robasync.store.places import Place
from robasync.store.reading import read_record
from robasync.store.sealing import aes_gcm
from tests.stores import TIME, outcome, place_in, session_of, started

SEAL = aes_gcm(bytes(range(32)))
SESSION = started().body["session_id"]
FILES = DiskFiles()


def seals(clear):
    """Return the only seal there is."""
    return SEAL


def written(place: Place, session: str = SESSION, names: tuple[str, ...] = ("a.txt", "b.txt")) -> list[bytes]:
    """Write the journal of an encrypted session in groups of one; return its lines."""
    seal = place.sealed(SEAL, session=session).seal
    records = [started(session_id=session), *map(outcome, names)]
    lines = [codec.encode(one, n, group=n, time=TIME, seal=seal) for n, one in enumerate(records, 1)]
    place.folder.mkdir(parents=True, exist_ok=True)
    place.segment(1).write_bytes(b"".join(lines))

    return lines


def checkpointed(path: Place, session: str = SESSION) -> None:
    """Write the encrypted checkpoint of an empty session."""
    view = checkpoint.view(
        session_of(started(session_id=session)), time=TIME, segments=["gone.journal.jsonl"]
    )
    packing = Packing(session=session, seal=path.sealed(SEAL, session=session).seal)
    pieces = packing.pack(checkpoint.encode(view), kind="checkpoint")
    path.packed(packing.suffix).write_bytes(b"".join(pieces))


def forged(line: bytes) -> bytes:
    """Return the line with another byte in its body and a checksum that fits."""
    changed = line[:-20] + (b"A" if line[-20:-19] != b"A" else b"B") + line[-19:]

    return b'{"crc":"%08x",%b' % (zlib.crc32(changed[18:-1]), changed[18:])


def test_a_forged_record_is_damage_and_the_others_are_kept(tmp_path):
    """It is named with its place; the document counts as left, and the file stays as it is."""
    place = place_in(tmp_path)
    first, second, third = written(place)
    place.segment(1).write_bytes(first + forged(second) + third)
    before = place.segment(1).read_bytes()

    with opened(FILES, look(FILES, place, seals).place) as session:
        assert [one.offset for one in session.damage] == [len(first)]
        assert "changed or damaged after it was encrypted" in session.damage[0].message
        assert session.session.status("a.txt") is None
        assert session.session.status("b.txt") is not None

    assert place.segment(1).read_bytes() == before


def test_a_record_of_another_session_is_damage(tmp_path):
    """The same key and the same number do not make it fit."""
    place, other = place_in(tmp_path / "one"), place_in(tmp_path / "two", "rob_session_2")
    lines, others = written(place), written(other, "rob_session_2")
    place.segment(1).write_bytes(lines[0] + others[1] + lines[2])

    with opened(FILES, look(FILES, place, seals).place) as session:
        assert [one.offset for one in session.damage] == [len(lines[0])]


def test_records_in_another_order_are_not_believed(tmp_path):
    """A head cannot be put before another body."""
    place = place_in(tmp_path)
    first, second, third = written(place)
    body = second[: codec.read_head(second[:-1]).body_from] + third[codec.read_head(third[:-1]).body_from :]
    swapped = b'{"crc":"%08x",%b' % (zlib.crc32(body[18:-1]), body[18:])
    place.segment(1).write_bytes(first + swapped + third)

    with opened(FILES, look(FILES, place, seals).place) as session:
        assert session.session.status("a.txt") is None
        assert len(session.damage) == 1


def test_a_forged_name_in_clear_opens_nothing(tmp_path):
    """What stands in clear is believed only where the record opens with it."""
    place = place_in(tmp_path)
    lines = written(place)
    head = lines[0].replace(SESSION.encode(), b"rob_session_20991231_000000")
    place.segment(1).write_bytes(b'{"crc":"%08x",%b' % (zlib.crc32(head[18:-1]), head[18:]) + lines[1])

    assert read_only(FILES, look(FILES, place, seals).place).assessed == 0


def test_a_single_record_that_was_forged_is_not_read(tmp_path):
    """An answer that is looked up by its place is checked like all others."""
    place = place_in(tmp_path)
    lines = written(place)
    place.segment(1).write_bytes(lines[0] + forged(lines[1]))
    found = look(FILES, place, seals).place

    with pytest.raises(Exception, match="changed or damaged after it was encrypted") as caught:
        read_record(FILES, found, Position(1, len(lines[0]), len(lines[1])))

    assert caught.value.exit_code == 5


def test_a_copied_checkpoint_leads_to_its_session(tmp_path):
    """A sealed checkpoint says in clear whose it is, wherever it was copied to."""
    place = place_in(tmp_path)
    written(place)
    copy = Place(tmp_path / "elsewhere" / "kept.checkpoint.json")
    copy.folder.mkdir()
    checkpointed(copy)

    for name in (str(copy.packed(".sealed")), SESSION, f"{SESSION}.checkpoint.json.sealed"):
        found = Catalogue(FILES, tmp_path, seals).find(name)

        assert (found.place, found.id, found.has_journal) == (place, SESSION, True)


def test_a_session_gives_way_with_its_sealed_checkpoint(tmp_path):
    """All of its files are renamed, and it stays findable by its id."""
    place = place_in(tmp_path, "assessment")
    written(place)
    checkpointed(place)
    moved = Catalogue(FILES, tmp_path, seals).make_way(place, session="rob_session_3")

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"assessment.{SESSION}.checkpoint.json.sealed",
        f"assessment.{SESSION}.journal.jsonl",
    ]
    assert Catalogue(FILES, tmp_path, seals).find(SESSION).place == moved


def test_where_the_first_record_is_lost_the_checkpoint_names_the_key(tmp_path):
    """The other records are opened all the same."""
    place = place_in(tmp_path)
    lines = written(place)
    checkpointed(place)
    place.segment(1).write_bytes(b"x" * len(lines[0][:-1]) + b"\n" + lines[1] + lines[2])

    assert read_only(FILES, look(FILES, place, seals).place).status("b.txt") is not None


def test_a_catalogue_without_keys_lists_encrypted_sessions(tmp_path):
    """Other sessions in the folder are no reason to fail; only opening them is refused."""
    place = place_in(tmp_path)
    written(place)
    checkpointed(place)
    shutil.copy(place.packed(".sealed"), tmp_path / "copy.checkpoint.json.sealed")
    (found,) = Catalogue(FILES, tmp_path).sessions()

    assert found.id == SESSION

    with pytest.raises(SealError, match="no key is given"):
        read_only(FILES, found.place)
