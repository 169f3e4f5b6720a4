"""Work detection: what a resume finds done, changed, new, vanished, and worth trying again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from robasync.documents import Folder
from robasync.model import Outcome, Status
from robasync.states import DocumentStates


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be done in a folder whose session has been begun.

    ``left`` are the recorded documents that are to be done: those without an outcome,
    ``changed`` ones, which have other bytes than those that were assessed, and ones worth
    another try. ``new`` ones are not recorded; ``vanished`` ones are, but not there.
    """

    left: frozenset[str]
    changed: frozenset[str]
    new: tuple[str, ...]
    vanished: tuple[str, ...]


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
    recorded = states.known(folder.names)
    changed = frozenset(name for name in recorded if _is_changed(folder.location(name), name, states))
    tried_again = (one for one in failures if _is_tried_again(one, calls_changed=calls_changed))
    left = set(states.having(None)).union(changed, (outcome.document for outcome in tried_again))
    left.update(name for name in accepted if states.status(name) is Status.REFUSED)
    vanished = _vanished(folder, states) if len(recorded) < len(states) else ()

    return Work(
        left=frozenset(left.difference(vanished)),
        changed=changed,
        new=_new(folder, states) if len(recorded) < len(folder.names) else (),
        vanished=vanished,
    )


def _new(folder: Folder, states: DocumentStates) -> tuple[str, ...]:
    return tuple(name for name in folder.names if name not in states)


def _vanished(folder: Folder, states: DocumentStates) -> tuple[str, ...]:
    present = set(folder.names)

    return tuple(name for name in states.names if name not in present)


def _is_changed(path: str, name: str, states: DocumentStates) -> bool:
    try:
        facts = os.stat(path)  # noqa: PTH116 - a million Path objects cost seconds
    except OSError:
        return False  # what was assessed stays assessed; a file that is gone is named as vanished

    if states.is_same_file(name, size=facts.st_size, mtime_ns=facts.st_mtime_ns, inode=facts.st_ino):
        return False

    if states.status(name) is None or not states.digest(name):
        return False  # left, or failed before its bytes were read

    return _digest(Path(path)) not in (states.digest(name), "")


def _digest(path: Path) -> str:
    """Return the digest of the file, "" if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _is_tried_again(outcome: Outcome, *, calls_changed: bool) -> bool:
    failure = outcome.failure

    if failure is None:
        return False

    # A call that a server refused cost nothing, and whether it would be refused again (the
    # key, the account, the model's name) only the server knows.
    return failure.may_pass or failure.stage == "call" or (failure.stage == "reply" and calls_changed)
