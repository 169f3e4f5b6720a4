"""Disks that refuse: a full one, a small one, a file where a folder should be."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.books import Books, billed, read_checkpoint
from tests.acceptance.harness import Command, outcomes, robasync, serving, settings

CAP = "ROBASYNC_COST_TRACKING__MAX_COST_THRESHOLD"
WAITS = "Waiting for disk space"
RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")


@pytest.fixture
def server():
    with serving() as running:
        yield running


@contextmanager
def disk(folder, size: str):
    """Mount a disk of its own, in memory, at ``folder``; skip where that is not allowed."""
    folder.mkdir()

    with mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "none"):
        yield


@contextmanager
def image(folder, kind: str, *flags: str):
    """Mount a file system of 64 MiB in a file at ``folder``; skip where that is not allowed."""
    folder.mkdir()
    file = folder.with_suffix(".image")
    file.write_bytes(b"")
    os.truncate(file, 64 * 1024 * 1024)
    do(f"mkfs.{kind}", "-q", "-m", "0", *flags, file)

    with mounted(folder, "-o", "loop", file):
        yield


@contextmanager
def mounted(folder, *source):
    """Mount ``source`` at ``folder`` until this process leaves it, or ends in whatever way."""
    do("mount", *source, folder)
    end = ["sh", "-c", 'read -r _; exec umount --lazy "$1"', "sh", folder]

    with subprocess.Popen(end, stdin=subprocess.PIPE, start_new_session=True) as keeper:
        yield

    assert keeper.returncode == 0


def do(*command) -> None:
    """Run a command of the system; skip where that is not allowed."""
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk of its own can be made here: {error}")


def fill(path) -> None:
    """Take what is left of the disk."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


def test_a_disk_that_is_too_small_lets_no_call_begin(tmp_path, server):
    """Nothing is bought that could not be recorded: exit 5, two lines, resumable."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, server.url)

    with disk(tmp_path / "checkpoints", "4m"):
        ended = robasync(*RUN, "--json", cwd=tmp_path)

    assert ended.code == 5
    assert "no call is made" in ended.facts["stopped_by"]
    assert len(ended.facts["stopped_by"].splitlines()) <= 2
    assert ended.facts["left"] == 3
    assert server.counts["requests"] == 0


def test_a_disk_that_fills_up_has_room_for_all_calls_in_flight(tmp_path, server):
    """Their space is allocated; then no call begins until there is space, and nothing differs."""
    reports.write(tmp_path / "in", 30)
    settings(tmp_path, server.url)
    ballast = tmp_path / "checkpoints" / "ballast"
    server.change(latency=0.5, padding=1_000_000)

    with disk(tmp_path / "checkpoints", "80m"):
        command = Command(*RUN, "-w", 3, "--json", cwd=tmp_path)
        server.wait(6, billed=3)
        fill(ballast)
        command.until(WAITS)
        ballast.unlink()
        ended = command.end()
        books = Books(tmp_path)

    assert ended.code == 0, ended.err
    assert "0 answers held" in ended.err
    assert ended.facts["answers_not_saved"] == []
    is_as_if_nothing_had_happened(tmp_path, server, books)


def test_the_last_checkpoint_finds_its_space_on_a_full_disk(tmp_path, server):
    """What was held for it is enough, beside the one that it replaces; it knows all that is recorded."""
    reports.write(tmp_path / "in", 30)
    settings(tmp_path, server.url, parallel={"grace_seconds": 2})
    server.change(latency=0.5, padding=1_000_000)

    with disk(tmp_path / "checkpoints", "80m"):
        command = Command(*RUN, "-w", 3, cwd=tmp_path)
        server.wait(6, billed=3)
        fill(tmp_path / "checkpoints" / "ballast")
        command.until(WAITS)
        command.signal(signal.SIGINT)
        ended = command.end()
        books, last = Books(tmp_path), read_checkpoint(tmp_path)

    assert "Checkpoint saved" in ended.err
    assert last.sequence == books.lines[-1]["seq"]
    assert last.content["completed_documents"] == len(books.of("outcome"))


def test_answers_wait_in_memory_for_a_disk_that_is_full(tmp_path, server):
    """Where space cannot be allocated, a full disk refuses answers: they are held, and written later."""
    reports.write(tmp_path / "in", 12)
    settings(tmp_path, server.url)
    ballast = tmp_path / "checkpoints" / "ballast"
    server.change(latency=0.5)

    with image(tmp_path / "checkpoints", "ext2"):
        command = Command(*RUN, "-w", 3, "--json", cwd=tmp_path)
        server.wait(6, billed=3)
        fill(ballast)
        server.wait(6, billed=6)
        command.until(WAITS)
        ballast.unlink()
        ended = command.end()
        books = Books(tmp_path)

    assert ended.code == 0, ended.err
    assert "There is disk space again" in ended.err
    is_as_if_nothing_had_happened(tmp_path, server, books)


@pytest.mark.parametrize("signals", [[signal.SIGTERM, signal.SIGTERM], [signal.SIGINT]])
def test_a_stop_while_answers_wait_names_each_that_is_not_saved(tmp_path, server, signals):
    """Exit 5 and the exact list, at once or after the grace; what was recorded is never bought again."""
    reports.write(tmp_path / "in", 12)
    settings(tmp_path, server.url, parallel={"grace_seconds": 2})
    ballast = tmp_path / "checkpoints" / "ballast"
    server.change(latency=0.5)

    with image(tmp_path / "checkpoints", "ext2"):
        command = Command(*RUN, "-w", 3, "--json", cwd=tmp_path)
        server.wait(6, billed=3)
        fill(ballast)
        server.wait(6, billed=6)
        command.until(WAITS)

        for number, acknowledged in zip(signals, ("finishing the calls", "ending the calls"), strict=False):
            command.signal(number)
            command.until(acknowledged)

        ended = command.end()
        ballast.unlink()
        finishes_what_is_left(tmp_path, server, ended)


def test_a_disk_that_turns_read_only_is_a_disk_that_refuses(tmp_path, server):
    """The run waits; stopped meanwhile it ends with 5 and names what is not saved."""
    reports.write(tmp_path / "in", 12)
    settings(tmp_path, server.url, parallel={"grace_seconds": 2})
    server.change(latency=0.5)

    with image(tmp_path / "checkpoints", "ext4", "-e", "remount-ro"):
        command = Command(*RUN, "-w", 3, "--json", cwd=tmp_path)
        server.wait(6, billed=3)
        break_down(tmp_path / "checkpoints")
        server.wait(6, billed=6)
        command.until(WAITS)
        command.signal(signal.SIGTERM)
        ended = command.end()

    assert "Read-only file system" in ended.err

    with mounted(tmp_path / "checkpoints", "-o", "loop", tmp_path / "checkpoints.image"):
        finishes_what_is_left(tmp_path, server, ended)


def break_down(folder) -> None:
    """Have the system find an error in the file system at ``folder``, which makes it read-only."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    (device,) = [Path(source).name for source, target, *_ in mounts if target == str(folder)]

    try:
        Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("1")
    except OSError as error:
        pytest.skip(f"no file system can be broken here: {error}")


def is_as_if_nothing_had_happened(folder, server, books) -> None:
    """See that each body was billed once, every record is there, and results are those of a quiet run."""
    bought = billed(server.bills)
    assert set(bought.values()) == {1}
    assert len(bought) == len(list((folder / "in").iterdir()))
    assert books.has_no_gaps
    assert books.uncertain.total() == 0

    server.change(latency=0, padding=0)
    (folder / "quiet").mkdir()
    quiet = robasync(
        "run", "-c", "../settings.json", "-i", "../in", "-o", "out", "--new", cwd=folder / "quiet"
    )
    assert quiet.code == 0
    assert outcomes(folder / "out") == outcomes(folder / "quiet" / "out")


def finishes_what_is_left(folder, server, ended) -> None:
    """See that what was not saved was named, with its cost; a resume buys that, and what is left, alone."""
    assert ended.code == 5, ended.err
    assert "Traceback" not in ended.err
    before = billed(server.bills)
    safe = {line["body"]["document"] for line in Books(folder).of("reply")}
    assert sorted(ended.facts["answers_not_saved"]) == sorted(set(before) - safe)
    assert len(safe) >= 3
    assert f"Not saved: {len(before) - len(safe)} answer" in ended.err
    assert ended.facts["cost_not_saved"] > 0

    server.change(latency=0)
    resumed = robasync("resume", "--json", cwd=folder)
    after, books = billed(server.bills), Books(folder)
    assert (resumed.code, resumed.facts["assessed"]) == (0, 12), resumed.err
    assert {name: times for name, times in after.items() if times > 1} == dict.fromkeys(set(before) - safe, 2)
    assert books.has_no_gaps
    assert books.asked_again == []


def test_a_full_disk_for_the_reports_names_what_to_do_next(tmp_path, server):
    """Exit 5 with what is safe: the resume while work is left, the report once there is none."""
    reports.write(tmp_path / "in", 4)
    settings(tmp_path, server.url)
    server.change(first={"none": 1, "hang": 3})

    with disk(tmp_path / "out", "4m"):
        command = Command(*RUN, "-w", 1, cwd=tmp_path)
        server.wait(2)
        command.kill()
        command.end()
        server.change(first={})
        fill(tmp_path / "out" / "ballast")
        capped = robasync("resume", cwd=tmp_path, **{CAP: "0.000001"})
        ended = robasync("resume", cwd=tmp_path, **{CAP: "9"})
        (tmp_path / "out" / "ballast").unlink()
        last = robasync("resume", "--json", cwd=tmp_path)

    assert [one.code for one in (capped, ended, last)] == [5, 5, 0], capped.err
    assert re.search(
        r"1 of 4 studies are safe; continue with: robasync resume -s rob_session_\w+\n", capped.out
    )
    assert "Reports cannot be written to out" in capped.err
    assert "No space left on device" in capped.err
    assert "4 studies: 4 assessed, 0 refused, 0 failed, 0 left" in ended.out
    assert re.search(r"Reports of what is there: robasync report -s rob_session_\w+\n", ended.out)
    assert "continue with" not in ended.out
    assert last.facts["assessed"] == 4


def test_a_file_in_place_of_the_checkpoint_folder(tmp_path, server):
    """Exit 5 in two lines that name the folder and the setting, before any call."""
    reports.write(tmp_path / "in", 1)
    settings(tmp_path, server.url)
    (tmp_path / "checkpoints").write_text("in the way")
    ended = robasync(*RUN, cwd=tmp_path)

    assert ended.code == 5
    assert "checkpoints" in ended.err
    assert "paths.checkpoint_file" in ended.err
    assert len(ended.err.splitlines()) <= 3  # the first one says that the run starts
    assert server.counts["requests"] == 0


def test_a_file_in_place_of_the_output_folder(tmp_path, server):
    """Exit 5 before anything is asked, paid for or created, with the way out."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, server.url)
    (tmp_path / "out").write_text("in the way")
    before = server.counts["requests"]
    ended = robasync(*RUN, cwd=tmp_path)

    assert ended.code == 5
    assert "-o FOLDER" in ended.err
    assert server.counts["requests"] == before
    assert not (tmp_path / "checkpoints").exists()
