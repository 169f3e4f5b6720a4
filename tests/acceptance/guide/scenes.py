"""The scenes that the guide's sections speak of: which files and sessions there are."""

from __future__ import annotations

import json
import os
import shutil
import signal

from tests import reports
from tests.acceptance.guide.snippets import Snippet
from tests.acceptance.guide.stage import CHECKPOINT, WORKERS, Stage
from tests.acceptance.harness import Ended

DOCUMENTS = 12
STORED = 6  # sessions in checkpoints/

#: ``python main.py`` is the installed command.
MAIN = 'import os, sys\n\nos.execvp("robasync", ["robasync", *sys.argv[1:]])\n'


def fresh(stage: Stage, _: Snippet | None = None) -> None:
    """Set up twelve reports, the three settings files, and no session."""

    def make() -> None:
        reports.write(stage.folder / "input", DOCUMENTS)
        (stage.folder / "main.py").write_text(MAIN)
        stage.configure("config.json")
        stage.configure("updated_config.json", llm_models=stage.usual("NEW_MODEL_KEY")["llm_models"])
        stage.configure("current_config.json", paths={"output_folder": "output/current"})

    shutil.rmtree(stage.folder, ignore_errors=True)
    stage.scene("fresh", make)


def interrupted(stage: Stage, _: Snippet | None = None) -> None:
    """Set up the session that Ctrl+C ended, with 8 of 12 documents done."""

    def make() -> None:
        fresh(stage)
        interrupt(stage, "python main.py start -c config/config.json")

    stage.scene("interrupted", make)


def copied(stage: Stage, _: Snippet) -> None:
    """Set up the same, and its checkpoint once more under the guide's other names."""
    interrupted(stage)

    for name in ("checkpoint.json", "alternative_checkpoint.json", f"{CHECKPOINT[:-5]}.backup.json"):
        shutil.copy(stage.folder / CHECKPOINT, stage.folder / name)


def damaged(stage: Stage, snippet: Snippet) -> None:
    """Set up the same, and its checkpoint cut short."""
    copied(stage, snippet)
    path = stage.folder / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-200])


def moved_input(stage: Stage, snippet: Snippet) -> None:
    """Set up the same, and settings that name a folder that is not there."""
    copied(stage, snippet)
    stage.configure("current_config.json", paths={"input_folder": "no-such-folder"})


def stored(stage: Stage, _: Snippet | None = None) -> None:
    """Set up the interrupted session and finished ones: six in ``checkpoints/``, two here."""

    def make() -> None:
        interrupted(stage)
        reports.write(stage.folder / "hundred", 100)

        for number in range(STORED):
            _assess(stage, None, f"--only trial-{number:05}.txt")

        _assess(stage, "review.checkpoint.json", "")
        _assess(stage, "completed_review.checkpoint.json", "-i hundred")
        (stage.folder / "archive" / "checkpoints").mkdir(parents=True)

    stage.scene("stored", make)


def worn(stage: Stage, _: Snippet) -> None:
    """Set up the same eight days later, with a damaged checkpoint and a temporary file."""
    stored(stage)
    whole = (stage.folder / "review.checkpoint.json").read_bytes()

    for name in ("broken.checkpoint.json", "left.checkpoint.tmp"):
        (stage.folder / name).write_bytes(whole[:-50])

    for path in stage.folder.rglob("*.checkpoint.*"):
        os.utime(path, (path.stat().st_mtime - 8 * 86_400,) * 2)


def block(stage: Stage, snippet: Snippet) -> None:
    """Set up settings with the guide's block in them, and one more document, which cannot be read."""
    unreadable(stage)
    own = {"paths": {"checkpoint_file": None}, "checkpoint_system": {"backup_interval": 5}}
    stage.configure("block.json", **{**own, **json.loads(snippet.text)})


def program(stage: Stage, snippet: Snippet) -> None:
    """Set up the guide's program in its file, beside the interrupted session."""
    interrupted(stage)
    (stage.folder / snippet.title).write_text(snippet.text)


def manager(stage: Stage, snippet: Snippet) -> None:
    """Set up the guide's program in its file, beside the stored sessions."""
    stored(stage)
    (stage.folder / snippet.title).write_text(snippet.text)


def unreadable(stage: Stage, _: Snippet | None = None) -> None:
    """Set up twelve reports, and a file that holds nothing."""
    fresh(stage)
    (stage.folder / "input" / "unreadable.txt").write_text("")


def interrupt(stage: Stage, text: str) -> Ended:
    """Start, press Ctrl+C while every worker has a call under way, and let those calls end."""
    requests = stage.server.counts["requests"]
    stage.server.change(first={"hold": DOCUMENTS})
    command = stage.start(text)
    command.until("Checkpoint created")
    stage.server.wait(requests + WORKERS)
    command.signal(signal.SIGINT)
    command.until("Interrupt signal received")
    stage.server.change(first={})

    return command.end()


def ask_for_a_checkpoint(stage: Stage, text: str) -> Ended:
    """Start and ask for a checkpoint between the first batch and the last answer."""
    stage.server.change(first={"none": DOCUMENTS - 1, "hold": 1})
    command = stage.start(text)
    command.until("Batch 1 completed")
    command.signal(signal.SIGUSR1)
    command.until("Checkpoint created", times=2)
    stage.server.change(first={})

    return command.end()


def _assess(stage: Stage, checkpoint: str | None, more: str) -> None:
    stage.configure("own.json", paths={"checkpoint_file": checkpoint})
    stage.shell(f"robasync run -c config/own.json --new {more}", guide="")
