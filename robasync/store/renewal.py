"""A journal begun anew from what a checkpoint still tells: its first records, and how they are written.

What a checkpoint says is checked as a record would be: whoever can write it can forge it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from robasync import cost
from robasync.books import MOST
from robasync.errors import CheckpointError
from robasync.records import Kind, Record
from robasync.store import codec, restoring
from robasync.store.checkpoint import Checkpoint
from robasync.store.clock import LocalClock
from robasync.store.files import Files
from robasync.store.fsck.shapes import complaint
from robasync.store.places import Place
from robasync.store.recovery import Tail
from robasync.store.segments import SegmentWriter
from robasync.store.snapshots import replace_file

_MOST_UNCERTAIN = 1_000  # calls; the cost of more is put on so many

Batches = list[tuple[int, list[str], bool]]
"""Number, documents and whether it was completed."""


def newest(files: Files, place: Place, *, folder: Path, session: str) -> tuple[Path, Checkpoint]:
    """Return the checkpoint or backup of ``session`` that stands furthest in its journal, and its path.

    Backups lie in ``folder`` and beside the checkpoint. Raises CheckpointError where there is none.
    """
    found = restoring.newest_backup(files, place, folder=folder, session=session)

    try:
        own = restoring.newest(files, place, session=session)
    except (FileNotFoundError, CheckpointError) as error:
        if found is None:
            raise CheckpointError(
                f"{_useless(place.written(files.names(place.folder)), error)}\n"
                "Put a checkpoint of the session, or a backup of one, in its place, or start anew: "
                "robasync run -i FOLDER --new"
            ) from error
    else:
        if found is None or own.sequence >= found[1]:
            return place.written(files.names(place.folder)), own

    return found[0], restoring.read(files, found[0], session=session, seal=place.seal)


def _useless(path: Path, error: FileNotFoundError | CheckpointError) -> str:
    """Return in a line that no session can be begun from what lies at ``path``, and why."""
    if isinstance(error, FileNotFoundError):
        return f"{path} is missing, and no journal tells of the session."

    reason = str(error).splitlines()[0].removeprefix(f"checkpoint {path.name} ").rstrip(".")

    return f"{path} is not a checkpoint to go on with: it {reason}."


def started(known: Checkpoint, *, path: Path, facts: Mapping[str, Any]) -> Record:
    """Return the first record: the session's own id, settings, total and what it had spent.

    ``facts`` are what no checkpoint tells. Raises CheckpointError for what no session can be.
    """
    content = known.content
    books = content["cost_tracking"]
    costs, usage = books.get("cost_by_model"), books.get("token_usage")
    tables = costs if isinstance(costs, dict) else {}, usage if isinstance(usage, dict) else {}
    body = {
        "session_id": known.session_id,
        "selection": content.get("selection"),
        "fingerprint": content.get("fingerprint", ""),
        "total": content["total_documents"],
        "config": content["config_snapshot"],
        "started": content["start_time"],
        "spent": {
            model: {**counts, "cost": tables[0].get(model, 0.0)} if isinstance(counts, dict) else None
            for model, counts in tables[1].items()
        },
        "instead_of_a_lost_one": {"checkpoint": path.name, "sequence": known.sequence},
        **facts,
    }
    record = Record(Kind.SESSION_STARTED, body)

    if problem := complaint(record):
        raise CheckpointError(
            f"The checkpoint {path} {problem}: no session can be begun from it.\n"
            "Put a backup in its place, or start anew: robasync run -i FOLDER --new"
        )

    return record


def uncertain(known: Checkpoint, *, model: str) -> Iterator[Record]:
    """Yield an intent for each call whose end nobody knew: they count as spent at what was reserved.

    Which calls they were is lost with the journal; their keys are made up, and fit no call.
    """
    books, states = known.content["cost_tracking"], known.content.get("worker_states")
    calls, reserved = books.get("uncertain_calls", 0), _units(books.get("uncertain_cost"))
    number = min(calls, _MOST_UNCERTAIN) if isinstance(calls, int) else 0
    documents = states.get("unsettled_documents") if isinstance(states, dict) else ()
    named = [name for name in documents if isinstance(name, str)] if isinstance(documents, list) else []

    for index in range(number):
        body = {
            "document": named[index] if index < len(named) else "a document",
            "model": model,
            "reserved": cost.number(reserved // number + (index < reserved % number)) if reserved else None,
        }
        yield Record(Kind.INTENT, body, sha256(f"{known.session_id} {index}".encode()).hexdigest())


def _units(amount: object) -> int:
    return cost.units(amount) if isinstance(amount, int | float) and 0 < amount < MOST else 0


def batches(known: Checkpoint, present: Collection[str]) -> Batches:
    """Return the batches that were started, reduced to the documents that are ``present``."""
    found: dict[int, tuple[int, list[str], bool]] = {}

    for state in known.content["batch_states"]:
        if not isinstance(state, dict) or not isinstance(state.get("documents"), list):
            continue

        number = str(state.get("batch_id")).removeprefix("batch_")
        documents = [name for name in state["documents"] if isinstance(name, str) and name in present]

        if number.isdecimal() and len(number) < 10 and documents:
            found[int(number)] = int(number), documents, state.get("status") == "completed"

    return list(found.values())


def write(files: Files, place: Place, records: Iterable[Record], *, after: int) -> None:
    """Write a whole journal at ``place``, numbered after ``after``: it is there afterwards or is not at all.

    Raises OSError, StorageError; then everything is as it was.
    """
    clock = LocalClock()
    lines = (
        codec.encode(record, number, group=number, time=clock(), seal=place.seal)
        for number, record in enumerate(records, after + 1)
    )
    temporary = place.folder / f"{place.stem}.journal.tmp"
    replace_file(files, place.segment(1), lines, temporary=temporary, validate=True)


def append(files: Files, place: Place, records: Iterable[Record], *, tail: Tail) -> None:
    """Append some records, as one group, to a journal that this process holds. Raises StorageError."""
    writer, clock = SegmentWriter(files, place, tail=tail), LocalClock()
    first = tail.next_sequence
    lines = (
        codec.encode(record, number, group=first, time=clock(), seal=place.seal)
        for number, record in enumerate(records, first)
    )

    try:
        writer.commit(b"".join(lines))
    finally:
        writer.close()
