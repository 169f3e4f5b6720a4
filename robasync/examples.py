"""The fictional trial reports that ``robasync demo`` assesses."""

from __future__ import annotations

from pathlib import Path


def trials() -> Path:
    """Return the folder of example reports: in an installed wheel beside this file, else in the checkout."""
    packed = Path(__file__).with_name("trials")

    return packed if packed.is_dir() else Path(__file__).parent.with_name("examples") / "trials"
