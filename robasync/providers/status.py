"""What a provider's HTTP status and error body mean, for every wire format."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import orjson

from robasync.errors import (
    BadKey,
    CallTimeout,
    ContextTooLong,
    GenerationFailed,
    NoCredit,
    PromptFiltered,
    ProviderError,
    RateLimited,
    Rejected,
    ServerFault,
    UnknownModel,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = 300  # characters of a server's own words in a message

_TOO_LONG = (
    "context_length_exceeded",
    "context length",
    "context window",
    "context size",
    "prompt is too long",
    "prompt too long",
    "too many tokens",
    "maximum number of tokens",
    "input is too long",
    "request_too_large",
)
_SAYING = ("error", "message", "msg", "detail")
_NO_CREDIT = ("insufficient_quota", "insufficient balance", "insufficient credits", "credit balance")
#: Azure, OpenAI, OpenRouter and xAI (both with a 403), Anthropic, DeepSeek.
_FILTERED = (
    "content_filter",
    "content management policy",
    "content_policy_violation",
    "violating our usage policy",
    "input was flagged",
    "violates usage guidelines",
    "content filtering policy",
    "content exists risk",
)
_NO_MODEL = ("model_not_found", "is not a valid model", "invalid model")
_BAD_KEY = ("api_key_invalid", "api key not valid")  # Gemini says so with a 400
_GARBLED = ("json_validate_failed", "tool_use_failed", "output_parse_failed")  # Groq, with a 400
#: "on tokens per min (TPM)" of OpenAI, "input tokens per minute" of Anthropic, "token rate limit" of Azure
_MUCH = {
    "tokens": re.compile(r"tokens? per|token rate limit|\bTPM\b|token_count", re.IGNORECASE),
    "requests": re.compile(r"requests? per|call rate limit|\bRPM\b|_requests\b", re.IGNORECASE),
}
_DELAY = re.compile(rb'"retryDelay"\s*:\s*"(\d{1,6}(?:\.\d{1,9})?)s"')  # google.rpc.RetryInfo
_CODE = re.compile(rb'"code"\s*:\s*"?([45]\d\d)\b')
_KIND = re.compile(rb'"type"\s*:\s*"(\w+_error|request_too_large)"')
#: What Anthropic's kinds of errors have as status. Source: its API reference, "Errors".
_KINDS = {
    b"invalid_request_error": 400,
    b"authentication_error": 401,
    b"billing_error": 402,
    b"permission_error": 403,
    b"not_found_error": 404,
    b"request_too_large": 413,
    b"rate_limit_error": 429,
    b"timeout_error": 504,
    b"overloaded_error": 529,
}


def failure(
    status: int, body: bytes, *, headers: Mapping[str, str], who: str, secret: str = ""
) -> ProviderError:
    """Return the error that an answer other than 2xx stands for.

    ``headers`` have lower-case names; ``who`` names model and endpoint; ``secret`` is cut
    out of whatever the server says. An error object inside a 200 has its code as status.
    """
    said = f"Server: {words(body, secret=secret)}"
    lower = body[:10_000].decode(errors="replace").lower()

    if status in {400, 403} and any(text in lower for text in _FILTERED):
        return PromptFiltered(f"{who}: the content filter withheld it; try another provider. {said}")

    if status in {401, 403} or (status == 400 and any(text in lower for text in _BAD_KEY)):
        return BadKey(f"{who}: the key is not accepted (HTTP {status}); check api_key.")

    if status == 402 or any(text in lower for text in _NO_CREDIT):
        return NoCredit(f"{who}: the account has no credit left (HTTP {status}); top it up and resume.")

    if status in {400, 413, 422} and any(text in lower for text in _TOO_LONG):
        text = f"{who}: the document does not fit into the context window; choose a model with a longer one."

        return ContextTooLong(f"{text} {said}")

    if status == 400 and any(text in lower for text in _GARBLED):
        return GenerationFailed(
            f"{who}: the server discarded what the model wrote; try another model. {said}"
        )

    if status == 404 or (status == 400 and any(text in lower for text in _NO_MODEL)):
        text = f"{who}: unknown model or wrong base_url (HTTP {status}); correct it."

        return UnknownModel(f"{text} {said}")

    return _by_status(status, said, pause=retry_after(headers) or _delay(body), who=who)


def code(body: bytes) -> int:
    """Return the status that an error object stands for which came with another one; 500 if it says none."""
    number, kind = _CODE.search(body), _KIND.search(body)
    if number:
        return int(number[1])

    return _KINDS.get(kind[1], 500) if kind else 500


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Return the seconds that Retry-After asks for, a number or an HTTP date; None if it does not."""
    milliseconds = _seconds(headers.get("retry-after-ms", ""))
    if milliseconds:
        return milliseconds / 1000

    text = headers.get("retry-after", "")
    seconds = _seconds(text)
    if seconds is not None or not text:
        return seconds

    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None

    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def words(body: bytes, *, secret: str = "") -> str:
    """Return the server's own words on one line, shortened, without ``secret``."""
    try:
        said = _message(orjson.loads(body))
    except orjson.JSONDecodeError:
        said = body[: 4 * WORDS].decode(errors="replace")

    line = " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())
    if secret:
        line = line.replace(secret, "***")

    return line[:WORDS] or "(no message)"


def _by_status(status: int, said: str, *, pause: float | None, who: str) -> ProviderError:
    if status == 429:
        text = f"{who}: too many requests (HTTP 429); lower max_concurrency. {said}"

        return RateLimited(text, retry_after=pause, unit=_unit(said))

    # A gateway gave up waiting; the model behind it may have answered, and billed.
    if status in {408, 499, 504, 524}:
        return CallTimeout(f"{who}: the server's own time limit passed (HTTP {status}); resume later. {said}")

    if status >= 500 or status in {409, 425}:
        text = f"{who}: the server failed (HTTP {status}); resume later. {said}"

        return ServerFault(text, retry_after=pause)

    if 300 <= status < 400:
        return Rejected(f"{who}: the server redirects (HTTP {status}); set base_url to where it leads.")

    return Rejected(f"{who}: the request is not accepted (HTTP {status}); correct what it names. {said}")


def _unit(said: str) -> str:
    """Return what there was too much of, by the server's own words; "" where they do not tell."""
    return next((unit for unit, words in _MUCH.items() if words.search(said)), "")


def _delay(body: bytes) -> float | None:
    found = _DELAY.search(body)

    return float(found[1]) if found else None


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None

    return max(0.0, seconds) if math.isfinite(seconds) else None


def _message(answer: Any) -> str:
    """Find the message, and the parameter it is about, in the shapes that servers use."""
    if isinstance(answer, list):
        return _message(answer[0]) if answer else ""

    if not isinstance(answer, dict):
        return str(answer)

    said = _message(next((answer[name] for name in _SAYING if answer.get(name)), ""))
    metadata, parameter = answer.get("metadata"), answer.get("param")
    if isinstance(metadata, dict) and isinstance(metadata.get("raw"), str):  # what OpenRouter was told
        said = f"{said}: {metadata['raw']}"

    return f"{said} (parameter: {parameter})" if isinstance(parameter, str) and parameter else said
