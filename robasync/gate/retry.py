"""Whether a failed attempt is repeated, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from robasync.errors import EmptyReply, ProviderError, RateLimited, ReplyError, ServerFault, UnparsableReply

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often and how long one ask tries.

    ``attempts`` counts attempts that brought no reply, the first included; ``seconds`` is
    the most that all pauses together take. ``replies`` is how many replies without a text are
    paid for, those in the journals included. A pause doubles from ``first_pause`` up to
    ``longest_pause`` seconds; ``longest_wait`` caps what a provider may ask for.
    """

    attempts: int = 5
    seconds: float = 300.0
    replies: int = 2
    first_pause: float = 1.0
    longest_pause: float = 60.0
    longest_wait: float = 120.0


class Retries:
    """What is left of a policy for one ask; ``chance`` returns numbers from 0 to 1."""

    def __init__(self, policy: Policy, chance: Callable[[], float] = random.random) -> None:
        self._policy = policy
        self._chance = chance
        self._failures = 0
        self._rejected = 0
        self._paused = 0.0

    def after_failure(self, error: ProviderError) -> float:
        """Return the seconds to pause before the next attempt; raise ``error`` if there is none."""
        self._failures += 1
        pause = self._pause(error)
        exhausted = self._failures >= self._policy.attempts or self._paused + pause > self._policy.seconds
        if exhausted or not error.may_pass:
            raise error

        self._paused += pause

        return pause

    def after_reply(self, error: ReplyError) -> None:
        """Return if another reply may be bought in place of this one, else raise ``error``.

        A model that declined or reached its limit would do so again; one that said nothing
        that can be read may not.
        """
        self._rejected += 1
        if self._rejected >= self._policy.replies or not isinstance(error, (UnparsableReply, EmptyReply)):
            raise error

    def _pause(self, error: ProviderError) -> float:
        doubled = self._policy.first_pause * 2.0 ** min(self._failures - 1, 30)
        backoff = min(doubled, self._policy.longest_pause) * (0.5 + self._chance() / 2)
        asked = error.retry_after if isinstance(error, (RateLimited, ServerFault)) else None
        if asked is None:
            return backoff

        # Everyone was told the same moment, so the jitter comes on top of it.
        return min(asked, self._policy.longest_wait) + self._policy.first_pause * self._chance()
