"""The explorer notices what it is there for: each guard taken out makes it find a loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from robasync.store import recovery
from robasync.store.operations import Deed, Operation
from robasync.store.recording import Fault, RecordingFiles
from tests.crash.explorer import scenarios
from tests.crash.explorer.explore import Explorer, Violation

Omission = Callable[[Deed, int, Operation], bool]  # which sync, its number from 1, what was done before it


class Careless(RecordingFiles):
    """The disk in memory under a program that leaves out some of its syncs."""

    def __init__(self, leaves_out: Omission) -> None:
        super().__init__()
        self._leaves_out = leaves_out
        self._counts: Counter[Deed] = Counter()

    def sync(self, handle: int) -> None:
        """See ``Files``; or do nothing."""
        if self._is_done(Deed.SYNC):
            super().sync(handle)

    def sync_folder(self, folder: Path) -> None:
        """See ``Files``; or do nothing."""
        if self._is_done(Deed.SYNC_FOLDER):
            super().sync_folder(folder)

    def _is_done(self, deed: Deed) -> bool:
        self._counts[deed] += 1

        return not self._leaves_out(deed, self._counts[deed], self.log[-1])


def _explore(script, leaves_out: Omission) -> None:
    Explorer(bound=20, every=0).explore(scenarios.course(script, files=Careless(leaves_out)))


def _explore_recovery(*faults: Fault) -> None:
    Explorer(bound=20, every=10).explore(scenarios.course(scenarios.groups, faults=faults))


@pytest.mark.parametrize("number", range(1, 7))
def test_one_sync_of_the_journal_left_out_is_found(number):
    """Each group has one, and each is needed."""
    with pytest.raises(Violation, match="was acknowledged and is lost"):
        _explore(scenarios.groups, lambda deed, count, _: deed is Deed.SYNC and count == number)


def test_the_sync_of_the_folder_of_a_new_segment_left_out_is_found():
    """A durable file without a durable name is gone."""

    def leaves_out(deed: Deed, count: int, before: Operation) -> bool:
        return deed is Deed.SYNC_FOLDER and before.deed is Deed.OPEN

    with pytest.raises(Violation, match="was acknowledged and is lost"):
        _explore(scenarios.groups, leaves_out)


def test_the_sync_of_a_new_folder_left_out_is_found():
    """The journal would go with the folder that it lies in."""
    with pytest.raises(Violation, match="was acknowledged and is lost"):
        _explore(scenarios.groups, lambda deed, count, _: deed is Deed.SYNC_FOLDER and count == 2)


def test_the_sync_of_a_checkpoint_left_out_is_found():
    """Its name would point at bytes that are not there yet."""
    with pytest.raises(Violation, match="checkpoint rob_session"):
        _explore(
            scenarios.checkpoints, lambda deed, _, before: deed is Deed.SYNC and before.path.suffix == ".tmp"
        )


def test_the_sync_of_the_folder_of_a_checkpoint_left_out_is_found():
    """It was said to be saved, and an older one, or none, is there."""

    def leaves_out(deed: Deed, count: int, before: Operation) -> bool:
        return deed is Deed.SYNC_FOLDER and before.deed is Deed.RENAME

    with pytest.raises(Violation, match=r"the checkpoint of .* records is lost"):
        _explore(scenarios.checkpoints, leaves_out)


def test_the_cut_of_the_tail_left_out_is_found(monkeypatch):
    """The next record would be swallowed by the half line before it, or stand behind damage."""
    monkeypatch.setattr(recovery, "_cut", lambda files, place, segment, offset: None)

    with pytest.raises(Violation, match=r"the second time|after one more record"):
        _explore_recovery()


def test_the_sync_at_open_left_out_is_found(monkeypatch):
    """What a killed process wrote is read from the page cache, believed, and lost with the power."""
    monkeypatch.setattr(recovery, "settle", lambda files, place: None)

    with pytest.raises(Violation, match=r"killed .* was acknowledged and is lost"):
        _explore_recovery()


def test_a_page_cache_that_is_believed_after_a_failed_sync_is_found(monkeypatch):
    """A failed sync leaves whole lines that can be read and that no later sync writes."""
    monkeypatch.setattr(RecordingFiles, "forget", lambda files, handle: None)

    with pytest.raises(Violation, match=r"killed .* was acknowledged and is lost"):
        _explore_recovery(*scenarios.failing(1, Deed.SYNC, keeps=False))
