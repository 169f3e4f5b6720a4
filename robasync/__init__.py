"""robasync: a first pass over the risk of bias of trial reports that never loses a paid answer.

``CheckpointManager`` loads on first use, so that importing the package stays cheap.
"""

from __future__ import annotations

import importlib
import typing

if typing.TYPE_CHECKING:
    from robasync.app.checkpoints import CheckpointManager

__all__ = ["CheckpointManager"]
__version__ = "0.1.0"


def __getattr__(name: str) -> typing.Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    return getattr(importlib.import_module("robasync.app.checkpoints"), name)
