"""robasync: a first pass over the risk of bias of trial reports that never loses a paid answer."""

from __future__ import annotations

__version__ = "0.1.0"
