"""``docs/resume.md``, executed: its commands in order, and the lines that it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from robasync import settings
from tests import reports
from tests.acceptance.guide.scenes import DOCUMENTS, STORED, interrupt
from tests.acceptance.guide.stage import BATCH, WORKERS, Stage
from tests.acceptance.harness import ROOT, serving

TEXT = (ROOT / "docs" / "resume.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r'(?:<!-- (?P<scene>\w+)(?:, "(?P<typed>\w+)" typed)? -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$',
    re.DOTALL | re.MULTILINE,
)
BLOCKS = tuple(found.groupdict(default="") for found in BLOCK.finditer(TEXT))
NAMED = "rob_session_20241201_143022"  # as the page calls the session
SESSION = r"rob_session_\d+_\d+"
RUN = "robasync run -c robasync.json -i papers -o output"


@dataclass(frozen=True)
class Example:
    """A command of the page, the lines shown below it, and the exit code."""

    command: str
    shown: tuple[str, ...]
    code: int

    @property
    def is_interrupted(self) -> bool:
        """Whether the page shows Ctrl+C."""
        return "^C" in self.shown


def examples(text: str) -> Iterator[Example]:
    """Yield the commands of a block: what follows ``$``, up to the next one."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        exits = re.fullmatch(r"\[exit (\d+)\]", lines[-1]) if lines else None

        yield Example(command, tuple(lines[:-1] if exits else lines), int(exits[1]) if exits else 0)


def fresh(stage: Stage) -> None:
    """Set up twelve reports and two settings files, as a reader has them."""

    def make() -> None:
        reports.write(stage.folder / "papers", DOCUMENTS)

        for name, key in (("robasync.json", "MODEL_KEY"), ("other-key.json", "NEW_MODEL_KEY")):
            parallel = {"max_workers": WORKERS, "max_documents_per_batch": BATCH}
            usual = stage.usual(key)
            own = {section: usual[section] for section in ("llm_models", "cost_tracking")}
            (stage.folder / name).write_text(json.dumps({"parallel": parallel, **own}))

    stage.scene("fresh", make)


def interrupted(stage: Stage) -> None:
    """Set up the session that the page interrupts."""

    def make() -> None:
        fresh(stage)
        interrupt(stage, RUN)

    stage.scene("interrupted", make)


def damaged(stage: Stage) -> None:
    """Set up the same with half a checkpoint."""
    interrupted(stage)
    (path,) = (stage.folder / "checkpoints").glob("*.checkpoint.json")
    path.write_bytes(path.read_bytes()[:2_000])


def stored(stage: Stage) -> None:
    """Set up six finished sessions."""

    def make() -> None:
        fresh(stage)

        for number in range(STORED):
            stage.shell(f"{RUN} --only trial-{number:05}.txt", guide="")

    stage.scene("stored", make)


SCENES = {"fresh": fresh, "interrupted": interrupted, "damaged": damaged, "stored": stored}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Return the folder in which the page is executed."""
    with serving() as server:
        yield Stage(tmp_path_factory.mktemp("page"), server)


def newest(stage: Stage) -> str:
    """Return the id of the newest session in the folder."""
    found = sorted(path.name for path in (stage.folder / "checkpoints").glob("*.journal.jsonl"))

    return found[-1].split(".")[0] if found else NAMED


def pattern(line: str) -> str:
    """Return what finds a line of the page: with other numbers, and anything for ``...``."""
    anything = re.escape(line.strip()).replace(r"\.\.\.", ".*")

    numbers = re.sub(r"\d+", r"\\d+", anything)
    numbers = numbers.replace(SESSION, SESSION + r"(?:_\d+)?")  # the second one in the same second

    return re.sub(r"\\? +", r"\\s+", numbers.replace("\\ ", " "))


def is_said(example: Example, said: str) -> str:
    """Return the first shown line that is not in what was said, in order; "" where all are."""
    place = 0

    for line in example.shown:
        if line != "^C":
            found = re.compile(pattern(line)).search(said, place)

            if found is None:
                return line

            place = found.end()

    return ""


def test_the_page_holds_only_what_is_executed():
    """Commands, settings and programs; nothing is shown that no test runs."""
    assert {block["kind"] for block in BLOCKS} == {"console", "json", "python"}
    assert TEXT.count("```") == 2 * len(BLOCKS)
    assert not re.search(r"^    robasync", TEXT, re.MULTILINE)


@pytest.mark.parametrize("number", [n for n, block in enumerate(BLOCKS) if block["kind"] == "json"])
def test_the_settings_load(number, tmp_path):
    """Each block of settings is one, and says nothing that has no effect."""
    (tmp_path / "c.json").write_text(BLOCKS[number]["text"])

    assert settings.load(file=tmp_path / "c.json", environment=False).notices == ()


def test_the_examples_do_what_the_page_shows(stage):
    """From top to bottom in one folder; a mark above a block sets the scene."""
    wrong = []

    for block in BLOCKS:
        if block["scene"]:
            SCENES[block["scene"]](stage)

        if block["kind"] == "python":
            (stage.folder / "program.py").write_text(block["text"])
            block = {**block, "text": "$ python program.py\n"}

        for example in examples(block["text"]) if block["kind"] != "json" else ():
            wrong += faults(stage, example, typed=block["typed"])

    assert not wrong, "\n\n".join(wrong)


def faults(stage: Stage, example: Example, *, typed: str) -> list[str]:
    """Execute an example and return what is not as the page shows it."""
    command = example.command.replace(NAMED, newest(stage))

    if example.is_interrupted:
        ended = interrupt(stage, command)
    else:
        ended = stage.shell(command, guide="", typed=f"{typed}\n")

    missing = is_said(example, ended.err + ended.out)
    found = f"$ {command}\nexit {ended.code}, not found: {missing!r}\n{ended.err}{ended.out}"

    return [] if not missing and ended.code == example.code else [found]
