"""Real and hostile files: each ends in text or in a failure with a name, and sentences are whole."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docx as independent
import pytest

from robasync.model import Extract
from tests import corpus, papers
from tests.documents_table import extracted, rows

EXCEPTIONS = tomllib.loads((Path(__file__).parent / "nasty_exceptions.toml").read_text())
ENOUGH_WORDS = 50
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "documents.md"


def words_of_pdftotext(path: Path) -> int:
    """How many words another reader finds; none where it takes over two seconds."""
    try:
        found = subprocess.run(["pdftotext", path, "-"], capture_output=True, timeout=2, check=False)
    except subprocess.TimeoutExpired:
        return 0

    return len(re.findall(r"\w+", found.stdout.decode("utf-8", "replace")))


async def test_hostile_pdfs_end_in_words_or_a_named_failure():
    """No PDF crashes the run or ends in silence, and what another reader reads is read."""
    folder = corpus.folder("nasty_pdf")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (Debian package poppler-utils) is not installed")

    results = await extracted(folder)
    texts = {name for name, result in results.items() if isinstance(result, Extract)}
    assert len(results) == len([*folder.rglob("*.pdf")])
    assert all(any(map(str.isalnum, results[name].text)) for name in texts)
    failed = sorted(results.keys() - texts)
    with ThreadPoolExecutor(2) as threads:
        words = dict(
            zip(failed, threads.map(lambda name: words_of_pdftotext(folder / name), failed), strict=True)
        )

    assert {name for name in failed if words[name] >= ENOUGH_WORDS} <= EXCEPTIONS.keys()
    assert len(EXCEPTIONS) <= 10
    print({type(results[name]).__name__ for name in failed}, len(texts), "with text")


async def test_word_documents_end_in_their_words_or_a_named_failure():
    """Every word that another library finds in the body is read or set aside; no words, no extract."""
    folder = corpus.folder("docx")
    results = await extracted(folder)
    assert len(results) == 76
    assert set(rows("docx", results)) <= set(DOCUMENTATION.read_text().splitlines())

    for name, result in results.items():
        words = words_of_python_docx(folder / name)
        if isinstance(result, Extract):
            pieces = [result.text, *(piece.text for piece in result.set_aside)]
            assert words <= words_of(" ".join(pieces)), name
        else:
            assert type(result).__name__ in {"EmptyDocument", "NoTextLayer"}
            assert not words, name


def words_of_python_docx(path: Path) -> set[str]:
    """Return the words of the body that another library finds; none in the strict form, which it refuses."""
    try:
        body = independent.Document(str(path)).element.body
    except KeyError:
        return set()

    space = f"{{{body.nsmap['w']}}}"
    between = dict.fromkeys((f"{space}{name}" for name in ("p", "tab", "br", "cr")), " ")
    parts = (
        (node.text or "") if node.tag == f"{space}t" else between.get(node.tag, "") for node in body.iter()
    )
    return words_of("".join(parts))


def words_of(text: str) -> set[str]:
    """Return the words of a text, raised and lowered digits as the digits that they are."""
    return set(re.findall(r"\w+", unicodedata.normalize("NFKC", text)))


# A PDF and the few words around a break that one of its sentences crosses.
CROSSINGS = [
    ("rct_trial__33186500__PMC7864599", "KCCQ-TSS, 6-minute walk"),
    ("http_www.trialsjournal.com_content_16_1_2", "personally contact them"),
    ("http_www.trialsjournal.com_content_15_1_511-old", "enriched by adding"),
    ("http_www.trialsjournal.com_content_16_1_1", "(age, sex, cohabiting status"),
    ("http_www.trialsjournal.com_content_16_1_50", "client-controlled decision-making"),
    ("rct_trial__26818484__PMC4729116", "project team member visits"),
    ("rct_trial__27233239__PMC4884402", "asymptomatic ventricular tachycardia"),
    ("rct_trial__31872901__PMC7068068", "after electrical or"),
    ("rct_trial__32485734__PMC7382052", "Empagliflozin significantly reduced these"),
    ("rct_trial__32485734__PMC7382052", "Swedish Heart Failure Registry"),
    ("rct_trial__32865004__PMC7594536", "daily) because of improvement"),
    ("rct_trial__32865004__PMC7594536", "After cessation of empagliflozin,"),
    ("rct_trial__26414968__PMC4655321", "spironolactone used in our"),
]


@pytest.mark.parametrize(("name", "words"), CROSSINGS)
def test_sentences_cross_columns_and_pages(name, words):
    """A sentence that a column or a page cuts is one sentence, its parts on their own places."""
    extract = papers.read((corpus.folder("trials/pdf") / f"{name}.pdf").read_bytes(), name)
    start = extract.text.index(words)
    before, after = (
        [segment for segment in extract.segments if segment.start <= offset][-1]
        for offset in (start, start + len(words) - 1)
    )
    assert (before.page, before.box[0]) != (after.page, after.box[0])
    assert before.page != after.page or abs(after.box[0] - before.box[0]) > 100
