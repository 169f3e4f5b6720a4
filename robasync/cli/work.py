"""What run, resume and others share: options as settings, and the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from robasync.cli import endings
from robasync.ending import Ending


def finish(ending: Ending, *, as_json: bool) -> None:
    """Print how it ended and exit with its code."""
    endings.tell(ending, as_json=as_json)

    raise typer.Exit(ending.exit_code)


def as_settings(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a command's parameters by the names of the settings they override, those that were given."""
    given = {name: value for name, value in parameters.items() if value not in (None, [], ())}
    settings = {_SETTINGS[name]: value for name, value in given.items() if name in _SETTINGS}
    instrument = given.get("instrument", "")

    if instrument.endswith(".toml"):
        return {**settings, "rob_framework.type": "custom", "rob_framework.path": instrument}

    return settings


_SETTINGS = {
    "input_folder": "paths.input_folder",
    "output_folder": "paths.output_folder",
    "workers": "parallel.max_workers",
    "batch_size": "parallel.max_documents_per_batch",
    "instrument": "rob_framework.type",
    "result": "rob_framework.outcome",
    "accept": "rob_framework.accept",
    "ocr": "processing.ocr",
    "max_cost": "cost_tracking.max_cost_threshold",
    "unpriced": "cost_tracking.unpriced",
    "http": "service.http",
    "watch": "service.watch",
    "log_level": "service.log_level",
}
