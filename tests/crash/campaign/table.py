"""What a campaign comes to, by kind of kill and by moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tests.crash.campaign.lives import Lived
from tests.crash.campaign.plan import KILLS, MOMENTS
from tests.crash.campaign.rounds import Judged

HEAD = ("", "sent", "met alive", "left uncertain", "rounds failed")


def table(judged: Sequence[Judged]) -> str:
    """Return the campaign's figures as text."""
    lives = [(lived, one) for one in judged for lived in one.lives if lived.life.kill]
    kills = [_row(kill.name, lives, lambda life, k=kill: life.life.kill == k) for kill in KILLS]
    moments = [_row(name, lives, lambda life, m=name: life.life.moment == m) for name in MOMENTS]
    failed = sum(bool(one.complaints) for one in judged)
    requests, twice = sum(one.requests for one in judged), sum(one.twice for one in judged)
    total = f"{len(judged)} rounds, {len(lives)} kills, {requests} requests, {twice} calls bought twice; "
    total += f"{failed} failed" if failed else "all held, each of those was uncertain and listed"

    return "\n".join(
        ["", *_lines(("kill", *HEAD[1:]), kills), "", *_lines(("at", *HEAD[1:]), moments), "", total]
    )


def _row(name: str, lives: Iterable[tuple[Lived, Judged]], is_it: Callable[[Lived], bool]) -> tuple[str, ...]:
    chosen = [(lived, one) for lived, one in lives if is_it(lived)]
    uncertain = sum(lived.after.uncertain.total() - lived.before.uncertain.total() for lived, _ in chosen)
    failed = {one.plan.seed for _, one in chosen if one.complaints}
    met = sum(bool(lived.sent) for lived, _ in chosen)

    return (name, str(len(chosen)), str(met), str(uncertain), str(len(failed)))


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"{row[0]:28}" + "".join(f"{cell:>16}" for cell in row[1:]) for row in (head, *rows)]
