"""The list of what the guide holds, what is done with it, what is checked, and how it works here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.acceptance.guide.snippets import Snippet, of_guide
from tests.acceptance.guide.steps import Deed, Step
from tests.acceptance.guide.table import ENTRIES

FILE = Path(__file__).parents[3] / "docs" / "guide-coverage.md"
HEAD = """# The guide, command by command

The checkpoint and resume guide of the ROB Assessment Tool v2.0 is what `resume` was built from. Each of
its commands, programs, configurations and lists of messages is executed by
`tests/acceptance/test_guide.py`, in the guide's order, with `python main.py` read as `robasync`, in a
folder with twelve reports and a local model server. A command of the guide that is not in this list fails
the test, and so does an entry that is not in the guide. Each check has been seen to fail: it is fed wrong
observations as well (another exit code, silence, one call more, files that are missing or as they were
before), and an entry fails if a command that does nothing would pass.

Written by `python -m tests.acceptance.guide` from the table in `tests/acceptance/guide/`; a test compares
the two.
"""
WORKS = "works as printed"


def markdown() -> str:
    """Return the list as the page in ``docs/``."""
    pairs = [(step, snippet) for (_, step), snippet in zip(ENTRIES, of_guide(), strict=True)]
    parts = [HEAD]

    for section, group in groupby(pairs, key=lambda pair: pair[1].section):
        rows = [row for step, snippet in group for row in _rows(step, snippet)]
        parts.append(
            "\n".join([f"## {section}\n", "| in the guide | checked | verdict |", "|---|---|---|", *rows, ""])
        )

    return "\n".join(parts)


def verdict(step: Step) -> str:
    """Return how an entry works here."""
    return f"works: {step.note}" if step.note else WORKS


def _rows(step: Step, snippet: Snippet) -> Iterator[str]:
    for number, deed in enumerate(step.deeds):
        claims = "; ".join(claim.words for claim in deed.all_claims(snippet)).replace("|", " or ")
        last = verdict(step) if number == 0 else ""

        yield f"| {_done(deed, snippet, number)} | {claims} | {last} |"


def _done(deed: Deed, snippet: Snippet, number: int) -> str:
    if deed.edit:
        return f"corrected: `{deed.edit[1]}`"

    if deed.command:
        return f"{'then' if number else f'`{snippet.title}`:'} `{deed.command}`"

    typed = f', "{deed.typed.strip()}" typed' if deed.typed else ""

    return f"`{snippet.title}`{typed}"
