"""One life of the installed command: started, watched, killed at its moment, and what it left behind."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import Process

from tests.acceptance.books import Books
from tests.acceptance.harness import COMMAND, settings
from tests.crash.campaign.key import books
from tests.crash.campaign.plan import Life
from tests.crash.campaign.scene import Scene, moment, stalling
from tests.servers.openai_server import OpenAIServer

LOOK_SECONDS = 0.0005  # between two looks at what is no event: files that grow and come and go
STUCK_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What a life did. ``sent`` are the signals that met a living process, in order.

    ``before`` and ``after`` are the books in the journal; ``resumed`` tells which command it was;
    ``left`` counts the documents without an outcome when the first signal was sent.
    """

    life: Life
    resumed: bool
    code: int
    pid: int
    out: str
    err: str
    sent: tuple[signal.Signals, ...]
    left: int
    is_stuck: bool
    before: Books
    after: Books

    @property
    def is_acknowledged(self) -> bool:
        """Whether a handler of robasync took the first signal."""
        return "signal received; finishing" in self.err

    @property
    def is_graceful(self) -> bool:
        """Whether it drained and said so, and was let finish: a third signal ends it at once."""
        return "Graceful shutdown completed" in self.err and self.code in (130, 143) and len(self.sent) < 3

    @property
    def listed(self) -> Counter[str] | None:
        """The documents of the uncertain calls that a resume listed; None where it came not so far."""
        if not self.resumed or "Resuming from batch" not in self.err:
            return None

        lines = (line.partition(", asked of ") for line in self.err.splitlines())

        return Counter(head.split("]")[-1].strip() for head, found, _ in lines if found)


async def live(life: Life, folder: Path, server: OpenAIServer, *, number: int, total: int) -> Lived:
    """Start the command on ``folder``, kill it as the life says, and return what it did."""
    before = books(folder)
    resumed = bool(before.of("session_started"))
    said, told = folder / f"life-{number}.err", folder / f"life-{number}.out"
    model = {"max_concurrency": life.together}
    name = settings(folder, server.url, name=f"settings-{number}.json", model=model, **life.sections)
    fixed = ("resume",) if resumed else ("run", "-i", "in", "-o", "out")
    sizes = ("-w", str(life.workers), "--batch-size", str(life.batch_size))

    with told.open("wb") as out, said.open("wb") as err:
        scene = Scene(folder=folder, server=server, said=said, total=total, left=total - _finished(before))
        is_due = moment(life, scene) if life.kill else None
        process = await anyio.open_process(
            [COMMAND, *fixed, "-c", name, *sizes, *(() if life.kill else ("--json",))],
            cwd=folder,
            env=_environment(),
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        death = Death(process, life, scene)
        await death.come(is_due)

    return Lived(
        life=life,
        resumed=resumed,
        code=process.returncode or 0,
        pid=process.pid,
        out=told.read_text(),
        err=said.read_text(errors="replace"),
        sent=tuple(death.sent),
        left=death.left,
        is_stuck=death.is_late,
        before=before,
        after=books(folder),
    )


class Death:
    """The end of a process: killed as its life says, by itself, or, when it is stuck, by us."""

    def __init__(self, process: Process, life: Life, scene: Scene) -> None:
        self._process = process
        self._life = life
        self._scene = scene
        self.sent: list[signal.Signals] = []
        self.left = scene.left
        self.is_late = False

    async def come(self, is_due: Callable[[], bool] | None) -> None:
        """Return when the process has ended; without a moment it is left in peace."""
        with anyio.move_on_after(STUCK_SECONDS) as patience:
            if is_due is not None:
                await self._wait_for(is_due)
                await self._kill()

            await self._process.wait()

        if patience.cancelled_caught:
            self.is_late = True
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def _wait_for(self, is_due: Callable[[], bool]) -> None:
        stalls = stalling(self._scene.server)  # calls that hang keep the moment from coming

        while self._process.returncode is None and not is_due() and not stalls():
            await anyio.sleep(LOOK_SECONDS)

        await anyio.sleep(self._life.delay)

    async def _kill(self) -> None:
        kill = self._life.kill
        assert kill is not None
        self.left = self._scene.total - self._scene.records("outcome")

        for number, gap in zip(kill.signals, (*self._life.gaps, 0.0), strict=True):
            if self._process.returncode is not None:
                return

            with suppress(ProcessLookupError):
                (os.killpg if kill.group else os.kill)(self._process.pid, number)
                self.sent.append(number)

            await anyio.sleep(gap)


def _finished(books: Books) -> int:
    return len({line["body"]["document"] for line in books.of("outcome")})


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ROBASYNC_")}
