"""Work detection: what a resume finds done, changed, new, vanished, and worth trying again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from robasync.documents import Folder
from robasync.model import Outcome, Status
from robasync.states import DocumentStates


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be done in a folder whose session has been begun.

    ``changed`` documents have other bytes than those that were assessed; ``again`` are worth
    another try; ``new`` no batch has seen; ``vanished`` are recorded but not there.
    """

    changed: frozenset[str]
    again: frozenset[str]
    new: tuple[str, ...]
    vanished: tuple[str, ...]

    def is_left(self, name: str, status: Status | None) -> bool:
        """Return whether the document, whose newest outcome is ``status``, is to be done."""
        return status is None or name in self.changed or name in self.again


def detect(
    folder: Folder,
    states: DocumentStates,
    *,
    failures: Iterable[Outcome],
    calls_changed: bool = False,
    accepted: Iterable[str] = (),
) -> Work:
    """Compare the folder with what the session recorded; reads only files that look changed.

    ``failures`` are the newest outcomes of the documents that failed; ``calls_changed`` tells
    that the settings now ask otherwise; ``accepted`` are to be assessed although refused.
    """
    present = set(folder.names)
    known = set(states.names)

    return Work(
        changed=frozenset(
            name for name in folder.names if name in known and _is_changed(folder.path(name), name, states)
        ),
        again=frozenset(
            outcome.document for outcome in failures if _is_tried_again(outcome, calls_changed=calls_changed)
        )
        | {name for name in accepted if name in known and states.status(name) is Status.REFUSED},
        new=tuple(name for name in folder.names if name not in known),
        vanished=tuple(name for name in states.names if name not in present),
    )


def _is_changed(path: Path, name: str, states: DocumentStates) -> bool:
    if states.status(name) is None or not states.digest(name):
        return False  # left, or failed before its bytes were read

    try:
        facts = path.stat()

        if states.is_same_file(name, size=facts.st_size, mtime_ns=facts.st_mtime_ns, inode=facts.st_ino):
            return False

        return _digest(path) != states.digest(name)

    except OSError:
        return False  # what was assessed stays assessed; a file that is gone is named as vanished


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_tried_again(outcome: Outcome, *, calls_changed: bool) -> bool:
    failure = outcome.failure

    if failure is None:
        return False

    # A call that a server refused cost nothing, and whether it would be refused again (the
    # key, the account, the model's name) only the server knows.
    return failure.may_pass or failure.stage == "call" or (failure.stage == "reply" and calls_changed)
