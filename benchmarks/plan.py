"""How near a plan comes to what the local server then bills, and to how long that takes.

    python benchmarks/plan.py [--documents 40] [--recorded]

For ROBUST-RCT with core items, with all fourteen, and with one call per item, ``robasync plan`` is held
beside the bill and the time of the run that follows. Three kinds of rows:

- before anything is known: the cost is promised. The time is not: it has to be called a guess;
- before anything is known, of a model whose limit a minute is stated and slower than its replies (the server
  refuses what exceeds it): cost and time are promised;
- after a pilot (``--sample``): cost and time are promised.

What is promised lies within 15 %; exits 1 where one of it does not. The time is that of the whole command;
the server takes a while for each call, and longer for long documents and answers.

``--recorded`` compares what is assumed before the first reply, bytes to a token, with what providers
counted in recorded exchanges (the corpus of the tests), of prompts and of answers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from robasync.errors import ReplyError  # noqa: E402
from robasync.model import Usage  # noqa: E402
from robasync.plan.tokens import bytes_per_token  # noqa: E402
from robasync.providers import candidates, chat, messages  # noqa: E402
from tests import recordings, reports  # noqa: E402
from tests.acceptance.harness import (  # noqa: E402
    LIMITED,
    SERVER,
    Command,
    Server,
    robasync,
    serving,
    settings,
)

WAYS: dict[str, dict[str, Any]] = {
    "core items": {"optional_items": False},
    "all fourteen items": {"optional_items": True},
    "one call per item": {"optional_items": True, "calls_per": "item"},
}
#: What is stated of the model, and true of the server: slower than the replies come, however assumed.
LIMITS: dict[str, list[dict[str, int]]] = {
    "core items": [{"requests_per_minute": 30}, {"tokens_per_minute": 300_000}],
    "all fourteen items": [{"requests_per_minute": 30}],
    "one call per item": [{"requests_per_minute": 420}],
}
BURST = 10  # seconds' worth of a limit that the server grants at once after a rest
PRICE = {"input": 2.5, "cached": 1.25, "output": 10.0}  # USD per million tokens
SPEED = ("--latency", 0.5, "--jitter", 0.5, "--reading", 1 / 5_000, "--writing", 1 / 200)
WORKERS, MANY_WORKERS, PILOT, BAR = 8, 32, 5, 0.15
LONGEST = 1_200  # seconds of a run
PADDING = "Further details of the trial are given in the appendix for readers who want to know all of them. "
READERS = {"openai": chat.read, "azure": chat.read, "anthropic": messages.read, "gemini": candidates.read}
LEAST_BYTES, LEAST_ANSWER = 1_000, 200  # of what is recorded; what frames a shorter one outweighs it


def main() -> int:
    arguments = parse()

    if arguments.recorded:
        compare_recorded()
        return 0

    print("| asked | known before | calls | likely USD | billed | off | likely s | taken | off |")
    print("|---|---|---|---|---|---|---|---|---|")

    held = [measured(name, documents=arguments.documents) for name in WAYS]
    held += [limited(name, one, documents=arguments.documents) for name in WAYS for one in LIMITS[name]]

    return 0 if all(held) else 1


def measured(name: str, *, documents: int) -> bool:
    """Print the plans of one way to ask, before and after a pilot; return whether what is promised holds."""
    with prepared(name, documents) as (work, server):
        blind = planned(work)
        ran(work, server, "--sample", PILOT)
        piloted = planned(work)
        billed, seconds = ran(work, server)

    share = documents / (documents - PILOT)  # what the pilot has done is not done again
    money, _ = show(name, "nothing", blind, billed=billed * share, seconds=seconds * share)
    offs = show(name, f"a pilot of {PILOT}", piloted, billed=billed, seconds=seconds)

    return blind["duration"]["is_guess"] and all(abs(off) <= BAR for off in (money, *offs))


def limited(name: str, limits: dict[str, int], *, documents: int) -> bool:
    """Print the plan of a model whose limits are stated; return whether it holds."""
    ((limit, number),) = limits.items()
    hidden = f"--{limit.partition('_')[0]}", number, "--burst", BURST

    with prepared(name, documents, *hidden, script=LIMITED, **limits) as (work, server):
        plan = planned(work, "-w", MANY_WORKERS)
        billed, seconds = ran(work, server, "-w", MANY_WORKERS)

    words = f"{number:,} {limit.replace('_', ' ')}"
    offs = show(name, words, plan, billed=billed, seconds=seconds)

    return not plan["duration"]["is_guess"] and all(abs(off) <= BAR for off in offs)


@contextmanager
def prepared(
    name: str, documents: int, *flags: object, script: Path = SERVER, **limits: int
) -> Iterator[tuple[Path, Server]]:
    """Yield a folder with reports and settings that ask in the way called ``name``, and the server."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("--cache", "prompt", *SPEED, *flags, script=script) as server,
    ):
        work = Path(folder)
        write(work / "in", documents)
        settings(work, server.url, model={"price": PRICE, **limits}, rob_framework=WAYS[name])

        yield work, server


def planned(work: Path, *more: object) -> dict[str, Any]:
    facts: dict[str, Any] = robasync("plan", *options(), *more, "--json", cwd=work).facts

    return facts


def ran(work: Path, server: Server, *more: object) -> tuple[float, float]:
    """Return what a run was billed and how long it took."""
    before, began = bill(server.counts), time.monotonic()
    ended = Command("run", *options(), *more, cwd=work).end(LONGEST)
    seconds = time.monotonic() - began
    assert ended.code == 0, ended.err

    return bill(server.counts) - before, seconds


def options() -> tuple[object, ...]:
    return "-c", "settings.json", "-i", "in", "-w", WORKERS


def bill(counts: dict[str, Any]) -> float:
    fresh = counts["input_tokens"] - counts["cached_tokens"]
    amounts = fresh, counts["cached_tokens"], counts["output_tokens"]

    return float(sum(amount * price for amount, price in zip(amounts, PRICE.values(), strict=True)) / 1e6)


def show(
    name: str, known: str, plan: dict[str, Any], *, billed: float, seconds: float
) -> tuple[float, float]:
    """Print a row; return by what share of the truth the plan is off, in money and in time."""
    likely, takes = plan["cost"]["likely"], plan["duration"]["seconds"]
    offs = likely / billed - 1, takes / seconds - 1
    money = f"{likely:.3f} | {billed:.3f} | {offs[0]:+.0%}"
    print(
        f"| {name} | {known} | {plan['calls']} | {money} | {takes:.0f} | {seconds:.0f} | {offs[1]:+.0%} |",
        flush=True,
    )

    return offs


def write(folder: Path, documents: int) -> None:
    """Write reports of 5 to 50 KB, each with another text."""
    folder.mkdir()

    for number in range(documents):
        padding = PADDING * (number * 37 % 450)
        (folder / f"{number:03}.txt").write_text(f"{reports.text(number)}\n\n{padding}\n")


def compare_recorded() -> None:
    """Print, by provider, how many bytes a token had in recorded exchanges, and what is assumed."""
    asked: dict[tuple[str, str], list[float]] = defaultdict(list)
    answered: dict[tuple[str, str], list[float]] = defaultdict(list)

    for one in recordings.exchanges():
        size, (text, usage) = sum(map(_bytes, texts(one.request))), read(one)
        written = usage.output_tokens - usage.reasoning_tokens

        if size >= LEAST_BYTES and usage.input_tokens:
            asked[one.provider, one.wire].append(size / usage.input_tokens)

        if _bytes(text) >= LEAST_ANSWER and written > 0:
            answered[one.provider, one.wire].append(_bytes(text) / written)

    print("| provider | bytes a token: prompts | assumed | answers |")
    print("|---|---|---|---|")

    for provider, wire in sorted({*asked, *answered}):
        found = (spread(shares[provider, wire]) for shares in (asked, answered))
        print(f"| {provider} | {next(found)} | {bytes_per_token(wire)} | {next(found)} |")


def spread(shares: list[float]) -> str:
    """Return the median, and of how many, with their range."""
    if not shares:
        return ""

    return f"{median(shares):.1f} ({min(shares):.1f} to {max(shares):.1f}; {len(shares)})"


def read(exchange: recordings.Exchange) -> tuple[str, Usage]:
    """Return the text of the recorded answer, as far as there is one alone, and the tokens that it tells."""
    try:
        found = READERS[exchange.wire](exchange.body, who="")
    except KeyError:
        return "", Usage()
    except ReplyError as error:
        return "", error.usage or Usage()

    return found.text, found.usage


def texts(value: Any) -> Iterator[str]:
    """Yield every text of a request: messages, and the names and words of its schema."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--recorded", action="store_true")

    return parser.parse_args()


def _bytes(text: str) -> int:
    return len(text.encode())


if __name__ == "__main__":
    sys.exit(main())
