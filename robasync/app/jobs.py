"""What the first record of a run says of it, whether its session begins or goes on."""

from __future__ import annotations

from typing import Any

import robasync
from robasync.app import pricing
from robasync.app.assembly import Plan
from robasync.documents import Folder
from robasync.settings import Settings, sizes, snapshot


def facts(settings: Settings, plan: Plan, folder: Folder, *, total: int) -> dict[str, Any]:
    """Return version, folders, instrument, settings without secrets, prices, how many documents there are."""
    return {
        "robasync": robasync.__version__,
        "input_folder": str(folder.root),
        "output_folder": str(settings.paths.output_folder),
        "instrument": plan.instrument.hash,
        "total": total,
        "config": snapshot(settings),
        "prices": pricing.body(plan.model, plan.price),
        "batch_size": sizes.batch_size(settings),
    }
