"""The judge of the campaign sees each fault that it is there for: a good round, spoilt in one place."""

from __future__ import annotations

import copy
import shutil
import signal
from collections import Counter
from dataclasses import replace

import anyio
import pytest

from tests.acceptance.books import Books
from tests.crash.campaign import judge
from tests.crash.campaign.plan import KILLS, Inputs, Life, Plan
from tests.crash.campaign.rounds import Rounds

INPUTS = Inputs(texts=16, mixed=False)
KILLED = Life(workers=4, batch_size=50, kill=KILLS[0], moment="request", share=0.5)
FINISHING = Life(workers=4, batch_size=50)
PLAN = Plan(seed=1, inputs=INPUTS, latency=0.02, jitter=0.0, hanging=0, dropped=0, lives=(KILLED, FINISHING))


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Work a round off that is killed while calls are in flight, and finished."""
    return anyio.run(Rounds(tmp_path_factory.mktemp("rounds")).work, PLAN)


@pytest.fixture
def folder(judged, tmp_path):
    """Return a copy of the round's folder to spoil."""
    return shutil.copytree(judged.folder, tmp_path / "round")


def with_lines(books: Books, change) -> Books:
    """Return books whose lines ``change`` has altered."""
    changed = copy.copy(books)
    changed.lines = change(list(books.lines))

    return changed


def of_life(lived, folder, **changes) -> list[str]:
    """Judge a life of which something is changed."""
    return list(judge.judge_life(replace(lived, **changes), folder, code=0, total=16, harmed=()))


def of_round(judged, folder) -> list[str]:
    """Judge a finished folder against what the good round left."""
    last = judged.lives[-1]
    wanted, found = (judge.results(place / "out", last) for place in (judged.folder, folder))

    return list(judge.judge_round(folder, found, wanted, last.after))


def bills(books: Books) -> Counter[str]:
    """Return the smallest bill that fits the books."""
    return Counter(line["body"]["document"] for line in books.of("reply"))


def test_a_good_round_is_good(judged, folder):
    """Nothing is complained of, and calls were in flight when it was killed."""
    assert judged.complaints == ()
    assert judged.uncertain > 0
    assert of_round(judged, folder) == []
    assert of_life(judged.lives[-1], folder) == []


def test_another_result_is_seen(judged, folder):
    """One changed word in one result file."""
    path = folder / "out" / "results" / "trial-00003.txt.json"
    path.write_text(path.read_text().replace("randomised", "randomized", 1))

    assert of_round(judged, folder) == [
        "files differ from those of an uninterrupted run: ['results/trial-00003.txt.json']"
    ]


@pytest.mark.parametrize("name", ["checkpoints/x.checkpoint.tmp", "out/.results.csv.%tmp"])
def test_a_draft_that_stays_is_seen(judged, folder, name):
    """In any folder of the round."""
    (folder / name).write_text("")

    assert "left behind" in of_round(judged, folder)[0]


def test_a_changed_byte_of_the_journal_is_seen(judged, folder):
    """By the checksum of its line, and by the program's own check."""
    (path,) = (folder / "checkpoints").glob("*.journal.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"model":"m1"', b'"model":"m2"', 1))

    assert "wrong checksum" in of_round(judged, folder)[0]
    assert "fsck: exit code 5" in anyio.run(judge.judge_check, folder)[0]


def test_a_lost_record_is_seen(judged, folder):
    """What one life left must be there after the next."""
    last = judged.lives[-1]
    after = with_lines(last.after, lambda lines: lines[1:])

    assert any("there no more" in complaint for complaint in of_life(last, folder, after=after))
    assert any("a gap" in complaint for complaint in of_life(last, folder, after=after))


def test_a_recorded_call_that_is_asked_again_is_seen(judged, folder):
    """An intent after the reply of the same document."""
    last = judged.lives[-1]
    intent = last.after.of("intent")[0] | {"seq": len(last.after.lines) + 1}
    after = with_lines(last.after, lambda lines: [*lines, intent])

    assert any("asked again" in complaint for complaint in of_life(last, folder, after=after))


def test_an_uncertain_call_that_is_not_listed_is_seen(judged, folder):
    """Each of them is named by the resume after it."""
    last = judged.lives[-1]
    assert last.listed
    err = last.err.replace(", asked of ", ", ")

    assert any("listed as uncertain {}" in complaint for complaint in of_life(last, folder, err=err))


@pytest.mark.parametrize(
    ("code", "sent", "said"),
    [
        (0, (signal.SIGTERM,), ""),
        (143, (signal.SIGINT,), "signal received; finishing"),
        (1, (signal.SIGKILL,), ""),
        (0, (signal.SIGTERM,), "signal received; finishing"),
    ],
)
def test_a_wrong_exit_code_is_seen(judged, folder, code, sent, said):
    """A signal that nobody heard, another signal's code, and success with work left."""
    complaints = of_life(judged.lives[0], folder, code=code, sent=sent, err=said)

    assert any("exit code" in complaint for complaint in complaints)


def test_a_bill_that_the_books_do_not_explain_is_seen(judged):
    """Bought twice without an uncertain call, bought without a record, recorded without a sale."""
    books = judged.lives[-1].after
    fair = bills(books)
    certain = next(document for document in fair if not books.uncertain[document])

    assert list(judge.judge_bills(fair, books.sent, books)) == []
    assert list(judge.judge_bills(fair + Counter([certain]), books.sent, books))
    assert list(judge.judge_bills(fair + Counter(["other.txt"]), books.sent, books))
    assert list(judge.judge_bills(fair - Counter([certain]), books.sent, books))
    assert list(judge.judge_bills(fair, books.sent + 1, books))
