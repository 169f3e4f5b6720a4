"""New files are handed over once they are complete; nothing is done where nothing comes."""

from __future__ import annotations

import anyio
import pytest

from robasync.batches import further
from robasync.service import arrivals
from robasync.service.inbox import DISTANCE, Facts, Inbox, Settling


class Folder:
    """A real folder, looked at by an inbox whose time passes only while it pauses.

    ``then`` are deeds, one for each pause; after the last one the inbox is left alone.
    """

    def __init__(self, root):
        self.root = root
        self.now = 0.0
        self.looks = 0
        self.look_seconds = 0.0
        self.known = set()
        self.then = []
        self.inbox = Inbox(self.look, settle=2.0, clock=lambda: self.now, pause=self.pause)

    def write(self, name, text, *, mode="w"):
        with (self.root / name).open(mode) as file:
            file.write(text)

        self.inbox.ring()

    def look(self):
        self.looks += 1
        self.now += self.look_seconds
        paths = sorted(self.root.iterdir())

        return {path.name: str(path) for path in paths if path.name not in self.known}

    async def pause(self, seconds):
        if self.then:
            self.then.pop(0)()

        self.now += seconds
        await anyio.lowlevel.checkpoint()

    async def complete(self):
        with anyio.fail_after(20):
            names = await self.inbox.complete()

        self.known.update(names)

        return names


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


async def test_a_file_is_complete_when_it_has_stayed_as_it_is(folder):
    """Not at the first sight of it, and not while a look finds it larger than the one before."""
    folder.write("a.txt", "begin")
    folder.then = [lambda: folder.write("a.txt", ", more", mode="a") for _ in range(3)]

    assert await folder.complete() == ["a.txt"]
    assert folder.now == 4 * 2.0
    assert (folder.root / "a.txt").read_text() == "begin, more, more, more"


async def test_what_is_complete_does_not_wait_for_what_grows(folder):
    """Files of one burst come together, in folder order; one that grows comes later, alone."""
    folder.write("b.txt", "all")
    folder.write("a.txt", "all")
    folder.write("c.txt", "some")
    folder.then = [lambda: folder.write("c.txt", " more", mode="a")]

    assert [await folder.complete(), await folder.complete()] == [["a.txt", "b.txt"], ["c.txt"]]


async def test_an_empty_file_is_waited_for(folder):
    """Its content is still to come, however long that takes."""
    folder.write("a.txt", "")
    folder.then = [lambda: None] * 5 + [lambda: folder.write("a.txt", "text")]

    assert await folder.complete() == ["a.txt"]
    assert folder.now == 7 * 2.0


async def test_a_file_that_is_taken_away_is_forgotten(folder):
    """It comes anew when it comes back."""
    folder.write("a.txt", "text")
    folder.write("b.txt", "text")
    folder.then = [(folder.root / "a.txt").unlink]

    assert await folder.complete() == ["b.txt"]

    folder.write("a.txt", "text")

    assert await folder.complete() == ["a.txt"]


async def test_nothing_is_done_until_somebody_rings(folder):
    """With no file that may grow the inbox waits for the bell; no look, no pause."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(folder.complete)
        await anyio.wait_all_tasks_blocked()
        looks, now = folder.looks, folder.now
        await anyio.wait_all_tasks_blocked()

        assert (folder.looks, folder.now) == (looks, now) == (1, 0.0)

        folder.inbox.ring()
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()


async def test_a_folder_that_takes_long_is_looked_at_seldom(folder):
    """Looks are DISTANCE times their own duration apart, whoever rings; files at hand are not held up."""
    folder.look_seconds = 1.0
    folder.write("a.txt", "text")
    folder.then = [folder.inbox.ring] * 100

    assert await folder.complete() == ["a.txt"]
    assert folder.looks == 1

    folder.write("b.txt", "text")

    assert await folder.complete() == ["b.txt"]
    assert folder.looks == 2
    assert folder.now > DISTANCE * folder.look_seconds


async def test_a_look_that_fails_is_told_and_made_again(folder):
    """The error goes to who waits; the next ring finds what came."""
    folder.write("a.txt", "text")
    away = folder.root.rename(folder.root.with_name("away"))

    with pytest.raises(FileNotFoundError):
        await folder.complete()

    away.rename(folder.root)
    folder.inbox.ring()

    assert await folder.complete() == ["a.txt"]


def test_a_file_that_is_replaced_settles_anew():
    """Another file under the same name, of the same size and time, is not the one that was seen."""
    settling = Settling(2.0)

    assert settling.complete({"a": Facts(1, 1, 1)}, now=0) == []
    assert settling.complete({"a": Facts(1, 1, 2)}, now=2) == []
    assert settling.complete({"a": Facts(1, 1, 2)}, now=4) == ["a"]
    assert not settling


async def test_whatever_comes_is_noticed(tmp_path):
    """Files, also in folders that came after the listening began."""
    pytest.importorskip("watchfiles")
    rung = [anyio.Event()]

    def ring():
        rung[0].set()

    async def rings():
        with anyio.fail_after(60):
            await rung[0].wait()

        rung[0] = anyio.Event()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: arrivals.notice(tmp_path, ring))
        await rings()  # whoever begins to listen looks once
        (tmp_path / "more").mkdir()
        await rings()
        (tmp_path / "more" / "a.txt").write_text("text")
        await rings()
        tasks.cancel_scope.cancel()


MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/team\040share rw shared:5 - nfs4 server:/team rw
31 22 0:41 / /srv/far rw - fuse.sshfs me@host: rw
32 31 0:42 / /srv/far/near rw - tmpfs tmpfs rw
damaged
"""


@pytest.mark.parametrize(
    ("place", "kind", "is_remote"),
    [
        ("/home", "ext4", False),
        ("/srv/team share/in", "nfs4", True),
        ("/srv/far", "fuse.sshfs", True),
        ("/srv/far/near/in", "tmpfs", False),
        ("/srv/faraway", "ext4", False),
    ],
)
def test_the_file_system_of_a_folder(tmp_path, place, kind, is_remote):
    """That of the deepest mount above it; a share that others write to is polled."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    found = arrivals.file_system(type(tmp_path)(place), mounts)

    assert (found, arrivals.is_remote(found)) == (kind, is_remote)


def test_batches_of_new_files_say_how_many_there_are_now():
    """Numbered on, each with the total that holds with it: the next kill finds what had begun."""
    batches = [*further(["a", "b", "c"], size=2, after=7, total=10)]

    assert [(one.number, one.left, one.total) for one in batches] == [(8, ("a", "b"), 12), (9, ("c",), 13)]
