"""``cost_tracking`` of a checkpoint: what was spent, by model where the settings of the session want that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from robasync.books import Spend
from robasync.session import Session

ALL = "all models"
COST = "cost"


def tracking(session: Session) -> dict[str, Any]:
    """Return what the replies cost and took, in all and by model, and what uncertain calls reserved.

    Without ``cost_tracking.track_by_model``, or with ``enabled`` off, all models are one: a journal
    that is lost is begun anew from these sums, and the cap counts them.
    """
    spends = session.spend if _by_model(session.config) else _together(session)
    usage = {model: asdict(spend) for model, spend in spends.items()}

    return {
        "total_cost": session.spent,
        "cost_by_model": {model: round(counts.pop(COST), 9) for model, counts in usage.items()},
        "token_usage": usage,
        "uncertain_cost": session.reserved,
        "uncertain_calls": len(session.uncertain),
    }


def _by_model(config: Mapping[str, Any]) -> bool:
    told = config.get("cost_tracking")  # as it was recorded; it may be forged

    return not isinstance(told, dict) or bool(told.get("enabled", True) and told.get("track_by_model", True))


def _together(session: Session) -> dict[str, Spend]:
    names = [field.name for field in fields(Spend) if field.name != COST]
    sums = {name: sum(getattr(spend, name) for spend in session.spend.values()) for name in names}

    return {ALL: Spend(cost=session.spent, **sums)} if session.spend else {}
