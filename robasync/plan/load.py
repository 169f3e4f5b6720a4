"""What would be asked, as sums, and what replies have told so far, as sums."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

ALIKE = 1.25  # times as many questions a call, at most, are asked in the same way


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Calls that would be made, of ``documents``. ``size`` is all their prompts' length in UTF-8 bytes.

    ``questions`` counts each item, and the kind of paper, in each call that asks it. ``reserved``
    is what one attempt at each of them reserves, in units of cost; None where one has no price.
    Where several calls are on a document, ``shared`` is the length of what they have in common, its rules
    and its text, in the first of them, and ``repeated`` the same in the others.
    """

    documents: int = 0
    calls: int = 0
    size: int = 0
    questions: int = 0
    reserved: int | None = 0
    shared: int = 0
    repeated: int = 0

    def scaled(self, part: int, whole: int) -> Load:
        """Return the load of ``whole`` documents of which these were ``part``, to the nearest."""
        if part in (0, whole):
            return self

        def grown(number: Any) -> Any:
            """Return a number's share of the whole, to the nearest; None stays unknown."""
            return None if number is None else (2 * number * whole + part) // (2 * part)

        return Load(**{name: grown(number) for name, number in asdict(self).items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a model's replies told, added up; all of it 0 before the first.

    ``size`` and ``questions`` are of the prompts that they answered, as in ``Load``; ``seconds``
    is the time from the intents of the calls to their replies. Cached tokens and those written to a
    cache are input too.
    """

    replies: int = 0
    size: int = 0
    questions: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0

    @property
    def is_telling(self) -> bool:
        """Whether anything is known of what the model counts."""
        return bool(self.replies and self.size and self.questions)

    def is_like(self, load: Load) -> bool:
        """Return whether the calls that were answered asked about as much each as those of ``load``."""
        one, other = self.questions * load.calls, load.questions * self.replies

        return max(one, other) <= ALIKE * min(one, other)

    def with_reply(
        self,
        *,
        size: int,
        questions: int,
        input_tokens: int,
        cached_tokens: int,
        output_tokens: int,
        seconds: float,
        written_tokens: int = 0,
    ) -> Measured:
        """Return the sums with one reply more."""
        return replace(
            self,
            replies=self.replies + 1,
            size=self.size + size,
            questions=self.questions + questions,
            input_tokens=self.input_tokens + input_tokens,
            cached_tokens=self.cached_tokens + cached_tokens,
            written_tokens=self.written_tokens + written_tokens,
            output_tokens=self.output_tokens + output_tokens,
            seconds=self.seconds + seconds,
        )
