"""What one round does, drawn from its seed alone: inputs, and lives that end in a kill."""

from __future__ import annotations

import random
import signal
from dataclasses import dataclass, field, replace
from typing import Any

from tests.crash.campaign import key

INT, TERM, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Kill:
    """A way to end a process: its signals in order, to the process or to its whole group."""

    name: str
    signals: tuple[signal.Signals, ...]
    group: bool = False


KILLS = (
    Kill("SIGKILL", (KILL,)),
    Kill("SIGKILL to the group", (KILL,), group=True),
    Kill("SIGTERM", (TERM,)),
    Kill("SIGTERM to the group", (TERM,), group=True),
    Kill("SIGINT", (INT,)),
    Kill("SIGINT to the group", (INT,), group=True),
    Kill("two SIGINTs", (INT, INT)),
    Kill("two SIGINTs to the group", (INT, INT), group=True),
    Kill("three SIGINTs", (INT, INT, INT)),
    Kill("SIGHUP", (signal.SIGHUP,)),
    Kill("SIGTERM, then SIGKILL", (TERM, KILL)),
    Kill("SIGUSR1, then SIGKILL", (signal.SIGUSR1, KILL)),
)

MOMENTS = (
    "time",
    "start",
    "request",
    "bill",
    "journal",
    "checkpoint draft",
    "backup draft",
    "result file",
    "recovery",
    "last outcome",
    "session end",
    "reports",
)

HARMS = (
    "checkpoint removed",
    "checkpoint cut short",
    "checkpoint changed",
    "index removed",
    "index changed",
    "torn end",
)

ENCRYPTED = 0.2  # share of the rounds

RESUMED_ONLY = {"recovery"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One start of the command. ``kill`` is None for the life that may finish.

    At most ``together`` calls are made at once, so that others wait for their turn.

    The kill comes ``delay`` seconds after ``moment``; ``share`` says how far along, from 0 to 1,
    a moment that can come early or late is. ``gaps`` are the seconds between the kill's signals.
    ``harm`` is done to the files before a life that resumes.
    """

    workers: int
    batch_size: int
    together: int | None = None
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    kill: Kill | None = None
    moment: str = ""
    share: float = 0.0
    delay: float = 0.0
    gaps: tuple[float, ...] = ()
    harm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The documents of a round: so many texts, and with ``mixed`` a PDF and one without words."""

    texts: int
    mixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A round. ``latency`` and ``jitter`` are the server's, in seconds.

    ``hanging`` calls never end; each is ``dropped``, before or after it is billed, with this probability.
    """

    seed: int
    inputs: Inputs
    latency: float
    jitter: float
    hanging: int
    dropped: float
    lives: tuple[Life, ...]


def draw(seed: int) -> Plan:
    """Return the round of ``seed``. Seeds in a row go through all kills, and all moments, in turn."""
    chance = random.Random(seed)
    is_encrypted = chance.random() < ENCRYPTED
    kill, moment = KILLS[seed % len(KILLS)], MOMENTS[(seed // len(KILLS) + seed) % len(MOMENTS)]
    lives = [replace(_life(chance, kill, moment), harm="")]

    if moment in RESUMED_ONLY:
        lives.insert(0, _life(chance, KILLS[0], "request"))

    lives += [_life(chance) for _ in range(chance.choices((0, 1, 2, 3), (50, 30, 15, 5))[0])]
    lives.append(Life(**_circumstances(chance)))

    return Plan(
        seed=seed,
        inputs=Inputs(texts=chance.choice((16, 24, 40)), mixed=chance.random() < 0.2),
        latency=chance.choice((0.001, 0.004, 0.015)),
        jitter=chance.choice((0.0, 0.005, 0.03)),
        hanging=chance.choices((0, 1, 3), (80, 10, 10))[0],
        dropped=0.02 if chance.random() < 0.15 else 0.0,
        lives=tuple(_encrypted(life) if is_encrypted else life for life in lives),
    )


def _life(chance: random.Random, kill: Kill | None = None, moment: str = "") -> Life:
    kill = kill or chance.choice(KILLS)

    return Life(
        kill=kill,
        moment=moment or chance.choice(MOMENTS),
        share=chance.random(),
        delay=chance.choice((0.0, 0.0, chance.random() * 0.004, chance.random() * 0.03)),
        gaps=tuple(chance.choice((0.0, chance.random() * 0.02)) for _ in kill.signals[1:]),
        **_circumstances(chance),
    )


def _encrypted(life: Life) -> Life:
    system = life.sections["checkpoint_system"] | key.SETTINGS

    return replace(life, sections={**life.sections, "checkpoint_system": system})


def _circumstances(chance: random.Random) -> dict[str, Any]:
    return {
        "harm": chance.choice(HARMS) if chance.random() < 0.15 else "",
        "workers": chance.choice((1, 2, 4, 8, 16)),
        "batch_size": chance.choice((1, 3, 7, 20, 50)),
        "together": chance.choice((None, None, 2)),
        "sections": {
            "parallel": {
                "checkpoint_interval": chance.choice((1, 3, 10)),
                "checkpoint_on_batch_complete": chance.random() < 0.7,
                "checkpoint_on_error": chance.random() < 0.7,
                "max_checkpoint_backups": chance.choice((1, 2, 5)),
                "grace_seconds": chance.choice((0.1, 0.5, 2)),
            },
            "checkpoint_system": {
                "backup_interval": chance.choice((1, 5, 50)),
                "validation_on_save": chance.random() < 0.7,
                "compression": chance.random() < 0.3,
            },
            "processing": {"enable_resume": chance.random() < 0.85},
        },
    }
