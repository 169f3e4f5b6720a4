"""What facts of a machine mean: pure judgements."""

from __future__ import annotations

from pathlib import Path

import pytest

from robasync.service import doctor
from robasync.service.doctor import Check, State
from robasync.service.machine import FileSystem, Mount, holding, quota
from robasync.store import probing, space
from robasync.store.files import DiskFiles

DISK = FileSystem("ext4", ("rw", "relatime"))


def check(state: State, *, is_storage: bool = False) -> Check:
    """Return a check that came to ``state``."""
    return Check(name="x", state=state, fact="y", is_storage=is_storage)


def test_the_exit_code_tells_disks_from_settings():
    """0 unless something is wrong, 5 if only disks are at fault, else 2; a look never counts."""
    disk, other = check(State.WRONG, is_storage=True), check(State.WRONG)

    assert doctor.exit_code([check(State.OK), check(State.LOOK)]) == 0
    assert doctor.exit_code([check(State.OK), disk]) == 5
    assert doctor.exit_code([disk, other]) == 2


@pytest.mark.parametrize(
    ("limit", "state"), [(None, State.OK), (256, State.OK), (150, State.LOOK), (50, State.WRONG)]
)
def test_open_files_are_held_against_the_workers(limit, state):
    """Fewer descriptors than workers, readers and journal need would break a run."""
    found = doctor.descriptors(limit, workers=48, readers=2)

    assert found.state is state
    assert ("ulimit -n" in found.advice) == (state is not State.OK)


def test_a_quota_below_the_cores_is_told():
    """A container that sees eight cores and gets one and a half is a surprise."""
    assert doctor.cores(8, quota=None).state is doctor.cores(8, quota=8.0).state is State.OK
    assert "gets 1.5" in doctor.cores(8, quota=1.5).fact


def test_the_quota_is_the_least_of_all_groups_above(tmp_path):
    """cpu.max says how much of a period may be used; "max" is no limit."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    membership = tmp_path / "membership"
    membership.write_text("0::/a/b\n")

    assert quota(membership, tmp_path) is None
    (tmp_path / "a" / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "a" / "b" / "cpu.max").write_text("max 100000\n")
    assert quota(membership, tmp_path) == 1.5


@pytest.mark.parametrize(
    ("now", "newest", "drift", "state"),
    [
        (2000.0, 1500.0, 0.2, State.OK),
        (900.0, 0.0, 0.0, State.WRONG),
        (2000.0, 9000.0, 0.0, State.LOOK),
        (2000.0, 2030.0, 0.0, State.OK),
        (2000.0, 0.0, -30.0, State.LOOK),
    ],
)
def test_the_clock_is_held_against_what_was_written_before(now, newest, drift, state):
    """Not before the program was made, nor before the newest journal; and nobody sets it meanwhile."""
    assert doctor.clock(now, built=1000.0, newest=newest, drift=drift).state is state


@pytest.mark.parametrize(
    ("seconds", "system", "words"),
    [
        (0.004, DISK, ""),
        (0.004, None, ""),
        (1e-6, DISK, "may be ignored"),
        (0.5, DISK, "Slow"),
        (0.004, FileSystem("ext4", ("rw", "nobarrier")), "barriers"),
        (1e-7, FileSystem("tmpfs"), "in memory"),
        (0.004, FileSystem("overlay"), "mount a volume"),
        (0.004, FileSystem("nfs4"), "network file system"),
        (0.004, FileSystem("fuse.sshfs"), "network file system"),
    ],
)
def test_a_sync_is_worth_what_its_file_system_is(seconds, system, words):
    """What speaks against a sync is said in words; of many the median counts, not one late one."""
    found = doctor.syncs([seconds, seconds, 9.0], system)

    assert words in found.advice
    assert found.state is (State.LOOK if words else State.OK)


def test_room_counts_for_the_start_and_for_the_end():
    """Too little to begin is wrong, too little to finish worth a look."""

    def state(free: int) -> State:
        return doctor.room(free, needed=100, expected=1000, documents=5).state

    assert (state(99), state(999), state(1000)) == (State.WRONG, State.LOOK, State.OK)
    assert doctor.room(1, needed=2, expected=2, documents=1).is_storage


def test_what_documents_take_grows_with_their_number_and_calls():
    """Sealed journals are a third longer."""
    one = space.expected(documents=1, calls=1, is_sealed=False)

    assert space.expected(documents=10, calls=1, is_sealed=False) == 10 * one
    assert space.expected(documents=1, calls=2, is_sealed=False) > one
    assert space.expected(documents=3, calls=1, is_sealed=True) == 4 * one


def test_the_deepest_mount_holds_a_folder():
    """Of two at one point the later one covers the other; a name that only begins alike is none."""
    root, over = FileSystem("ext4"), FileSystem("overlay")
    mounts = [Mount(Path("/"), root), Mount(Path("/data"), DISK), Mount(Path("/data"), over)]

    assert holding(Path("/data/x"), mounts) is over
    assert holding(Path("/database"), mounts) is root
    assert holding(Path("/x"), []) is None


def test_trying_a_folder_leaves_nothing_behind(tmp_path):
    """So many syncs were measured, and the file is gone; where none can be made that is an OSError."""
    assert len(probing.syncs(DiskFiles(), tmp_path, times=3)) == 3
    assert list(tmp_path.iterdir()) == []

    with pytest.raises(OSError, match="No such file"):
        probing.syncs(DiskFiles(), tmp_path / "missing")
