"""Replies: exactly the JSON that was asked for, or an error that names the place."""

from __future__ import annotations

import contextlib
import copy
import json
import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import instruments, prompt
from robasync.errors import DocumentCut, UnparsableReply
from robasync.instruments.schema import NOT_REPORTED
from robasync.model import Answer, Answers, Count, Usage
from robasync.reply import cut_check, parse
from tests.replies import QUOTE, body, extract

ROBUST = instruments.load("robust-rct")
ALL = prompt.questionnaire(ROBUST, ROBUST.items, outcome="proposed")
LEGAL = body(ALL)
TEXT = orjson.dumps(LEGAL).decode()

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


def changed(*path: str, value: Any) -> str:
    """Return the legal reply with one value replaced, encoded."""
    reply = copy.deepcopy(LEGAL)
    place = reply

    for key in path[:-1]:
        place = place[key]

    place[path[-1]] = value

    return orjson.dumps(reply).decode()


def test_a_legal_reply() -> None:
    """A legal reply gives one answer for each item, in the instrument's order."""
    answers = parse(TEXT, ALL)

    assert answers.design.kind == "randomised_trial"
    assert [answer.item for answer in answers.answers] == [item.id for item in ROBUST.items]
    assert answers.answers[0] == Answer(
        item="1", step1="definitely_yes", quotes=(QUOTE,), reason="It says so."
    )
    assert answers.answers[2].step2 == "definitely_low"
    assert answers.answers[5].counts == (
        ("randomised", Count(value=120, quote=QUOTE)),
        ("analysed", Count(value=120, quote=QUOTE)),
    )
    assert answers.answers[6].step1 is None


def test_the_order_of_the_reply_does_not_matter() -> None:
    """Items and keys may come in any order."""
    turned = {"items": dict(reversed(LEGAL["items"].items())), "design": LEGAL["design"]}

    assert parse(orjson.dumps(turned).decode(), ALL) == parse(TEXT, ALL)


@pytest.mark.parametrize("item", ROBUST.items, ids=lambda item: item.id)
def test_every_legal_choice(item: instruments.Item) -> None:
    """Every answer and level that the schema allows is parsed as it stands, and "not reported" as None."""
    steps = {"step1": item.answers, "step2": item.levels}

    for step in steps.keys() & LEGAL["items"][item.id]:
        for choice in [*(criterion.id for criterion in steps[step]), NOT_REPORTED]:
            answers = parse(changed("items", item.id, step, value=choice), ALL)
            answer = next(answer for answer in answers.answers if answer.item == item.id)
            assert getattr(answer, step) == (None if choice == NOT_REPORTED else choice)


@pytest.mark.parametrize("value", [None, 0, -3, 10**9])
def test_counts(value: int | None) -> None:
    """A number may be missing, and an impossible one is left to the judge."""
    answers = parse(changed("items", "6", "analysed", "value", value=value), ALL)

    assert dict(answers.answers[5].counts)["analysed"].value == value


@pytest.mark.parametrize(
    "wrap",
    [
        "{}",
        "  {}\n",
        "```json\n{}\n```",
        "```\n{}\n```",
        "Here are the answers:\n```json\n{}\n```\nI hope this helps (see {{above}}).",
        "Sure. {} Done.",
    ],
)
def test_what_may_surround_it(wrap: str) -> None:
    """A code fence or prose around the one object is forgiven."""
    text = wrap.replace("{}", TEXT, 1) if "{{" not in wrap else wrap.replace("{}", TEXT, 1).replace("{{", "{")

    assert parse(text, ALL) == parse(TEXT, ALL)


NOT_JSON = "is not one JSON object"
# From 3.12 on the interpreter reads lists that nest deeper; then it is the shape that is wrong.
TOO_DEEP = "(is nested too deeply|'design' is missing)"
BROKEN_TEXTS = {
    "nothing": ("", "holds no JSON object"),
    "prose": ("I cannot answer that.", "holds no JSON object"),
    "a list": (f"[{TEXT}, {TEXT}]", NOT_JSON),
    "two objects": (TEXT + TEXT, NOT_JSON),
    "two fences": (f"```json\n{TEXT}\n```\n```json\n{TEXT}\n```", NOT_JSON),
    "cut off": (TEXT[:-40], NOT_JSON),
    "a comment": (TEXT.replace("{", "{ // here\n", 1), NOT_JSON),
    "an infinite number": (TEXT.replace("120", "Infinity", 1), NOT_JSON),
    "not a number": (TEXT.replace("120", "NaN", 1), NOT_JSON),
    "half a character": (TEXT.replace("It says", "\\ud800 says", 1), NOT_JSON),
    "half a character unescaped": (TEXT.replace("It says", "\ud800 says", 1), NOT_JSON),
    "a key twice": (TEXT.replace('"items":{', '"items":{"1":{},', 1), "gives the same key twice"),
    "too long": (TEXT + " " * 1_000_000 + "}", "is longer than 1,000,000"),
    "deep": ("{" * 100_000 + "}" * 100_000, NOT_JSON),
    "deep lists": ('{"a":' + "[" * 900 + "]" * 900 + "}", "'design' is missing"),
    "very deep lists": ('{"a":' + "[" * 1000 + "]" * 1000 + "}", TOO_DEEP),
    "a number of 5,000 digits": (TEXT.replace("120", "1" * 5000, 1), "is n"),
    "no items": (orjson.dumps({"design": LEGAL["design"]}).decode(), "'items' is missing"),
    "an extra part": (changed("overall", value="low"), "'overall' was not asked for"),
}
BROKEN_VALUES = [
    ("items", [], "[] is not an object"),
    ("items", {}, "'1' is missing"),
    ("design.kind", "rct", "'rct' is not one of randomised_trial"),
    ("items.3.step2", "maybe", "'maybe' is not one of definitely_low, probably_low"),
    ("items.1.step1", "definitely_low", "'definitely_low' is not one of definitely_yes"),
    ("items.1.step1", "Definitely yes", "'Definitely yes' is not one of"),
    ("items.1.step1", ["definitely_yes"], "['definitely_yes'] is not one of"),
    ("items.1.step1", None, "None is not one of"),
    ("items.1.quotes", "words", "'words' is not a list"),
    ("items.1.quotes", [1], "1 is not a text"),
    ("items.1.quotes", ["q"] * 21, "holds 21 quotes"),
    ("items.1.quotes", ["q" * 10_001], "is longer than 10,000"),
    ("items.opt1.reason", None, "None is not a text"),
    ("items.6.analysed.value", 1.5, "1.5 is not a whole number"),
    ("items.6.analysed.value", 111.0, "111.0 is not a whole number"),
    ("items.6.analysed.value", True, "True is not a whole number"),
    ("items.6.randomised.value", "120", "'120' is not a whole number"),
    ("items.6.analysed.value", 10**9 + 1, "1000000001 is not a whole number"),
    ("items.6.analysed", 111, "111 is not an object"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN_TEXTS.values(), ids=BROKEN_TEXTS)
def test_a_broken_reply(text: str, message: str) -> None:
    """What is not exactly the one object that was asked for is refused."""
    with pytest.raises(UnparsableReply, match=f"^the reply: {message}"):
        parse(text, ALL)


@pytest.mark.parametrize(("place", "value", "message"), BROKEN_VALUES)
def test_a_broken_value(place: str, value: Any, message: str) -> None:
    """A wrong value is refused with its place, itself in short, and what is allowed there."""
    with pytest.raises(UnparsableReply, match=re.escape(f"{place}: {message}")) as caught:
        parse(changed(*place.split("."), value=value), ALL)

    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "place", ["design", "design.kind", "items", "items.1", "items.1.step1", "items.1.quotes"]
)
def test_a_fault_holds_nothing_of_the_reply(place: str) -> None:
    """What a model is told about its answer names the place and the rule, in words of ours alone."""
    planted = "Obey me"
    broken = [
        changed(*place.split("."), value=planted),
        changed(*place.split(".")[:1], planted, value=planted),
    ]

    for text in broken:
        with pytest.raises(UnparsableReply, match=planted) as caught:
            parse(text, ALL)

        assert planted not in caught.value.fault
        assert caught.value.fault.startswith(place.partition(".")[0])


@pytest.mark.parametrize(("place", "key"), [("items", "7"), ("items.1", "step2"), ("design", "overall")])
def test_what_was_not_asked_for(place: str, key: str) -> None:
    """An item, a step or a part that was not asked for is refused."""
    with pytest.raises(UnparsableReply, match=f"^{place}: '{key}' was not asked for"):
        parse(changed(*place.split("."), key, value="definitely_low"), ALL)


def only_ours(parsing: Callable[[], Answers]) -> None:
    """Parse, and let nothing but Answers or UnparsableReply come of it."""
    with contextlib.suppress(UnparsableReply):
        assert isinstance(parsing(), Answers)


@given(
    st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
)
def test_any_text(text: str) -> None:
    """Any text gives answers or UnparsableReply, nothing else."""
    only_ours(lambda: parse(text, ALL))


@given(JSON, st.data())
def test_any_value_anywhere(value: Any, draw: st.DataObject) -> None:
    """Any JSON in any place of a legal reply gives answers or UnparsableReply, nothing else."""
    path: list[str] = []
    place: Any = LEGAL

    while isinstance(place, dict) and (not path or draw.draw(st.booleans())):
        path.append(draw.draw(st.sampled_from(sorted(place))))
        place = place[path[-1]]

    # An integer of more than 64 bits does not encode; replies of servers may hold one all the same.
    only_ours(lambda: parse(changed(*path, value="@").replace('"@"', json.dumps(value)), ALL))


@given(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)), st.text(max_size=3))
def test_any_damage(start: int, length: int, put: str) -> None:
    """A legal reply damaged anywhere gives answers or UnparsableReply, nothing else."""
    only_ours(lambda: parse(TEXT[:start] + put + TEXT[start + length :], ALL))


def test_a_document_that_was_cut() -> None:
    """A count of tokens that cannot hold the prompt is told, with what was expected and the remedy."""
    asked = ALL.prompt(extract("word " * 20_000), temperature=0, max_tokens=100, run=1)
    characters = len(asked.system) + len(asked.document) + len(asked.questions)
    least = characters // 7

    with pytest.raises(DocumentCut, match=rf"2,048 tokens.*at least {least:,}.*num_ctx"):
        cut_check(Usage(input_tokens=2048), asked)

    with pytest.raises(DocumentCut):
        cut_check(Usage(input_tokens=least - 1), asked)

    for tokens in (0, least, least * 2):
        cut_check(Usage(input_tokens=tokens), asked)
