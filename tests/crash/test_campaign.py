"""The installed command, killed in all ways at all moments: 25 rounds of ``scripts/crash``."""

from __future__ import annotations

import pytest

from tests.crash.campaign.__main__ import SEED
from tests.crash.campaign.plan import KILLS, MOMENTS, draw
from tests.crash.campaign.rounds import Campaign, Judged

pytestmark = pytest.mark.long

ROUNDS = 25


def told(judged: Judged, number: int) -> None:
    print(number, judged, *judged.complaints, sep="\n    ")


async def test_rounds_of_kills_change_no_result_and_buy_nothing_twice_without_need(tmp_path):
    """Results are those of a run in peace; the server's bill and the journal agree."""
    campaign = Campaign(tmp_path, keep=False, tell=told)
    await campaign.run(range(SEED, SEED + ROUNDS), 2)

    assert [str(judged) for judged in campaign.failed] == []
    assert len(campaign.judged) == ROUNDS
    assert list(tmp_path.iterdir()) == []


def test_seeds_in_a_row_meet_every_kill_at_every_moment():
    """The first kill of a round goes through all pairs of a way and a moment, and starts again."""
    rounds = [draw(seed) for seed in range(SEED, SEED + len(KILLS) * len(MOMENTS))]
    first = {(life.kill, life.moment) for plan in rounds for life in plan.lives}

    assert {(kill, moment) for kill in KILLS for moment in MOMENTS} <= first
    assert draw(SEED) == draw(SEED)
