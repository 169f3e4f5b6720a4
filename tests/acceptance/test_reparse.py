"""``robasync resume --reparse``: a better reader of answers judges old ones again, and nothing is sent."""

from __future__ import annotations

import shutil

import pytest

from tests import reports
from tests.acceptance.books import Books
from tests.acceptance.harness import outcomes, robasync, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out", "-w", 1, "--json")
REPARSE = ("resume", "--reparse", "--json")

#: A reader of an older release, so to speak: Python runs this at its start.
STRICTER = """
from robasync import reply
from robasync.errors import UnparsableReply

def parse(text, questionnaire):
    raise UnparsableReply("the reply: is read by nobody yet")

reply.parse = parse
"""

#: A forecast that is wrong: of none of these studies the answers to other settings are recorded.
MISTAKEN = """
from robasync.app import rereading
from robasync.ending import Reread

NAMES = tuple(f"trial-{number:05}.txt" for number in range(4))

def foresee(request, **_):
    return Reread(session="", failed=4, failing=0, assessed=NAMES, refused=())

rereading.foresee = foresee
"""


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def failed(tmp_path_factory, server):
    """Three studies whose answers could not be read, and one whose answer was cut off."""
    folder = tmp_path_factory.mktemp("failed")
    reports.write(folder / "in", 4)

    for name, code in (("older", STRICTER), ("mistaken", MISTAKEN)):
        (folder / name).mkdir()
        (folder / name / "sitecustomize.py").write_text(code)

    settings(folder, server.url)
    server.change(first={"length": 1})
    ended = robasync(*RUN, cwd=folder, PYTHONPATH="older")

    assert (ended.code, ended.facts["failed"]) == (3, 4), ended.err
    assert len(Books(folder).of("reply")) == 1 + 2 * 3

    return folder


@pytest.fixture
def session(failed, tmp_path):
    """Return a copy of that session, which finds its folders beside itself."""
    folder = tmp_path / "copy"
    shutil.copytree(failed, folder)

    return folder


def everything(folder):
    """Return every file's bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_answers_that_can_be_read_now_are_judged_free(session, server):
    """The dry run says how many and changes nothing; then they are assessed, and no request is made."""
    before, requests = everything(session), server.counts["requests"]
    folders = ("-i", "in", "-o", "out")
    foreseen = robasync(*REPARSE, "--dry-run", *folders, cwd=session)

    assert foreseen.code == 0, foreseen.err
    counts = {"failed_on_answers": 4, "read_again": 4, "fail_again": 1, "now_refused": []}
    assert counts.items() <= foreseen.facts.items()
    assert len(foreseen.facts["now_assessed"]) == 3
    assert everything(session) == before

    ended = robasync(*REPARSE, *folders, cwd=session)
    assert (ended.code, ended.facts["assessed"], ended.facts["failed"]) == (3, 3, 1), ended.err
    assert foreseen.facts["now_assessed"] == ended.facts["now_assessed"]
    assert len(Books(session).of("intent")) == 1 + 2 * 3
    assert server.counts["requests"] == requests
    assert [one["status"] for one in outcomes(session / "out").values()].count("assessed") == 3

    again = robasync("resume", "--reparse", *folders, cwd=session)
    assert "Read again, free: 1 of 1 study that failed on an answer; 0 are assessed now" in again.out
    assert server.counts["requests"] == requests


def test_what_is_not_recorded_is_not_asked(session, server):
    """Where the settings ask otherwise there is no answer to read: the studies stay failed as they were."""
    before, requests = outcomes(session / "out"), server.counts["requests"]
    settings(session, server.url, name="more.json", model={"max_tokens": 5000})
    ended = robasync(*REPARSE, "-c", "more.json", "-i", "in", "-o", "out", cwd=session)

    assert (ended.code, ended.facts["failed"], ended.facts["read_again"]) == (3, 4, 0), ended.err
    assert outcomes(session / "out") == before
    assert server.counts["requests"] == requests


def test_nothing_is_sent_whatever_was_foreseen(session, server):
    """The gate is closed from the start: were a forecast wrong, its studies would stay failed."""
    requests = server.counts["requests"]
    settings(session, server.url, name="more.json", model={"max_tokens": 5000})
    arguments = (*REPARSE, "-c", "more.json", "-i", "in", "-o", "out")
    ended = robasync(*arguments, cwd=session, PYTHONPATH="mistaken")

    assert (ended.code, ended.facts["failed"], len(ended.facts["now_assessed"])) == (3, 4, 4), ended.err
    assert server.counts["requests"] == requests
    assert len(Books(session).of("intent")) == 1 + 2 * 3


def test_studies_that_are_left_stay_left(session, server):
    """Reading again asks nothing for anybody; the next resume does, and finds no batch half done."""
    requests = server.counts["requests"]
    reports.write(session / "in", 5)
    ended = robasync(*REPARSE, "-i", "in", "-o", "out", cwd=session)

    assert (ended.facts["assessed"], ended.facts["left"]) == (3, 1), ended.err
    assert ended.code
    assert server.counts["requests"] == requests
    resumed = robasync("resume", "--json", cwd=session)
    assert (resumed.facts["assessed"], resumed.facts["left"]) == (4, 0), resumed.err
    assert server.counts["requests"] == requests + 1
    assert batches(session, "batch_started") == batches(session, "batch_completed")


def batches(folder, kind):
    """Return the numbers of the batches that the journal holds records of that kind of."""
    return {line["body"]["batch"] for line in Books(folder).of(kind)}


@pytest.mark.parametrize("other", ["--reassess", "--interactive", "--info", "--explain=x"])
def test_it_is_a_resume_of_its_own(session, other):
    """What judges, asks or shows otherwise is another command."""
    ended = robasync("resume", "--reparse", other, cwd=session)

    assert ended.code == 2
    assert "exclude each other" in ended.err
