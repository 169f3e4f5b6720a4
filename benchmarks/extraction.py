"""PDF reading measured: known sentences found whole beside other readers, and speed beside a bare loop.

The sentences stand in ``sentences.csv`` (see ``sentences``). The bare loop opens each file with
PyMuPDF and asks every page for its lines with their places (``get_text("dict")``), which is what a
layout needs; how much more that is than the words alone (``get_text()``) is shown beside it.
robasync's processes open, digest, look for what is hidden, lay out, and send across what they read.
Rounds alternate; the figure is the median of their ratios.
"""

from __future__ import annotations

import logging
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import anyio
import pdfplumber
import psutil
import pymupdf
import pypdf
import sentences

from robasync.extract.files import FileExtractor

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import papers  # noqa: E402

FOLDER = ROOT.parent / "shared" / "corpus" / "trials" / "pdf"
PROCESSES = min(2, os.cpu_count() or 1)
ROUNDS = 5
BAR = 0.9  # of as many bare loops as there are processes

Loop = Callable[[list[bytes]], None]


def ours(path: Path) -> str:
    """Return the text that robasync reads."""
    return papers.read(path.read_bytes(), path.name).text


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
    """Ask every page of every file for its lines with their places."""
    _ask(contents, "dict")


def plain(contents: list[bytes]) -> None:
    """Ask every page of every file for its words alone."""
    _ask(contents, "text")


def _ask(contents: list[bytes], kind: str) -> None:
    for content in contents:
        with pymupdf.open(stream=content, filetype="pdf") as document:
            for page in document:
                page.get_text(kind)


def timed(loop: Loop, contents: list[bytes]) -> float:
    """Return the processor time in seconds that a loop takes."""
    began = time.process_time()
    loop(contents)

    return time.process_time() - began


def spent(worker: psutil.Process) -> float:
    """Return the processor time in seconds that a process has used."""
    used = worker.cpu_times()

    return used.user + used.system


async def rates(paths: list[Path]) -> tuple[list[float], list[float]]:
    """Return the ratios of the rounds: bare loops for places, and for words alone, to our processes.

    By processor time, so that other work on the machine counts for neither; the main process
    takes a millisecond for a document beside it.
    """
    contents = [path.read_bytes() for path in paths]
    documents = [papers.document(path) for path in paths]
    extractor = FileExtractor(processes=PROCESSES, timeout_seconds=600, memory_limit_gb=2)

    async def read() -> float:
        began = sum(map(spent, psutil.Process().children()))
        async with anyio.create_task_group() as tasks:
            for document in documents:
                tasks.start_soon(extractor.extract, document)

        return sum(map(spent, psutil.Process().children())) - began

    await read()  # starts the processes
    places, words = [], []
    for _ in range(ROUNDS):
        own = await read()
        places.append(timed(bare, contents) / own)
        words.append(timed(plain, contents) / own)

    return places, words


def speed() -> bool:
    """Print the ratios; return whether the bar is held."""
    places, words = anyio.run(rates, sorted(FOLDER.glob("*.pdf")))
    print(f"{PROCESSES} processes, of as many bare loops by processor time:")
    for ratios, what in ((places, 'get_text("dict")'), (words, "get_text()")):
        print(f"  {what:16} {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")

    return statistics.median(places) >= BAR


def main() -> None:
    """Measure both; exit 1 while a bar is not held."""
    if not FOLDER.is_dir():
        sys.exit(f"{FOLDER} is not there: the corpus is needed")

    logging.disable()  # of what the other readers complain
    held = [quality(), speed()]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
