"""The store beside what it promises: journal, checkpoints, resume, event loop and memory, by size.

    python benchmarks/checkpoint.py [--sizes 1000,10000,100000,1000000] [--dir D] [--whole]

For each size a session of so many done documents, one call each, and a few thousand left ones is made
(``large.py``) and then resumed, taken apart and worked off; a table tells what was measured.
Then come the rows of the bars; the exit code is 1 where one does not hold. A bar that the
sizes do not reach is not judged.

append     durable records a second through the journal with 256 waiters, two records each
snapshot   one checkpoint, read back and synced, with its caches; the median of three
stall      the longest that the event loop was held up during snapshots, as a 5 ms ticker sees it
share      of the time that automatic checkpoints took in the run over the left documents;
           - where fewer than two were due
cpu        processor time of the client a document while no checkpoint was being written, the model
           answering in its process
first call from the start of ``robasync resume`` to its first request at the server
RSS        the most that this command had in memory until then
document, key   bytes in memory that a document and a recorded key take more than at the smallest size:
           differences of RSS across the steps of a resume, after a full collection and a trim of
           the heap; what is mapped from files counts. Keys by reading them once more

What depends on an idle machine comes twice. A stall is by the clock, and "own": without the time in
which the machine ran others although our thread was ready (Linux's schedstat). The first call is
by the clock, and as the processor time that the command had used by then.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import figures
import phases
from figures import Pair, Size

MILLION = 1_000_000
COLUMNS = (
    "documents",
    "append/s",
    "snapshot s",
    "MB",
    "cache MB",
    "stall ms (own)",
    "share %",
    "cpu us",
    "first call s (cpu)",
    "RSS MB",
    "document B",
    "key B",
)


@dataclass(frozen=True)
class Row:
    """A bar: what was measured, what it must not exceed, and the figures behind it; None is not judged."""

    name: str
    value: float | None
    bar: float
    unit: str
    behind: str = ""

    @property
    def verdict(self) -> str:
        """In words."""
        if self.value is None:
            return "not judged"

        return "holds" if self.value <= self.bar else "DOES NOT HOLD"

    def __str__(self) -> str:
        value = "-" if self.value is None else f"{self.value:.4g} {self.unit}"

        return f"{self.name}: {value} (bar {self.bar:.4g} {self.unit}): {self.verdict}{self.behind}"


def main() -> None:
    options = parse()

    with tempfile.TemporaryDirectory(prefix="robasync-checkpoint-", dir=options.dir) as name:
        folder = Path(name)
        # A fresh clone compiles its modules in the first processes that load them.
        figures.at_size(min(options.sizes), folder, left=options.left)
        sizes = list(_sizes(options.sizes, folder, left=options.left))
        runs = _whole(options.sizes, folder) if options.whole else {}
        pairs = [
            figures.store_and_none(options.documents, folder, latency=1.0, null_first=number % 2 > 0)
            for number in range(options.rounds)
        ]
        busy = [figures.busy(4 * options.documents, folder) for _ in range(options.rounds)]

    rows = [cost(pairs), flat(sizes, runs), *resume(sizes), late(busy), stall(sizes, busy), *memory(sizes)]
    print(*rows, sep="\n", flush=True)

    raise SystemExit(1 if any(row.verdict == "DOES NOT HOLD" for row in rows) else 0)


def cost(pairs: list[Pair]) -> Row:
    """Return what the store adds to a run's wall time, in percent of it."""
    added = [100 * (pair.ours["wall"] - pair.other["wall"]) / pair.ours["wall"] for pair in pairs]
    behind = ", ".join(
        f"{pair.ours['wall']:.2f} s with, {pair.other['wall']:.2f} s without" for pair in pairs
    )

    return Row("journal + checkpoints, 1 s latency", median(added), 5, "% of wall time", f" [{behind}]")


def flat(sizes: list[Size], runs: dict[int, dict]) -> Row:
    """Return how much more processor time a document takes at one size than at another, in percent."""
    spent = {size.documents: size.run["cpu_per_document"] for size in sizes}
    spent |= {documents: run["cpu"] / documents for documents, run in runs.items()}
    behind = ", ".join(f"{documents:,}: {1e6 * seconds:.0f} us" for documents, seconds in spent.items())
    value = 100 * (max(spent.values()) / min(spent.values()) - 1) if len(spent) > 1 else None

    return Row("client CPU per document, largest over smallest", value, 20, "% more", f" [{behind}]")


def resume(sizes: list[Size]) -> list[Row]:
    """Return time and memory of a resume, judged at a million documents."""
    million = next((size for size in sizes if size.documents >= MILLION), None)
    steps, cpu = (million.phases["seconds"], million.phases["cpu"]) if million else ({}, {})
    behind = ", ".join(
        f"{name} {steps[name]:.2f} s ({cpu[name]:.2f})" for name in phases.PHASES if name in steps
    )

    return [
        Row(
            "resume of 1,000,000: first call",
            million and million.first_call,
            10,
            "s",
            f" [by step (cpu), in another process: {behind}]" if behind else "",
        ),
        Row("resume of 1,000,000: RSS", million and million.rss / 1e6, 500, "MB"),
    ]


def late(busy: list[Pair]) -> Row:
    """Return the ticker's lateness at p99.9 under load, beside that of a bare loop under the same."""
    ours, bare = (median(side["p999"] for side in sides) for sides in _sides(busy))
    behind = f" [bare loop {1e3 * bare:.1f} ms]"

    return Row("event loop, busy: p99.9 of a 5 ms ticker", 1e3 * ours, max(50, 1.5e3 * bare), "ms", behind)


def stall(sizes: list[Size], busy: list[Pair]) -> Row:
    """Return the longest single stall of our own doing, snapshots and collections included."""
    found = {f"{size.documents:,} snapshots": size.snapshots["own_longest"] for size in sizes}
    found |= {f"{size.documents:,} run": size.run["own_longest"] for size in sizes}
    found |= {f"{size.documents:,} collection": size.run["collection"] for size in sizes}
    found["busy"] = max(pair.ours["own_longest"] for pair in busy)
    where = max(found, key=lambda name: found[name])

    return Row("event loop: longest stall of our own", 1e3 * found[where], 50, "ms", f" [{where}]")


def memory(sizes: list[Size]) -> list[Row]:
    """Return the bytes that a document and a recorded key take, from the smallest size to the largest."""
    ordered = sorted(sizes, key=lambda size: size.documents)
    document, key = growth(ordered[-1], ordered[0])
    behind = ", ".join(f"{name} {taken / 1e6:.1f} MB" for name, taken in _taken(ordered[-1]).items())

    return [
        Row("memory per document", document, 250, "B", f" [by step: {behind}]"),
        Row("memory per recorded call key", key, 160, "B"),
    ]


def growth(size: Size, smaller: Size) -> tuple[float, float] | tuple[None, None]:
    """Return the bytes that each document, and each key, more than at a smaller size takes in memory."""
    more = size.documents - smaller.documents

    if not more:
        return None, None

    keys = size.phases["keys"] - smaller.phases["keys"]
    grown = sum(_taken(size).values()) - sum(_taken(smaller).values())

    return (grown - keys) / more, keys / more


def _taken(size: Size) -> dict[str, int]:
    """Return by how much each step after the imports raised the RSS."""
    steps = list(size.phases["bytes"].items())

    return {name: now - before for (_, before), (name, now) in pairwise(steps)}


def _sides(pairs: list[Pair]) -> tuple[list[dict], list[dict]]:
    return [pair.ours for pair in pairs], [pair.other for pair in pairs]


def _sizes(documents: list[int], folder: Path, *, left: int) -> Iterator[Size]:
    print(*COLUMNS, sep=" | ", flush=True)
    smallest: Size | None = None

    for count in documents:
        size = figures.at_size(count, folder, left=left)
        smallest = smallest or size
        print(*_cells(size, smallest), sep=" | ", flush=True)
        yield size


def _cells(size: Size, smallest: Size) -> Iterator[str]:
    snapshots, share = size.snapshots, size.run["snapshot_share"]

    yield f"{size.documents:,}"
    yield f"{size.append['rate']:,.0f}"
    yield f"{snapshots['seconds']:.3f}"
    yield f"{snapshots['bytes'] / 1e6:.1f}"
    yield f"{snapshots['cache_bytes'] / 1e6:.1f}"
    yield f"{1e3 * snapshots['longest']:.1f} ({1e3 * snapshots['own_longest']:.1f})"
    yield "-" if share is None else f"{100 * share:.2f}"
    yield f"{1e6 * size.run['cpu_per_document']:.0f}"
    yield f"{size.first_call:.2f} ({size.first_cpu:.2f})"
    yield f"{size.rss / 1e6:.0f}"
    yield from ("-" if value is None else f"{value:.0f}" for value in growth(size, smallest))


def _whole(documents: list[int], folder: Path) -> dict[int, dict]:
    print(
        "whole run: documents | documents/s | cpu us | share % | p99.9 ms | stall ms (own) | bytes/document"
    )
    runs = {}

    for count in documents:
        run = runs[count] = figures.whole(count, folder)
        print(
            f"{count:,} | {count / run['wall']:.0f} | {1e6 * run['cpu'] / count:.0f}"
            f" | {100 * (run['snapshot_share'] or 0):.2f} | {1e3 * run['p999']:.1f}"
            f" | {1e3 * run['longest']:.1f} ({1e3 * run['own_longest']:.1f})"
            f" | {(run['rss'] - run['rss_before']) / count:.0f}",
            flush=True,
        )

    return runs


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=_numbers, default="1000,10000,100000,1000000")
    parser.add_argument("--dir", help="folder on the disk to measure; a million documents take 15 GB there")
    parser.add_argument("--left", type=int, default=8_000, help="documents left at each size, to run over")
    parser.add_argument("--rounds", type=int, default=3, help="of the rows that compare two runs")
    parser.add_argument("--documents", type=int, default=2_000, help="in each of those runs")
    parser.add_argument("--whole", action="store_true", help="also run each size from its first document")

    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
