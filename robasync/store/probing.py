"""Whether a folder takes files that are synced, and how long a sync takes there."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from robasync.store.files import Files

LINE = b"x" * 4096 + b"\n"  # about a group of records
TIMES = 20


def syncs(files: Files, folder: Path, *, times: int = TIMES) -> list[float]:
    """Return the seconds that each of ``times`` syncs of a new line took; nothing is left behind.

    Raises OSError where the folder takes no file.
    """
    path = folder / f".robasync-doctor-{secrets.token_hex(4)}.tmp"
    handle = files.open(path)

    try:
        return [_sync(files, handle) for _ in range(times)]
    finally:
        files.close(handle)
        files.remove(path)


def _sync(files: Files, handle: int) -> float:
    files.write(handle, LINE)
    began = time.perf_counter()
    files.sync(handle)

    return time.perf_counter() - began
