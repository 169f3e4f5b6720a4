"""The checkpoint file: a session in the guide's JSON format, with keys of our own after it.

The event loop copies a few references and bytes (``view``: 5 ms at a million documents);
a thread encodes them piece by piece (``encode``), so that nothing holds the interpreter
for long. Every piece is encoded anew each time. That takes 0.15 s for a million documents
(47 MB), a third of the time that the disk takes, and no memory; to keep the pieces of
finished batches would take 47 bytes a document, or as long again to decompress them, and
a retried document changes what its finished batch says. The distance that the
checkpointer keeps holds the whole below 2 % of the time at any size.

The checksum is over the content, as canonical JSON without the checksum itself:
re-indenting a file leaves it valid.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

import robasync
from robasync.books import Batch
from robasync.errors import CheckpointError, LaterVersion
from robasync.session import Session
from robasync.store.codec import dump
from robasync.store.tracking import tracking

if TYPE_CHECKING:
    from hashlib import _Hash

FORMAT_VERSION = 1
MAX_SEQUENCE = 10**15  # no journal comes near it; a forged one must not use the numbers up

_NAMES = 1_000  # names encoded at a time
_LOCAL = 26  # characters of a time before its offset from UTC; the guide prints local times without
_TYPES: dict[str, type] = {
    "session_id": str,
    "start_time": str,
    "checkpoint_time": str,
    "total_documents": int,
    "completed_documents": int,
    "failed_documents": int,
    "current_batch": int,
    "total_batches": int,
    "config_snapshot": dict,
    "batch_states": list,
    "cost_tracking": dict,
    "error_log": list,
    "format_version": int,
    "journal": dict,
    "checksum": str,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A session at one moment: ``before`` and ``after`` are what stands around the batches.

    ``names`` may grow meanwhile; ``failures`` and ``refusals`` have a byte a slot, 1 where it is one.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    batches: Sequence[Batch]
    names: Sequence[str]
    failures: bytes
    refusals: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint that was read and found whole. ``sequence`` is its place in the journal."""

    session_id: str
    sequence: int
    segments: tuple[str, ...]
    content: dict[str, Any]

    @property
    def spent(self) -> float:
        """What all replies had cost together by then; 0 where it says no number that this can be."""
        spent = self.content["cost_tracking"].get("total_cost", 0)

        return float(spent) if isinstance(spent, float | int) and 0 <= spent < math.inf else 0.0

    @property
    def fingerprint(self) -> str:
        """What is the same for the same work; "" where it tells nothing of that."""
        return str(self.content.get("fingerprint") or "")

    @property
    def left(self) -> int:
        """How many documents had no outcome by then."""
        done = self.content["completed_documents"] + self.content["failed_documents"]

        return max(int(self.content["total_documents"]) - int(done), 0)


def view(session: Session, *, time: str, segments: Sequence[str]) -> View:
    """Copy what a checkpoint says of ``session``; ``segments`` are the journal's file names."""
    return View(
        before=_progress(session, time),
        after=_books(session) | _own(session, segments),
        batches=tuple(session.batch_list),
        names=session.documents.names,
        failures=session.documents.failures(),
        refusals=session.documents.refusals(),
    )


def encode(view: View) -> Iterator[bytes]:
    """Yield the checkpoint file in pieces; the last holds the checksum and the newline."""
    # Canonical JSON has its keys in order: "batch_states" first, "refused_documents" amid the rest.
    rest = sorted((view.before | view.after).items())
    digest = hashlib.sha256(b'{"batch_states":')
    yield _indented(view.before)[:-2] + b',\n  "batch_states": '
    yield from _array(digest, ([_batch_state(view, batch)] for batch in view.batches))

    digest.update(b"," + _canonical({key: value for key, value in rest if key < "refused_documents"})[1:-1])
    digest.update(b',"refused_documents":')
    yield b"," + _indented(view.after)[1:-2] + b',\n  "refused_documents": '
    yield from _array(digest, _refused(view))

    digest.update(b"," + _canonical({key: value for key, value in rest if key > "refused_documents"})[1:])
    yield b',\n  "checksum": "sha256:%b"\n}\n' % digest.hexdigest().encode()


def checksum(content: dict[str, Any]) -> str:
    """Return the checksum of a checkpoint's content."""
    checked = {key: value for key, value in content.items() if key != "checksum"}

    return f"sha256:{hashlib.sha256(_canonical(checked)).hexdigest()}"


def parse(data: bytes, *, name: str) -> Checkpoint:
    """Return the checkpoint in ``data``. Raises CheckpointError naming the file ``name``."""
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _unusable(name, f"is not valid JSON ({error})") from error

    if not isinstance(content, dict):
        raise _unusable(name, "holds no JSON object")

    _check(content, name)
    try:
        sequence = int(content["journal"]["positions"]["sequence"])
        segments = tuple(map(str, content["journal"]["segments"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _unusable(name, 'has a wrong value in "journal"') from error

    if not 0 <= sequence <= MAX_SEQUENCE:
        raise _unusable(name, 'has a wrong value in "journal"')

    return Checkpoint(session_id=content["session_id"], sequence=sequence, segments=segments, content=content)


def _check(content: dict[str, Any], name: str) -> None:
    for key, kind in _TYPES.items():
        if key not in content:
            raise _unusable(name, f'lacks the required field "{key}"')

        if not isinstance(content[key], kind) or isinstance(content[key], bool):
            raise _unusable(name, f'has a wrong value in "{key}"')

    if content["checksum"] != checksum(content):
        raise _unusable(name, "was changed or damaged after it was written (its checksum differs)")

    if content["format_version"] > FORMAT_VERSION:
        version = str(content.get("robasync", "of a later version"))[:40]
        raise LaterVersion(
            f"Checkpoint {name} was written by robasync {version}, which is later than this one.\n"
            "Resume with that version, or a later one; nothing was changed."
        )


def _unusable(name: str, reason: str) -> CheckpointError:
    return CheckpointError(
        f"checkpoint {name} {reason}.\n"
        "No answer is lost: the journal beside it holds them, and resume rebuilds the checkpoint from it."
    )


def _progress(session: Session, time: str) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "start_time": session.started[:_LOCAL],
        "checkpoint_time": time[:_LOCAL],
        "total_documents": session.total,
        "completed_documents": session.completed,
        "failed_documents": session.failed,
        "current_batch": session.current_batch,
        "total_batches": session.total_batches,
        "config_snapshot": session.config,
    }


def _books(session: Session) -> dict[str, Any]:
    return {
        "cost_tracking": tracking(session),
        "error_log": [
            {"document": error.document, "error": error.error, "timestamp": error.time[:_LOCAL]}
            for error in session.errors
        ],
    }


def _own(session: Session, segments: Sequence[str]) -> dict[str, Any]:
    position = session.last_position
    in_flight = {call.document for call in islice(session.uncertain.values(), 1_000)}

    return {
        "errors_total": session.errors_total,
        "selection": session.selection,
        "fingerprint": session.fingerprint,
        "worker_states": {"workers": session.workers, "unsettled_documents": sorted(in_flight)},
        "journal": {
            "segments": list(segments),
            "positions": {
                "segment": position.segment,
                "offset": position.offset + position.length,
                "sequence": session.last_sequence,
            },
        },
        "format_version": FORMAT_VERSION,
        "robasync": robasync.__version__,
    }


def _batch_state(view: View, batch: Batch) -> dict[str, Any]:
    return {
        "batch_id": f"batch_{batch.number:03}",
        "status": "completed" if batch.is_completed else "in_progress",
        "documents": [view.names[slot] for slot in batch.slots],
        "start_time": batch.started[:_LOCAL],
        "end_time": batch.completed[:_LOCAL] or None,
        "failed": [view.names[slot] for slot in batch.slots if view.failures[slot]],
    }


def _refused(view: View) -> Iterator[list[str]]:
    """Yield the names of the refused documents, by slot, so many at a time."""
    names, slot = [], view.refusals.find(1)

    while slot >= 0:
        names.append(view.names[slot])
        slot = view.refusals.find(1, slot + 1)

        if len(names) == _NAMES:
            yield names
            names = []

    if names:
        yield names


def _array(digest: _Hash, groups: Iterable[list[Any]]) -> Iterator[bytes]:
    """Yield the entries of all groups as one array, and take its canonical form into ``digest``."""
    before = b"["

    for group in groups:
        digest.update(before + _canonical(group)[1:-1])
        yield before + _indented(group)[1:-2].replace(b"\n", b"\n  ")
        before = b","

    digest.update(b"[]" if before == b"[" else b"]")
    yield b"[]" if before == b"[" else b"\n  ]"


def _canonical(value: Any) -> bytes:
    return dump(value, orjson.OPT_SORT_KEYS)


def _indented(value: Any) -> bytes:
    return dump(value, orjson.OPT_INDENT_2)
