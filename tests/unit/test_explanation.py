"""Explanations: for each reason why a document is done, or is not, the words that tell it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from robasync.app import resuming
from robasync.app.explanation import Cause, Fate, explain
from robasync.app.resuming import Request, prepared
from robasync.cli import explaining
from robasync.detection import Reason
from robasync.errors import UsageError
from robasync.model import Assessment, AssessorKind, Failure, Outcome, Refusal, Status
from robasync.records import Kind, Record
from robasync.service.signals import Signals
from robasync.settings import load, snapshot
from robasync.store.looking import LookingFiles
from tests import reports
from tests.stores import place_in, started, write_groups

REPORT = "trial-00000.txt"
SESSION = "rob_session_20241201_143022"
LASTING = Failure(stage="extract", error="NoTextLayer", message="no text", may_pass=False)
ASSESSED = Assessment(
    study="A, 2012",
    result="proposed",
    instrument="robust-rct@1",
    instrument_hash="of another file",
    assessor="rules",
    assessor_kind=AssessorKind.BASELINE,
    model_returned="",
    judgements=(),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an input folder with one report, in the working folder of the test."""
    monkeypatch.chdir(tmp_path)

    return reports.write(tmp_path / "in", 1)


def begin(folder, result=None, *, text=None, resumed=None):
    """Write a session that has recorded ``result`` of the report, which it read as it is or as ``text``.

    ``resumed`` are the settings that it went on with afterwards.
    """
    config, later = (
        snapshot(load(overrides={"paths.input_folder": "in"} | more, environment=False))
        for more in ({}, resumed or {})
    )
    path, records = folder / REPORT, [started(total=1, config=config, input_folder="in")]
    facts, content = path.stat(), text.encode() if text else path.read_bytes()
    outcome = Outcome(
        document=REPORT,
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        mtime_ns=facts.st_mtime_ns,
        inode=facts.st_ino,
        status=Status.ASSESSED,
    )

    if isinstance(result, Failure):
        records.append(Record(Kind.OUTCOME, replace(outcome, status=Status.FAILED, failure=result)))
    elif isinstance(result, Refusal):
        records.append(Record(Kind.OUTCOME, replace(outcome, status=Status.REFUSED, refusal=result)))
    elif result is not None:
        records.append(Record(Kind.OUTCOME, replace(outcome, assessment=result)))
    else:
        records.append(Record(Kind.BATCH_STARTED, {"batch": 1, "documents": [REPORT]}))

    if resumed:
        records.append(Record(Kind.SESSION_RESUMED, {"config": later, "total": 1}))

    write_groups(place_in(folder.parent / "checkpoints", SESSION), [[record] for record in records])


def explained(name=REPORT, *, again=False, **overrides):
    """Return what a resume with ``overrides`` would do with the document, and the words for it."""
    files = LookingFiles()

    with prepared(files, Request(session=SESSION, overrides=overrides), write=False) as one:
        work = replace(one.work, left=frozenset({name})) if again else one.work
        found = explain(name, resuming.job(files, one), work, signals=Signals(), show=lambda _: None)

    return found, "\n".join(explaining.lines(found))


def failure(stage, error, *, may_pass=False):
    return Failure(stage=stage, error=error, message="as recorded", may_pass=may_pass)


@pytest.mark.parametrize(
    ("result", "overrides", "fate", "cause"),
    [
        (None, {}, Fate.ASKED, Reason.LEFT),
        (ASSESSED, {}, Fate.STAYS, None),
        (LASTING, {}, Fate.KEPT, None),
        (failure("call", "Unreachable", may_pass=True), {}, Fate.ASKED, Reason.PASSING),
        (failure("call", "BadKey"), {}, Fate.ASKED, Reason.TURNED_DOWN),
        (failure("reply", "ReplyRefused"), {}, Fate.KEPT, None),
        (
            failure("reply", "ReplyRefused"),
            {"rob_framework.outcome": "death"},
            Fate.ASKED,
            Reason.ASKED_OTHERWISE,
        ),
        (
            failure("extract", "ExtractionTimeout"),
            {"parallel.timeout_seconds": 900},
            Fate.ASKED,
            Reason.LIMIT,
        ),
        (
            Refusal(study="A", kind="review", message="a review"),
            {"rob_framework.accept": [REPORT]},
            Fate.ASKED,
            Reason.ACCEPTED,
        ),
    ],
)
def test_each_outcome_has_its_reason(folder, result, overrides, fate, cause):
    """What was recorded, and what the settings are now, decide; the words say which of them did."""
    begin(folder, result)
    found, words = explained(**overrides)

    assert (found.fate, found.cause) == (fate, cause)
    assert f"trial-00000.txt {fate}" in words
    assert cause is None or f"Because it {cause}." in words
    assert all(name in words for name in overrides)


def test_other_bytes_are_shown_by_their_digests(folder):
    """A report that was written anew is asked; the two digests prove it."""
    begin(folder, ASSESSED, text="what it was")
    found, words = explained()
    was, now = hashlib.sha256(b"what it was"), hashlib.sha256((folder / REPORT).read_bytes())

    assert (found.fate, found.cause) == (Fate.ASKED, Reason.CHANGED)
    assert f"bytes: {was.hexdigest()[:12]}... -> {now.hexdigest()[:12]}..." in words


def test_new_moved_and_vanished_reports(folder):
    """A name that appeared, one that has another's bytes, one that is gone, and one that never was."""
    begin(folder, ASSESSED)
    (folder / REPORT).rename(folder / "moved.txt")
    (folder / "new.txt").write_text(reports.text(7))

    assert explained("new.txt")[0].cause is Cause.NEW
    assert "under another name (trial-00000.txt)." in explained("moved.txt")[1]
    assert explained()[0].fate is Fate.VANISHED

    with pytest.raises(UsageError, match=r"No document called 'mooved\.txt'[\s\S]*Nearest: moved\.txt"):
        explained("mooved.txt")


def test_another_instrument_is_named(folder):
    """The file that an instrument is read from may change while its name stays."""
    begin(folder, ASSESSED)
    found, words = explained(again=True)

    assert (found.fate, found.cause) == (Fate.ASKED, Cause.REASSESSED)
    assert not found.is_unexplained
    assert "instrument: its file is another one" in words


def test_settings_tell_what_they_decide(folder):
    """What asks and what judges is named with old, new and layer; what only runs is not."""
    begin(folder, ASSESSED)
    words = explained(
        **{
            "rob_framework.outcome": "death",
            "rob_framework.accept": [REPORT],
            "parallel.max_workers": 3,
        }
    )[1]

    assert 'rob_framework.outcome: null -> "death"; it decides what is asked' in words
    assert f'rob_framework.accept: [] -> ["{REPORT}"]; it decides how answers are judged' in words
    assert "max_workers" not in words
    assert "to assess it anew: add --reassess" in words


def test_settings_are_compared_with_those_of_the_outcome(folder):
    """Not with those of the newest resume: the report was assessed under other ones before that."""
    begin(folder, ASSESSED, resumed={"rob_framework.outcome": "death"})

    assert 'rob_framework.outcome: null -> "death"' in explained()[1]


def test_another_version_is_what_is_left_to_blame(folder):
    """Asked anew although bytes, settings and instrument are what they were: robasync is another one."""
    begin(folder, ASSESSED)
    instrument = explained()[0].instrument
    begin(folder, replace(ASSESSED, instrument_hash=instrument))
    found, words = explained(again=True)

    assert found.is_unexplained
    assert "this version of robasync reads it or asks otherwise" in words


def test_a_report_that_cannot_be_read_now_says_why(folder):
    """What would fail is told with its message, and costs nothing."""
    begin(folder, failure("call", "Unreachable", may_pass=True))
    (folder / REPORT).write_text("")
    found, words = explained()

    assert found.fate is Fate.FAILING
    assert "trial-00000.txt is empty" in words
