"""Work detection: what a resume finds done, changed, new, vanished and worth another try."""

from __future__ import annotations

import hashlib
import os

from robasync.detection import detect
from robasync.documents import walk
from robasync.model import Failure, Outcome, Refusal, Status
from robasync.records import Position
from robasync.states import DocumentStates


def recorded(root, *names, failure=None):
    """Return states in which the named files have an outcome as they are now."""
    states, outcomes = DocumentStates(), []

    for name in names:
        facts = (root / name).stat()
        outcome = Outcome(
            document=name,
            digest=hashlib.sha256((root / name).read_bytes()).hexdigest(),
            size=facts.st_size,
            mtime_ns=facts.st_mtime_ns,
            inode=facts.st_ino,
            status=Status.FAILED if failure else Status.REFUSED,
            refusal=None if failure else Refusal(study="A", kind="review", message=""),
            failure=failure,
        )
        states.conclude(outcome, outcome.status, position=Position(1, 0, 1))
        outcomes.append(outcome)

    return states, outcomes


def make(root, **files):
    for name, content in files.items():
        (root / f"{name}.txt").write_text(content)


def test_untouched_files_are_done(tmp_path):
    """Nothing is read, nothing is left."""
    make(tmp_path, a="1", b="2")
    states, _ = recorded(tmp_path, "a.txt", "b.txt")
    work = detect(walk(tmp_path), states, failures=[])

    assert not any(name in work.left for name in ("a.txt", "b.txt"))


def test_changed_bytes_are_left_and_a_new_date_alone_is_not(tmp_path):
    """What counts is the bytes; a touched file is digested and found the same."""
    make(tmp_path, a="1", b="2")
    states, _ = recorded(tmp_path, "a.txt", "b.txt")
    (tmp_path / "a.txt").write_text("other")
    os.utime(tmp_path / "b.txt", (1, 1))
    work = detect(walk(tmp_path), states, failures=[])

    assert work.changed == {"a.txt"}
    assert "a.txt" in work.left


def test_new_and_vanished_documents_are_named(tmp_path):
    """No study appears or disappears unnoticed."""
    make(tmp_path, a="1", b="2")
    states, _ = recorded(tmp_path, "a.txt", "b.txt")
    (tmp_path / "b.txt").unlink()
    make(tmp_path, c="3")
    work = detect(walk(tmp_path), states, failures=[])

    assert (work.new, work.vanished) == (("c.txt",), ("b.txt",))
    assert not work.left


def test_only_failures_that_may_pass_are_tried_again(tmp_path):
    """A server that was down is asked again; a scan without text stays as it is."""
    make(tmp_path, a="1", b="2")
    passing = Failure(stage="call", error="Unreachable", message="", may_pass=True)
    lasting = Failure(stage="extract", error="NoTextLayer", message="", may_pass=False)
    _, may = recorded(tmp_path, "a.txt", failure=passing)
    states, may_not = recorded(tmp_path, "b.txt", failure=lasting)
    work = detect(walk(tmp_path), states, failures=[*may, *may_not])

    assert "a.txt" in work.left
    assert "b.txt" not in work.left
