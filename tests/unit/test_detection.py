"""Work detection: what a resume finds done, changed, new, moved, vanished and worth another try."""

from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robasync.detection import CONCERNS, Reason, again, detect, reason
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


def vanish(root, *names):
    for name in names:
        (root / name).unlink()


def test_a_renamed_file_moved_and_is_not_read(tmp_path, monkeypatch):
    """The very file under another name is known by its size, date and number, whatever its length."""
    make(tmp_path, a="1", b="2")
    states, _ = recorded(tmp_path, "a.txt", "b.txt")
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.txt").rename(tmp_path / "deep" / "other.txt")
    monkeypatch.setattr("robasync.detection.digest_of", pytest.fail)
    work = detect(walk(tmp_path), states, failures=[])

    assert work.moved == (("a.txt", "deep/other.txt"),)
    assert (work.new, work.vanished) == (("deep/other.txt",), ("a.txt",))


def test_a_copy_that_took_the_place_of_its_original_moved(tmp_path):
    """Copied and removed, or carried over by a program that keeps no dates: the bytes tell."""
    make(tmp_path, a="1", b="2")
    states, _ = recorded(tmp_path, "a.txt", "b.txt")
    vanish(tmp_path, "a.txt")
    make(tmp_path, x="1", y="3")

    assert detect(walk(tmp_path), states, failures=[]).moved == (("a.txt", "x.txt"),)


def test_what_moved_is_not_copied_as_well(tmp_path):
    """A renamed file and a copy of it: one move, and one new document."""
    make(tmp_path, a="1", b="2")
    states, _ = recorded(tmp_path, "a.txt", "b.txt")
    (tmp_path / "a.txt").rename(tmp_path / "x.txt")
    vanish(tmp_path, "b.txt")
    make(tmp_path, y="1")

    assert detect(walk(tmp_path), states, failures=[]).moved == (("a.txt", "x.txt"),)


def test_each_twin_moves_once(tmp_path):
    """Two names with the same bytes that vanished are two moves; a third new twin is new."""
    make(tmp_path, a="1", b="1")
    states, _ = recorded(tmp_path, "a.txt", "b.txt")
    vanish(tmp_path, "a.txt", "b.txt")
    make(tmp_path, x="1", y="1", z="1")
    moved = detect(walk(tmp_path), states, failures=[]).moved

    assert sorted(old for old, _ in moved) == ["a.txt", "b.txt"]
    assert len({new for _, new in moved}) == 2


def test_a_copy_beside_its_original_is_new(tmp_path, monkeypatch):
    """Nothing vanished, so nothing moved, and no new file is read to find that out."""
    make(tmp_path, a="1")
    states, _ = recorded(tmp_path, "a.txt")
    make(tmp_path, b="1")
    monkeypatch.setattr("robasync.detection.digest_of", pytest.fail)
    work = detect(walk(tmp_path), states, failures=[])

    assert (work.new, work.moved) == (("b.txt",), ())


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_moves_pair_equal_bytes_once(tmp_path_factory, data):
    """Whatever vanishes and appears: a pair has equal bytes, no name is in two, and no pair is missed."""
    root = tmp_path_factory.mktemp("folder")
    contents = st.lists(st.sampled_from("123"), min_size=1, max_size=5)
    old = {f"old{number}.txt": text for number, text in enumerate(data.draw(contents))}
    gone = data.draw(st.sets(st.sampled_from(sorted(old))))
    new = {f"new{number}.txt": text for number, text in enumerate(data.draw(contents))}

    for name, text in old.items():
        (root / name).write_text(text)

    states, _ = recorded(root, *old)
    vanish(root, *gone)

    for name, text in new.items():
        (root / name).write_text(text)

    moved = detect(walk(root), states, failures=[]).moved
    lost, found = ([side[name] for name in names] for side, names in ((old, gone), (new, new)))

    assert all(old[before] == new[after] for before, after in moved)
    assert len({before for before, _ in moved}) == len({after for _, after in moved}) == len(moved)
    assert len(moved) == sum(min(lost.count(text), found.count(text)) for text in "123")


def failure(stage="extract", error="NoTextLayer", *, may_pass=False):
    return Failure(stage=stage, error=error, message="", may_pass=may_pass)


@pytest.mark.parametrize(
    ("failed", "calls_changed", "altered", "expected"),
    [
        (None, True, {"parallel.timeout_seconds"}, None),
        (failure(), True, {"parallel.timeout_seconds"}, None),
        (failure(may_pass=True), False, (), Reason.PASSING),
        (failure("call", "BadKey"), False, (), Reason.TURNED_DOWN),
        (failure("reply", "ReplyRefused"), False, (), None),
        (failure("reply", "ReplyRefused"), True, (), Reason.ASKED_OTHERWISE),
        *(
            (failure("extract", error), False, {name}, Reason.LIMIT)
            for error, names in CONCERNS.items()
            for name in names
        ),
        *((failure("extract", error), True, {"parallel.max_workers"}, None) for error in CONCERNS),
    ],
)
def test_a_failure_is_tried_again_for_a_reason(failed, calls_changed, altered, expected):
    """One that may pass, one of the server's, one at a limit that moved; a scan without text never."""
    assert again(failed, calls_changed=calls_changed, altered=altered) is expected


def test_each_document_is_done_for_the_reason_that_is_told(tmp_path):
    """What ``reason`` says of one document is what ``detect`` does with it among all."""
    make(tmp_path, same="1", changed="2", accepted="3", left="4")
    states, _ = recorded(tmp_path, "same.txt", "changed.txt", "accepted.txt")
    states.slot("left.txt")
    make(tmp_path, changed="other")
    work = detect(walk(tmp_path), states, failures=[], accepted=["accepted.txt"])
    told = {
        name: reason(
            name,
            states,
            is_changed=name in work.changed,
            failure=None,
            calls_changed=False,
            altered=(),
            accepted=["accepted.txt"],
        )
        for name in walk(tmp_path).names
    }

    assert told == {
        "same.txt": None,
        "changed.txt": Reason.CHANGED,
        "accepted.txt": Reason.ACCEPTED,
        "left.txt": Reason.LEFT,
    }
    assert work.left == {name for name, why in told.items() if why}
