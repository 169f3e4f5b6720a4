"""What a reviewer reads: result files, tables, a summary and one page, all derived from outcome records."""

from __future__ import annotations
