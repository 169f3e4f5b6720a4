"""When a model that brings no answers is given up, and when its failures are the documents' own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import errors
from robasync.harvest import ROW, Harvest

OWN = (
    errors.UnparsableReply,
    errors.ReasoningOnly,
    errors.ReplyFiltered,
    errors.ContextTooLong,
    errors.PromptFiltered,
    errors.Rejected,
    errors.GenerationFailed,
)
OTHERS = (errors.ServerFault, errors.Unreachable, errors.BadKey, errors.StorageError, errors.Stopped)
EVENTS = st.sampled_from(["answer", *OWN, *OTHERS])


class Reaped(Harvest):
    """A harvest that keeps why it ended the run."""

    def __init__(self, *, has_borne: bool = False) -> None:
        self.ends: list[Exception] = []
        super().__init__(has_borne=has_borne, end=self.ends.append)

    def take(self, event, *documents):
        """Let each document be answered, or fail in the way that ``event`` says."""
        for document in documents:
            try:
                with self.of(document):
                    if event != "answer":
                        raise event("m1 at http://host/v1: no")
            except errors.RobasyncError as error:
                assert type(error) is event, "what is counted is passed on"


@given(st.lists(EVENTS, max_size=3 * ROW))
def test_ten_documents_without_any_answer_end_a_run_once(events):
    """One answer, ever, is enough to go on; failures of server and key are not the harvest's to count."""
    harvest = Reaped()

    for number, event in enumerate(events):
        harvest.take(event, f"{number}.txt")

    before = events[: events.index("answer")] if "answer" in events else events
    assert len(harvest.ends) == (sum(event in OWN for event in before) >= ROW)
    assert all(isinstance(end, errors.ModelUnavailable) for end in harvest.ends)


@pytest.mark.parametrize("kind", OWN)
def test_one_document_that_fails_again_and_again_is_one(kind):
    """Several calls on a document are one document."""
    harvest = Reaped()
    harvest.take(kind, *["a.txt"] * 3 * ROW)

    assert not harvest.ends


def test_a_session_that_has_answers_does_not_begin_anew():
    """A resume that only meets the documents that failed before does not give the model up."""
    harvest = Reaped(has_borne=True)
    harvest.take(errors.ContextTooLong, *map(str, range(3 * ROW)))

    assert not harvest.ends


def test_a_quota_that_is_used_up_ends_a_run_that_went_well():
    """Ten documents in a row that a rate turned away: the others would only wait in vain."""
    harvest = Reaped()
    names = [str(number) for number in range(ROW)]
    harvest.take("answer", "first")
    harvest.take(errors.RateLimited, *names[1:])
    harvest.take("answer", "between")
    harvest.take(errors.RateLimited, *names[1:])

    assert not harvest.ends
    harvest.take(errors.RateLimited, names[0])
    assert "10 studies in a row brought no answer" in str(harvest.ends[0])
    assert "m1 at http://host/v1" in str(harvest.ends[0])
