"""The settings of robasync: one tree, where its values stand, and what a change means.

The public names load on first use, so that reading the environment alone stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from robasync.settings.base import Layer
    from robasync.settings.environment import Environment
    from robasync.settings.layers import Change, changes, identity, snapshot
    from robasync.settings.loading import load
    from robasync.settings.models import ModelSettings, Price
    from robasync.settings.secrets import reveal
    from robasync.settings.sizes import batch_size, optional_items, retries, workers
    from robasync.settings.templates import template
    from robasync.settings.tree import Settings

_HOMES = {
    "Change": "layers",
    "Environment": "environment",
    "Layer": "base",
    "ModelSettings": "models",
    "Price": "models",
    "Settings": "tree",
    "batch_size": "sizes",
    "changes": "layers",
    "identity": "layers",
    "load": "loading",
    "optional_items": "sizes",
    "retries": "sizes",
    "reveal": "secrets",
    "snapshot": "layers",
    "template": "templates",
    "workers": "sizes",
}

__all__ = [
    "Change",
    "Environment",
    "Layer",
    "ModelSettings",
    "Price",
    "Settings",
    "batch_size",
    "changes",
    "identity",
    "load",
    "optional_items",
    "retries",
    "reveal",
    "snapshot",
    "template",
    "workers",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
