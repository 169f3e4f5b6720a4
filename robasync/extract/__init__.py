"""From a file to its text: one module per step, the PDF steps in worker processes."""

from __future__ import annotations

VERSION = "4"
"""Version of everything that decides what an extract's text is; part of ``Extract.engine``."""
