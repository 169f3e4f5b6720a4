"""Going on with a session: every form, what changes and what stays, and one command for both."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.books import read_checkpoint
from tests.acceptance.harness import COMMAND, Command, outcomes, robasync, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
AUTO = (*RUN, "--resume", "auto", "--json")
SECRET = "sk-not-to-be-seen-4711"


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def killed(tmp_path_factory, server):
    """Kill a run of six documents when four are done and two calls hang; give its folder."""
    folder = tmp_path_factory.mktemp("killed")
    reports.write(folder / "in", 6)
    settings(folder, server.url)
    server.change(first={"none": 4, "hang": 2})
    before = server.counts["requests"]
    command = Command(*RUN, "-w", 2, "--batch-size", 3, cwd=folder)
    server.wait(before + 6)
    command.until("Checkpoint created")
    command.kill()
    command.end()

    return folder


@pytest.fixture
def left(tmp_path, killed, server):
    """Return a copy of the killed session, with the server in order again."""
    shutil.copytree(killed, tmp_path, dirs_exist_ok=True)
    server.change(first={}, faults={})

    return tmp_path


def requests(server) -> int:
    return server.counts["requests"]


def every_byte(folder: Path) -> dict[str, bytes]:
    """Return all files below the folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_session_answers_to_every_name(left, server):
    """Path, file name, id, or nothing for the newest; what was recorded is asked once."""
    before = requests(server)
    path = next((left / "checkpoints").glob("*.checkpoint.json"))
    names = (("-s", path), ("-s", path.name), ("-s", path.name.partition(".")[0]), ())
    ended = [robasync("resume", *name, "--json", cwd=left) for name in names]

    assert [one.facts["assessed"] for one in ended] == [6] * 4
    assert [one.code for one in ended] == [0] * 4
    assert requests(server) == before + 2
    assert "Nothing is left to do" in ended[-1].err


def test_an_unclean_end_is_told_first(left):
    """What is safe, how many calls are uncertain, which, and at most what they cost."""
    said = robasync("resume", "--workers", "auto", cwd=left).err

    assert "Progress: 4/6 documents completed (66.7%)" in said
    assert "Safe: the outcomes of 4 studies, and every answer on the disk." in said
    assert re.search(r"Uncertain calls: 2; .* \(at most 0\.\d+ in all\):", said)
    assert len(re.findall(r"  trial-0000\d\.txt, asked of m1 at ", said)) == 2
    assert "Redistributing remaining work across 1 worker\n" in said
    assert "Starting 1 parallel workers..." in said
    assert "Resuming assessment with modified configuration..." in said


def test_a_key_on_the_command_line_is_nowhere_else(left, server):
    """It is sent, warned of once, and in no file, message or list of processes; a fingerprint is."""
    server.change(first={"hold": 1})
    before = requests(server)
    server.new_keys()
    command = Command("resume", "--api-key", SECRET, "--verbose", "--log-file", "debug.log", cwd=left)
    server.wait(before + 1)
    running = Path(f"/proc/{command.process.pid}")
    shown = [(running / name).read_bytes() for name in ("cmdline", "environ", "comm")]
    server.change(first={})
    ended = command.end()

    assert ended.code == 0, ended.err
    assert SECRET in json.dumps(server.new_keys())
    assert ended.err.count("stays in the shell's history") == 1
    assert "API configuration updated" in ended.err
    everything = [*shown, ended.out.encode(), ended.err.encode(), *every_byte(left).values()]
    assert not any(SECRET.encode() in some for some in everything)
    digest = hashlib.sha256(SECRET.encode()).hexdigest()[:8]
    assert f"sha256:{digest}" in json.dumps(read_checkpoint(left).content["config_snapshot"])


def test_a_key_has_an_owner(left, server):
    """Of several models the key says whose it is; the refusal does not show it."""
    other = {"name": "other", "model_name": "m2", "base_url": server.url}
    two = {"llm_models": [*json.loads((left / "settings.json").read_text())["llm_models"], other]}
    (left / "two.json").write_text(json.dumps(two))
    refused = robasync("resume", "-c", "two.json", "--api-key", SECRET, cwd=left)
    named = robasync("resume", "-c", "two.json", "--api-key", f"local={SECRET}", cwd=left)

    assert (refused.code, named.code) == (2, 0)
    assert "--api-key local=KEY" in refused.err
    assert SECRET not in refused.err


def test_a_key_of_no_model_is_taken_whole_and_said(left, server):
    """Of one model any text is the key; what may be a misspelt name is said once, and not shown."""
    server.new_keys()
    ended = robasync("resume", "--api-key", f"nope={SECRET}", cwd=left)

    assert ended.code == 0, ended.err
    assert f"nope={SECRET}" in json.dumps(server.new_keys())
    assert ended.err.count("No model is called") == 1
    assert SECRET not in ended.err
    assert "nope" not in ended.err


def test_another_model_leaves_what_is_done_and_reassess_takes_it_up(left, server):
    """Completed studies stay; --reassess asks what is new to ask, survives a kill, and repeats nothing."""
    before, changed = requests(server), settings(left, server.url, model={"temperature": 0.5})
    stays = robasync("resume", "-c", changed, "--json", cwd=left)
    assert "4 completed studies stay as judged before the change of llm_models.local.temperature" in stays.err
    assert "Merging with updated configuration: settings.json" in stays.err
    assert "Resuming assessment with updated settings..." in stays.err
    assert requests(server) == before + 2

    server.change(first={"none": 2, "hang": 1})
    command = Command("resume", "--reassess", "-w", 1, cwd=left)
    server.wait(before + 2 + 3)
    command.kill()
    command.end()
    server.change(first={})
    known = robasync("resume", "--json", cwd=left)
    gone_on = requests(server)
    again = robasync("resume", "--reassess", "--json", cwd=left)

    assert [one.facts["assessed"] for one in (stays, known, again)] == [6] * 3
    assert gone_on == requests(server) == before + 2 + 3 + 2
    checked = robasync("fsck", cwd=left)
    assert checked.code == 0, checked.out


def test_reassess_keeps_what_cannot_be_judged_anew(left, server):
    """A study whose report vanished keeps its outcome; nothing is left of the session."""
    assert robasync("resume", cwd=left).code == 0
    (left / "in" / "trial-00000.txt").unlink()
    before = requests(server)
    ended = robasync("resume", "--reassess", "--json", cwd=left)

    assert (ended.code, ended.facts["assessed"], ended.facts["left"]) == (0, 6, 0)
    assert requests(server) == before


def test_every_file_is_read_where_that_is_asked(left):
    """Other bytes behind the same size, time and inode show with --verify-inputs only."""
    assert robasync("resume", cwd=left).code == 0
    path = left / "in" / "trial-00005.txt"  # done here: the others are copies, and look touched
    facts, text = path.stat(), path.read_text()
    path.write_text(text.replace("Invented", "Imagined"))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    unseen, seen = robasync("resume", cwd=left), robasync("resume", "--verify-inputs", cwd=left)

    assert "Changed documents" not in unseen.err
    assert "Changed documents: 1 (trial-00005.txt)" in seen.err


def test_a_clean_resume_believes_the_journal_alone(left, server):
    """--force-clean looks at no checkpoint, backup or index, and drops no answer."""
    done, before = outcomes(left / "out"), requests(server)

    for path in (left / "checkpoints").iterdir():
        if path.suffix in {".json", ".index"}:
            path.write_bytes(b"{}")

    ended = robasync("resume", "--force-clean", "--json", cwd=left)

    assert (ended.code, ended.facts["assessed"]) == (0, 6)
    assert "Checkpoint and backups are not looked at" in ended.err
    assert requests(server) == before + 2
    assert {name: outcomes(left / "out")[name] for name in done} == done


def test_the_plan_is_shown_before_a_byte_changes(left, server):
    """--interactive asks; without a terminal it names --yes, and "no" is no success."""
    before, found = requests(server), every_byte(left)
    nobody = robasync("resume", "--interactive", cwd=left)
    no = subprocess.run(
        [COMMAND, "resume", "--interactive"],
        cwd=left,
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (nobody.code, no.returncode) == (2, 2)
    assert "--yes" in nobody.err
    assert "2 to be asked: 2 calls" in no.stderr
    assert no.stderr.endswith("Nothing was changed.\n")
    assert every_byte(left) == found
    assert requests(server) == before

    assert robasync("resume", "--interactive", "--yes", cwd=left).code == 0
    assert requests(server) == before + 2


def test_one_command_begins_goes_on_and_finds_nothing_left(left, server):
    """Settings that only run things may differ; what nobody can do ends no loop in failure."""
    (left / "in" / "trial-00005.txt").unlink()  # begun, never assessed
    before = requests(server)
    gone_on = robasync(*AUTO, "-w", 3, cwd=left)
    nothing = robasync(*AUTO, "--yes", cwd=left)
    other = robasync(*AUTO, "--only", "trial-00001.txt", cwd=left)

    assert [one.code for one in (gone_on, nothing, other)] == [0] * 3
    assert gone_on.facts["session"] == nothing.facts["session"] != other.facts["session"]
    assert (gone_on.facts["assessed"], gone_on.facts["left"]) == (5, 0)
    assert "Nothing is left to do" in nothing.err
    assert requests(server) == before + 1
    assert robasync(*AUTO, "--new", cwd=left).code == 2


def test_a_session_that_was_moved_is_the_same_one(left, server):
    """In another folder than it began in: run is refused, one command goes on, nothing is asked twice."""
    before = requests(server)
    refused, gone_on = robasync(*RUN, cwd=left), robasync(*AUTO, cwd=left)

    assert (refused.code, gone_on.code) == (2, 0), gone_on.err
    assert "is not finished.\nContinue it: robasync resume -s" in refused.err
    assert (gone_on.facts["assessed"], gone_on.facts["uncertain_calls"]) == (6, 2)
    assert len([*(left / "checkpoints").glob("*.journal.jsonl")]) == 1
    assert requests(server) == before + 2


def test_what_is_refused_for_good_does_not_make_it_loop(tmp_path, server):
    """Exit 3 while it stands, and nobody is asked again; a resume that a person asks for tries once more."""
    reports.write(tmp_path / "in", 2)
    (tmp_path / "in" / "empty.txt").write_text("")
    settings(tmp_path, server.url)
    server.change(first={"context": 1})
    before = requests(server)
    ended = [robasync(*AUTO, cwd=tmp_path) for _ in range(2)]

    assert [(one.code, one.facts["failed"]) for one in ended] == [(3, 2)] * 2
    assert requests(server) == before + 2
    assert robasync("resume", "--json", cwd=tmp_path).facts["failed"] == 1
    assert requests(server) == before + 3
