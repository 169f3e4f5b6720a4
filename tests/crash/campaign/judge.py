"""What must hold after every life and at a round's end. Each rule returns complaints; none is good.

The server's count of bodies and the journal are the witnesses; the reference is the same work
done in peace.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import psutil

from robasync.errors import CheckpointError
from robasync.store import checkpoint
from robasync.store.packing import SEALED
from tests.acceptance.books import Books
from tests.acceptance.harness import COMMAND
from tests.crash.campaign.key import CHECKED_FROM, unpacked
from tests.crash.campaign.lives import Lived

FACTS = ("assessed", "refused", "failed", "left", "proposed_judgements", "items_without_judgement")
SAFE = re.compile(r"(\d+) of (\d+) stud\w+ (?:is|are) safe")
UNCERTAIN = re.compile(r"Uncertain calls: (\d+);")
UNCHECKED = {"mtime_ns", "inode"}  # they differ from folder to folder
ACCEPTED = {signal.SIGINT: (-signal.SIGINT, 1, 130)}  # while the interpreter still starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a finished run left for people, without times and places."""

    code: int
    facts: dict[str, Any]
    files: dict[str, Any]
    tables: dict[str, bytes]


def results(output: Path, ended: Lived) -> Results:
    """Return what is in the output folder of a run that finished."""
    facts = json.loads(ended.out) if ended.out.startswith("{") else {}
    tables = {name: output / name for name in ("results.csv", "not_assessed.csv")}

    return Results(
        code=ended.code,
        facts={name: facts.get(name) for name in FACTS}
        | {"cost": round(facts.get("cost") or 0, 9)}
        | _summary(output / "summary.json"),
        files={
            path.relative_to(output).as_posix().removesuffix(SEALED): _comparable(
                json.loads(unpacked(path, kind="result"))
            )
            for path in sorted((output / "results").rglob("*.json*"))
        },
        tables={name: path.read_bytes() for name, path in tables.items() if path.exists()},
    )


def _summary(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_bytes()) if path.exists() else {}

    return {f"summary: {name}": content.get(name) for name in ("studies", "judgements", "items")}


def _comparable(content: dict[str, Any]) -> dict[str, Any]:
    outcome = {name: value for name, value in content["outcome"].items() if name not in UNCHECKED}

    return {**content, "outcome": outcome, "checksum": ""}  # the checksum is over what differs, too


def judge_life(
    lived: Lived, folder: Path, *, code: int, total: int, harmed: Collection[bytes]
) -> Iterator[str]:
    """Yield what is wrong after a life; ``code`` is that of the work when it is finished.

    ``harmed`` are the contents that files were given on purpose; one that is still there is no fault.
    """
    if lived.is_stuck:
        yield "stuck: ended by the judge"

    yield from _code(lived, code, total)
    yield from _journal(lived)
    yield from _listing(lived)
    yield from _checkpoint(lived, folder, harmed)

    if lived.is_graceful:
        yield from _farewell(lived)

    if "Traceback" in lived.err and lived.is_acknowledged:
        yield "a traceback on stderr"


def _code(lived: Lived, finished: int, total: int) -> Iterator[str]:
    may_finish = not lived.left or lived.is_acknowledged or not lived.sent
    allowed = {finished} if may_finish and _is_finished(lived, total) else set()
    stopping = [number for number in lived.sent if number not in (signal.SIGKILL, signal.SIGUSR1)]

    if signal.SIGKILL in lived.sent:
        allowed.add(-signal.SIGKILL)

    if signal.SIGUSR1 in lived.sent and "Starting" not in lived.err:
        allowed.add(-signal.SIGUSR1)

    if stopping and lived.is_acknowledged:
        allowed.add(130 if stopping[0] is signal.SIGINT else 143)
    elif stopping:
        allowed.update(ACCEPTED.get(stopping[0], (-stopping[0],)))

    if lived.code not in allowed:
        yield f"exit code {lived.code}, not one of {sorted(allowed)}"


def _is_finished(lived: Lived, total: int) -> bool:
    return len({line["body"]["document"] for line in lived.after.of("outcome")}) == total


def _journal(lived: Lived) -> Iterator[str]:
    before, after = lived.before.lines, lived.after.lines

    if after[: len(before)] != before:
        yield "records that were in the journal are there no more, or are others"

    if not lived.after.has_no_gaps:
        yield "the journal's numbers have a gap or come twice"

    if lived.after.asked_again:
        yield f"asked again although a reply was recorded: {lived.after.asked_again}"


def _listing(lived: Lived) -> Iterator[str]:
    listed = lived.listed

    if listed is not None and listed != lived.before.uncertain:
        yield f"listed as uncertain {dict(listed)}, in the journal {dict(lived.before.uncertain)}"


def _checkpoint(lived: Lived, folder: Path, harmed: Collection[bytes]) -> Iterator[str]:
    for path in (folder / "checkpoints").glob("*.checkpoint.json*"):
        if path.read_bytes() in harmed and not lived.is_graceful:
            continue

        try:
            found = checkpoint.parse(unpacked(path, kind="checkpoint"), name=path.name)
        except CheckpointError as error:
            yield str(error)
            continue

        if found.sequence > len(lived.after.lines):
            yield "the checkpoint knows more than the journal"
        elif lived.is_graceful and found.sequence < len(lived.after.lines):
            yield "the last checkpoint of a graceful end is older than the journal"


def _farewell(lived: Lived) -> Iterator[str]:
    books, safe = lived.after, SAFE.search(lived.out)
    done = len({line["body"]["document"] for line in books.of("outcome")})
    said = UNCERTAIN.search(lived.out)

    if safe is None or int(safe[1]) != done:
        yield f"said {safe and safe[0]!r}; {done} outcomes are in the journal"

    if (int(said[1]) if said else 0) != books.uncertain.total():
        yield f"said {said and said[0]!r}; {books.uncertain.total()} are in the journal"

    if _begun_after_signal(lived):
        yield "a call was made after the signal"


def _begun_after_signal(lived: Lived) -> set[str]:
    """Return the calls whose intent stands after the signal and that were not taken back unmade."""
    lines = lived.after.lines[len(lived.before.lines) :]
    signals = [number for number, line in enumerate(lines) if line["kind"] == "signal"]
    later = lines[signals[0] :] if signals else []
    unmade = {line["key"] for line in later if line["kind"] == "call_failed" and line["body"]["certain"]}

    return {line["key"] for line in later if line["kind"] == "intent"} - unmade


def judge_round(folder: Path, found: Results, wanted: Results, books: Books) -> Iterator[str]:
    """Yield what is wrong with a finished round's files."""
    for name in ("code", "facts", "files", "tables"):
        if getattr(found, name) != getattr(wanted, name):
            yield f"{name} differ from those of an uninterrupted run{_difference(found, wanted, name)}"

    drafts = [path.name for path in folder.rglob("*") if path.name.endswith("tmp")]

    if drafts:
        yield f"left behind: {drafts}"

    for path in (folder / "checkpoints").glob("*.journal*.jsonl"):
        if not all(map(_is_whole, path.read_bytes().splitlines())):
            yield f"{path.name} holds a line with a wrong checksum"

    if books.of("session_ended") == []:
        yield "the journal does not say that the session has ended"


async def judge_check(folder: Path) -> list[str]:
    """Return what ``robasync fsck`` complains of."""
    command = [COMMAND, "fsck", "-c", "settings-1.json"]
    ended = await anyio.run_process(command, cwd=folder, check=False, stderr=subprocess.STDOUT)

    return [] if ended.returncode == 0 else [f"fsck: exit code {ended.returncode}: {ended.stdout.decode()}"]


def _difference(found: Results, wanted: Results, name: str) -> str:
    ours, theirs = getattr(found, name), getattr(wanted, name)

    if not isinstance(ours, dict):
        return f": {ours}, not {theirs}"

    odd = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))

    return f": {odd[:5]}" + (f" {ours}" if name == "facts" else "")


def _is_whole(line: bytes) -> bool:
    return zlib.crc32(line[CHECKED_FROM:]) == int(line[8:16], 16)


def judge_bills(bills: Counter[str], requests: int, books: Books) -> Iterator[str]:
    """Yield what was bought without a record, twice without need, or recorded without a sale."""
    replies = Counter(line["body"]["document"] for line in books.of("reply"))

    for document in bills.keys() | replies.keys():
        bought, recorded, lost = bills[document], replies[document], books.uncertain[document]

        if not recorded <= bought <= recorded + lost:
            yield f"{document}: billed {bought} times; {recorded} replies, {lost} uncertain calls"

    if requests > books.sent:
        yield f"the server saw {requests} requests; the journal knows of {books.sent}"


def judge_processes(lives: list[Lived]) -> Iterator[str]:
    """Yield the processes of ended lives that still run."""
    groups = {lived.pid for lived in lives}

    for process in psutil.process_iter(["pid", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and _group(process.info["pid"]) in groups:
            yield f"process {process.info['pid']} of an ended run still runs"


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
