"""Whether a model's replies are of any use: many documents in a row without an answer end a run.

A model that answers, and never as asked, would be paid for the whole folder; one whose quota for
the day is used up would fail every document that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from robasync.errors import (
    ContextTooLong,
    GenerationFailed,
    ModelUnavailable,
    PromptFiltered,
    RateLimited,
    Rejected,
    ReplyError,
    RobasyncError,
)

ROW = 10  # documents in a row that are no accident

_FRUITLESS = (ReplyError, ContextTooLong, PromptFiltered, GenerationFailed, Rejected, RateLimited)


class Harvest:
    """What became of the documents that a model was asked about; lives inside the event loop.

    ``has_borne`` tells that it has answered before: its failures are then the documents' own,
    except for a rate that lets nothing through any more. ``end`` is called once, with the reason,
    when ``ROW`` documents in a row brought no answer.
    """

    def __init__(
        self, *, has_borne: bool = False, end: Callable[[RobasyncError], None] = lambda reason: None
    ) -> None:
        self._has_borne = has_borne
        self._end = end
        self._row: set[str] = set()  # the documents since the newest answer

    @contextmanager
    def of(self, document: str) -> Iterator[None]:
        """Take in what becomes of ``document`` inside; every error is passed on."""
        try:
            yield
        except _FRUITLESS as error:
            self._failed(error, document)
            raise

        self._has_borne = True
        self._row.clear()

    def _failed(self, error: RobasyncError, document: str) -> None:
        if (self._has_borne and not isinstance(error, RateLimited)) or len(self._row) >= ROW:
            return

        self._row.add(document)

        if len(self._row) == ROW:
            self._end(ModelUnavailable(_reason(error)))


def _reason(error: RobasyncError) -> str:
    newest = str(error).splitlines()[0]

    return (
        f"{ROW} studies in a row brought no answer, so no more are asked. The newest: {newest}\n"
        "Choose another model or other settings, or wait where it asks for fewer requests; then resume."
    )
