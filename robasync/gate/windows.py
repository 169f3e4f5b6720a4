"""What a provider's own words about its limits mean for the pace of a lane. Pure."""

from __future__ import annotations

from robasync.model import Quota

SCARCE = 0.05  # of a limit that refills: somebody else takes from it too
LEAST_RESET = 0.01  # seconds; a shorter one is mostly rounding


def is_telling(quota: Quota) -> bool:
    """Return whether a rate can be had from it."""
    return quota.reset > LEAST_RESET


def ceiling(quota: Quota) -> float:
    """Return the units a second with which what is left, and what comes back, lasts until the reset.

    A limit that refills evenly does so at the rate that was used, over the time that it takes to be
    whole again. Of one that comes back all at once the rest is spread over the time until then.
    """
    if not quota.refills or quota.limit is None or quota.left >= quota.limit:
        return max(quota.left, 1.0) / quota.reset

    refill = (quota.limit - quota.left) / quota.reset

    return refill / 2 if quota.left < SCARCE * quota.limit - 1 else refill


def until_next(quota: Quota) -> float:
    """Return the seconds until something is left again, 0 if something is."""
    if quota.left >= 1:
        return 0.0

    if not quota.refills or quota.limit is None:
        return quota.reset

    return quota.reset / max(quota.limit - quota.left, 1.0)
