"""The installed command and the local server, as processes: what a user starts, watches and kills."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("robasync")
SERVER = ROOT / "tests" / "servers" / "openai_server.py"
LIMITED = SERVER.with_name("limited_server.py")
LIMIT = 120  # seconds after which a command counts as stuck


@dataclass(frozen=True)
class Server:
    """A running server: ``url`` is the base URL to configure."""

    url: str

    @property
    def counts(self) -> dict:
        return self._get("counts")

    @property
    def bills(self) -> list[tuple[str, int]]:
        """The start of each message that was billed, and how often it was."""
        return [(text, times) for text, times in self._get("bills")]

    def new_keys(self) -> list[str]:
        """Return the Authorization headers that it was asked with since the last such question."""
        return self._get("keys")

    def wait(self, requests: int = 0, *, billed: int = 0) -> None:
        """Return once the server has seen, and billed, so many requests; no polling."""
        self._get(f"wait?requests={requests}&billed={billed}")

    def change(self, **mode) -> None:
        body = json.dumps(mode).encode()
        urllib.request.urlopen(self._path("mode"), data=body, timeout=LIMIT).read()

    def _get(self, name: str) -> dict:
        with urllib.request.urlopen(self._path(name), timeout=LIMIT) as answer:
            return json.load(answer)

    def _path(self, name: str) -> str:
        return f"{self.url.removesuffix('/v1')}/{name}"


@contextmanager
def serving(*flags: object, script: Path = SERVER) -> Iterator[Server]:
    """Run the server in a process of its own."""
    command = [sys.executable, script, "--port", "0", *map(str, flags)]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(json.loads(process.stdout.readline())["url"])
        finally:
            process.kill()


class Command:
    """``robasync ...`` in a process group of its own; ``through`` is a command that runs it."""

    def __init__(
        self,
        *arguments: object,
        cwd: Path,
        through: Sequence[object] = (),
        stdin: int = subprocess.DEVNULL,
        **environment: str,
    ) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ROBASYNC_")}
        self.process = subprocess.Popen(
            [*map(str, through), COMMAND, *map(str, arguments)],
            cwd=cwd,
            env={**clean, **environment},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._said: list[str] = []
        self._is_over = False
        self._news = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def until(self, words: str, times: int = 1) -> None:
        """Wait until so many lines on stderr hold ``words``, said already or still to come."""
        with self._news:
            self._news.wait_for(lambda: self._is_over or self._heard(words) >= times, LIMIT)

        assert self._heard(words) >= times, f"{words!r} is not in: {''.join(self._said)}"

    @property
    def said(self) -> list[str]:
        """The lines on stderr so far."""
        with self._news:
            return list(self._said)

    def signal(self, number: int, *, group: bool = False) -> None:
        """Send a signal to the process, or to its whole group as a terminal does."""
        send = os.killpg if group else os.kill
        send(self.process.pid, number)

    def kill(self) -> None:
        """End the process and its workers at once, as a power cut would."""
        self.signal(signal.SIGKILL, group=True)

    def end(self, seconds: float = LIMIT) -> Ended:
        """Wait for the end and return what was said; a command that takes longer is stuck, and ended."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

        self._listener.join(LIMIT)
        out = self.process.stdout.read()
        self.process.stdout.close()
        self.process.stderr.close()

        return Ended(self.process.returncode, out, "".join(self._said))

    def _listen(self) -> None:
        for line in self.process.stderr:
            with self._news:
                self._said.append(line)
                self._news.notify_all()

        with self._news:
            self._is_over = True
            self._news.notify_all()

    def _heard(self, words: str) -> int:
        return sum(words in line for line in self._said)


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict:
        """What ``--json`` printed."""
        return json.loads(self.out)


def robasync(*arguments: object, cwd: Path, **environment: str) -> Ended:
    """Run a command to its end."""
    return Command(*arguments, cwd=cwd, **environment).end()


def settings(
    folder: Path, url: str, *, name: str = "settings.json", model: dict | None = None, **sections
) -> str:
    """Write a settings file for one model at ``url``; returns its name.

    What is paid for has a cap that no test comes near, for nobody is there to agree to its cost;
    ``cost_tracking`` takes its place.
    """
    one = {
        "name": "local",
        "model_name": "m1",
        "base_url": url,
        "price": {"input": 1, "output": 2},
        **(model or {}),
    }

    if one["price"]:
        sections.setdefault("cost_tracking", {"max_cost_threshold": 1_000})

    (folder / name).write_text(json.dumps({"llm_models": [one], **sections}))

    return name


def rows(path: Path) -> list[dict]:
    """Return the rows of a CSV report."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def outcomes(output: Path) -> dict[str, dict]:
    """Return every result file's outcome by document, without what differs from file to file."""
    found = {}

    for path in (output / "results").rglob("*.json"):
        outcome = json.loads(path.read_text())["outcome"]
        found[outcome["document"]] = {
            key: value for key, value in outcome.items() if key not in {"mtime_ns", "inode"}
        }

    return found


def journal(folder: Path, read: Callable[[bytes], dict] = json.loads) -> list[dict]:
    """Return all lines of the only session in ``folder``; a torn end, never acknowledged, does not count."""
    lines = []
    segments = (folder / "checkpoints").glob("*.journal*.jsonl")

    for path in sorted(segments, key=lambda path: (len(path.name), path.name)):  # the first has no number
        lines += [read(line) for line in path.read_bytes().split(b"\n")[:-1]]

    return lines
