"""What holds of the check for any damage: no flipped byte stays unseen, no bytes bring it down."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from robasync.app.checkup import Checkup
from robasync.findings import Level, Subject
from robasync.model import Status
from robasync.records import Kind, Record
from robasync.store import checkpoint, codec
from robasync.store.catalogue import Catalogue
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
GROUPS = (
    (started(2),),
    (batch_started(1, "a.txt", "b.txt"), intent(1)),
    (reply(1), outcome("a.txt"), intent(2, "b.txt")),
    (reply(2, "b.txt"), outcome("b.txt"), batch_completed(1)),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.sampled_from(
    ["a.txt", "ab" * 32, "assessed", "failed", 0, 1, 0.1, True, ["a.txt"], {"message": ""}]
)
SOUND = (
    started(2),
    Record(Kind.SESSION_RESUMED, {"changes": ["x"], "total": 3, "config": {}}),
    Record(Kind.SESSION_ENDED, {"reason": "finished"}),
    batch_started(1, "a.txt"),
    batch_completed(1),
    intent(1),
    reply(1),
    call_failed(1, certain=True),
    outcome("a.txt"),
    outcome("b.txt", Status.FAILED),
    Record(Kind.SIGNAL, {"signal": "SIGINT"}),
    Record(Kind.SETTING_CHANGED, {"name": "n", "old": 1, "new": 2}),
    Record(Kind.CALL_RELEASED, {"document": "a", "model": "m", "reserved": 0.1}, intent(1).key),
    Record(Kind.COST_ALERT, {"percent": 50, "spent": 5.0, "cap": 10, "currency": "USD"}),
)


@st.composite
def _forged(draw) -> Record:
    """Return a record that is sound but for a few of its values."""
    record = draw(st.sampled_from(SOUND))
    body = orjson.loads(codec.encode(record, 1, group=1, time=TIME))["body"]

    for name in draw(st.lists(st.sampled_from(sorted(body)), max_size=2)):
        body[name] = draw(JSON | PARTS)

    return Record(record.kind, draw(st.sampled_from([body] * 9 + [[], None, 1])), record.key)


def _check(place):
    return check(FILES, place, backup_folder=place.folder / "backups", derived=lambda session: ())


def _command(place):
    """Go the whole way that the command goes."""
    found = Catalogue(FILES, place.folder).find(str(place.checkpoint))

    return Checkup(found, FILES, None).report()


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_flipped_bit_is_seen(data):
    """In the last group it may be a torn end; with a checkpoint of the end even that is a loss."""
    is_known = data.draw(st.booleans(), label="checkpoint of the end")

    with tempfile.TemporaryDirectory() as folder:
        place = place_in(Path(folder))
        groups = write_groups(place, GROUPS)

        if is_known:
            view = checkpoint.view(read_only(FILES, place), time=TIME, segments=[])
            place.checkpoint.write_bytes(b"".join(checkpoint.encode(view)))

        journal = bytearray(place.segment(1).read_bytes())
        offset = data.draw(st.integers(0, len(journal) - 1), label="byte")
        journal[offset] ^= 1 << data.draw(st.integers(0, 7), label="bit")
        place.segment(1).write_bytes(journal)
        found = [finding for finding in _check(place).findings if finding.subject is Subject.JOURNAL]

    assert found
    assert any(finding.level is Level.LOSS for finding in found) or (
        not is_known and offset >= len(journal) - len(groups[-1]) - 1
    )


@given(st.lists(_forged(), min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_no_body_with_a_right_checksum_brings_the_check_down(records):
    """Whatever a forger writes, the command ends with a report."""
    with tempfile.TemporaryDirectory() as folder:
        place = place_in(Path(folder))
        write_groups(place, [(record,) for record in records])

        assert _command(place).looked.records == len(records)


@given(st.binary(max_size=300), st.binary(max_size=300), st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_bytes_bring_the_check_down(journal, copy, begins_well):
    """Neither in the journal nor in the checkpoint, on the whole way that the command takes."""
    with tempfile.TemporaryDirectory() as folder:
        place = place_in(Path(folder))
        start = codec.encode(started(2), 1, group=1, time=TIME) if begins_well else b""
        place.segment(1).write_bytes(start + journal)
        place.checkpoint.write_bytes(copy)

        _command(place)


@given(
    st.dictionaries(st.sampled_from(sorted(checkpoint._TYPES)), JSON | PARTS, max_size=4),
    st.integers(0, 20) | JSON,
    st.lists(st.sampled_from([{"model_name": "m", "price": {"input": 1, "output": 2}}]) | JSON, max_size=2),
)
@settings(max_examples=300, deadline=None)
def test_no_checkpoint_with_a_right_checksum_brings_the_check_down(changes, sequence, models):
    """Its values may be of any kind, its place in the journal anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        place = place_in(Path(folder))
        write_groups(place, GROUPS)
        view = checkpoint.view(read_only(FILES, place), time=TIME, segments=[])
        content = orjson.loads(b"".join(checkpoint.encode(view)))
        content["journal"] = {"segments": [], "positions": {"sequence": sequence}}
        content["config_snapshot"] = {"llm_models": models}
        content |= changes
        content["checksum"] = checkpoint.checksum(content)
        place.checkpoint.write_bytes(orjson.dumps(content))
        _command(place)
