"""When a worker process has grown so much that a fresh one takes its place.

What libraries keep of the documents they read (fonts, caches, leaks) counts against the next
document's memory, so a worker ends before it would fail one that has done nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

LAST = b"\n"
"""Ends the answer of a worker that is spent: the next document finds another. JSON does not mind it."""

SPENT_SHARE = 0.5
"""Of the memory that a worker may use; what it has left is too little for a large document."""

SPENT_BYTES = 1024**3
"""The same where its memory has no limit."""


def is_spent(memory_bytes: int) -> bool:
    """Whether this process, limited to ``memory_bytes`` (0: not at all), is to read no more.

    Never where the system does not tell a process its size; there only the limit holds.
    """
    if sys.platform != "linux":
        return False

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except MemoryError:
        return True

    return pages * os.sysconf("SC_PAGE_SIZE") > (memory_bytes * SPENT_SHARE or SPENT_BYTES)


def leave(memory_bytes: int) -> None:
    """End this process if it is spent, as it said with its last answer; nothing is lost."""
    if is_spent(memory_bytes):
        os.kill(os.getpid(), signal.SIGKILL)
