"""What there is to execute in the guide: its fenced blocks in order, shell blocks command by command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

GUIDE = Path(__file__).parents[4] / "shared" / "guide" / "checkpoint_resume_guide.md"

_BLOCK = re.compile(
    r"^#{2,4} (?P<heading>[^\n]+)$|^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
_LOGGED = re.compile(r"# \[\d\d:\d\d:\d\d\] (.+)")
_SCRIPT = "#!"


@dataclass(frozen=True)
class Snippet:
    """A command, program, configuration or list of messages of the guide, in the section it stands in.

    ``remark`` is the comment above it, ``logged`` are the log lines that the guide shows for it.
    """

    section: str
    kind: str
    text: str
    remark: str = ""
    logged: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Return what the table knows it by: its only line, the comment above it, or its first line."""
        lines = self.text.strip().splitlines()

        if self.kind == "bash":
            return self.text if len(lines) == 1 else self.remark

        return lines[1].strip() if self.kind == "json" else lines[0].removeprefix("# ")


def of_guide() -> list[Snippet]:
    """Return everything that the guide's fenced blocks hold, in order."""
    return list(_snippets(GUIDE.read_text(encoding="utf-8")))


def blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield heading, kind and text of each fenced block of a Markdown text."""
    heading = ""

    for found in _BLOCK.finditer(text):
        if found["heading"]:
            heading = found["heading"]
        else:
            yield heading, found["kind"], found["text"]


def _snippets(text: str) -> Iterator[Snippet]:
    for section, kind, block in blocks(text):
        if kind == "bash":
            yield from _commands(section, block)
        else:
            yield Snippet(section, kind, block)


def _commands(section: str, block: str) -> Iterator[Snippet]:
    remark, made = "", None

    for part in _parts(block):
        if not part.startswith("#") or part.startswith(_SCRIPT):
            if made:
                yield made

            made = Snippet(section, "bash", part, remark)
        elif found := _LOGGED.fullmatch(part):
            assert made, f"{section}: a log line belongs to no command"
            made = Snippet(section, "bash", made.text, made.remark, (*made.logged, found[1]))
        else:
            remark = part.removeprefix("# ")

    assert made, f"{section}: a shell block without a command"
    yield made


def _parts(block: str) -> Iterator[str]:
    """Yield commands and comments: lines, continued ones joined, quoted programs and scripts whole."""
    lines = iter(block.splitlines())

    for line in filter(str.strip, lines):
        if line.startswith(_SCRIPT):
            yield "\n".join([line, *lines])
        elif line.endswith("\\"):
            yield _joined(line, lines)
        elif line.endswith('-c "'):
            yield "\n".join([line, *_until_quote(lines)])
        else:
            yield line


def _joined(line: str, lines: Iterator[str]) -> str:
    while line.endswith("\\"):
        line = line[:-1].rstrip() + " " + next(lines).strip()

    return line


def _until_quote(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line

        if line == '"':
            return
