"""What the tests of the check share: a session that is whole in every way, and what is found in it."""

from __future__ import annotations

import orjson

from robasync.findings import Finding
from robasync.model import Status
from robasync.records import Kind, Record
from robasync.store import checkpoint
from robasync.store.fsck.check import check
from robasync.store.opening import read_only
from tests.stores import (
    TIME,
    QuickFiles,
    batch_completed,
    batch_started,
    call_failed,
    intent,
    outcome,
    place_in,
    reply,
    started,
    write_groups,
)

FILES = QuickFiles()
PRICED = {"llm_models": [{"name": "local", "model_name": "m", "price": {"input": 1000, "output": 0}}]}
ENDED = Record(Kind.SESSION_ENDED, {"reason": "finished"})

WHOLE = (
    (started(3, config=PRICED),),
    (batch_started(1, "a.txt", "b.txt", "c.txt"),),
    (intent(1),),
    (reply(1), outcome("a.txt")),
    (intent(2, "b.txt"),),
    (reply(2, "b.txt"), outcome("b.txt", Status.REFUSED)),
    (intent(3, "c.txt"),),
    (call_failed(3, certain=True), outcome("c.txt", Status.FAILED)),
    (batch_completed(1),),
    (ENDED,),
)


def made(folder, groups):
    """Write a session of commit groups, with a checkpoint of its end and a backup of its middle."""
    place = place_in(folder)
    write_groups(place, groups)
    write_checkpoint(place.checkpoint, read_only(FILES, place))

    return place


def write_checkpoint(path, session, **changes) -> None:
    """Write the session's checkpoint; ``changes`` are forged into it, the checksum too."""
    view = checkpoint.view(session, time=TIME, segments=[place_in(path.parent).segment(1).name])
    content = orjson.loads(b"".join(checkpoint.encode(view))) | changes
    content["checksum"] = checkpoint.checksum(content)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))


def report(place, derived=lambda session: ()):
    """Check the session at ``place``; nothing beside it is changed by that."""
    before = contents(place.folder)
    found = check(FILES, place, backup_folder=place.folder / "backups", derived=derived)
    assert contents(place.folder) == before

    return found


def contents(folder):
    """Return everything that is in a folder, with the times at which it was changed."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]

    return [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in paths]


def only(place) -> Finding:
    """Check the session and return the one finding there is."""
    (finding,) = report(place).findings

    return finding


def rewritten(place, change) -> None:
    """Let ``change`` alter the list of the journal's lines."""
    lines = place.segment(1).read_bytes().split(b"\n")[:-1]
    place.segment(1).write_bytes(b"".join(line + b"\n" for line in change(lines)))
