"""Settings that are accepted and described, but have no effect in this version; each says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from robasync.settings import fields

if TYPE_CHECKING:
    from robasync.settings.tree import Settings

NOT_YET = (
    "parallel.patience_seconds",
    "cost_tracking.enabled",
    "cost_tracking.track_by_model",
    "cost_tracking.generate_reports",
    "cost_tracking.cost_alerts",
)
MODEL_NOT_YET = ("use_streaming",)


def notices(settings: Settings) -> Iterator[str]:
    """Yield a line for each setting that was changed from its default and does nothing yet."""
    for name in NOT_YET:
        section, key = name.split(".")
        field = fields.find((section, key))

        if field is not None and getattr(getattr(settings, section), key) != field.default:
            yield f"{name} has no effect in this version"

    for model in settings.llm_models:
        for key in MODEL_NOT_YET:
            if getattr(model, key):
                yield f"llm_models: {key} of {model.name} has no effect in this version"
