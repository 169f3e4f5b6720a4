"""What a PDF may do to the process that reads it, as functions that a worker can run."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from robasync.app import texts
from robasync.errors import ExtractionMemory
from robasync.extract import asking, drawing, wear, wire, worker

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "trials"
SECOND = 2


def hang(path: str, name: str, digest: str, memory_bytes: int, seconds: float) -> bytes:
    """Never come back."""
    worker.shield()
    _say_started(path)
    while True:
        time.sleep(60)


def crash(path: str, name: str, digest: str, memory_bytes: int, seconds: float) -> bytes:
    """Take the whole process down, every time."""
    worker.shield()
    _say_started(path)
    os.abort()


def crash_once(path: str, name: str, digest: str, memory_bytes: int, seconds: float) -> bytes:
    """Take the process down the first time only."""
    if not Path(f"{path}.started").exists():
        crash(path, name, digest, memory_bytes, seconds)

    return worker.read(path, name, digest, memory_bytes, seconds)


def grow(path: str, name: str, digest: str, memory_bytes: int, seconds: float) -> bytes:
    """Keep more than half of the memory with each document, as a library that leaks; say who reads."""
    answer = worker.read(path, name, digest, memory_bytes, seconds)
    _say_started(path)
    _kept.append(bytearray(int(memory_bytes * wear.SPENT_SHARE)))

    return answer + wear.LAST


_kept: list[bytearray] = []  # by this process


def eat_memory(path: str, name: str, digest: str, memory_bytes: int, seconds: float) -> bytes:
    """Take memory until there is no more."""
    worker.shield()
    worker.limit(memory_bytes, seconds)
    taken = []
    try:
        while True:
            taken.append(bytearray(16 * 1024**2))
    except MemoryError:
        return wire.encode_error(ExtractionMemory(f"{name} needs more memory than one reader may use."))


def signalled(path: str, name: str, digest: str, memory_bytes: int, seconds: float) -> bytes:
    """Get the two signals that a run's whole process group gets when it is stopped, then read."""
    worker.shield()
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    return worker.read(path, name, digest, memory_bytes, seconds)


def _say_started(path: str) -> None:
    with Path(f"{path}.started").open("a") as file:
        file.write(f"{os.getpid()}\n")


def hang_at_one(files: list[tuple[str, str]], memory_bytes: int, seconds: float) -> bytes:
    """Read texts, but never come back from one whose name says so."""
    while any("hangs" in name for name, _ in files):
        time.sleep(60)

    return texts.prepare(files, memory_bytes, seconds)


def interrupted(files: list[tuple[str, str]], memory_bytes: int, seconds: float) -> bytes:
    """Be hit by Ctrl+C."""
    raise KeyboardInterrupt


def without_memory(files: list[tuple[str, str]], memory_bytes: int, seconds: float) -> bytes:
    """Find no memory, but for the first question."""
    if files:
        raise MemoryError

    return texts.prepare(files, memory_bytes, seconds)


_questions: list[object] = []  # of this process


def without_memory_later(files: list[tuple[str, str]], memory_bytes: int, seconds: float) -> bytes:
    """Read texts, but come up once only."""
    _questions.append(files)

    if not files and len(_questions) > 1:
        raise MemoryError

    return texts.prepare(files, memory_bytes, seconds)


def crash_at_two(
    path: str, name: str, digest: str, memory_bytes: int, seconds: float, *, questions: bytes
) -> bytes:
    """Look at pages, but be taken down by the second."""
    if any(asking.page(question) == SECOND for question in questions.splitlines()):
        worker.shield()
        os.abort()

    return drawing.look(path, name, digest, memory_bytes, seconds, questions=questions)
