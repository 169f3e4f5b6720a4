"""Random sequences of run, kill, other settings, changed files and every form of resume.

Each life is the command in a process of its own, killed or stopped at one of its syncs. After
each, the documents that were done are those that the rules name (``resume_model``), and the
server's bill shows that no recorded reply was asked again. At the end the newest session is
finished, and each of its outcomes is that of a fresh run with the settings that it was judged by.

Many more and longer sequences: pytest tests/crash/test_resume_lives.py --hypothesis-profile=long
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections import Counter
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from robasync.errors import CheckpointError
from robasync.store import checkpoint
from tests.acceptance.harness import Server, outcomes, serving
from tests.crash import forked
from tests.crash.forked import Death
from tests.crash.resume_model import (
    HOLLOW,
    Judged,
    Session,
    Wanted,
    calls,
    contents,
    journals,
    recorded,
    text,
)

T = TypeVar("T")

NAMES = [f"trial-{number}.txt" for number in range(8)]
NUMBERS = st.integers(100, 120)  # few, so that the same bytes come again
DEATHS = st.none() | st.builds(
    Death,
    signal=st.sampled_from([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]),
    sync=st.integers(1, 14),
    before=st.booleans(),
)
WANTED = st.builds(
    Wanted,
    model_name=st.sampled_from(["m1", "m2"]),
    max_tokens=st.sampled_from([4096, 2048]),
    low=st.sampled_from([1, 5]),
)
HOW = st.fixed_dictionaries(
    {},
    optional={
        "-w": st.sampled_from([1, 3, 8, "auto"]),
        "--batch-size": st.integers(1, 5),
        "--output-dir": st.sampled_from(["out", "out-2"]),
    },
)
WHICH = st.integers(0, 59)
FORMS = st.sampled_from(["newest", "id", "name", "path", "copy"])
FLAGS = st.sets(st.sampled_from(["--reassess", "--force-clean", "--verify-inputs", "--yes"]), max_size=2)


class Lives(RuleBasedStateMachine):
    """A folder of reports, the sessions over it, and what must be so of both."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.folder = Path(tempfile.mkdtemp(prefix="robasync-lives-"))
        self.reports = self.folder / "in"
        self.store = self.folder / "checkpoints"
        self.sessions: dict[str, Session] = {}
        self.first_bill = self._bill()

    def teardown(self) -> None:
        try:
            self._finish()
        finally:
            shutil.rmtree(self.folder)

    @initialize(numbers=st.lists(NUMBERS, min_size=3, max_size=6), is_hollow=st.booleans())
    def begin(self, numbers, is_hollow) -> None:
        """Put some reports into the folder."""
        self.reports.mkdir()

        for name, number in zip(NAMES, [HOLLOW, *numbers] if is_hollow else numbers, strict=False):
            (self.reports / name).write_text(text(number))

    @rule(wanted=st.none() | WANTED, how=HOW, way=st.sampled_from(["", "--new", "auto"]), death=DEATHS)
    def run(self, wanted, how, way, death) -> None:
        """Begin, or go on, with ``run``; of unfinished work it begins anew only when told so."""
        wanted = wanted or next((one.begun for one in self._newest_first()), Wanted())
        command = ["run", "-c", self._file(wanted), "-i", "in", *_options({"--output-dir": "out"} | how)]
        unfinished = [one for one in self._newest_first() if one.begun == wanted and self._is_unfinished(one)]
        same = [one for one in self._newest_first() if one.wanted.calls == wanted.calls]

        if way == "auto" and same:
            self._live(same[0], [*command, "--resume", "auto"], wanted, death)
        elif unfinished and not way:
            ended = forked.robasync(*command, cwd=self.folder)
            assert (ended.code, unfinished[0].id in ended.err) == (2, True), ended
        else:
            flags = {"": [], "--new": ["--new"], "auto": ["--resume", "auto"]}[way]
            self._live(None, [*command, *flags], wanted, death)

    @rule(which=WHICH, form=FORMS, wanted=st.none() | WANTED, how=HOW, flags=FLAGS, death=DEATHS)
    def resume(self, which, form, wanted, how, flags, death) -> None:
        """Go on with a session, named in one way or another, with its settings or with others."""
        if not self.sessions:
            return

        session = self._newest_first()[0] if form == "newest" else _one_of(self._newest_first(), which)
        given = ["-c", self._file(wanted)] if wanted else []
        command = ["resume", *self._named(session, form), *given, *_options(how), *sorted(flags)]
        self._live(session, command, wanted or session.wanted, death)

    @rule()
    def go_on(self) -> None:
        """Type the one command that most people do."""
        if self.sessions:
            session = self._newest_first()[0]
            self._live(session, ["resume"], session.wanted, None)

    @rule(name=st.sampled_from(NAMES), number=NUMBERS | st.just(HOLLOW))
    def write(self, name, number) -> None:
        """Put a report there, or another in its place."""
        (self.reports / name).write_text(text(number))

    @rule(which=WHICH, number=NUMBERS)
    def forge(self, which, number) -> None:
        """Write other bytes into a file so that it looks as before."""
        path = self.reports / _one_of(sorted(contents(self.reports)), which)
        facts = path.stat()

        if facts.st_size == len(text(number)):
            path.write_text(text(number))
            os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    @rule(which=WHICH, to=st.sampled_from(NAMES), how=st.sampled_from(["move", "copy", "touch", "remove"]))
    def arrange(self, which, to, how) -> None:
        """Move, copy, touch or remove a file; one is always left."""
        name = _one_of(sorted(contents(self.reports)), which)

        if how == "move":
            (self.reports / name).rename(self.reports / to)
        elif how == "copy" and name != to:
            shutil.copyfile(self.reports / name, self.reports / to)
        elif how == "touch":
            os.utime(self.reports / name)
        elif how == "remove" and len(contents(self.reports)) > 1:
            (self.reports / name).unlink()

    @rule(which=WHICH, what=st.sampled_from(["lost", "spoilt", "cut", "older", "no index", "torn"]))
    def harm(self, which, what) -> None:
        """Lose or damage what can be made again; tear the journal's end."""
        if not self.sessions:
            return

        session = _one_of(self._newest_first(), which).id
        path = self.store / f"{session}.checkpoint.json"
        older = sorted((self.store / "backups").glob(f"{session}*"))

        if what == "no index":
            (self.store / f"{session}.index").unlink(missing_ok=True)
        elif what == "torn":
            with (self.store / f"{session}.journal.jsonl").open("ab") as journal:
                journal.write(b'{"crc":"00000000","seq":999')
        elif what == "older" and older:
            shutil.copyfile(older[0], path)
        elif path.exists() and what == "lost":
            path.unlink()
        elif path.exists():
            data = path.read_bytes()
            path.write_bytes(
                data[: len(data) // 2] + (b"" if what == "cut" else b"?" + data[len(data) // 2 :])
            )

    def _live(self, session: Session | None, command: list, wanted: Wanted, death: Death | None) -> None:
        """Live one life and judge it."""
        flags = {"reassess": "--reassess" in command, "verify": "--verify-inputs" in command}
        due = session.due(self.reports, **flags) if session else set(contents(self.reports))
        safe, before = recorded(self.store), self._bill()
        ended = forked.robasync(*command, cwd=self.folder, death=death)
        again = {body for body in self._bill() - before if body[:24] in safe}
        assert not again, f"asked again although recorded: {again}"

        session, done = self._learn(session, wanted)
        assert done <= due, f"done without need: {done - due}\n{ended.err}"
        answered, uncertain = calls(self.store)
        assert answered <= (self._bill() - self.first_bill).total() <= answered + uncertain

        if death is None or ended.code not in (-death.signal, 128 + death.signal):
            missing = due - done
            assert not missing, f"not done: {missing}\n{ended.err}"
            assert ended.code == self._code(session), ended

    def _learn(self, session: Session | None, wanted: Wanted) -> tuple[Session | None, set[str]]:
        """Take in what a life has left in the journals; return its session, if any, and what it did."""
        found = journals(self.store)
        begun = found.keys() - self.sessions.keys()
        assert len(begun) <= (session is None), f"a session that nobody wanted: {begun}"

        for name in begun:
            session = self.sessions[name] = Session(name, begun=wanted, wanted=wanted)

        return session, session.learn(found[session.id], self.reports, wanted) if session else set()

    def _finish(self) -> None:
        """Go on with the newest session to its end, and compare it with fresh runs."""
        if not self.sessions:
            return

        session = self._newest_first()[0]
        self._live(session, ["resume"], session.wanted, None)
        found = outcomes(self.folder / session.output)
        assert found.keys() >= session.judged.keys()

        for wanted in {one.wanted for one in session.judged.values()}:
            names = {name: one for name, one in session.judged.items() if one.wanted == wanted}
            assert {name: found[name] for name in names} == self._fresh(wanted, names)

        check = forked.robasync("fsck", "-s", session.id, cwd=self.folder)
        assert check.code == 0, check.out + check.err

    def _fresh(self, wanted: Wanted, judged: dict[str, Judged]) -> dict[str, dict]:
        """Return the outcomes of a run that nothing disturbs, over the reports as they were judged."""
        folder = self.folder / "fresh" / str(hash(wanted))
        (folder / "in").mkdir(parents=True)

        for name, one in judged.items():
            (folder / "in" / name).write_text(text(one.number))

        command = ["run", "-c", wanted.write(folder, self.server.url), "-i", "in", "-o", "out"]
        assert forked.robasync(*command, cwd=folder).code in (0, 3)

        return outcomes(folder / "out")

    def _code(self, session: Session) -> int:
        """Return how a life that was not stopped must end."""
        return 3 if any(one.number == HOLLOW for one in session.judged.values()) else 0

    def _is_unfinished(self, session: Session) -> bool:
        return bool(session.left - session.gone) or not session.judged

    def _named(self, session: Session, form: str) -> list[str]:
        name = f"{session.id}.checkpoint.json"
        path = self.store / name

        if form == "copy" and _is_whole(path):
            shutil.copyfile(path, self.folder / "copy.json")
            return ["-s", "copy.json"]

        return {"newest": [], "name": ["-s", name], "path": ["-s", str(path)]}.get(form, ["-s", session.id])

    def _newest_first(self) -> list[Session]:
        return sorted(self.sessions.values(), key=lambda one: (one.newest, one.id), reverse=True)

    def _file(self, wanted: Wanted) -> str:
        return wanted.write(self.folder, self.server.url)

    def _bill(self) -> Counter[str]:
        return Counter(self.server.counts["billed"])


def _one_of(some: list[T], which: int) -> T:
    """Return one of them; the same draw fits however many there are, which is a matter of time."""
    return some[which % len(some)]


def _is_whole(path: Path) -> bool:
    """Return whether the checkpoint can be read: nothing follows a damaged copy to its session."""
    try:
        return bool(checkpoint.parse(path.read_bytes(), name=path.name))
    except (FileNotFoundError, CheckpointError):
        return False


def _options(given: dict) -> list[str]:
    return [str(part) for option in given.items() for part in option]


LONG = settings.get_current_profile_name() == "long"


@pytest.fixture(scope="module")
def server():
    forked.load()

    with serving() as running:
        yield running


def test_whatever_happens_results_are_those_of_a_fresh_run(server):
    """See the module's words: nothing recorded is asked again, and the rules say what is done."""
    run_state_machine_as_test(
        lambda: Lives(server),
        settings=settings(
            max_examples=120 if LONG else 30,
            stateful_step_count=25 if LONG else 12,
            deadline=None,
            derandomize=not LONG,
            report_multiple_bugs=False,
            phases=[Phase.generate],  # to shrink takes minutes, and the steps are few and told
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
