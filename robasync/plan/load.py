"""What would be asked, as sums, and what replies have told so far, as sums."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Calls that would be made, of ``documents``. ``size`` is all their prompts' length in UTF-8 bytes.

    ``questions`` counts each item, and the kind of paper, in each call that asks it. ``reserved``
    is what one attempt at each of them reserves, in units of cost; None where one has no price.
    """

    documents: int = 0
    calls: int = 0
    size: int = 0
    questions: int = 0
    reserved: int | None = 0

    def scaled(self, part: int, whole: int) -> Load:
        """Return the load of ``whole`` documents of which these were ``part``, to the nearest."""
        if part in (0, whole):
            return self

        def grown(number: int) -> int:
            return (2 * number * whole + part) // (2 * part)

        return Load(
            documents=grown(self.documents),
            calls=grown(self.calls),
            size=grown(self.size),
            questions=grown(self.questions),
            reserved=None if self.reserved is None else grown(self.reserved),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a model's replies told, added up; all of it 0 before the first.

    ``size`` and ``questions`` are of the prompts that they answered, as in ``Load``; ``seconds``
    is the time from the intents of the calls to their replies.
    """

    replies: int = 0
    size: int = 0
    questions: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0

    def with_reply(
        self,
        *,
        size: int,
        questions: int,
        input_tokens: int,
        cached_tokens: int,
        output_tokens: int,
        seconds: float,
    ) -> Measured:
        """Return the sums with one reply more."""
        return replace(
            self,
            replies=self.replies + 1,
            size=self.size + size,
            questions=self.questions + questions,
            input_tokens=self.input_tokens + input_tokens,
            cached_tokens=self.cached_tokens + cached_tokens,
            output_tokens=self.output_tokens + output_tokens,
            seconds=self.seconds + seconds,
        )
