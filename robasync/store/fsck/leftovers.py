"""Files that a crash, or a reader of this report, may have left beside a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from robasync.findings import Finding, Level, Subject
from robasync.store.files import Files
from robasync.store.places import Place


def leftovers(files: Files, place: Place, *, backups: Path, is_written: bool) -> Iterator[Finding]:
    """Yield a note for each; while the session ``is_written`` its own working files are none."""
    torn = re.compile(re.escape(place.stem) + r"\.journal.*\.torn-\d+")
    temporary = re.compile(re.escape(place.stem) + r"\..*tmp")

    for folder in dict.fromkeys((place.folder, backups)):
        for name in files.names(folder):
            if torn.fullmatch(name):
                yield _note(name, "keeps what a crash left half written; nothing in it had been acknowledged")
            elif temporary.fullmatch(name) and not is_written:
                yield _note(name, "is a file that a crash left half written; it is not used")
            elif name == f"{place.lock.name}.holder" and not is_written:
                yield _note(name, "names a process that did not end in order; it does not write any more")


def _note(file: str, message: str) -> Finding:
    return Finding(subject=Subject.LEFTOVERS, level=Level.NOTE, message=message, file=file)
