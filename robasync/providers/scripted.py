"""A provider that answers or fails as it is told: for tests, and for trying things out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from anyio.lowlevel import checkpoint

from robasync.errors import EmptyReply, UnparsableReply
from robasync.model import Completion, Usage

if TYPE_CHECKING:
    from robasync.model import Prompt

Answer = bytes | Exception
Script = Callable[["Prompt"], Answer] | Iterable[Answer]


class Scripted:
    """Answers each attempt from ``script``: a function of the prompt, or answers in turn.

    An answer is the raw reply, here the plain text of the completion, or an exception to
    raise. ``usage`` is what every reply reports. ``prompts`` holds what was asked so far.
    """

    def __init__(
        self,
        script: Script,
        *,
        model: str = "scripted",
        endpoint: str = "scripted",
        usage: Usage | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.model = model
        self.prompts: list[Prompt] = []
        self._usage = usage or Usage(input_tokens=1000, output_tokens=100)
        self._answer = script if callable(script) else _in_turn(script)

    @property
    def calls(self) -> int:
        """How many attempts were made."""
        return len(self.prompts)

    async def complete(self, prompt: Prompt) -> bytes:
        """Return or raise the script's next answer."""
        self.prompts.append(prompt)
        answer = self._answer(prompt)
        await checkpoint()
        if isinstance(answer, Exception):
            raise answer

        return answer

    def read(self, raw: bytes) -> Completion:
        """Return the text as it is. Raises EmptyReply, and UnparsableReply where it is not UTF-8."""
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise UnparsableReply("The scripted reply is not UTF-8.", usage=self._usage) from None

        if not text.strip():
            raise EmptyReply("The scripted reply holds no text.", usage=self._usage)

        return Completion(text=text, model=self.model, usage=self._usage)


def _in_turn(answers: Iterable[Answer]) -> Callable[[Prompt], Answer]:
    remaining = iter(answers)

    def _next(_: Prompt) -> Answer:
        try:
            return next(remaining)
        except StopIteration:
            raise AssertionError("The script has no further answer.") from None

    return _next
