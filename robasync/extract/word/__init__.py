"""Word documents (DOCX): parts, styles, what can be seen, runs, tables; each of them a module."""

from __future__ import annotations
