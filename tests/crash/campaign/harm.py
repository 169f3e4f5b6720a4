"""What may befall a session's files between two lives: caches lost or changed, an end that was torn."""

from __future__ import annotations

from pathlib import Path

TORN = b'{"crc":"00000000","seq":999999,"group":999999,"kind":"outc'


def do_harm(name: str, folder: Path) -> bytes:
    """Do the harm of that name to a file in ``folder``, if it is there; return what it holds now."""
    where, _, how = name.partition(" ")
    patterns = {"checkpoint": "*.checkpoint.json*", "index": "*.index", "torn": "*.journal*.jsonl"}
    found = sorted((folder / "checkpoints").glob(patterns[where])) if name else []

    for path in found[-1:]:
        content = path.read_bytes()
        middle = len(content) // 2

        if how == "removed":
            path.unlink()
        elif how == "cut short":
            path.write_bytes(content[:middle])
        elif how == "changed":
            path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        elif content.endswith(b"\n"):
            path.write_bytes(content + TORN)

        return path.read_bytes() if path.exists() else b""

    return b""
