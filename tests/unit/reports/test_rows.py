"""Parsing records, and labels."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import StorageError
from robasync.reports import rows
from robasync.reports.survey import survey
from tests.unit.reports import samples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@pytest.mark.parametrize("outcome", [samples.assessed(), samples.refused(), samples.failed()])
def test_a_record_gives_back_its_outcome(outcome):
    """What the journal holds of an outcome is that outcome."""
    assert rows.outcome(samples.body(outcome)) == outcome


@given(JSON)
def test_a_foreign_body_is_refused_with_one_error(body):
    """Whatever a record holds, parsing it gives an outcome or a StorageError."""
    with pytest.raises(StorageError, match="robasync fsck"):
        rows.outcome(body)


@given(st.sampled_from(["document", "size", "status", "assessment", "digest"]), JSON)
def test_a_changed_field_never_passes_as_another_type(field, value):
    """A field is taken as it is or the record is refused; nothing is converted."""
    body = samples.body(samples.assessed()) | {field: value}

    try:
        parsed = rows.outcome(body)
    except StorageError:
        return

    assert samples.body(parsed) == body


@pytest.mark.parametrize(("field", "value"), [("size", "9"), ("size", 9.0), ("size", True), ("document", 9)])
def test_nothing_is_converted(field, value):
    """A number written as text, and the like, is refused."""
    with pytest.raises(StorageError, match=field):
        rows.outcome(samples.body(samples.assessed()) | {field: value})


@pytest.mark.parametrize("status", ["failed", "refused"])
def test_status_and_content_must_agree(status):
    """An assessment under another status, or two contents, is no outcome."""
    body = samples.body(samples.assessed())

    with pytest.raises(StorageError):
        rows.outcome(body | {"status": status})

    with pytest.raises(StorageError):
        rows.outcome(body | {"failure": samples.body(samples.failed())["failure"]})


def test_nothing_of_the_body_is_shared():
    """Parsing leaves the record as it was."""
    body = samples.body(samples.assessed())
    before = copy.deepcopy(body)
    rows.outcome(body)

    assert body == before


def test_two_papers_of_one_author_and_year_never_mix():
    """Every outcome has a label of its own; a failed document is called by its name."""
    source = samples.source(samples.assessed("b.pdf"), samples.failed("c.pdf"), samples.assessed("a.pdf"))
    labels = survey(source()).labels
    studies = list(rows.labelled(source(), labels))

    assert len(set(labels)) == 3
    assert labels[1] == "c.pdf"
    assert [study.outcome.document for study in studies] == ["b.pdf", "c.pdf", "a.pdf"]
    assert all(label.startswith("Okafor, 2012") for label in (labels[0], labels[2]))
