"""The checkpoint file: the guide's keys and types, a checksum over the content, and typed refusals."""

from __future__ import annotations

import copy
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import CheckpointError, LaterVersion
from robasync.model import Status
from robasync.session import Session
from robasync.store import checkpoint
from tests.stores import (
    TIME,
    batch_completed,
    batch_started,
    entries,
    intent,
    outcome,
    reply,
    session_of,
    started,
)


def _session() -> Session:
    return session_of(
        started(6),
        batch_started(1, "doc1.pdf", "dossier/Größe.pdf"),
        intent(1, "doc1.pdf"),
        reply(1, "doc1.pdf"),
        outcome("doc1.pdf"),
        outcome("dossier/Größe.pdf", Status.REFUSED),
        batch_completed(1),
        batch_started(2, "doc3.pdf", "doc4.pdf"),
        outcome("doc3.pdf", Status.FAILED),
        intent(2, "doc4.pdf"),
    )


def _encoded(session: Session) -> bytes:
    names = ["x.journal.jsonl"]

    return b"".join(checkpoint.encode(checkpoint.view(session, time=TIME, segments=names)))


CONTENT = orjson.loads(_encoded(_session()))


def test_the_keys_of_the_guide_come_first_with_its_types():
    """Exactly the guide's structure, then keys of our own."""
    assert list(CONTENT)[:12] == [
        "session_id", "start_time", "checkpoint_time", "total_documents", "completed_documents",
        "failed_documents", "current_batch", "total_batches", "config_snapshot", "batch_states",
        "cost_tracking", "error_log",
    ]  # fmt: skip
    assert CONTENT["start_time"] == "2024-12-01T14:30:22.123456"
    assert [CONTENT[f"{name}_documents"] for name in ("total", "completed", "failed")] == [6, 2, 1]
    assert (CONTENT["current_batch"], CONTENT["total_batches"]) == (2, 3)
    assert CONTENT["batch_states"] == [
        {
            "batch_id": "batch_001",
            "status": "completed",
            "documents": ["doc1.pdf", "dossier/Größe.pdf"],
            "start_time": "2024-12-01T14:30:22.123456",
            "end_time": "2024-12-01T14:30:22.123456",
            "failed": [],
        },
        {
            "batch_id": "batch_002",
            "status": "in_progress",
            "documents": ["doc3.pdf", "doc4.pdf"],
            "start_time": "2024-12-01T14:30:22.123456",
            "end_time": None,
            "failed": ["doc3.pdf"],
        },
    ]
    assert CONTENT["error_log"] == [
        {"document": "doc3.pdf", "error": "API timeout", "timestamp": "2024-12-01T14:30:22.123456"}
    ]
    assert CONTENT["cost_tracking"]["total_cost"] == 0.1
    assert CONTENT["cost_tracking"]["cost_by_model"] == {"m": 0.1}


def test_our_own_keys_tell_where_the_journal_stands():
    """Segments are named relative to the checkpoint; the position is the end of the last record."""
    assert CONTENT["journal"] == {
        "segments": ["x.journal.jsonl"],
        "positions": {"segment": 1, "offset": 1100, "sequence": 10},
    }
    assert CONTENT["refused_documents"] == ["dossier/Größe.pdf"]
    assert CONTENT["worker_states"]["unsettled_documents"] == ["doc4.pdf"]
    assert CONTENT["errors_total"] == 1


def _many_refused() -> Session:
    return session_of(started(2_500), *(outcome(f"{n}.pdf", Status.REFUSED) for n in range(2_500)))


@pytest.mark.parametrize("session", [_session(), _many_refused(), session_of(started(0)), Session()])
def test_the_pieces_add_up_to_what_orjson_would_write(session):
    """Writing piece by piece changes no byte of the indented file."""
    data = _encoded(session)

    assert data == orjson.dumps(orjson.loads(data), option=orjson.OPT_INDENT_2) + b"\n"
    assert checkpoint.parse(data, name="x").content["checksum"] == checkpoint.checksum(orjson.loads(data))


def _paths(value, path=()):
    yield path

    for key, entry in _children(value):
        yield from _paths(entry, (*path, key))


def _children(value):
    if isinstance(value, dict):
        return value.items()

    return enumerate(value) if isinstance(value, list) else ()


def _changed(value):
    return {int: 7_777, str: f"{value}x", float: -1.25, list: [1], dict: {"a": 1}, bool: 3}.get(
        type(value), 1
    )


@pytest.mark.parametrize("path", list(_paths(CONTENT))[1:], ids=str)
def test_any_changed_value_is_detected(path):
    """No value anywhere in the file can change unnoticed."""
    content = copy.deepcopy(CONTENT)
    place = content

    for step in path[:-1]:
        place = place[step]

    place[path[-1]] = _changed(place[path[-1]])

    with pytest.raises(CheckpointError):
        checkpoint.parse(orjson.dumps(content), name="x")


@pytest.mark.parametrize("indent", [None, 0, 1, 4, "\t"])
@pytest.mark.parametrize("sort", [False, True])
def test_another_layout_of_the_same_content_is_valid(indent, sort):
    """Indentation, key order and escapes are no content."""
    data = json.dumps(CONTENT, indent=indent, sort_keys=sort).encode()

    assert checkpoint.parse(data, name="x").sequence == 10


@given(st.integers(0, len(_encoded(_session())) - 2))
def test_a_cut_file_is_refused_with_a_way_out(cut):
    """Any prefix is refused; the message names the file and says that no answer is lost."""
    data = _encoded(_session())[:cut]

    with pytest.raises(CheckpointError, match=r"checkpoint x\.json .*\n.*journal"):
        checkpoint.parse(data, name="x.json")


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b'{"session_id": 1}', b"[" * 100_000]
)
def test_what_is_no_checkpoint_is_refused(data):
    """Hostile files end in the same typed error."""
    with pytest.raises(CheckpointError):
        checkpoint.parse(data, name="x.json")


def test_a_view_does_not_change_with_the_session():
    """What is recorded while a checkpoint is being written goes into the next one."""
    session = _session()
    view = checkpoint.view(session, time=TIME, segments=["x"])
    before = b"".join(checkpoint.encode(view))

    for entry in entries([batch_completed(2), outcome("doc4.pdf", Status.REFUSED), batch_started(3, "doc5")]):
        session.apply(entry)

    assert b"".join(checkpoint.encode(view)) == before


@pytest.mark.parametrize(
    "journal",
    [
        {},
        {"positions": 1},
        {"positions": {"sequence": []}, "segments": 3},
        {"positions": {"sequence": -1}, "segments": []},
        {"positions": {"sequence": 10**18}, "segments": []},
    ],
)
def test_a_wrong_place_in_the_journal_is_refused(journal):
    """Even under a good checksum."""
    content = CONTENT | {"journal": journal}
    content["checksum"] = checkpoint.checksum(content)

    with pytest.raises(CheckpointError, match="journal"):
        checkpoint.parse(orjson.dumps(content), name="x.json")


def test_a_checkpoint_of_a_later_format_names_its_version():
    """An older program does not guess."""
    content = CONTENT | {"format_version": 2, "robasync": "9.0"}
    content["checksum"] = checkpoint.checksum(content)

    with pytest.raises(LaterVersion, match=r"robasync 9\.0"):
        checkpoint.parse(orjson.dumps(content), name="x.json")
