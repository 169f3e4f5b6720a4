"""Has pages of a document drawn and looked at, in worker processes, apart from reading it.

A page that hangs or crashes its process costs what would have been seen on it, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import orjson

from robasync.model import Document

from . import asking
from .pool import Pool

TOGETHER = 16
"""Pages of one call; where it is lost they are looked at one by one."""

SHARE = 0.5
"""Of the time that is left, what one call may take: those after it have the rest."""

PAGE_SECONDS = 60.0
"""What a call may take for each of its pages: to recognise a full one takes 1 to 5, many times that
where others work."""

LEAST_SECONDS = 0.5


Look = Callable[..., bytes]
"""Module-level function that answers ``questions`` about the pages of a file as ``drawing.look`` does."""


class Looker:
    """Looks at the pages of one document, for ``seconds`` in all, without the wait for a free worker."""

    def __init__(self, pool: Pool, look: Look, document: Document, *, seconds: float) -> None:
        self._pool = pool
        self._look = look
        self._document = document
        self._left = seconds

    @property
    def has_time(self) -> bool:
        """Whether another look can be begun."""
        return SHARE * self._left >= LEAST_SECONDS

    async def told(self, questions: Sequence[bytes]) -> list[bytes]:
        """Return the answers to questions, each about one page; those without one could not be drawn."""
        answers = []
        for start in range(0, len(questions), TOGETHER):
            some = questions[start : start + TOGETHER]
            answer = await self._asked(some)
            if answer is None and len(some) > 1:
                answers += [_filled(await self._asked([one]), [one]) for one in some]
            else:
                answers.append(_filled(answer, some))

        return answers

    async def _asked(self, questions: Sequence[bytes]) -> bytes | None:
        """Return the answer of one call, None where its process was lost or there is no time."""
        if not self.has_time:
            return None

        seconds = min(SHARE * self._left, PAGE_SECONDS * len(questions))
        work = partial(self._look, questions=b"\n".join(questions))
        attempt = await self._pool.attempt(work, self._document, seconds=seconds)
        self._left -= attempt.seconds
        return attempt.answer


def is_as_taken(answers: Sequence[bytes]) -> bool:
    """Whether all is as the reader took it to be, so that nothing is to be read again."""
    return all(page.keys() == {"page"} for answer in answers for page in orjson.loads(answer))


def _filled(answer: bytes | None, questions: Sequence[bytes]) -> bytes:
    """Return the answer with a word on each page that was asked about and is not in it."""
    pages = orjson.loads(answer or b"[]")
    known = {page["page"] for page in pages}
    return orjson.dumps([*pages, *_undrawn(questions, known)])


def _undrawn(questions: Sequence[bytes], known: set[int]) -> Iterator[dict[str, object]]:
    for question in questions:
        if (page := asking.page(question)) not in known:
            yield {"page": page, "drawn": False}
