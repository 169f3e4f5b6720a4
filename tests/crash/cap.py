"""The cap against the server's own bill, with a thousand calls in flight, kills and resumes between.

    python -m tests.crash.cap --rounds 20

Each round starts the command with a cap, many workers and a server that loses some replies after it
has billed them, kills it at moments drawn from the round's seed, and resumes until the cap or the
folder ends it. Exit code 0 means that the bill never passed the cap, that the books cover the bill,
and that the check of the session finds nothing amiss.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import reports
from tests.acceptance.harness import Command, Server, robasync, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out", "--json")
RESUME = ("resume", "-c", "settings.json", "--json")
MAX_TOKENS = 800
CALLS = 14  # for each document: one an item
CAPS = (1.0, 3.0, 6.0)  # of about 6.30 that everything costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: ``workers`` on ``documents``, killed ``kills`` times; ``lost`` is a share of the replies."""

    seed: int
    documents: int = 400
    workers: int = 1000
    kills: int = 2
    cap: float = 7.0
    lost: float = 0.02
    latency: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a round came to, in the currency; ``code`` is that of its last life."""

    bill: float
    cap: float
    spent: float
    reserved: float
    given_up: float
    most_open: int
    code: int
    complaints: tuple[str, ...]

    def __str__(self) -> str:
        verdict = "; ".join(self.complaints) or "ok"
        books = f"{self.spent:.4f} spent, {self.reserved:.4f} reserved"

        return (
            f"billed {self.bill:.4f} of {self.cap:.4f} ({self.bill / self.cap:.1%}), {books}, "
            f"{self.most_open} at once, exit {self.code}: {verdict}"
        )


def bill(server: Server) -> float:
    """Return what the server's books come to at the harness's price."""
    counts = server.counts

    return (counts["input_tokens"] + 2 * counts["output_tokens"]) / 1_000_000


def play(round_: Round, folder: Path) -> Held:
    """Play a round in an empty folder, and judge it."""
    chance = random.Random(round_.seed)
    reports.write(folder / "in", round_.documents)
    mode = ("--latency", round_.latency, "--jitter", round_.latency, "--seed", round_.seed)

    with serving(*mode, "--fault", f"lost={round_.lost}") as server:
        _configure(folder, server, round_)
        code = _live(folder, server, round_, chance)

        return _judge(folder, server, round_, code=code)


def _configure(folder: Path, server: Server, round_: Round) -> None:
    settings(
        folder,
        server.url,
        model={"max_tokens": MAX_TOKENS, "max_concurrency": round_.workers},
        parallel={"max_workers": round_.workers, "retry_attempts": 1},
        cost_tracking={"max_cost_threshold": round_.cap},
        rob_framework={"calls_per": "item"},
    )


def _live(folder: Path, server: Server, round_: Round, chance: random.Random) -> int:
    """Kill and resume as planned, then resume until it ends by itself; return the last exit code."""
    for number in range(round_.kills):
        command = Command(*(RESUME if number else RUN), cwd=folder)
        before = server.counts["requests"]
        _reach(command, server, before + chance.randrange(1, CALLS * round_.documents // 3))

        if command.process.returncode is None:
            command.kill()

        command.end()

    return robasync(*(RESUME if round_.kills else RUN), cwd=folder).code


def _reach(command: Command, server: Server, requests: int) -> None:
    """Return once the server saw so many requests, or the command ended before that."""
    while command.process.poll() is None and server.counts["requests"] < requests:
        server.wait()  # its answer is all that is waited for


def _judge(folder: Path, server: Server, round_: Round, *, code: int) -> Held:
    checked = robasync("fsck", "--json", cwd=folder)
    looked = json.loads(checked.out)["looked_at"]
    billed, cap = bill(server), round_.cap
    spent, reserved, given_up = looked["cost"], looked["reserved"], looked["given_up"]
    books = spent + reserved + given_up
    wrong = {
        "the bill passes the cap": billed > cap + 1e-9,
        "the books pass the cap": spent + reserved > cap + 1e-9,
        "the books do not cover the bill": billed > books + 1e-9,
        "the check finds damage": checked.code != 0,
        f"it ended with {code}": code not in (0, 3, 4),
    }

    return Held(
        bill=billed,
        cap=cap,
        spent=spent,
        reserved=reserved,
        given_up=given_up,
        most_open=server.counts["most_open"],
        code=code,
        complaints=tuple(words for words, is_so in wrong.items() if is_so),
    )


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="robasync-cap-"))

    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Play the rounds; 0 when every one held."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    failed = 0

    for seed in range(given.seed, given.seed + given.rounds):
        chance = random.Random(f"round {seed}")
        round_ = Round(seed=seed, kills=chance.randrange(4), cap=CAPS[seed % len(CAPS)])

        with scratch() as folder:
            held = play(round_, folder)

        failed += bool(held.complaints)
        print(f"seed {seed}, {round_.kills} kills: {held}", flush=True)

    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
