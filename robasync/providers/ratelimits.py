"""What the headers of a reply say about the room that is left. Pure; headers are not believed blindly.

Sources: OpenAI "Rate limits in headers", Groq "Rate limits", Anthropic "Rate limits, response headers",
Azure OpenAI (remaining-* and reset-tokens in seconds, -1 for unknown), Mistral (names that end with
-minute, without a reset), OpenRouter (X-RateLimit-*, reset in milliseconds since 1970), and the plain
names that gateways use. Gemini sends none; its wait stands in the body (``status``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from robasync.model import Quota, Window

MOST = 1e12  # of anything that can be left
LONGEST = 86_400.0  # seconds until a reset; more is cut to a day
MINUTE = 60.0
EPOCH = 1e9  # seconds; a number beyond is a moment and no length of time
EPOCH_MILLISECONDS = 1e12

_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = r"(\d{1,9}(?:\.\d{1,9})?)(ms|us|µs|ns|d|h|m|s)"
_DURATION = re.compile(rf"(?:{_PART})+")
_PARTS = re.compile(_PART)
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")

#: Of each quantity: the names of left, limit and reset; the first left that is there counts.
_NAMES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "requests": (
        ("x-ratelimit-remaining-requests", "x-ratelimit-limit-requests", "x-ratelimit-reset-requests"),
        (
            "anthropic-ratelimit-requests-remaining",
            "anthropic-ratelimit-requests-limit",
            "anthropic-ratelimit-requests-reset",
        ),
        ("x-ratelimit-remaining-req-minute", "x-ratelimit-limit-req-minute", ""),
        ("x-ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-reset"),
        ("ratelimit-remaining", "ratelimit-limit", "ratelimit-reset"),
    ),
    "tokens": (
        ("x-ratelimit-remaining-tokens", "x-ratelimit-limit-tokens", "x-ratelimit-reset-tokens"),
        (
            "anthropic-ratelimit-tokens-remaining",
            "anthropic-ratelimit-tokens-limit",
            "anthropic-ratelimit-tokens-reset",
        ),
        ("x-ratelimit-remaining-tokens-minute", "x-ratelimit-limit-tokens-minute", ""),
    ),
    "input_tokens": (
        (
            "anthropic-ratelimit-input-tokens-remaining",
            "anthropic-ratelimit-input-tokens-limit",
            "anthropic-ratelimit-input-tokens-reset",
        ),
    ),
    "output_tokens": (
        (
            "anthropic-ratelimit-output-tokens-remaining",
            "anthropic-ratelimit-output-tokens-limit",
            "anthropic-ratelimit-output-tokens-reset",
        ),
    ),
}


def window(headers: Mapping[str, str], *, age: float = 0.0, now: datetime | None = None) -> Window | None:
    """Return what ``headers`` tell, None where that is nothing; what makes no sense is passed over.

    Names are in lower case, or are looked up in any. ``age`` is the seconds since the call was sent. Moments
    count from the reply's own Date, since clocks differ, else from ``now``.
    """
    if not any("ratelimit" in name.lower() for name in headers):
        return None

    moment = _date(headers.get("date", "")) or now or datetime.now(UTC)
    found = {name: _quota(headers, names, moment) for name, names in _NAMES.items()}

    return Window(**found, age=age) if any(found.values()) else None


def _quota(
    headers: Mapping[str, str], names: tuple[tuple[str, str, str], ...], now: datetime
) -> Quota | None:
    for left_name, limit_name, reset_name in names:
        left = _amount(headers.get(left_name, ""))

        if left is None:
            continue

        limit = _amount(headers.get(limit_name, "")) or None

        if not reset_name and limit is not None:  # of a minute, by its name
            return Quota(left=left, limit=limit, reset=max(0.0, 1 - left / limit) * MINUTE, refills=True)

        reset, refills = _reset(headers.get(reset_name, ""), now)

        if reset is not None:
            return Quota(left=left, limit=limit, reset=min(reset, LONGEST), refills=refills)

    return None


def _amount(text: str) -> float | None:
    """Return a number of requests or tokens; None for -1, NaN and what is no number."""
    return min(float(text), MOST) if _NUMBER.fullmatch(text.strip()) else None


def _reset(text: str, now: datetime) -> tuple[float | None, bool]:
    """Return the seconds until a reset, and whether the vendor that writes so refills evenly."""
    text = text.strip()

    if _NUMBER.fullmatch(text):
        return _until(float(text), now), False

    if _DURATION.fullmatch(text):  # OpenAI and Groq
        return math.fsum(float(number) * _UNITS[unit] for number, unit in _PARTS.findall(text)), True

    try:
        moment = datetime.fromisoformat(text)  # Anthropic
    except ValueError:
        return None, False

    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    return max(0.0, (moment - now).total_seconds()), True


def _until(number: float, now: datetime) -> float:
    if number < EPOCH:
        return number

    moment = number / 1000 if number >= EPOCH_MILLISECONDS else number

    return max(0.0, moment - now.timestamp())


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None

    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
