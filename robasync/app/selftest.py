"""Kill and recover on a disk of the user's: the real command, a made-up model, an independent judge.

Each round runs the installed command on made-up reports, kills it three times without warning, lets it
finish, and holds its journal against what the model sold. No network but the loopback interface.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from subprocess import DEVNULL
from tempfile import TemporaryDirectory

import anyio
import orjson
from anyio.abc import Process

from robasync.errors import StorageError, UsageError
from robasync.service import audit, selftest
from robasync.service.audit import Books
from robasync.service.machine import cores
from robasync.service.selftest import Seller
from robasync.settings.environment import plain_variables
from robasync.store.places import USUAL, split_segment

DOCUMENTS = 24
KILLS = 3  # in a round, if the run is not done before
AT_ONCE = 2  # rounds: most of a life is the start of a process, which keeps one core busy
CALL_SECONDS = 0.02
STUCK_SECONDS = 120.0
PREFIX = "robasync-selftest-"
SETTINGS = "settings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round came to. ``complaints`` are the promises that did not hold; none is good."""

    number: int
    seed: int
    kills: int
    asked: int
    recorded: int
    uncertain: int
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """A kill in a round: which one it is, and how many questions had been asked by then."""

    round: int
    number: int
    asked: int


@dataclass(slots=True)
class Scene:
    """A round while it goes on."""

    number: int
    folder: Path
    seller: Seller
    chance: Random
    tell: Tell
    kills: int = 0
    complaints: list[str] = field(default_factory=list)


Tell = Callable[[Kill | Round], None]


def run(folder: Path, *, rounds: int, seed: int, tell: Tell) -> list[Round]:
    """Return what the rounds came to, each kill and each round told; nothing is left in ``folder``.

    Raises UsageError where there is no such folder, StorageError where it takes no files.
    """
    if not folder.is_dir():
        wish = "It is a file; name a folder: --dir D" if folder.exists() else f"Make it: mkdir -p {folder}"
        raise UsageError(f"There is no such folder: {folder}\n{wish}")

    try:
        with TemporaryDirectory(prefix=PREFIX, dir=folder, ignore_cleanup_errors=True) as scratch:
            return anyio.run(_rounds, Path(scratch).absolute(), rounds, seed, tell)
    except OSError as error:
        raise StorageError(f"{folder} cannot be used: {error.strerror}.\nName another: --dir D") from error


async def _rounds(scratch: Path, rounds: int, seed: int, tell: Tell) -> list[Round]:
    turns = anyio.Semaphore(min(AT_ONCE, cores()))
    found: dict[int, Round] = {}
    refusals: list[OSError] = []

    async with anyio.create_task_group() as tasks:

        async def one(number: int) -> None:
            """Run a round when it is its turn, and tell it."""
            try:
                async with turns:
                    found[number] = await _round(scratch / str(number), number, seed + number, tell=tell)
            except OSError as error:  # not in a group of its kind: one is told
                refusals.append(error)
                tasks.cancel_scope.cancel()
            else:
                tell(found[number])

        for number in range(1, rounds + 1):
            tasks.start_soon(one, number)

    if refusals:
        raise refusals[0]

    return [found[number] for number in sorted(found)]


async def _round(folder: Path, number: int, seed: int, *, tell: Tell) -> Round:
    async with selftest.selling(seconds=CALL_SECONDS) as seller:
        scene = Scene(number, folder, seller, Random(seed), tell)  # noqa: S311 moments, no secrets
        _prepare(scene)
        await _live(scene)

    now = _books(folder)
    scene.complaints += [*audit.against(seller.bills, now), *audit.at_the_end(now, DOCUMENTS)]

    return Round(
        number=number,
        seed=seed,
        kills=scene.kills,
        asked=seller.bills.total(),
        recorded=now.replies.total(),
        uncertain=now.uncertain.total(),
        complaints=tuple(dict.fromkeys(scene.complaints)),
    )


def _prepare(scene: Scene) -> None:
    """Write the reports and the settings of a round."""
    reports = scene.folder / "in"
    reports.mkdir(parents=True)

    for number in range(DOCUMENTS):
        (reports / selftest.name(number)).write_text(selftest.report(number), encoding="utf-8")

    model = {"name": "selftest", "model_name": selftest.MODEL, "base_url": scene.seller.url, "local": True}
    parallel = {
        "max_workers": scene.chance.choice((2, 4, 8)),
        "max_documents_per_batch": 10,
        "patience_seconds": 5,  # if this process is killed, its child ends soon
    }
    content = orjson.dumps({"llm_models": [model], "parallel": parallel})
    (scene.folder / SETTINGS).write_bytes(content)


async def _live(scene: Scene) -> None:
    """Run, kill and resume; what was on the disk at a kill must be there after the next life."""
    command: tuple[str, ...] = ("run", "-c", SETTINGS, "-i", "in", "-o", "out", "--yes")

    for _ in range(KILLS):
        before, kills = _books(scene.folder), scene.kills
        await _life(scene, command, kill_after=scene.seller.bills.total() + scene.chance.randint(1, 10))
        scene.complaints += audit.after_kill(before, _books(scene.folder))
        command = ("resume", "-c", SETTINGS, "--yes")

        if scene.kills == kills:
            break

    before = _books(scene.folder)

    for last in (command, ("fsck", "-c", SETTINGS)):
        await _life(scene, last, kill_after=None)

    scene.complaints += audit.after_kill(before, _books(scene.folder))


async def _life(scene: Scene, command: tuple[str, ...], *, kill_after: int | None) -> None:
    """Start a command, and kill it once so many questions were asked; else it must end well."""
    said = scene.folder / "said.txt"

    with said.open("wb") as out:
        process = await anyio.open_process(
            [sys.executable, "-m", "robasync", *command],
            cwd=scene.folder,
            env=plain_variables(),
            stdin=DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )

        try:
            with anyio.fail_after(STUCK_SECONDS):
                is_killed = kill_after is not None and await _killed(scene, process, kill_after)
                code = await process.wait()
        except TimeoutError:
            scene.complaints.append(f"{command[0]} was stuck")
            return
        finally:
            _kill(process)
            with anyio.CancelScope(shield=True):
                await process.wait()

    if not is_killed and code:
        scene.complaints.append(f"{command[0]} ended with exit code {code}: {_last_words(said)}")


async def _killed(scene: Scene, process: Process, kill_after: int) -> bool:
    """Kill the process some moment after it asked so often; return whether it was still there."""
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            """Wait no longer for the moment where the process has ended before it."""
            await process.wait()
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        await scene.seller.sold(kill_after)
        await anyio.sleep(scene.chance.uniform(0, 2 * CALL_SECONDS))  # any moment between two answers
        _kill(process)
        scene.kills += 1
        scene.tell(Kill(round=scene.number, number=scene.kills, asked=scene.seller.bills.total()))
        return True

    return False


def _kill(process: Process) -> None:
    """End the process and those it started, at once and without warning."""
    if process.returncode is not None:
        return

    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _books(folder: Path) -> Books:
    """Return what is in the journal of a round's only session; nothing where there is none yet."""
    place = folder / USUAL
    names = [path.name for path in place.iterdir()] if place.is_dir() else []
    segments = sorted((split, name) for name in names if (split := split_segment(name)))

    return audit.books(b"".join((place / name).read_bytes() for _, name in segments))


def _last_words(said: Path) -> str:
    lines = said.read_text(encoding="utf-8", errors="replace").splitlines()

    return " / ".join(line.strip() for line in lines[-2:])
