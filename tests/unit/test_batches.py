"""Windows of documents: every document once, in order, under a number that stays."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from robasync.batches import plan


@dataclass(frozen=True)
class Begun:
    number: int
    documents: tuple[str, ...]
    is_completed: bool


def names(count):
    return [f"{n:03}" for n in range(count)]


@given(st.integers(0, 60), st.integers(1, 20))
def test_a_fresh_run_covers_every_name_once_in_order(count, size):
    """Batches partition the input; all but the last are full; numbers run from 1."""
    batches = list(plan(names(count), [], size=size, is_left=lambda _: True))

    assert [name for batch in batches for name in batch.left] == names(count)
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    assert all(len(batch.left) == size for batch in batches[:-1])


@given(
    st.integers(1, 40),
    st.integers(1, 10),
    st.integers(1, 10),
    st.sets(st.integers(0, 39)),
    st.integers(0, 8),
    st.integers(0, 4),
)
def test_a_resume_finishes_what_was_started_and_forgets_nobody(count, size, new_size, done, begun, completed):
    """Whatever was started and done, each document that is left comes exactly once."""
    everything = names(count)
    windows = list(plan(everything, [], size=size, is_left=lambda _: True))[:begun]
    started = [Begun(batch.number, batch.documents, batch.number <= completed) for batch in windows]
    finished = {f"{n:03}" for n in done} & {name for batch in started for name in batch.documents}

    fresh = everything[sum(len(batch.documents) for batch in started) :]
    resumed = list(plan(fresh, started, size=new_size, is_left=lambda name: name not in finished))
    worked = [name for batch in resumed for name in batch.left]

    assert sorted(worked) == [name for name in everything if name not in finished]
    assert [batch.number for batch in resumed if batch.started] == [
        b.number for b in started if not b.is_completed
    ]
    assert all(batch.number > len(started) for batch in resumed if not batch.started)


def test_a_batch_whose_end_was_not_recorded_is_yielded_empty():
    """The crash between the last outcome and the batch's end is made good."""
    [batch] = plan([], [Begun(1, ("a",), is_completed=False)], size=5, is_left=lambda _: False)

    assert (batch.number, batch.left, batch.started) == (1, (), True)


def test_a_vanished_document_does_not_hold_up_its_batch():
    """A started batch completes without a file that is gone."""
    [batch] = plan([], [Begun(1, ("a", "b"), is_completed=False)], size=5, is_left=lambda name: name == "a")

    assert (batch.documents, batch.left) == (("a", "b"), ("a",))


def test_a_document_of_several_batches_is_done_once():
    """What was done again stands in two batches; interrupted there, the one not completed has it."""
    started = [
        Begun(1, ("a", "b", "c"), is_completed=True),
        Begun(2, ("a", "b"), is_completed=False),
        Begun(3, ("b", "c"), is_completed=True),
        Begun(4, ("b",), is_completed=False),
    ]
    batches = list(plan([], started, size=5, is_left=lambda _: True))

    assert [(batch.number, batch.left) for batch in batches] == [(2, ("a", "b")), (4, ()), (5, ("c",))]
