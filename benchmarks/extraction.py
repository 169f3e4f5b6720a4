"""PDF reading measured: known sentences found whole beside other readers, and speed beside a bare loop.

The sentences stand in ``sentences.csv`` (see ``sentences``). The bare loop opens each file with
PyMuPDF and asks every page for its text; robasync's readers open, lay out, and send across what they
read. Rounds of both alternate; a ratio is of one round, the figure shown their median.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import anyio
import pdfplumber
import pymupdf
import pypdf
import sentences

from robasync.extract import pdf
from robasync.extract.files import FileExtractor
from tests import papers

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "trials" / "pdf"
PROCESSES = min(2, os.cpu_count() or 1)
ROUNDS = 5
TIMES = 4  # that each file is read in a round
BAR = 0.9  # of as many bare loops as there are processes

Loop = Callable[[list[bytes]], None]


def ours(path: Path) -> str:
    """Return the text that robasync reads."""
    return pdf.read(path.read_bytes(), path.name).text


def by_pymupdf(path: Path) -> str:
    """Return the text as PyMuPDF gives it."""
    with pymupdf.open(path) as document:
        return "\n".join(page.get_text() for page in document)


def by_pypdf(path: Path) -> str:
    """Return the text as pypdf gives it."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def by_pdfplumber(path: Path) -> str:
    """Return the text as pdfplumber gives it."""
    with pdfplumber.open(path) as document:
        return "\n".join(page.extract_text() for page in document.pages)


READERS = {"robasync": ours, "pymupdf": by_pymupdf, "pypdf": by_pypdf, "pdfplumber": by_pdfplumber}


def whole(read: Callable[[Path], str]) -> tuple[Counter, Counter, float]:
    """Return how many sentences a reader finds whole, and word by word, by what they cross; and seconds."""
    letters, words, seconds = Counter(), Counter(), 0.0
    for name, known in sentences.known().items():
        began = time.process_time()
        text = read(FOLDER / name)
        seconds += time.process_time() - began
        for sentence, is_whole, is_worded in sentences.found(text, known):
            letters[sentence.crosses] += is_whole
            words[sentence.crosses] += is_worded

    return letters, words, seconds


def quality() -> bool:
    """Print a row for each reader; return whether robasync misses no sentence."""
    crossed = Counter(sentence.crosses for known in sentences.known().values() for sentence in known)
    print(
        f"{'reader':12}",
        *(f"{kind} {count:3}".rjust(11) for kind, count in crossed.items()),
        "  whole  words  cpu",
    )
    shares = {}
    for name, read in READERS.items():
        letters, words, seconds = whole(read)
        shares[name] = letters.total() / crossed.total()
        counts = (str(letters[kind]).rjust(11) for kind in crossed)
        print(
            f"{name:12}",
            *counts,
            f"{shares[name]:7.1%} {words.total() / crossed.total():6.1%} {seconds:4.0f} s",
        )

    return shares["robasync"] == 1.0


def bare(contents: list[bytes]) -> None:
    """Ask every page of every file for its text."""
    for content in contents:
        with pymupdf.open(stream=content, filetype="pdf") as document:
            for page in document:
                page.get_text()


def placed(contents: list[bytes]) -> None:
    """Ask every page of every file for its lines with their places, as a layout needs them."""
    flags = pymupdf.TEXTFLAGS_DICT & ~pymupdf.TEXT_PRESERVE_IMAGES
    for content in contents:
        with pymupdf.open(stream=content, filetype="pdf") as document:
            for page in document:
                page.get_text("dict", flags=flags)


def timed(loop: Loop, contents: list[bytes]) -> float:
    """Return the files that a loop reads in a second."""
    began = time.perf_counter()
    loop(contents)

    return len(contents) / (time.perf_counter() - began)


async def rates(paths: list[Path]) -> tuple[list[float], list[float]]:
    """Return the ratios of the rounds to bare loops for text, and to those for places."""
    contents = [path.read_bytes() for path in paths]
    documents = [papers.document(path) for path in paths]
    extractor = FileExtractor(processes=PROCESSES, timeout_seconds=600, memory_limit_gb=2)

    async def read() -> float:
        began = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for document in documents:
                tasks.start_soon(extractor.extract, document)

        return len(documents) / (time.perf_counter() - began)

    await read()  # starts the processes
    texts, places = [], []
    for _ in range(ROUNDS):
        of_text, of_places, own = timed(bare, contents), timed(placed, contents), await read()
        texts.append(own / (PROCESSES * of_text))
        places.append(own / (PROCESSES * of_places))

    return texts, places


def speed() -> bool:
    """Print the ratios; return whether the bar is held."""
    texts, places = anyio.run(rates, sorted(FOLDER.glob("*.pdf")) * TIMES)
    for ratios, what in ((texts, "get_text()"), (places, 'get_text("dict") without images')):
        middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
        print(
            f"{PROCESSES} processes: {middle:.2f} ({low:.2f} to {high:.2f}) of {PROCESSES} bare loops of {what}"
        )

    return statistics.median(texts) >= BAR


def main() -> None:
    """Measure both; exit 1 while a bar is not held."""
    if not FOLDER.is_dir():
        sys.exit(f"{FOLDER} is not there: the corpus is needed")

    held = [quality(), speed()]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
