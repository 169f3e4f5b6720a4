"""A watched folder for a long time: memory, open files, threads and answers of a service that is looked at.

    python benchmarks/soak.py [--minutes 10] [--documents 10000] [--looks 2]

Documents are put into the folder at a steady rate while readers follow ``/events``, load the page and ask
for ``/metrics``, and one asks ``/healthz`` ten times a second. A ticker in the service's own event loop
notes how late it is (``ticking.py``); "own" leaves out the time in which the machine ran others. Prints a
row every tenth of the time; exits 1 where the last third of the run uses more than the middle third did,
apart from the bytes that each document may take (DESIGN.md 9), where the ticker is later than its bar, or
any document has no outcome.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import reports  # noqa: E402
from tests.acceptance.harness import Command, serving, settings  # noqa: E402

BYTES_PER_DOCUMENT = 250 + 160  # with one call each
SPARE = 8_000_000  # bytes by which RSS may differ for any reason: the allocator, a collection
LATE = 0.05  # seconds that the ticker's p99.9 may be late (DESIGN.md 9)
TICKING = Path(__file__).with_name("ticking.py")
PAGES = ("", "status", "metrics")  # that are asked for twice a second


@dataclass
class Readers:
    """Who looks at the service, each in a thread, until told to stop."""

    url: str
    over: threading.Event = field(default_factory=threading.Event)
    delays: list[float] = field(default_factory=list)
    events: int = 0
    scrapes: int = 0

    def start(self, looks: int) -> None:
        """Begin to look."""
        for deed in (*[self._follow] * looks, self._scrape, self._ping):
            threading.Thread(target=deed, daemon=True).start()

    def status(self) -> dict:
        """Return what /status says."""
        return json.loads(self._get("status"))

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=60) as answer:
            return answer.read()

    def _follow(self) -> None:
        with urllib.request.urlopen(f"{self.url}/events", timeout=600) as stream:
            for line in stream:
                self.events += line.startswith(b"data:")

                if self.over.is_set():
                    return

    def _scrape(self) -> None:
        while not self.over.wait(0.5):
            for path in PAGES:
                self._get(path)

            self.scrapes += 1

    def _ping(self) -> None:
        while not self.over.wait(0.1):
            began = time.monotonic()
            self._get("healthz")
            self.delays.append(time.monotonic() - began)


@dataclass(frozen=True)
class Sample:
    """The service at one moment: seconds since the start, bytes, and counts."""

    seconds: float
    rss: int
    files: int
    threads: int
    done: int


def sample(process: int, *, began: float, done: int) -> Sample:
    """Return what the system says of the process."""
    folder = Path("/proc") / str(process)
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)

    return Sample(
        seconds=time.monotonic() - began,
        rss=int(status["VmRSS"].split()[0]) * 1024,
        files=len(list((folder / "fd").iterdir())),
        threads=int(status["Threads"]),
        done=done,
    )


def feed(folder: Path, store: Path, *, over: threading.Event, seconds: float) -> None:
    """Move the documents into the folder, evenly over so many seconds."""
    paths = sorted(store.iterdir())
    began = time.monotonic()

    for number, path in enumerate(paths):
        if over.wait(max(0.0, began + seconds * number / len(paths) - time.monotonic())):
            return

        path.rename(folder / path.name)


def is_flat(samples: list[Sample]) -> bool:
    """Return whether the last third holds no more than the middle one, beyond what is due."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    due = BYTES_PER_DOCUMENT * (last[-1].done - middle[0].done) + SPARE

    return (
        median(one.rss for one in last) - median(one.rss for one in middle) <= due
        and median(one.files for one in last) <= median(one.files for one in middle) + 2
        and max(one.threads for one in last) <= max(one.threads for one in middle) + 2
    )


def soak(work: Path, *, minutes: float, documents: int, looks: int) -> bool:
    """Run it in ``work`` and print what is seen; return whether everything was flat and done."""
    reports.write(work / "store", documents)
    (work / "in").mkdir()
    seconds = minutes * 60

    with serving("--latency", 0.2) as server:
        settings(work, server.url, model={"max_concurrency": 32})
        service = Command(
            *("run", "-c", "settings.json", "-i", "in", "-o", "out", "-w", 32, "--watch"),
            *("--resume", "auto", "--http", "127.0.0.1:0"),
            cwd=work,
            through=(sys.executable, TICKING, work / "ticks.json"),
            MALLOC_ARENA_MAX="2",  # as the unit and the image have it
        )
        service.until("Live page:")
        said = next(line for line in service.said if "Live page:" in line)
        readers = Readers(re.search(r"http://\S+", said)[0].rstrip("/"))
        readers.start(looks)
        samples = _watch(service, readers, work=work, seconds=seconds, documents=documents)
        readers.over.set()
        service.process.terminate()
        ended = service.end()

    ticks = json.loads((work / "ticks.json").read_text())
    delays = sorted(readers.delays)
    print(f"{readers.events:,} events and {readers.scrapes:,} scrapes; exit code {ended.code}")
    print(
        f"/healthz: {_ms(delays, 0.5)}, p99 {_ms(delays, 0.99)}, p99.9 {_ms(delays, 0.999)}, {_ms(delays, 1)}"
    )
    print(
        f"ticker, {ticks['ticks']:,} ticks: p99.9 {ticks['p999'] * 1000:.0f} ms, longest "
        f"{ticks['longest'] * 1000:.0f}; own p99.9 {ticks['own_p999'] * 1000:.0f} ms, longest "
        f"{ticks['own_longest'] * 1000:.0f}"
    )
    print(f"flat: {'yes' if is_flat(samples) else 'NO'}; done: {samples[-1].done:,} of {documents:,}")

    return (
        is_flat(samples) and samples[-1].done == documents and ended.code == 0 and ticks["own_p999"] <= LATE
    )


def _watch(service: Command, readers: Readers, *, work: Path, seconds: float, documents: int) -> list[Sample]:
    began, samples = time.monotonic(), []
    feeding = threading.Thread(
        target=feed, args=(work / "in", work / "store"), kwargs={"over": readers.over, "seconds": seconds}
    )
    feeding.start()
    print(f"{'s':>6} {'done':>7} {'RSS MB':>8} {'files':>6} {'threads':>8}")

    while not samples or (samples[-1].done < documents and samples[-1].seconds < 2 * seconds + 60):
        time.sleep(seconds / 60)
        status = readers.status()
        samples.append(sample(service.process.pid, began=began, done=status["assessed"] + status["refused"]))

        if len(samples) % 6 == 0 or samples[-1].done == documents:
            one = samples[-1]
            print(
                f"{one.seconds:6.0f} {one.done:7,} {one.rss / 1e6:8.1f} {one.files:6} {one.threads:8}",
                flush=True,
            )

    feeding.join()

    return samples


def _ms(delays: list[float], share: float) -> str:
    return f"{delays[min(int(share * len(delays)), len(delays) - 1)] * 1000:.0f} ms" if delays else "never"


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--looks", type=int, default=2, help="how many follow /events")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="soak-"))

    try:
        return 0 if soak(work, **vars(options)) else 1
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(main())
