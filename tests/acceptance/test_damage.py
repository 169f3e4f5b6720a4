"""Every row of docs/damage.md: a session is harmed, ``resume`` is typed, and does what stands there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from robasync.records import Kind, Record
from robasync.reports import results
from robasync.store import checkpoint as checkpoints
from robasync.store import codec
from robasync.store.files import DiskFiles
from robasync.store.lock import held
from robasync.store.places import Place
from tests import reports
from tests.acceptance.harness import ROOT, Command, Ended, outcomes, robasync, serving, settings

DOCUMENTS = 4
RUN = ("run", "-c", "run.json", "-i", "in", "-o", "out")
OTHER = "rob_session_20200101_000000"
KEY = "5e" * 32
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

ROW = re.compile(r"^\| (.+?) \| .+? \| `(.+)` \| (\d) \|$", re.MULTILINE)


class Scene:
    """A finished session in a folder of its own, and the command that goes on with it."""

    def __init__(self, folder: Path) -> None:
        self._lie_in(folder)
        self.command: list[object] = ["resume"]
        self.through: Sequence[object] = ()
        self.holds = ExitStack()

    def _lie_in(self, folder: Path) -> None:
        self.folder = folder
        (self.checkpoint,) = (folder / "checkpoints").glob("*.checkpoint.json")
        self.place = Place(self.checkpoint)
        self.session = self.place.stem
        self.journal = self.place.segment(1)

    @property
    def backups(self) -> list[Path]:
        return sorted((self.folder / "checkpoints" / "backups").iterdir())

    def resume(self) -> Ended:
        return Command(*self.command, cwd=self.folder, through=self.through).end()

    def rewrite(self, **changes: object) -> None:
        """Change values of the checkpoint, with a checksum that fits."""
        content = json.loads(self.checkpoint.read_bytes()) | changes
        self.checkpoint.write_text(json.dumps(content | {"checksum": checkpoints.checksum(content)}))

    def rebegin(self, **changes: object) -> None:
        """Change values of the journal's first record, with a checksum that fits."""
        first, _, rest = self.journal.read_bytes().partition(b"\n")
        body = codec.read_record(first, codec.read_head(first)).body | changes
        line = codec.encode(Record(Kind.SESSION_STARTED, body), 1, group=1, time="2024-12-01T14:30:22.123456")
        self.journal.write_bytes(line + rest)

    def write_later(self) -> None:
        """Append a record such as a later version may write, and that it is the later one."""
        last = len(self.journal.read_bytes().splitlines())
        resumed = Record(Kind.SESSION_RESUMED, {"robasync": "99.0"})
        lines = [codec.encode(resumed, last + 1, group=last + 1, time="x")]
        lines += [codec.encode(Record("consensus", {}), last + 2, group=last + 2, time="x")]
        self.journal.write_bytes(self.journal.read_bytes() + b"".join(lines))

    def split(self) -> list[Path]:
        """Put the journal into three segments, cut between records; return their paths."""
        lines = self.journal.read_bytes().splitlines(keepends=True)
        parts = lines[:3], lines[3:6], lines[6:]
        paths = [self.place.segment(number) for number in (1, 2, 3)]

        for path, part in zip(paths, parts, strict=True):
            path.write_bytes(b"".join(part))

        return paths

    def as_other_user(self) -> None:
        """Go on as a user whom rights bind, in a folder that is open to everybody."""
        if os.geteuid() == 0:
            if subprocess.run(
                [*NOBODY, sys.executable, "-c", ""], capture_output=True, check=False
            ).returncode:
                pytest.skip("another user cannot start this Python")

            folder = Path(self.holds.enter_context(TemporaryDirectory()))
            folder.chmod(0o755)
            self._lie_in(shutil.copytree(self.folder, folder / "session"))
            self.folder.chmod(0o755)
            self.through = NOBODY

    def move(self, name: str, to: str) -> None:
        (self.folder / name).rename(self.folder / to)

    def copy_away(self) -> None:
        """Be the same files on another machine: other inodes, other times."""
        copy = self.folder.with_name("another machine")
        shutil.copytree(self.folder, copy, copy_function=shutil.copyfile)
        self._lie_in(copy)


def flipped(path: Path, at: float) -> None:
    """Flip a bit, ``at`` being how far into the file."""
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 1
    path.write_bytes(data)


def without_backups(scene: Scene) -> None:
    shutil.rmtree(scene.folder / "checkpoints" / "backups")


def lost(scene: Scene) -> None:
    scene.journal.unlink()
    scene.checkpoint.unlink()
    without_backups(scene)


def backup_named(scene: Scene) -> None:
    scene.journal.unlink()
    scene.checkpoint.unlink()
    scene.command += ["-s", scene.backups[0].relative_to(scene.folder)]


def three_unproven(scene: Scene) -> None:
    scene.journal.unlink()
    first, second, third, _ = sorted((scene.folder / "out" / "results").iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes().replace(b"Fictional", b"Real", 1))
    outcome = results.decode(third.read_bytes())
    other = replace(outcome.assessment, instrument_hash="0" * 64)
    third.write_bytes(results.encode(replace(outcome, assessment=other)))


def manual(scene: Scene) -> None:
    (scene.folder / "settings.json").write_text('{"checkpoint_system": {"recovery_mode": "manual"}}')
    scene.command += ["-c", "settings.json"]
    scene.checkpoint.write_text("{")


def renamed_and_named(scene: Scene) -> None:
    scene.move("checkpoints", "kept")
    scene.command += ["-s", Path("kept", scene.checkpoint.name)]


def copy_named(scene: Scene) -> None:
    shutil.copy(scene.checkpoint, scene.folder / "copy.json")
    scene.command += ["-s", "copy.json"]


def input_renamed_and_named(scene: Scene) -> None:
    scene.move("in", "trials")
    scene.command += ["-i", "trials"]


def read_only(scene: Scene) -> None:
    scene.as_other_user()
    (scene.folder / "checkpoints").chmod(0o555)


def unreadable(scene: Scene) -> None:
    scene.as_other_user()
    scene.journal.chmod(0o000)


def linked_nowhere(scene: Scene) -> None:
    scene.checkpoint.unlink()
    scene.checkpoint.symlink_to("nowhere")


def older_put_back(scene: Scene) -> None:
    shutil.copy(scene.backups[0], scene.checkpoint)


def run_again(scene: Scene, *more: object) -> None:
    """Lose the journal of a session that is not finished, and type the command that began it."""
    (scene.folder / "out" / "results").joinpath("trial-00003.txt.json").unlink()
    scene.rewrite(completed_documents=DOCUMENTS - 1)
    without_backups(scene)
    begin_again(scene, *more)


def nothing_tells(scene: Scene, *command: object) -> None:
    """Lose the journal, all backups, and half of the checkpoint."""
    scene.journal.unlink()
    without_backups(scene)
    os.truncate(scene.checkpoint, 900)
    scene.command = [*command]


def moved_whole(scene: Scene) -> None:
    """Name the input folder with its whole path, and move everything."""
    reports_in = scene.folder / "in"
    ended = robasync("resume", "-i", reports_in, cwd=scene.folder)
    assert ended.code == 0, ended.err
    gone = scene.folder
    scene.copy_away()
    shutil.rmtree(gone)
    scene.command = [*RUN[:4], scene.folder / "in", *RUN[5:], "--resume", "auto"]


def begin_again(scene: Scene, *more: object) -> None:
    scene.journal.unlink()
    scene.command = [*RUN, *more]


HARM: dict[str, Callable[[Scene], object]] = {
    "checkpoint truncated": lambda scene: os.truncate(scene.checkpoint, 900),
    "checkpoint empty": lambda scene: scene.checkpoint.write_bytes(b""),
    "checkpoint with one bit flipped": lambda scene: flipped(scene.checkpoint, 0.5),
    "checkpoint edited by hand": lambda scene: scene.checkpoint.write_text(
        scene.checkpoint.read_text().replace('"completed_documents": 4', '"completed_documents": 3')
    ),
    "checkpoint re-indented": lambda scene: scene.checkpoint.write_text(
        json.dumps(json.loads(scene.checkpoint.read_text()), indent=7)
    ),
    "another program's JSON in its place": lambda scene: scene.checkpoint.write_text('{"a": 1}'),
    "another session's checkpoint in its place": lambda scene: scene.rewrite(session_id=OTHER),
    "a link to nowhere in its place": linked_nowhere,
    "checkpoint of a later version": lambda scene: scene.rewrite(format_version=2, robasync="99.0"),
    "an older checkpoint put in its place": older_put_back,
    "checkpoint missing": lambda scene: scene.checkpoint.unlink(),
    "checkpoint and backups missing": lambda scene: (scene.checkpoint.unlink(), without_backups(scene)),
    "backups missing": without_backups,
    "checkpoint damaged, `recovery_mode` manual": manual,
    "journal missing": lambda scene: scene.journal.unlink(),
    "journal empty": lambda scene: scene.journal.write_bytes(b""),
    "journal missing, result files lost, changed, of another instrument": three_unproven,
    "journal missing, checkpoint damaged": lambda scene: (
        scene.journal.unlink(),
        scene.checkpoint.write_text("{"),
    ),
    "journal and backups missing, checkpoint damaged": lambda scene: nothing_tells(scene, "resume"),
    "journal and backups missing, checkpoint damaged, `run` typed": lambda scene: nothing_tells(scene, *RUN),
    "journal and backups missing, checkpoint damaged, `run --resume auto` typed": lambda scene: nothing_tells(
        scene, *RUN, "--resume", "auto"
    ),
    "journal and checkpoint missing, a backup named with `-s`": backup_named,
    "journal, checkpoint and backups missing": lost,
    "journal of an unfinished session missing, `run` typed": run_again,
    "the same, `run --resume auto` typed": lambda scene: run_again(scene, "--resume", "auto"),
    "journal of a finished session missing, `run --resume auto` typed": lambda scene: begin_again(
        scene, "--resume", "auto"
    ),
    "journal cut short": lambda scene: os.truncate(scene.journal, scene.journal.stat().st_size - 9_000),
    "a bit of the journal flipped, no index": lambda scene: (
        scene.place.index.unlink(),
        flipped(scene.journal, 0.5),
    ),
    "the journal's first record damaged, no index": lambda scene: (
        scene.place.index.unlink(),
        flipped(scene.journal, 0.005),
    ),
    "first part of the journal missing": lambda scene: scene.split()[0].unlink(),
    "a part in the middle of the journal missing": lambda scene: scene.split()[1].unlink(),
    "journal with a forged session id": lambda scene: scene.rebegin(session_id="../../../tmp/x"),
    "journal written on by a later version": Scene.write_later,
    "session begun by an earlier version": lambda scene: scene.rebegin(robasync="0.0.9"),
    "everything copied to another machine": Scene.copy_away,
    "everything moved, the input folder named by its whole path, `run --resume auto` typed": moved_whole,
    "input folder gone": lambda scene: scene.move("in", "elsewhere"),
    "input folder renamed, and named with `-i`": input_renamed_and_named,
    "output folder renamed": lambda scene: scene.move("out", "old"),
    "checkpoint folder renamed": lambda scene: scene.move("checkpoints", "kept"),
    "checkpoint folder renamed, and its checkpoint named with `-s`": renamed_and_named,
    "a copy of the checkpoint named with `-s`": copy_named,
    "checkpoint folder read-only": read_only,
    "journal not readable for this user": unreadable,
    "another process writes the session": lambda scene: scene.holds.enter_context(
        held(DiskFiles(), Place(scene.checkpoint))
    ),
}


# Case, message and exit code of each row of docs/damage.md.
ROWS = ROW.findall((ROOT / "docs" / "damage.md").read_text())
TABLE = [(case, message, int(code)) for case, message, code in ROWS]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a folder with a finished session of the offline baseline, and backups of its checkpoint."""
    folder = tmp_path_factory.mktemp("finished")
    reports.write(folder / "in", DOCUMENTS)
    (folder / "run.json").write_text('{"checkpoint_system": {"backup_interval": 2}}')
    ended = robasync(*RUN, "-w", 1, "--batch-size", 2, cwd=folder)
    assert ended.code == 0, ended.err

    return folder, outcomes(folder / "out")


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of the checkpoint folder; locks come and go."""
    names = (path for path in (folder / "checkpoints").rglob("*") if path.is_file())

    return {path.name: path.read_bytes() for path in names if ".lock" not in path.name}


def pattern(message: str, session: str) -> str:
    """Return the message of a row as a regular expression."""
    return ".*".join(map(re.escape, message.replace("SESSION", session).split("…")))


def test_the_table_has_every_case():
    """A row without a test, or a test without a row, is a promise that nobody keeps."""
    assert [case for case, _, _ in TABLE] == list(HARM)


@pytest.mark.parametrize(("case", "message", "code"), TABLE, ids=[row[0] for row in TABLE])
def test_a_row_of_the_table(finished, tmp_path, case, message, code):
    """The message and the exit code that the table names; nothing lost, or nothing changed."""
    source, known = finished
    scene = Scene(shutil.copytree(source, tmp_path / "session"))

    with scene.holds:
        HARM[case](scene)
        before = files(scene.folder)
        ended = scene.resume()

        assert re.search(pattern(message, scene.session), ended.err, re.DOTALL), ended.err
        assert ended.code == code, ended.err
        assert "Traceback" not in ended.err

        if code == 0:
            assert outcomes(scene.folder / "out") == known
        else:
            assert files(scene.folder) == before


def test_a_flipped_bit_that_the_index_hides_costs_one_more_resume(finished, tmp_path):
    """It ends with 5 and names the place; typed again, it asks for what is lost and is done."""
    source, known = finished
    scene = Scene(shutil.copytree(source, tmp_path / "session"))
    flipped(scene.journal, 0.5)
    first, second = scene.resume(), scene.resume()

    assert (first.code, second.code) == (5, 0)
    assert re.search(rf"{scene.journal.name}: the record at byte \d+ is damaged", first.err)
    assert "robasync resume asks for what is lost again" in first.err
    assert outcomes(scene.folder / "out") == known


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{}", 'lacks the required field "session_id"'),
        ("3", "holds no JSON object"),
        (None, "was changed or damaged after it was written (its checksum differs)"),
    ],
)
def test_what_is_no_checkpoint_is_named_and_left_alone(finished, tmp_path, content, reason):
    """Another file named by mistake: exit 2, the reason in one sentence, and no file beside it."""
    (checkpoint,) = (finished[0] / "checkpoints").glob("*.checkpoint.json")
    edited = checkpoint.read_text().replace('"completed_documents": 4', '"completed_documents": 3')
    (tmp_path / "settings.json").write_text(content or edited)
    ended = robasync("resume", "-s", "settings.json", cwd=tmp_path)

    assert ended.code == 2
    assert f"settings.json is not a checkpoint to go on with: it {reason}.\n" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_a_lost_journal_keeps_the_cap_and_the_key(tmp_path):
    """What was spent counts against a cap; nothing without the key; what is of other bytes is asked again."""
    sealed = {"encryption": True, "encryption_key": "${ROB_KEY}"}
    cap = "ROBASYNC_COST_TRACKING__MAX_COST_THRESHOLD"
    reports.write(tmp_path / "in", 3)

    with serving() as server:
        settings(tmp_path, server.url, checkpoint_system=sealed)
        run = ("run", "-c", "settings.json", "-i", "in", "-o", "out", "--json")
        first = robasync(*run, cwd=tmp_path, ROB_KEY=KEY)
        (journal,) = (tmp_path / "checkpoints").glob("*.jsonl")
        journal.unlink()
        (tmp_path / "out" / "results" / "trial-00000.txt.json.sealed").unlink()
        (tmp_path / "in" / "trial-00001.txt").write_text(reports.text(7))
        resume = ("resume", "-c", "settings.json", "--json")
        locked = robasync(*resume, cwd=tmp_path, ROB_KEY="7a" * 32)
        spent = first.facts["cost"]
        capped = robasync(*resume, cwd=tmp_path, ROB_KEY=KEY, **{cap: str(spent)})
        last = robasync(*resume, cwd=tmp_path, ROB_KEY=KEY, **{cap: str(spent * 9)})
        asked = server.counts["requests"]

    assert [ended.code for ended in (first, locked, capped, last)] == [0, 2, 4, 0], last.err
    assert "1 of 3 results were taken over" in capped.err
    assert (last.facts["assessed"], asked) == (3, 5)
    assert last.facts["cost"] == pytest.approx(spent * 5 / 3, rel=0.05)
    assert b'"sealed":"' in journal.read_bytes()
    assert b"Xelotane" not in journal.read_bytes()
