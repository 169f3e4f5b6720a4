"""One writer each for a session, its checkpoint path and an output folder; the others are told who it is."""

from __future__ import annotations

import os
import socket

import pytest

from robasync.errors import SessionLocked, StorageError
from robasync.store.files import DiskFiles
from robasync.store.lock import held, locked
from robasync.store.places import Place

FILES = DiskFiles()


def _locked(path):
    return locked(FILES, path, what="the output folder out", option="-o FOLDER")


def test_the_refusal_names_what_is_held_by_whom_since_when(tmp_path):
    """Two lines: what, process, host and time; and what to do next."""
    with _locked(tmp_path / "a.lock"), pytest.raises(SessionLocked) as raised, _locked(tmp_path / "a.lock"):
        pass

    first, second = str(raised.value).splitlines()
    holder = f"process {os.getpid()} on {socket.gethostname()} since 20"
    assert first.startswith(f"the output folder out is being written by {holder}")
    assert second == "Wait until it ends, or stop it."


@pytest.mark.parametrize("name", [b"", b"not JSON", b"[]", b'{"pid": 1}', b"\xff"])
def test_a_holder_that_cannot_be_read_is_another_process(tmp_path, name):
    """The lock counts, whatever stands in the file with the name."""
    with _locked(tmp_path / "a.lock"):
        (tmp_path / "a.lock.holder").write_bytes(name)

        with pytest.raises(SessionLocked, match="by another process"), _locked(tmp_path / "a.lock"):
            pass


def test_the_name_of_a_dead_holder_keeps_nobody_out(tmp_path):
    """The system freed its lock; the name is overwritten, whatever its length."""
    (tmp_path / "a.lock.holder").write_bytes(b"x" * 5000)

    with (
        _locked(tmp_path / "a.lock"),
        pytest.raises(SessionLocked, match=f"process {os.getpid()}"),
        _locked(tmp_path / "a.lock"),
    ):
        pass


def test_two_spellings_of_a_checkpoint_path_are_one_session(tmp_path):
    """``a.json`` and ``a.checkpoint.json`` would share a journal, so they share the lock."""
    (tmp_path / "again").symlink_to(tmp_path)

    for other in (tmp_path / "a.checkpoint.json", tmp_path / "again" / "a.json"):
        with held(FILES, Place(tmp_path / "a.json")), pytest.raises(SessionLocked), held(FILES, Place(other)):
            pass


def test_a_disk_that_takes_no_lock_is_named(tmp_path):
    """With the option that names another place."""
    (tmp_path / "file").touch()

    with (
        pytest.raises(StorageError, match="name another with -o FOLDER"),
        _locked(tmp_path / "file" / "a.lock"),
    ):
        pass
