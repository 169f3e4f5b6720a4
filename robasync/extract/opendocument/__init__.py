"""OpenDocument texts (ODT): parts, styles and body; each of them a module."""

from __future__ import annotations
