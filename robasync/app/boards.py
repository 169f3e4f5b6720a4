"""What the table of proposed judgements of a run is made of."""

from __future__ import annotations

from robasync.app.assembly import Plan
from robasync.reports import page, survey
from robasync.service.newest import Board, Column, Sign


def board(plan: Plan) -> Board:
    """Return what the table of proposed judgements is made of: the signs of the report."""
    return Board(
        title=plan.instrument.title,
        assessor=plan.assessor,
        columns=[Column(item.id, item.name, item.core) for item in plan.items],
        signs=[
            Sign(mark.key, mark.style, mark.symbol, mark.words)
            for mark in page.marks(plan.instrument).values()
        ],
        cell=survey.cell,
    )
