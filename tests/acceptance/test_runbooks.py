"""The runbooks of ``docs/operations.md``, brought about: what they quote is said, their commands work.

A quoted line must be part of what was printed, but for its numbers and the words in capitals; every
quoted ``robasync`` command of a runbook is run as it stands.
"""

from __future__ import annotations

import re
import shutil
import signal

import pytest

from tests import reports
from tests.acceptance.harness import ROOT, Command, robasync, serving, settings
from tests.acceptance.test_disk import fill, image

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
GIVEN = "SESSION|FILE|FOLDER|CHECKPOINT|AMOUNT|NAME|MODEL|ADDRESS|HOST|TIME|REPORTS|RESULTS"
VARIES = re.compile(rf"\b(?:{GIVEN})\b|\d+(?:\.\d+)?")
COMMANDS = ("robasync ", "systemctl ")
RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
PATHS = {"input_folder": "in", "output_folder": "out"}
OLD, NEW = "a-key-that-was-revoked", "a-key-that-is-new"


class Runbook:
    """A runbook of the page: its commands are run, and what was said is held against what it quotes."""

    def __init__(self, title: str) -> None:
        (text,) = re.findall(rf"^### {title}\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE)
        quoted = re.findall(r"`([^`]+)`", text)
        self.commands = {words for words in quoted if words.startswith("robasync ")}
        self._lines = [words for words in quoted if words.count(" ") > 1 and not words.startswith(COMMANDS)]
        self._done: set[str] = set()
        self._said = ""

    def do(self, command: str, *, cwd, code=0, environment=None, **given):
        """Run a quoted command, with what its words in capitals stand for, and return how it ended."""
        assert command in self.commands, f"{command!r} is not on the page"
        self._done.add(command)
        words = " ".join(str(given.get(word, word)) for word in command.split()[1:])

        return self.hear(robasync(*words.split(), cwd=cwd, **(environment or {})), code=code)

    def hear(self, ended, *, code):
        """Take in what a command said, which must have ended with ``code``."""
        assert ended.code == code, ended.err + ended.out
        self._said += f"{ended.err}\n{ended.out}\n"

        return ended

    def holds(self) -> None:
        """See that every quoted line was said, and every command run."""
        said = re.sub(r"\s+", " ", self._said.replace("│", " "))  # also of a screen that broke the line

        for line in self._lines:
            pattern = VARIES.sub("\0", line).split("\0")
            assert re.search(r"\S+?".join(map(re.escape, pattern)), said), f"{line!r} was not said: {said}"

        assert self.commands - self._done == set()


def started(folder, server, *, workers=3, **sections):
    """Start a run over the reports in ``folder``."""
    sections["parallel"] = {"max_workers": workers, **sections.get("parallel", {})}
    settings(folder, server.url, paths=PATHS, **sections)

    return Command(*RUN, cwd=folder)


def session(ended) -> str:
    """Return the session that a command says how to continue."""
    return re.search(r"resume -s (\S+)", ended.out)[1]


def fill_up(folder, server, command, *, asked, times) -> None:
    """Fill the disk while calls are under way; their answers wait in memory then."""
    server.wait(asked)
    fill(folder / "checkpoints" / "ballast")
    server.change(faults={})
    command.until("Waiting for disk space", times)


def test_out_of_disk(tmp_path):
    """The run waits and goes on; stopped meanwhile it names what is not saved, and a resume asks for that."""
    book = Runbook("Out of disk")
    reports.write(tmp_path / "in", 24)

    with serving("--fault", "hold=1") as server, image(tmp_path / "checkpoints", "ext2"):
        command = started(tmp_path, server, parallel={"grace_seconds": 1})
        fill_up(tmp_path, server, command, asked=3, times=1)
        server.change(faults={"hold": 1})
        (tmp_path / "checkpoints" / "ballast").unlink()
        command.until("There is disk space again")
        fill_up(tmp_path, server, command, asked=6, times=2)
        book.do("robasync checkpoints list", cwd=tmp_path)
        command.signal(signal.SIGTERM)
        book.hear(command.end(), code=5)
        (tmp_path / "checkpoints" / "ballast").unlink()
        book.do("robasync cleanup --checkpoints --keep 5", cwd=tmp_path)
        resumed = book.do("robasync resume", cwd=tmp_path)

    assert "24 studies: 24 assessed" in resumed.out
    book.holds()


def test_out_of_budget(tmp_path):
    """The line that stops it, what it was for, and the command that it prints."""
    book = Runbook("Out of budget")
    reports.write(tmp_path / "in", 3)

    with serving() as server:
        ended = started(tmp_path, server, workers=1, cost_tracking={"max_cost_threshold": 0.03}).end()
        book.hear(ended, code=4)
        book.do("robasync cost", cwd=tmp_path)
        book.do("robasync resume --release", cwd=tmp_path)
        book.do("robasync resume --release all", cwd=tmp_path)
        name, amount = re.search(r"resume -s (\S+) --max-cost (\S+)", ended.out).groups()
        book.do("robasync resume -s SESSION --max-cost AMOUNT", cwd=tmp_path, SESSION=name, AMOUNT=amount)

    book.holds()


def test_key_revoked(tmp_path):
    """Three refusals end it; the key's place is named, the new one tried, the failed are asked again."""
    book = Runbook("Key revoked")
    reports.write(tmp_path / "in", 4)
    settings(tmp_path, "", model={"api_key": "${MODEL_KEY}"})

    with serving("--fault", "401=1") as server:
        settings(tmp_path, server.url, model={"api_key": "${MODEL_KEY}"}, paths=PATHS)
        stopped = robasync(*RUN, "-w", 1, cwd=tmp_path, MODEL_KEY=OLD)
        book.hear(stopped, code=3)
        check = {"cwd": tmp_path, "FILE": "settings.json"}
        listed = book.do("robasync providers list -c FILE", environment={"MODEL_KEY": OLD}, **check)
        assert "${MODEL_KEY}" in listed.out
        tried = "robasync providers check -c FILE --call"
        book.do(tried, code=3, environment={"MODEL_KEY": OLD}, **check)
        server.change(faults={})
        book.do(tried, environment={"MODEL_KEY": NEW}, **check)
        resumed = book.do("robasync resume", cwd=tmp_path, environment={"MODEL_KEY": NEW})

    assert "4 studies: 4 assessed" in resumed.out
    book.holds()


def test_server_down(tmp_path):
    """It is waited for; after the patience a few fail, are named, and are asked again by a resume."""
    book = Runbook("Server down")
    reports.write(tmp_path / "in", 8)

    with serving("--latency", 0.2) as server:
        waiting = started(tmp_path, server, workers=2, parallel={"patience_seconds": 60})
        server.wait(2, billed=1)

    waiting.until("no connection could be made")
    port = server.url.removesuffix("/v1").rpartition(":")[2]

    with serving("--port", port):
        waiting.until("The server answers again")
        book.hear(waiting.end(), code=0)

    settings(tmp_path, server.url, paths=PATHS, parallel={"patience_seconds": 2})
    reports.write(tmp_path / "in", 12)
    book.hear(robasync(*RUN, "--new", cwd=tmp_path), code=3)
    book.do("robasync doctor -c FILE", code=2, cwd=tmp_path, FILE="settings.json")

    with serving("--port", port):
        resumed = book.do("robasync resume", cwd=tmp_path)

    assert "12 studies: 12 assessed" in resumed.out
    book.holds()


def test_machine_moved(tmp_path):
    """Copied elsewhere, with one report changed, one new and one gone, it goes on by what was copied."""
    book, before, after = Runbook("Machine moved"), tmp_path / "before", tmp_path / "after"
    before.mkdir()
    reports.write(before / "in", 10)

    with serving() as server:
        server.change(first={"none": 4, "hold": 2})
        command = started(before, server, workers=2)
        server.wait(6)
        book.hear(robasync("resume", cwd=before), code=2)
        book.do("robasync monitor", cwd=before)
        command.signal(signal.SIGINT)
        command.until("finishing the calls in flight")
        server.change(first={})
        name = session(book.hear(command.end(), code=130))
        shutil.copytree(before, after, copy_function=shutil.copy)  # with other times
        before.rename(tmp_path / "gone")
        alter(after / "in")
        given = {"cwd": after, "CHECKPOINT": f"checkpoints/{name}.checkpoint.json", "FILE": "settings.json"}
        book.do("robasync doctor -c FILE", **given)
        book.do("robasync resume -s CHECKPOINT -c FILE --validate-only", **given)
        book.do("robasync resume -s CHECKPOINT -c FILE", **given)
        (after / "in").rename(after / "papers")
        book.hear(robasync("resume", cwd=after), code=2)
        elsewhere = "robasync resume -s CHECKPOINT -c FILE -i REPORTS -o RESULTS"
        book.do("robasync run --resume auto -c FILE -i REPORTS", REPORTS="papers", **given)
        book.do(elsewhere, REPORTS="papers", RESULTS="output", **given)

    assert (after / "output" / "report.html").exists()
    assert len(list((after / "checkpoints").glob("*.checkpoint.json"))) == 1
    book.holds()


def alter(folder) -> None:
    """Change one of the reports, take one away, and put a new one there."""
    first, second, third = sorted(folder.iterdir())[:3]
    (folder / "new.txt").write_text(third.read_text().replace("trial", "study"))
    first.write_text(first.read_text() + "A sentence that was not there before.\n")
    second.unlink()


def test_power_cut(tmp_path):
    """Killed, with the tail that was not synced cut off: nobody works, and what may be paid is named."""
    book = Runbook("Power cut, or killed")
    reports.write(tmp_path / "in", 12)

    with serving() as server:
        server.change(first={"none": 3, "hang": 4})
        command = started(tmp_path, server, workers=4)
        server.wait(7)
        command.kill()
        command.end()
        (journal,) = (tmp_path / "checkpoints").glob("*.journal.jsonl")
        journal.write_bytes(journal.read_bytes().rstrip(b"\0")[:-40])
        book.do("robasync monitor", cwd=tmp_path)
        book.do("robasync fsck", cwd=tmp_path)
        server.change(first={})
        resumed = book.do("robasync resume", cwd=tmp_path)
        book.do("robasync selftest --dir FOLDER", cwd=tmp_path, FOLDER=". --rounds 1")

    assert "12 studies: 12 assessed" in resumed.out
    book.holds()


def test_no_runbook_is_left_out():
    """Each runbook of the page has a test here."""
    titles = re.findall(r"^### (.+)$", PAGE.partition("## Runbooks")[2], re.MULTILINE)
    tests = [name for name in globals() if name.startswith("test_")]

    for title in titles:
        name = title.partition(",")[0].lower().replace(" ", "_")
        assert f"test_{name}" in tests, pytest.fail(f"no test for the runbook {title!r}")
