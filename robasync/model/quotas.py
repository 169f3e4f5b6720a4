"""What a provider says of the room that its limits leave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """One limit as it stood when a reply was sent; amounts in requests or tokens, times in seconds.

    ``limit`` is None where it was not told. ``reset`` is how long it takes until ``left`` is ``limit``
    again. ``refills`` tells that it comes back evenly, as a bucket is filled, and not all at once when
    a window of time has passed.
    """

    left: float
    limit: float | None
    reset: float
    refills: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The limits that the headers of one reply tell of; ``age`` is how long before it the call was sent."""

    requests: Quota | None = None
    tokens: Quota | None = None
    input_tokens: Quota | None = None
    output_tokens: Quota | None = None
    age: float = 0.0
