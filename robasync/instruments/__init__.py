"""Instruments: questionnaires as data, a strict loader for them, and the rules that judge answers."""

from __future__ import annotations

from .loader import load
from .schema import Instrument, Item, Thresholds

__all__ = ["Instrument", "Item", "Thresholds", "load"]
