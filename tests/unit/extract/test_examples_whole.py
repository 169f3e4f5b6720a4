"""The example reports against their sources: every heading and every paragraph comes back whole."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from robasync.extract import wire
from tests import papers

EXAMPLES = Path(__file__).parents[3] / "examples"
SCANNED = "marrowby-1998-scan"
NAMES = sorted(path.stem for path in (EXAMPLES / "trials").glob("*.pdf") if path.stem != SCANNED)
PLAIN = str.maketrans("\u2019\u201c\u201d\u2013", '\'""-')


def sources(name: str) -> list[str]:
    """Return headings and paragraphs of a source; no tables, references or white sentence ("~")."""
    body = (EXAMPLES / "sources" / f"{name}.md").read_text(encoding="utf-8").split("\n\n", 1)[1]
    body = body.partition("\n# References")[0].replace("# Abstract\n\n", "Abstract. ").replace("**", "")
    parts = [part.lstrip("# ").strip() for part in body.split("\n\n")]

    return [part.translate(PLAIN) for part in parts if "\n" not in part and not part.startswith("~")]


def paragraphs(name: str) -> set[str]:
    """Return the paragraphs that are read, also those that a column parts between two sentences."""
    content = (EXAMPLES / "trials" / f"{name}.pdf").read_bytes()
    text = wire.decode(wire.encode(papers.read(content, name))).text.translate(PLAIN)
    read = [part for part in text.split("\n\n") if not part.endswith(" et al.")]

    return {*read, *(f"{above} {below}" for above, below in pairwise(read) if above.endswith("."))}


@pytest.mark.parametrize("name", NAMES)
def test_headings_and_paragraphs_are_whole(name: str) -> None:
    """A heading is a paragraph of its own; no sentence is glued to one, split or run into another column."""
    assert [part for part in sources(name) if part not in paragraphs(name)] == []
