"""From a model's reply to answers: strict about everything but what surrounds the one JSON object.

Whatever a reply holds, the result is Answers or UnparsableReply, whose message names the
place ("items.3.step2: 'maybe' is not one of ...").
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import orjson

from .errors import DocumentCut, UnparsableReply
from .instruments.schema import DESIGNS, NOT_REPORTED, Criterion, Item
from .model import LONGEST_TEXT, MOST_QUOTES, Answer, Answers, Count, Design, Prompt, Usage
from .prompt import Questionnaire

_MOST_CHARACTERS = 1_000_000
_LARGEST_COUNT = 10**9
_CHARACTERS_PER_TOKEN = 7  # no tokenizer packs more English into a token, on average
_SHOWN = 60  # characters of a wrong value in a message
_NOTHING = object()

_FENCE = re.compile(r"```(?:json)?\s*(\{.*\})\s*```", re.DOTALL | re.IGNORECASE)


def parse(text: str, questionnaire: Questionnaire) -> Answers:
    """Return the answers that a reply gives to a questionnaire, one for each item, in its order.

    Raises UnparsableReply for anything but exactly the JSON object that was asked for,
    alone, in a code fence or with prose around it.
    """
    asked = ("design", "items") if questionnaire.asks_design else ("items",)
    reply = _object(_decode(text), "the reply", asked)
    design = _design(reply["design"]) if questionnaire.asks_design else None
    items = _object(reply["items"], "items", [item.id for item in questionnaire.items])

    return Answers(
        design=design, answers=tuple(_answer(items[item.id], item) for item in questionnaire.items)
    )


def cut_check(usage: Usage, prompt: Prompt) -> None:
    """Raise DocumentCut if the server counted fewer tokens than the prompt can possibly take.

    A usage of 0 means that the server does not report it; then nothing is known.
    """
    characters = len(prompt.system) + len(prompt.document) + len(prompt.questions)
    least = characters // _CHARACTERS_PER_TOKEN

    if 0 < usage.input_tokens < least:
        raise DocumentCut(
            f"The server read {usage.input_tokens:,} tokens, but the prompt has at least {least:,}: part of "
            "the document was dropped. Raise the server's context length (num_ctx) or take another model, "
            "then change max_tokens, so that it is asked anew, and resume"
        )


def _decode(text: str) -> Any:
    if len(text) > _MOST_CHARACTERS:
        _fail("the reply", f"is longer than {_MOST_CHARACTERS:,} characters")

    content = _one_object(text)

    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnparsableReply(f"the reply: is not one JSON object: {error}") from error

    _refuse_duplicates(content)

    return value


def _one_object(text: str) -> str:
    """Return the JSON object of a reply without the fence or the prose around it."""
    text = text.strip()

    if text.startswith("{") and text.endswith("}"):
        return text

    fences = _FENCE.findall(text)

    if len(fences) == 1:
        return str(fences[0])

    start, end = text.find("{"), text.rfind("}")

    if not 0 <= start < end:
        _fail("the reply", "holds no JSON object")

    return text[start : end + 1]


def _refuse_duplicates(content: str) -> None:
    """Refuse an object that gives a key twice; which of the two was meant, nobody knows."""
    try:
        json.loads(content, object_pairs_hook=_distinct)
    except (RecursionError, ValueError) as error:
        raise UnparsableReply(
            f"the reply: is nested too deeply or holds an absurd number: {error}"
        ) from error


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        _fail("the reply", "gives the same key twice in one object")


def _design(value: Any) -> Design:
    fields = _object(value, "design", ("kind", "quote"))

    return Design(
        kind=_choice(fields["kind"], "design.kind", DESIGNS), quote=_text(fields["quote"], "design.quote")
    )


def _answer(value: Any, item: Item) -> Answer:
    place = f"items.{item.id}"

    if item.rule.asks_counts:
        return _counted(value, item, place=place)

    steps = {"step1": item.rule.asks_answer, "step2": item.rule.asks_level}
    fields = _object(value, place, ("quotes", "reason", *(step for step, asked in steps.items() if asked)))

    return Answer(
        item=item.id,
        step1=_reported(fields["step1"], f"{place}.step1", item.answers) if steps["step1"] else None,
        step2=_reported(fields["step2"], f"{place}.step2", item.levels) if steps["step2"] else None,
        quotes=_quotes(fields["quotes"], f"{place}.quotes"),
        reason=_text(fields["reason"], f"{place}.reason"),
    )


def _counted(value: Any, item: Item, *, place: str) -> Answer:
    names = [count.id for count in item.counts]
    fields = _object(value, place, (*names, "reason"))

    return Answer(
        item=item.id,
        reason=_text(fields["reason"], f"{place}.reason"),
        counts=tuple((name, _count(fields[name], f"{place}.{name}")) for name in names),
    )


def _count(value: Any, place: str) -> Count:
    fields = _object(value, place, ("value", "quote"))
    number = fields["value"]

    if number is not None and (type(number) is not int or abs(number) > _LARGEST_COUNT):
        _fail(f"{place}.value", "is not a whole number of people, nor null", said=number)

    return Count(value=number, quote=_text(fields["quote"], f"{place}.quote"))


def _reported(value: Any, place: str, criteria: Sequence[Criterion]) -> str | None:
    choice = _choice(value, place, (*(criterion.id for criterion in criteria), NOT_REPORTED))

    return None if choice == NOT_REPORTED else choice


def _choice(value: Any, place: str, allowed: Sequence[str]) -> str:
    if type(value) is not str or value not in allowed:
        _fail(place, f"is not one of {', '.join(allowed)}", said=value)

    return value


def _quotes(value: Any, place: str) -> tuple[str, ...]:
    if type(value) is not list:
        _fail(place, "is not a list of texts", said=value)

    if len(value) > MOST_QUOTES:
        _fail(place, f"holds {len(value):,} quotes; at most {MOST_QUOTES} are read")

    return tuple(_text(quote, place) for quote in value)


def _text(value: Any, place: str) -> str:
    if type(value) is not str:
        _fail(place, "is not a text", said=value)

    if len(value) > LONGEST_TEXT:
        _fail(place, f"is longer than {LONGEST_TEXT:,} characters")

    return value


def _object(value: Any, place: str, keys: Sequence[str]) -> dict[str, Any]:
    """Return an object that has exactly these keys."""
    if type(value) is not dict:
        _fail(place, "is not an object", said=value)

    for key in keys:
        if key not in value:
            _fail(place, f"{key!r} is missing")

    if len(value) > len(keys):
        stranger = next(key for key in value if key not in keys)
        _fail(place, "was not asked for", said=stranger, fault="holds a name that was not asked for")

    return value


def _shown(value: Any) -> str:
    shown = repr(value)

    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."


def _fail(place: str, problem: str, *, said: Any = _NOTHING, fault: str = "") -> NoReturn:
    """Raise; what the reply ``said`` is for people, and no part of what a model is told."""
    told = problem if said is _NOTHING else f"{_shown(said)} {problem}"

    raise UnparsableReply(f"{place}: {told}", fault=f"{place}: {fault or problem}")
