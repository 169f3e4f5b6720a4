"""Hidden text never reaches a model: reports poisoned in every known way, the command, a real server."""

from __future__ import annotations

import json
import re

import pytest

from robasync.extract import ocr
from tests import poison
from tests.acceptance import harness

VARIANTS = [
    variant
    for variant in poison.variants()
    if ocr.found() or variant[1] not in map(poison.marker, poison.RECOGNISED)
]
UNREPORTED = {"html-comment.html", "docx-deleted.docx", "pdf-clipped.pdf"}
"""What our readers never take for text at all (MuPDF drops what a path clips away entirely)."""

REPORTED = [variant[:2] for variant in VARIANTS if variant[0] not in UNREPORTED]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Assess all variants at once; return the bodies that the server got, and the output folder."""
    folder = tmp_path_factory.mktemp("poison")
    bodies = folder / "bodies"
    bodies.mkdir()
    (folder / "papers").mkdir()
    for name, _, content in VARIANTS:
        (folder / "papers" / name).write_bytes(content)

    with harness.serving() as server:
        server.change(keep=str(bodies))
        settings = harness.settings(folder, server.url)
        ended = harness.robasync("run", "-c", settings, "-i", "papers", "-o", "output", "--yes", cwd=folder)

    assert ended.code == 0, ended.err
    return [path.read_text() for path in bodies.iterdir()], folder / "output"


def outcome(output, name):
    """Return what the result file of a variant tells."""
    return json.loads((output / "results" / f"{name}.json").read_text())["outcome"]


def bare(text):
    """Return letters alone: a leak may be broken by spaces or signs."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def test_no_request_holds_a_hidden_word(run):
    """The bytes that are sent hold no poison, in whatever way it was hidden."""
    bodies, _ = run
    assert len(bodies) >= 2  # the two reports that the variants are made of
    sent = bare("".join(bodies))
    assert [name for name, marker, _ in VARIANTS if bare(marker) in sent] == []


@pytest.mark.parametrize(("name", "marker"), REPORTED)
def test_every_hidden_word_is_reported(run, name, marker):
    """The result file tells the passage, its page and why it was set apart."""
    _, output = run
    pieces = outcome(output, name)["set_aside"]
    assert any(marker in piece["text"] for piece in pieces)
    assert all(piece["page"] >= 1 and piece["reason"] for piece in pieces)


def test_the_report_shows_what_was_set_aside(run):
    """The page for reviewers has the passages, without accusing anyone."""
    _, output = run
    page = (output / "report.html").read_text()
    assert "Text set aside" in page
    assert poison.marker("_in_white") in page
    assert "says nothing about who put it there" in page
