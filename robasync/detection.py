"""Work detection: what a resume finds done, changed, new, moved, vanished, and worth trying again."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from robasync.documents import Folder
from robasync.model import Failure, Outcome, Status
from robasync.states import DocumentStates, stamp

# The settings that a failure is due to as much as to the document.
CONCERNS: Mapping[str, frozenset[str]] = {
    "ExtractionTimeout": frozenset({"parallel.timeout_seconds"}),
    "ExtractionMemory": frozenset({"parallel.memory_limit_gb"}),
    "ExtractionCrashed": frozenset({"parallel.memory_limit_gb"}),
    "NoTextLayer": frozenset({"processing.ocr"}),
    "TooLittleText": frozenset({"processing.ocr"}),
}


class Reason(StrEnum):
    """Why a document that the session knows is to be done, in words that follow its name."""

    LEFT = "has no outcome yet"
    CHANGED = "holds other bytes than those that were assessed"
    PASSING = "failed in a way that may pass"
    TURNED_DOWN = "was turned down by the server, which alone knows whether it would be again"
    ASKED_OTHERWISE = "got a reply that was no answer, and is asked otherwise now"
    LIMIT = "failed at a limit that is set otherwise now"
    ACCEPTED = "was refused, and is accepted now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be done in a folder whose session has been begun.

    ``left`` are the recorded documents that are to be done: those without an outcome,
    ``changed`` ones, which have other bytes than those that were assessed, ``retried`` ones,
    which failed and are worth another try, and those accepted although refused. ``new`` ones
    are not recorded; ``vanished`` ones are, but not there. ``moved`` pairs the name that
    vanished with the new one that has its bytes; it is new all the same.
    """

    left: frozenset[str]
    changed: frozenset[str]
    new: tuple[str, ...]
    vanished: tuple[str, ...]
    retried: frozenset[str] = frozenset()
    moved: tuple[tuple[str, str], ...] = ()


def detect(
    folder: Folder,
    states: DocumentStates,
    *,
    failures: Iterable[Outcome],
    calls_changed: bool = False,
    altered: Collection[str] = (),
    accepted: Iterable[str] = (),
    verify: bool = False,
    anew: bool = False,
) -> Work:
    """Compare the folder with what the session recorded; reads only files that look changed.

    ``verify`` reads every file; ``anew`` has every document that is there done again.
    New files are read too where others vanished, to tell which of them moved. ``failures`` are
    the newest outcomes of the documents that failed; ``calls_changed`` tells that the settings
    now ask otherwise, ``altered`` names all settings that differ; ``accepted`` are to be
    assessed although refused.
    """
    recorded = states.known(folder.names)
    changed = frozenset(
        name for name in recorded if is_changed(folder.location(name), name, states, verify=verify)
    )
    tried_again = (
        one.document for one in failures if again(one.failure, calls_changed=calls_changed, altered=altered)
    )
    vanished = _vanished(folder, states) if len(recorded) < len(states) else ()
    retried = frozenset(tried_again).difference(vanished)
    left = set(recorded) if anew else set(states.having(None)).union(changed, retried)
    left.update(name for name in accepted if states.status(name) is Status.REFUSED)
    new = _new(folder, states) if len(recorded) < len(folder.names) else ()

    left.difference_update(vanished)
    back = [name for name in left if states.status(name) is None] if vanished else []

    return Work(
        left=frozenset(left),
        changed=changed,
        new=new,
        vanished=vanished,
        retried=retried,
        moved=tuple(_moved(folder, states, new=new, back=back, vanished=vanished)),
    )


def reason(
    name: str,
    states: DocumentStates,
    *,
    is_changed: bool,
    failure: Failure | None,
    calls_changed: bool,
    altered: Collection[str],
    accepted: Collection[str],
) -> Reason | None:
    """Return why the document is to be done, None where its outcome stays; see ``detect``."""
    status = states.status(name)

    if status is None:
        return Reason.LEFT

    if is_changed:
        return Reason.CHANGED

    if status is Status.REFUSED and name in accepted:
        return Reason.ACCEPTED

    return again(failure, calls_changed=calls_changed, altered=altered)


def again(failure: Failure | None, *, calls_changed: bool, altered: Collection[str]) -> Reason | None:
    """Return why what failed is tried again, None where it would fail again, or did not fail."""
    if failure is None:
        return None

    if failure.may_pass:
        return Reason.PASSING

    # A call that a server refused cost nothing, and whether it would be refused again (the
    # key, the account, the model's name) only the server knows.
    if failure.stage == "call":
        return Reason.TURNED_DOWN

    if failure.stage == "reply" and calls_changed:
        return Reason.ASKED_OTHERWISE

    return Reason.LIMIT if CONCERNS.get(failure.error, frozenset()).intersection(altered) else None


def is_changed(path: str, name: str, states: DocumentStates, *, verify: bool = False) -> bool:
    """Return whether the file at ``path`` has other bytes than those that the outcome is about.

    Its bytes are read where it looks as if it had been touched, or to ``verify``.
    """
    try:
        facts = os.stat(path)  # noqa: PTH116 - a million Path objects cost seconds
    except OSError:
        return False  # what was assessed stays assessed; a file that is gone is named as vanished

    is_same = states.is_same_file(name, size=facts.st_size, mtime_ns=facts.st_mtime_ns, inode=facts.st_ino)

    if is_same and not verify:
        return False

    if states.status(name) is None or not states.digest(name):
        return False  # left, or failed before its bytes were read

    return digest_of(path) not in (states.digest(name), "")


def _new(folder: Folder, states: DocumentStates) -> tuple[str, ...]:
    return tuple(name for name in folder.names if name not in states)


def _vanished(folder: Folder, states: DocumentStates) -> tuple[str, ...]:
    present = set(folder.names)

    return tuple(name for name in states.names if name not in present)


def _moved(
    folder: Folder,
    states: DocumentStates,
    *,
    new: Sequence[str],
    back: Sequence[str],
    vanished: Iterable[str],
) -> Iterator[tuple[str, str]]:
    """Yield what vanished with what has its bytes: first the very files, then copies of them.

    Under names that the session knows, which may be ``back``, only the very files are looked for.
    """
    missing = {name: digest for name in vanished if (digest := states.digest(name))}
    by_stamp: dict[int | None, str] = {states.stamp(name): name for name in missing}
    unknown: list[str] = []

    for name in (*new, *back) if missing else ():
        old = by_stamp.pop(_stamp(folder.location(name)), None)

        if old is None:
            unknown += [name] if name not in states else []
        else:
            del missing[old]
            yield old, name

    by_digest = defaultdict(list)

    for name, digest in missing.items():
        by_digest[digest].append(name)

    for name in unknown:
        if not missing:
            return

        if olds := by_digest.get(digest_of(folder.location(name))):
            old = olds.pop(0)
            del missing[old]
            yield old, name


def _stamp(path: str) -> int | None:
    try:
        facts = os.stat(path)  # noqa: PTH116 - as above
    except OSError:
        return None

    return stamp(facts.st_size, facts.st_mtime_ns, facts.st_ino)


def digest_of(path: str) -> str:
    """Return the digest of the file at ``path``, "" if it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
