"""Scans as a user meets them: named with the command that reads them, read by it, labelled in the tables."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from robasync.errors import SettingsError
from robasync.extract import ocr
from tests.acceptance.harness import outcomes, robasync, rows

EXAMPLE = Path(__file__).parents[2] / "examples" / "trials" / "marrowby-1998-scan.pdf"


def test_a_scan_fails_with_the_command_that_reads_it(tmp_path):
    """Without --ocr a scan is one named failure; resume --ocr reads it, and its quotes say so."""
    try:
        ocr.tessdata()
    except SettingsError:
        pytest.skip("Tesseract's data (Debian package tesseract-ocr) is not installed")

    (tmp_path / "in").mkdir()
    shutil.copy(EXAMPLE, tmp_path / "in")
    ended = robasync("run", "-i", "in", "-o", "out", "--model", "rules", cwd=tmp_path)
    assert ended.code == 3
    assert "has no text layer: 1 page is an image" in ended.err
    command = re.search(
        r"Images without text: 1; .*: robasync (resume -s .+ --ocr)$", ended.out, re.MULTILINE
    )
    assert command

    ended = robasync(*shlex.split(command[1]), cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert "Images without text" not in ended.out
    assert outcomes(tmp_path / "out")[EXAMPLE.name]["status"] == "assessed"
    quoted = [row for row in rows(tmp_path / "out/results.csv") if row["quote"]]
    assert quoted
    assert all(row["verification"].endswith("(read by OCR)") for row in quoted)


def test_ocr_without_its_data_is_refused_before_anything_begins(tmp_path):
    """--ocr on a machine without Tesseract's data is one message that says what to install; exit 2."""
    (tmp_path / "in").mkdir()
    shutil.copy(EXAMPLE, tmp_path / "in")
    ended = robasync("run", "-i", "in", "--ocr", cwd=tmp_path, TESSDATA_PREFIX=str(tmp_path))
    assert ended.code == 2
    assert "apt-get install tesseract-ocr" in ended.err
    assert not (tmp_path / "checkpoints").exists()
