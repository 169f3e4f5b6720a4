"""Rehearsals: the real way of the documents, at the end of which nothing is sent and nothing written."""

from __future__ import annotations

import errno

import pytest

from robasync.app import preview
from robasync.app.rehearsal import Mute
from robasync.errors import Stopped
from robasync.selection import Selection
from robasync.service.signals import Signals
from robasync.settings import load
from robasync.store.looking import LookingFiles
from tests import reports
from tests.desk import Desk
from tests.memory_store import MemoryReplies


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the working folder of the test, with three reports to be assessed."""
    monkeypatch.chdir(tmp_path)
    reports.write(tmp_path / "in", 3)

    return tmp_path


def rehearsed(signals=None, show=lambda _: None):
    settings = load(overrides={"paths.input_folder": "in"}, environment=False)

    return preview.start(settings, selection=Selection(), new=False, signals=signals or Signals(), show=show)


async def test_a_mute_provider_sends_nothing_and_leaves_the_intent():
    """The call is counted by its intent, under the key that the real one has; the document is left."""
    real = Desk([b"an answer"])
    mute = Desk(Mute(Desk([b"never"]).provider))

    with pytest.raises(Stopped):
        await mute.ask()

    await real.ask()

    assert mute.kinds == ["intent"]
    assert mute.journal.appended[0] == real.journal.appended[0]


async def test_a_mute_provider_reads_what_is_recorded():
    """A recorded answer is read as the real one reads it, and asked of nobody."""
    replies = MemoryReplies()
    before = Desk([b"an answer"], replies=replies)
    await before.ask()
    before.journal.commit()
    provider = Desk([b"never"]).provider

    assert await Desk(Mute(provider), replies=replies).ask() == "an answer"
    assert provider.calls == 0


def test_a_signal_ends_a_rehearsal(folder):
    """Whoever has seen enough gets the prompt back, and no figures that are only half counted."""
    signals = Signals()
    signals.count = 1

    with pytest.raises(Stopped, match="Nothing was sent"):
        rehearsed(signals)


def test_a_rehearsal_shows_how_far_it_is(folder):
    """A folder of PDFs takes minutes to be read: the screen says how many are left."""
    shown = []
    found = rehearsed(show=shown.append)

    assert (found.total, found.asked) == (3, 3)
    assert shown[0].total == 3
    assert [path.name for path in folder.iterdir()] == ["in"]


@pytest.mark.parametrize(
    "deed",
    [
        lambda files, path: files.open(path),
        lambda files, path: files.open(path.with_name("new")),
        lambda files, path: files.rename(path, path.with_name("new")),
        lambda files, path: files.remove(path),
        lambda files, path: files.make_folder(path.with_name("new")),
        lambda files, path: files.lock(path.with_name("new")),
    ],
)
def test_a_disk_that_is_looked_at_stays_as_it_is(tmp_path, deed):
    """Whatever would change it is refused, as by a disk that is mounted read-only."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"records")

    with pytest.raises(OSError, match="Read-only") as refused:
        deed(LookingFiles(), path)

    assert refused.value.errno == errno.EROFS
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("journal.jsonl", b"records")]
    assert LookingFiles().read(path, 0, 10) == b"records"
