"""What one call per instrument, per domain or per item costs, in tokens, money and time.

    python benchmarks/economy.py [--documents 8]

Runs ``robasync run`` over the examples, and over reports of usual length (12,000 tokens), for each
setting of ``rob_framework.calls_per``, each time in a new folder and with a new local server. The
server bills cached input as providers do: in blocks of 128 tokens from a beginning of 1,024, of
what it has read before. It comes in two kinds: one looks at the prompt alone, as vLLM and llama.cpp do;
for the other the answer's schema stands ahead of the prompt, as with OpenAI and Anthropic.

Tokens are bytes divided by four. Prices and speeds are the constants below; the time is that of the
whole command, with all documents at work together.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import reports  # noqa: E402
from tests.acceptance.harness import robasync, serving, settings  # noqa: E402

CALLS_PER = ("instrument", "domain", "item")
CACHES = {"prompt": "the prompt", "schema": "schema and prompt"}
PRICE = {"input": 2.5, "cached": 1.25, "output": 10.0}  # USD per million tokens
LATENCY = 0.3  # seconds before a request is looked at
READING, WRITING = 1 / 5_000, 1 / 100  # seconds a token of input that is not cached, and of output
USUAL_BYTES = 48_000
PADDING = "Further details of the trial are given in the appendix for readers who want to know all of them. "


@dataclass(frozen=True)
class Row:
    """One run: what the server counted, what robasync booked, and the seconds it took."""

    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: float
    seconds: float


def main() -> None:
    arguments = parse()
    print("| documents | cache looks at | one call per | calls | input | cached | output | USD | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")

    with tempfile.TemporaryDirectory(prefix="robasync-economy-") as folder:
        usual = write(Path(folder) / "usual", arguments.documents)

        for name, documents in {"examples": ROOT / "examples" / "trials", "usual length": usual}.items():
            for cache, looks_at in CACHES.items():
                for calls_per in CALLS_PER:
                    row = measured(documents, calls_per, cache=cache)
                    print(f"| {name} | {looks_at} | {calls_per} | {shown(row)} |", flush=True)


def measured(documents: Path, calls_per: str, *, cache: str) -> Row:
    flags = ["--cache", cache, "--latency", LATENCY, "--reading", READING, "--writing", WRITING]

    with tempfile.TemporaryDirectory() as folder, serving(*flags) as server:
        work = Path(folder)
        chosen = settings(work, server.url, model={"price": PRICE}, rob_framework={"calls_per": calls_per})
        began = time.monotonic()
        ended = robasync("run", "-c", chosen, "-i", documents, "--json", cwd=work)
        seconds = time.monotonic() - began
        assert ended.code in {0, 3}, ended.err
        counts = server.counts

        return Row(
            calls=counts["requests"],
            input_tokens=counts["input_tokens"],
            cached_tokens=counts["cached_tokens"],
            output_tokens=counts["output_tokens"],
            cost=ended.facts["cost"],
            seconds=seconds,
        )


def shown(row: Row) -> str:
    tokens = (row.calls, row.input_tokens, row.cached_tokens, row.output_tokens)

    return " | ".join([*(f"{number:,}" for number in tokens), f"{row.cost:.3f}", f"{row.seconds:.1f}"])


def write(folder: Path, documents: int) -> Path:
    """Write reports of usual length, each with another text."""
    folder.mkdir()

    for number in range(documents):
        text = reports.text(number)
        padding = PADDING * ((USUAL_BYTES - len(text)) // len(PADDING))
        (folder / f"{number:03}.txt").write_text(f"{text}\n\n{padding}\n")

    return folder


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=8, help="reports of usual length")

    return parser.parse_args()


if __name__ == "__main__":
    main()
