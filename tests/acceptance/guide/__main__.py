"""Write ``docs/guide-coverage.md`` anew: ``python -m tests.acceptance.guide``."""

from __future__ import annotations

from tests.acceptance.guide.listing import FILE, markdown

FILE.write_text(markdown(), encoding="utf-8")
