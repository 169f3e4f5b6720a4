"""Damage and forgery at the level of the store: what is believed, what is refused, what is left alone."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robasync import image
from robasync.errors import CheckpointError, LaterVersion, RobasyncError
from robasync.findings import Level
from robasync.records import Kind, Record
from robasync.session import Session
from robasync.store import checkpoint, codec, renewal, restoring
from robasync.store.catalogue import Catalogue
from robasync.store.found import look
from robasync.store.fsck.check import check
from robasync.store.opening import opened, outlined, read_only
from robasync.store.places import Place
from tests.stores import (
    TIME,
    QuickFiles,
    batch_started,
    intent,
    journal,
    outcome,
    place_in,
    reply,
    session_of,
    started,
    write_groups,
)

FILES = QuickFiles()
ID = "rob_session_20241201_143022"
FORGED_IDS = ["../../x", "/x", "a/b", "x" * 101, "", ".hidden", "-rf", "$(x)", "a b", "x\0y", "ü"]


def _content(session: Session, *, time: str = TIME) -> bytes:
    return b"".join(checkpoint.encode(checkpoint.view(session, time=time, segments=[f"{ID}.journal.jsonl"])))


def _whole() -> Session:
    return session_of(started(), batch_started(1, "a"), intent(1), reply(1), outcome("a"), intent(2, "b"))


def _line(number: int, record: Record) -> bytes:
    return codec.encode(record, number, group=number, time=TIME)


def test_every_flipped_bit_of_a_checkpoint_is_noticed_or_harmless():
    """Each byte, in two ways: the file is refused, or says what it said before."""
    data = _content(session_of(started(), outcome("a")))
    whole = checkpoint.parse(data, name="x.json")

    for at in range(len(data)):
        for bit in (1, 32):
            flipped = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]

            try:
                assert checkpoint.parse(flipped, name="x.json") == whole
            except CheckpointError as error:
                assert not isinstance(error, LaterVersion)


class Fenced(QuickFiles):
    """The real disk, of which only one folder may be touched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, path: Path) -> int:
        """See ``Files``."""
        return super().open(self._inside(path))

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """See ``Files``."""
        return super().read(self._inside(path), offset, length)

    def size(self, path: Path) -> int:
        """See ``Files``."""
        return super().size(self._inside(path))

    def rename(self, source: Path, target: Path) -> None:
        """See ``Files``."""
        super().rename(self._inside(source), self._inside(target))

    def remove(self, path: Path) -> None:
        """See ``Files``."""
        super().remove(self._inside(path))

    def names(self, folder: Path) -> list[str]:
        """See ``Files``."""
        assert folder == self.folder

        return super().names(folder)

    def _inside(self, path: Path) -> Path:
        assert Path(os.path.normpath(path)).parent == self.folder, path

        return path


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [*started().body, "spent", "started", "encryption_key", "sealed", "batch", "documents", "document"]
BODIES = VALUES | st.dictionaries(st.sampled_from(FIELDS), VALUES | st.sampled_from(FORGED_IDS), max_size=6)
FORGED = st.builds(
    lambda kind, body, number: _line(number, Record(kind, body, "ab" * 32)),
    st.sampled_from([*Kind, "a_later_kind"]),
    st.builds(
        lambda body, base: {**base, **body} if isinstance(body, dict) else body,
        BODIES,
        st.sampled_from(
            [{}, started().body, intent(1).body, reply(1, raw="x").body, batch_started(1, "a").body]
        ),
    ),
    st.integers(1, 10**18 - 1),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200) | FORGED)
def test_any_first_line_of_a_journal_leads_nowhere(tmp_path_factory, line):
    """Looking, finding, opening and making way raise nothing but errors of ours, and stay in the folder."""
    folder = tmp_path_factory.mktemp("forged")
    files, place = Fenced(folder), place_in(folder)
    place.segment(1).write_bytes(line + _line(2, outcome("a")))
    catalogue = Catalogue(files, folder)

    for deed in (
        lambda: look(files, place),
        lambda: catalogue.find(ID),
        lambda: outlined(files, place),
        lambda: _open(files, place),
        lambda: catalogue.make_way(place, session="another"),
    ):
        try:
            deed()
        except RobasyncError as error:
            assert len(str(error).splitlines()) <= 2


def _open(files: QuickFiles, place: Place) -> None:
    with opened(files, place) as found:
        session = found.session
        checkpoint.parse(_content(session), name="x")
        image.restore(orjson.loads(codec.dump(image.take(session).facts)), _parts(session))


def _parts(session: Session):
    parts = {name: b"".join(pieces) for name, pieces in image.parts(image.take(session))}

    return parts.__getitem__


@pytest.mark.parametrize("forged", FORGED_IDS)
def test_an_id_that_none_can_have_is_not_believed(tmp_path, forged):
    """Not from a journal, and not from a checkpoint: the session goes by the name of its files."""
    place = place_in(tmp_path, "assessment")
    write_groups(place, [[started(session_id=forged)], [outcome("a")]])
    found = look(Fenced(tmp_path), place)
    assert (found.id, found.is_begun) == ("assessment", False)

    place.checkpoint.write_bytes(_content(session_of(started(session_id=forged))))
    assert look(Fenced(tmp_path), place).id == "assessment"
    assert Catalogue(Fenced(tmp_path), tmp_path).make_way(place, session="new").folder == tmp_path


def test_making_way_replaces_no_other_sessions_files(tmp_path):
    """Where the name is taken, perhaps by one who forged the id, a number is added."""
    place, aside = place_in(tmp_path, "one"), place_in(tmp_path, "one.old")
    write_groups(place, [[started(session_id="old")]])
    (kept,) = write_groups(aside, [[started(session_id="older")]])
    moved = Catalogue(FILES, tmp_path).make_way(place, session="new")

    assert moved == place_in(tmp_path, "one.old_2")
    assert aside.segment(1).read_bytes() == kept


@pytest.mark.parametrize(
    "forged",
    [
        batch_started(1, "a\0b"),
        started(total=-1),
        started(total=2**62),
        intent(1, reserved=-1e9),
        intent(1, reserved="0.5"),
        reply(1, cost=-1.0),
        reply(1, cost=1e300),
        reply(1, usage={"input_tokens": 2**62, "output_tokens": 1}),
        Record(Kind.OUTCOME, {"document": "a", "status": "wonderful"}),
        Record(Kind.SESSION_RESUMED, ["total"]),
    ],
    ids=str,
)
def test_a_record_that_cannot_be_is_damage_and_changes_nothing(tmp_path, forged):
    """Its checksum is right, so somebody wrote it; the others count, and an index can be written."""
    place = place_in(tmp_path)
    write_groups(place, [[started()], [outcome("a")], [forged]])

    with opened(FILES, place) as found:
        assert [damage.message[:8] for damage in found.damage] == ["record 3"]
        assert (found.session.completed, found.session.spent, found.session.reserved) == (1, 0, 0)
        _parts(found.session)
        checkpoint.parse(_content(found.session), name="x")


def test_records_of_a_later_version_stop_before_anything_is_changed(tmp_path):
    """Its version is named; not even a torn end is cut. Reading is no harm."""
    place = place_in(tmp_path)
    resumed = Record(Kind.SESSION_RESUMED, {"robasync": "9.1"})
    lines = [_line(1, started()), _line(2, resumed), _line(3, Record("consensus", {})), b'{"crc":"']
    place.segment(1).write_bytes(b"".join(lines))

    with (
        pytest.raises(LaterVersion, match=r"(?s)9\.1.*consensus.*Resume with that version"),
        opened(FILES, place),
    ):
        pass

    assert place.segment(1).read_bytes() == b"".join(lines)
    assert read_only(FILES, place).version == "9.1"


async def test_a_clock_that_jumps_back_changes_nothing(tmp_path):
    """Records, checkpoints and backups are ordered by their number in the journal."""
    place, years = place_in(tmp_path), iter(("2030", "2020", "1999"))

    async with journal(FILES, place, clock=lambda: f"{next(years)}-01-01T00:00:00.000000+00:00") as writing:
        for record in (started(), outcome("a"), outcome("a", digest="cd" * 32)):
            await writing.append(record)

    with opened(FILES, place) as found:
        assert found.session.documents.digest("a") == "cd" * 32
        assert found.session.last_sequence == 3

    early, late = session_of(started()), session_of(started(), outcome("a"))
    place.checkpoint.write_bytes(_content(early, time="2030-01-01T00:00:00.000000+00:00"))
    (tmp_path / "b.json").write_bytes(_content(late, time="1999-01-01T00:00:00.000000+00:00"))
    assert restoring.newest_backup(FILES, place, folder=tmp_path, session=ID) == (tmp_path / "b.json", 2)
    assert renewal.newest(FILES, place, folder=tmp_path, session=ID)[1].sequence == 2


def _renewed(known: checkpoint.Checkpoint) -> list[Record]:
    return [
        renewal.started(known, path=Path("x.json"), facts={}),
        *renewal.uncertain(known, model="m"),
        outcome("a"),
    ]


def test_a_journal_begun_anew_keeps_what_was_spent_and_older_copies_stay_older(tmp_path):
    """Costs by model and uncertain calls hold; its numbers go on, so that nothing seems to be missing."""
    place, before = place_in(tmp_path), _whole()
    place.checkpoint.write_bytes(_content(before))
    known = restoring.newest(FILES, place)
    renewal.write(FILES, place, _renewed(known), after=known.sequence)

    with opened(FILES, place) as found:
        session = found.session
        assert (found.damage, found.restored) == ((), "")
        assert found.tail.next_sequence == before.last_sequence + 4
        assert (session.id, session.spend, session.reserved) == (ID, before.spend, before.reserved)
        assert (session.config, session.total, session.completed) == (before.config, before.total, 1)
        assert len(session.uncertain) == len(before.uncertain)


class Dying(QuickFiles):
    """The real disk, whose ``at``-th change fails, as the process might end there."""

    def __init__(self, at: int) -> None:
        self.left = at

    def open(self, path: Path) -> int:
        """See ``Files``."""
        self._step()

        return super().open(path)

    def write(self, handle: int, data: bytes) -> None:
        """See ``Files``."""
        super().write(handle, data[: len(data) // 2])
        self._step()
        super().write(handle, data[len(data) // 2 :])

    def sync(self, handle: int) -> None:
        """See ``Files``."""
        self._step()

    def rename(self, source: Path, target: Path) -> None:
        """See ``Files``."""
        self._step()
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        """Remove nothing: a process that ended does not."""

    def _step(self) -> None:
        self.left -= 1

        if self.left == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_journal_begun_anew_is_there_whole_or_not_at_all(tmp_path):
    """Wherever the process ends, it can be begun again; the checkpoint is as it was."""
    place = place_in(tmp_path)
    data = _content(_whole())
    place.checkpoint.write_bytes(data)
    known = restoring.newest(FILES, place)
    ends = 0

    for at in range(1, 20):
        try:
            renewal.write(Dying(at), place, _renewed(known), after=known.sequence)
            break
        except OSError:
            ends += 1
            assert not place.segment(1).exists()
            assert place.checkpoint.read_bytes() == data

    assert ends >= 4
    assert read_only(FILES, place).completed == 1


@pytest.mark.parametrize(
    "forged",
    [
        {"cost_tracking": {"token_usage": {"m": {}}, "cost_by_model": {"m": "free"}}},
        {"cost_tracking": {"token_usage": {"m": 3}}},
        {"cost_tracking": {"token_usage": {"m": {"invented": 1}}}},
        {"total_documents": -1},
        {"session_id": "../x"},
    ],
    ids=str,
)
def test_no_journal_is_begun_from_a_forged_checkpoint(forged):
    """Its checksum is right; what it says is looked at like a record."""
    content = checkpoint.parse(_content(_whole()), name="x").content | forged
    known = checkpoint.Checkpoint(session_id=content["session_id"], sequence=1, segments=(), content=content)

    with pytest.raises(CheckpointError, match=r"no session can be begun from it.\nPut a backup"):
        renewal.started(known, path=Path("x.json"), facts={})


def test_batches_are_taken_over_as_far_as_they_are_some():
    """Documents that are gone, and entries that somebody made up, are left out."""
    content = checkpoint.parse(_content(_whole()), name="x").content
    content["batch_states"] += [
        3,
        {"batch_id": "batch_x", "documents": ["a"]},
        {"batch_id": "batch_2", "documents": [["a"], "gone"]},
    ]
    known = checkpoint.Checkpoint(session_id=ID, sequence=1, segments=(), content=content)

    assert renewal.batches(known, {"a", "b"}) == [(1, ["a"], False)]


def test_a_journal_begun_anew_is_nothing_amiss(tmp_path):
    """Copies from before it are older, and not damaged; the check of a session knows that."""
    place = place_in(tmp_path)
    place.checkpoint.write_bytes(_content(_whole()))
    known = restoring.newest(FILES, place)
    renewal.write(FILES, place, _renewed(known), after=known.sequence)
    report = check(FILES, place, backup_folder=tmp_path, derived=lambda session: ())

    assert {finding.level for finding in report.findings} == {Level.NOTE}
    assert "begun anew at record 7" in report.findings[0].message
