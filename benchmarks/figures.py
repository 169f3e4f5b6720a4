"""What ``checkpoint.py`` measures: processes started in a folder each, and what they say."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import engine
import probe

from tests.acceptance.harness import Command, Server, serving

HERE = Path(__file__).resolve().parent
APPENDS = 5  # pairs of records appended, for each document left
STILL = 60.0  # seconds that the server takes for an answer while a resume is looked at
WORKERS = 200  # of the busy run, at BUSY seconds of latency
BUSY = 0.05


@dataclass(frozen=True)
class Size:
    """What was measured at one size; the parts are what the processes of the same name printed.

    ``first_call`` is in seconds from the start of ``robasync resume`` to its first request,
    ``first_cpu`` the processor time in it, ``rss`` the most it had in memory until then, in bytes.
    """

    documents: int
    first_call: float
    first_cpu: float
    rss: int
    phases: dict
    snapshots: dict
    run: dict
    append: dict


@dataclass(frozen=True)
class Pair:
    """Two runs one after the other: with the store, and without it or without robasync."""

    ours: dict
    other: dict


def at_size(documents: int, folder: Path, *, left: int) -> Size:
    """Measure a session of which ``documents`` are done and ``left`` are not."""
    with TemporaryDirectory(dir=folder) as place, serving("--latency", STILL) as server:
        work = Path(place)
        made(work, documents + left, left=left, url=server.url)
        first_call, first_cpu, rss = _resumed(work, server)
        phases = said("drive.py", "phases", "--began", time.time(), cwd=work)
        snapshots = said("drive.py", "snapshots", cwd=work)
        run = said("drive.py", "resume", cwd=work)
        append = said("drive.py", "append", "--count", APPENDS * left, cwd=work)

        return Size(documents, first_call, first_cpu, rss, phases, snapshots, run, append)


def whole(documents: int, folder: Path) -> dict:
    """Measure a run over all of ``documents``, the model in its process."""
    with _reports(documents, folder, url=engine.NOWHERE) as work:
        return said("drive.py", "start", cwd=work)


def store_and_none(documents: int, folder: Path, *, latency: float, null_first: bool) -> Pair:
    """Measure a run with the store and one with the null store against the same server."""
    runs = {}

    with serving("--latency", latency, "--fixed") as server:
        for flags in sorted([(), ("--null",)], reverse=null_first):
            with _reports(documents, folder, url=server.url) as work:
                runs[flags] = said("drive.py", "start", "--served", *flags, cwd=work)

    return Pair(runs[()], runs[("--null",)])


def busy(documents: int, folder: Path) -> Pair:
    """Measure a run at the limit and a bare loop against the same server."""
    with (
        serving("--latency", BUSY, "--fixed") as server,
        _reports(documents, folder, url=server.url, workers=WORKERS) as work,
    ):
        ours = said("drive.py", "start", "--served", cwd=work)

        return Pair(ours, said("bare.py", work / "in", "--url", server.url, "--workers", WORKERS, cwd=work))


def made(work: Path, documents: int, *, left: int, url: str) -> None:
    """Make a session with ``left`` documents left in ``work``."""
    options = ["--documents", documents, "--left", left, "--url", url]
    _process("large.py", work, *options, cwd=work)


def said(name: str, *arguments: object, cwd: Path) -> dict:
    """Run one of the benchmark's processes and return what it printed."""
    return json.loads(_process(name, *arguments, cwd=cwd))


@contextmanager
def _reports(documents: int, folder: Path, *, url: str, workers: int = 256) -> Iterator[Path]:
    """Give a folder with reports and settings, and no session."""
    with TemporaryDirectory(dir=folder) as place:
        work = Path(place)
        made(work, documents, left=documents, url=url)

        if workers != engine.WORKERS:
            (work / engine.SETTINGS).write_text(json.dumps(engine.settings(url, workers=workers)))

        yield work


def _resumed(work: Path, server: Server) -> tuple[float, float, int]:
    began = time.perf_counter()
    command = Command("resume", cwd=work)
    server.wait(1)
    seconds = time.perf_counter() - began
    cpu = probe.cpu_of(command.process.pid)
    status = Path(f"/proc/{command.process.pid}/status").read_text()
    command.kill()
    command.end()
    [most] = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))

    return seconds, cpu, int(most) * 1024


def _process(name: str, *arguments: object, cwd: Path) -> str:
    command = [sys.executable, str(HERE / name), *map(str, arguments)]
    ended = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, text=True, check=False)

    if ended.returncode:
        raise SystemExit(f"benchmarks/{name} failed in {cwd}: its message stands above.")

    return ended.stdout.strip().rpartition("\n")[2]
