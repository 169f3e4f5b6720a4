"""A session seen through its files: what is appended is followed, and who works on it is told."""

from __future__ import annotations

import os
import re
import socket

import orjson
import pytest
from rich.console import Console

from robasync.app.monitoring import Monitor
from robasync.cli.screen import screen, words
from robasync.model import Status
from robasync.service.monitor import Pace
from robasync.service.status import State
from robasync.store.files import DiskFiles
from robasync.store.following import Following
from robasync.store.found import look
from robasync.store.lock import held
from robasync.store.opening import read_only
from robasync.store.sealing import PLAIN
from tests import stores

FILES = DiskFiles()
GROUPS = (
    [stores.started(4, workers=2, config={"service": {"watch": True}})],
    [stores.batch_started(1, "a.txt", "b.txt")],
    [stores.intent(1), stores.intent(2)],
    [stores.reply(1), stores.outcome("a.txt")],
    [stores.outcome("b.txt", Status.FAILED)],
)


@pytest.fixture
def place(tmp_path):
    """Return the place of a session with two outcomes of four, and an open call."""
    place = stores.place_in(tmp_path)
    stores.write_groups(place, GROUPS)

    return place


def monitor(place):
    """Return what watches the session at ``place``."""
    return Monitor(look(FILES, place, lambda _: PLAIN))


def hold(place, *, host, pid):
    """Leave the name of a holder, as a process does that is killed."""
    place.lock.touch()
    name = {"host": host, "pid": pid, "since": "2024-12-01T14:00:00+01:00"}
    place.lock.with_name(f"{place.lock.name}.holder").write_bytes(orjson.dumps(name))


def test_what_is_appended_is_read_and_nothing_else(place):
    """After any number of looks the session is what one reading of the whole gives, each record seen once."""
    seen = []
    following = Following(FILES, place, watch=lambda _, entry: seen.append(entry.sequence))

    for end in range(1, len(GROUPS) + 1):
        stores.write_groups(place, GROUPS[:end])
        following.look()
        following.look()

    assert seen == list(range(1, 8))
    assert following.session.completed == read_only(FILES, place).completed == 1


def test_a_line_that_is_not_whole_waits_for_the_next_look(place):
    """Half a line is no record and no damage; once it is whole it counts."""
    whole = place.segment(1).read_bytes()
    place.segment(1).write_bytes(whole[:-9])
    following = Following(FILES, place, watch=lambda *_: None)
    following.look()
    before = following.session.failed
    place.segment(1).write_bytes(whole)
    following.look()

    assert (before, following.session.failed) == (0, 1)


def test_a_journal_that_was_begun_anew_is_read_anew(place):
    """What does not lie where it was read is not believed any more."""
    following = Following(FILES, place, watch=lambda *_: None)
    following.look()
    stores.write_groups(place, [[stores.started(9)]])
    following.look()

    assert (following.session.total, following.session.completed) == (9, 0)


def test_another_record_at_the_same_place_is_seen(place):
    """A journal that was repaired has the same numbers and the same lengths, and other contents."""
    following = Following(FILES, place, watch=lambda *_: None)
    following.look()
    stores.write_groups(place, [*GROUPS[:-1], [stores.outcome("c.txt", Status.FAILED)]])
    following.look()

    assert (following.session.status("b.txt"), following.session.status("c.txt")) == (None, Status.FAILED)


def test_nobody_at_work_is_said_with_the_way_on(place):
    """Who looks after an end learns what is left, and the command."""
    sight = monitor(place).look()

    assert sight.status.state is State.STOPPED
    assert words(sight).startswith("Nobody works on this session now; 2 studies are left; continue with: ")
    assert words(sight).endswith(f"robasync resume -s {sight.status.name}")
    assert (sight.status.uncertain, sight.status.calls_in_flight) == (1, None)


def test_who_holds_the_lock_works(place):
    """A living process is named; its open calls are under way."""
    with held(FILES, place):
        sight = monitor(place).look()

    assert sight.status.state is State.WORKING
    assert sight.worker.startswith(f"process {os.getpid()} on {socket.gethostname()}")


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ([stores.workers_changed(0)], State.PAUSED),
        ([stores.workers_changed(0), stores.workers_changed(3)], State.WORKING),
        ([stores.outcome("c.txt"), stores.outcome("d.txt"), stores.reply(2)], State.WAITING),
        ([stores.outcome("c.txt"), stores.outcome("d.txt")], State.WORKING),
    ],
)
def test_what_a_run_does_is_told_by_its_records(place, more, state):
    """A pause, its end, and a watched folder with nothing left and no call under way."""
    with held(FILES, place):
        hold(place, host="elsewhere", pid=1)
        stores.write_groups(place, [*GROUPS, more])

        assert monitor(place).look().status.state is state


def test_a_killed_process_does_not_work(place):
    """Its name stays beside the lock, and is not believed; the lock is not touched for that."""
    hold(place, host=socket.gethostname(), pid=2**22 + 1)

    with held(FILES, place):
        hold(place, host=socket.gethostname(), pid=2**22 + 1)

        assert monitor(place).look().worker == ""


def test_a_holder_elsewhere_is_believed_as_long_as_its_lock_is(place):
    """Over a shared folder the lock decides: pids mean nothing there."""
    hold(place, host="elsewhere", pid=1)
    free = monitor(place).look().worker

    with held(FILES, place):
        hold(place, host="elsewhere", pid=1)
        taken = monitor(place).look().worker

    assert free == ""
    assert taken.startswith("process 1 on elsewhere")


def test_a_look_changes_nothing(place, tmp_path):
    """Neither a file nor a time of one."""
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    monitor(place).look()

    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_folder_that_goes_away_keeps_what_was_seen(place):
    """A share that does not answer costs a line of the screen, not the screen."""
    watching = monitor(place)
    before = watching.look()
    place.segment(1).rename(place.folder / "away")
    after = watching.look()

    assert after.status == before.status
    assert after.problem.startswith("The journal cannot be read just now: ")


def test_names_steer_no_terminal(place):
    """A document's name is a stranger's."""
    stores.write_groups(place, [*GROUPS, [stores.outcome("\x1b]0;gone\x07\x9b2J.txt", Status.FAILED)]])
    console = Console(width=100, record=True, force_terminal=False)

    with console.capture() as drawn:
        console.print(screen(monitor(place).look(), console.width))

    assert "gone" in drawn.get()
    assert not {"\x1b", "\x07", "\x9b"} & set(drawn.get())


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_screen_fits(place, width):
    """Numbers are whole on a narrow terminal too; what is cut is seen to be; no line is too long."""
    console = Console(width=width, force_terminal=False)
    stores.write_groups(place, [*GROUPS, [stores.outcome("long " * 20, Status.FAILED)]])

    with console.capture() as drawn:
        console.print(screen(monitor(place).look(), width))

    lines = drawn.get().splitlines()
    assert {len(line) for line in lines} == {min(width, 110)}
    assert [line for line in lines if "long" in line and "…" in line]
    assert not re.search(r"\d…", drawn.get())


def test_the_pace_is_that_of_the_last_minutes():
    """Work before a pause, or before the window, does not count."""
    pace = Pace(window=100)
    pace.begin(1_000)

    for time in range(1_000, 1_200, 2):
        pace.add(time)

    assert pace.rate(1_200) == pytest.approx(0.5, rel=0.05)
    assert pace.rate(1_400) == 0
    pace.begin(2_000)
    assert pace.rate(2_010) == 0


def test_a_pace_whose_beginning_was_not_seen():
    """The first outcome that is known begins the time that is known."""
    pace = Pace(window=100)

    for time in (1_000, 1_010, 1_020):
        pace.add(time)

    assert pace.rate(1_020) == pytest.approx(0.1)
