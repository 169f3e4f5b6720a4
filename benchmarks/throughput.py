"""Durable throughput and efficiency beside a bare aiohttp loop.

    python benchmarks/throughput.py [--rounds 3] [--documents 4000] [--items 1]

Both sides post the same bodies to the same local server, each in a process of its own. The
bare loop records nothing; robasync reads each document, screens it, makes its intent durable
before it sends, verifies the quotes, and counts a document when reply and outcome are on
the disk. Rates run from the first intent to the last outcome in the journal, and from the
first to the last answer of the bare loop. The two alternate; medians of ratios are printed.

What robasync computes per item (reading the answer, finding its quotes, judging) is no part of
durability and grows with the questionnaire: ``--items`` names the items that are asked, by
default the first; ``--items all`` asks all fourteen, as a run does without settings.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import reports  # noqa: E402

PADDING = "Further details of the trial are given in the appendix for readers who want to know all of them. "
BODY_BYTES = 40_000


@dataclass(frozen=True)
class Row:
    """One comparison: latency in seconds, the least ratio that holds."""

    name: str
    latency: float
    workers: int
    documents: int
    bar: float


def main() -> None:
    arguments = parse()
    rows = [
        Row("durable throughput, 50 ms, 200 workers", 0.05, 200, arguments.documents, 0.5),
        Row("efficiency, 1 s, 256 workers", 1.0, 256, arguments.documents // 2, 0.97),
    ]

    with tempfile.TemporaryDirectory(prefix="robasync-throughput-", dir=arguments.dir) as folder:
        documents = write(Path(folder) / "in", max(row.documents for row in rows), items=arguments.items)

        held = []

        for row in rows:
            ratios = [
                measure(row, Path(folder), documents, number=number, items=arguments.items)
                for number in range(arguments.rounds)
            ]
            median = statistics.median(ratios)
            verdict = "holds" if median >= row.bar else "DOES NOT HOLD"
            print(f"{row.name}: ratio {median:.3f} (bar {row.bar}): {verdict}", flush=True)
            held.append(median >= row.bar)

    raise SystemExit(0 if all(held) else 1)


def measure(row: Row, folder: Path, documents: list[Path], *, number: int, items: str) -> float:
    """Return robasync's rate divided by the bare loop's, measured one after the other."""
    work = folder / f"{row.workers}-{number}"
    chosen = work / "in"
    chosen.mkdir(parents=True)

    for path in documents[: row.documents]:
        (chosen / path.name).hardlink_to(path)

    with server(row.latency) as url:
        bare = bare_rate(url, chosen, row.workers, items=items)

    with server(row.latency) as url:
        ours, seconds = our_rate(url, work, row.workers, items=items)

    print(
        f"  bare {bare:7.0f}/s   robasync {ours:7.0f}/s   ratio {ours / bare:.3f}   cpu {seconds:.1f} s",
        flush=True,
    )

    return ours / bare


def our_rate(url: str, work: Path, workers: int, *, items: str) -> tuple[float, float]:
    """Run the installed command and read its rate from the journal's own times."""
    settings = {
        "llm_models": [
            {"name": "m", "model_name": "m", "base_url": url, "max_concurrency": workers, "local": True}
        ],
        "parallel": {"max_workers": workers},
        "rob_framework": {"core_items": True, "optional_items": True},
    }

    if items != "all":
        settings["rob_framework"] = {"core_items": items.split(","), "optional_items": False}

    (work / "settings.json").write_text(json.dumps(settings))
    command = [
        Path(sys.executable).with_name("robasync"),
        "run",
        "-c",
        "settings.json",
        "-i",
        "in",
        "-o",
        "out",
    ]
    before = children_cpu()
    done = subprocess.run([*command, "--json"], cwd=work, capture_output=True, text=True, check=False)

    if done.returncode:
        raise SystemExit(f"robasync failed ({done.returncode}): {done.stderr[-2000:]}")

    [journal] = (work / "checkpoints").glob("*.journal.jsonl")
    first, last, outcomes = None, None, 0

    with journal.open("rb") as lines:
        for line in lines:
            if b'"kind":"intent"' in line[:80] and first is None:
                first = time_of(line)

            if b'"kind":"outcome"' in line[:80]:
                last, outcomes = time_of(line), outcomes + 1

    return outcomes / (last - first).total_seconds(), children_cpu() - before


def time_of(line: bytes) -> datetime:
    start = line.index(b'"time":"') + 8

    return datetime.fromisoformat(line[start : line.index(b'"', start)].decode())


def children_cpu() -> float:
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)

    return used.ru_utime + used.ru_stime


def bare_rate(url: str, folder: Path, workers: int, *, items: str) -> float:
    command = [
        sys.executable,
        __file__,
        "--bare",
        url,
        "--folder",
        str(folder),
        "--workers",
        str(workers),
        "--items",
        items,
    ]

    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@contextmanager
def server(latency: float):
    command = [sys.executable, ROOT / "tests/servers/openai_server.py", "--fixed", "--latency", str(latency)]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.kill()


def write(folder: Path, count: int, *, items: str) -> list[Path]:
    """Write reports that differ in their last line only, so that one answer fits them all.

    They are as long as it takes to make request bodies of about BODY_BYTES.
    """
    folder.mkdir()
    common = reports.text(0)
    length = BODY_BYTES - len(body(b"An empty report.", items)) - len(common)
    common += "\n" + PADDING * (length // len(PADDING))
    paths = [folder / f"{number:06}.txt" for number in range(count)]

    for number, path in enumerate(paths):
        path.write_text(f"{common}\n\nThis was the report with the number {number} of the benchmark.\n")

    return paths


def body(content: bytes, items: str) -> bytes:
    """Return the request that robasync makes of a text file."""
    from robasync.extract import plain
    from robasync.providers.openai import Dialect, encode

    extract = plain.read(content, "report.txt", media="text/plain")
    prompt = questionnaire(items).prompt(extract, temperature=0.0, max_tokens=4096, run=1)

    return encode(prompt, model="m", dialect=Dialect())


@cache
def questionnaire(items: str):
    """Return the questions about some items."""
    from robasync import instruments, prompt

    instrument = instruments.load("robust-rct")
    asked = instrument.items if items == "all" else instrument.select(items.split(","))

    return prompt.questionnaire(instrument, asked, outcome="proposed")


def bare(url: str, folder: Path, workers: int, *, items: str) -> None:
    """Post the bodies that robasync would post and record nothing."""
    import asyncio
    import time

    import aiohttp

    bodies = [body(path.read_bytes(), items) for path in sorted(folder.iterdir())]

    async def work(session, left):
        while left:
            async with session.post(f"{url}/chat/completions", data=left.pop()) as response:
                await response.read()

    async def run():
        connector = aiohttp.TCPConnector(limit=workers)

        async with aiohttp.ClientSession(
            connector=connector, headers={"Content-Type": "application/json"}
        ) as session:
            left = list(bodies)
            began = time.perf_counter()
            await asyncio.gather(*(work(session, left) for _ in range(workers)))
            print(len(bodies) / (time.perf_counter() - began))

    asyncio.run(run())


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--documents", type=int, default=4_000)
    parser.add_argument("--dir", help="folder on the disk to measure")
    parser.add_argument("--items", default="1", help="ids of the items asked, by comma, or all")
    parser.add_argument("--bare")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--workers", type=int)

    return parser.parse_args()


if __name__ == "__main__":
    options = parse()

    if options.bare:
        bare(options.bare, options.folder, options.workers, items=options.items)
    else:
        main()
