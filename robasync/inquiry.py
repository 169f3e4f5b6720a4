"""What is asked about one document, in one call or in several, and the one answer that this makes.

The first call goes ahead, and the others wait for its reply: it says whether the document is a
report that the instrument covers at all, and it leaves the document in the provider's cache, from
which the others have it cheaper. The others go together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import anyio

from robasync import reply
from robasync.errors import RobasyncError
from robasync.gate.calls import Gate
from robasync.model import Answers, Completion, Extract, Prompt
from robasync.prompt import Questionnaire


class Answered(NamedTuple):
    """What a document's calls say together, and the names of the models that said so."""

    answers: Answers
    model: str


Ends = Callable[[Answers], bool]
"""Whether the first call's answers leave nothing to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Asks at ``gate`` all that ``parts`` ask; each call may answer with up to ``max_tokens``."""

    gate: Gate
    parts: tuple[Questionnaire, ...]
    max_tokens: int
    temperature: float

    def prompts(self, extract: Extract) -> tuple[Prompt, ...]:
        """Return the prompts for one document, one for each part; the same document leads each."""
        first, *others = self.parts
        prompt = first.prompt(extract, temperature=self.temperature, max_tokens=self.max_tokens, run=1)

        # The document is long: all of them hold the same one.
        return prompt, *(
            replace(prompt, questions=part.questions, schema=part.schema, asks=part.asks) for part in others
        )

    async def ask(self, prompts: Sequence[Prompt], *, document: str, ends: Ends) -> Answered:
        """Return what all calls say together, or the first alone if it ``ends`` the matter.

        Raises what the first call to fail raises; those in flight end and are recorded, the
        others are not sent. Whatever was answered is free when the document is asked about again.
        """
        first = await self.one(0, prompts[0], document=document)
        if len(prompts) == 1 or ends(first.answers):
            return first

        return merged([first, *await self._others(prompts, document=document)])

    async def one(self, number: int, prompt: Prompt, *, document: str) -> Answered:
        """Return what the ``number``-th part's call says. Raises as ``Gate.ask`` does."""
        parse = partial(_parse, self.parts[number], prompt)

        return await self.gate.ask(prompt, document=document, parse=parse)

    async def _others(self, prompts: Sequence[Prompt], *, document: str) -> list[Answered]:
        answered: dict[int, Answered] = {}
        failures: list[RobasyncError] = []

        async def ask(number: int) -> None:
            """Keep one call's answer, or why there is none: then no other begins."""
            try:
                answered[number] = await self.one(number, prompts[number], document=document)
            except RobasyncError as error:
                failures.append(error)
                calls.cancel_scope.cancel()

        async with anyio.create_task_group() as calls:
            for number in range(1, len(prompts)):
                calls.start_soon(ask, number)

        if failures:
            raise failures[0]

        return [answered[number] for number in range(1, len(prompts))]


def merged(answered: Sequence[Answered]) -> Answered:
    """Return one answer: the first one's design, all items, every model that is named."""
    answers = (answer for one in answered for answer in one.answers.answers)
    models = dict.fromkeys(one.model for one in answered)

    return Answered(
        Answers(design=answered[0].answers.design, answers=tuple(answers)), ", ".join(filter(None, models))
    )


def _parse(part: Questionnaire, prompt: Prompt, completion: Completion) -> Answered:
    reply.cut_check(completion.usage, prompt)

    return Answered(reply.parse(completion.text, part), completion.model)
