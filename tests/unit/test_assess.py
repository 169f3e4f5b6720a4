"""One document's assessment: what is refused, what fails, and what carries evidence."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from robasync import instruments, prompt
from robasync.assess import Assessor
from robasync.errors import ContextTooLong, TooLittleText
from robasync.inquiry import Inquiry
from robasync.instruments import Thresholds
from robasync.model import Assessment, AssessorKind, Document, Figure, ItemState, Refusal, Usage
from robasync.providers.scripted import Scripted
from tests import replies, reports
from tests.desk import Desk

ROBUST = instruments.load("robust-rct")
ASKED = prompt.questionnaire(ROBUST, ROBUST.items, outcome="proposed")
TEXT = f"{reports.text(1)}\n\n{replies.QUOTE}"


def reply(**changes):
    """Return a legal reply as bytes, with parts changed."""
    return orjson.dumps({**replies.body(ASKED), **changes})


class Office:
    """An assessor whose model answers as told."""

    def __init__(self, *answers, parts=(ASKED,), **assessor):
        self.desk = Desk(Scripted(answers, usage=Usage(input_tokens=5_000, output_tokens=100)))
        self.assessor = Assessor(
            **{
                "name": "m",
                "kind": AssessorKind.MODEL,
                "inquiry": Inquiry(gate=self.desk.gate, parts=parts, max_tokens=100, temperature=0.0),
                "instrument": ROBUST,
                "items": ROBUST.items,
                "thresholds": Thresholds(),
                "result": "proposed",
                **assessor,
            }
        )

    async def assess(self, text=TEXT, name="a.txt"):
        document = Document(name=name, path=None, digest="0" * 64, size=1, mtime_ns=1, inode=1)

        return await self.assessor.assess(document, replies.extract(text))


async def test_every_item_has_one_judgement_with_its_quote():
    """The judgements stand in the instrument's order, each judged one with a found quote."""
    assessment = await Office(reply()).assess()

    assert isinstance(assessment, Assessment)
    assert [one.item for one in assessment.judgements] == [item.id for item in ROBUST.items]
    assert all(
        any(quote.found for quote in one.evidence)
        for one in assessment.judgements
        if one.state is ItemState.JUDGED
    )
    assert assessment.model_returned == "scripted"


async def test_a_few_words_are_no_report_and_are_not_paid_for():
    """Near-empty text is a failure by name, before any call."""
    office = Office(reply())

    with pytest.raises(TooLittleText, match=r"a\.txt"):
        await office.assess("hello world")

    assert office.desk.provider.calls == 0


async def test_a_protocol_is_refused_before_any_call_and_can_be_accepted_by_name():
    """The gate of design costs nothing; naming the document overrides it."""
    text = f"Xelotane for imaginary headache: a study protocol\n\n{TEXT}"
    office = Office(reply())
    refusal = await office.assess(text)

    assert isinstance(refusal, Refusal)
    assert (refusal.kind, office.desk.provider.calls) == ("protocol", 0)
    assert "--accept 'a.txt'" in refusal.message
    assert isinstance(await Office(reply(), accepted=frozenset({"a.txt"})).assess(text), Assessment)


@pytest.mark.parametrize(
    ("quote", "kind"), [(replies.QUOTE, Refusal), ("words that nobody wrote", Assessment)]
)
async def test_a_model_refuses_only_with_a_passage(quote, kind):
    """A claim that this is a cohort refuses nobody unless the passage stands in the document."""
    result = await Office(reply(design={"kind": "cohort", "quote": quote})).assess()

    assert isinstance(result, kind)


async def test_a_document_beyond_the_context_window_says_by_how_much():
    """Text is never cut: too long is a failure with a number, before any call."""
    office = Office(reply(), context_window=500)

    with pytest.raises(ContextTooLong, match=r"about \d+ tokens too long"):
        await office.assess()

    assert office.desk.provider.calls == 0


async def test_an_item_not_reported_lists_what_was_searched():
    """Nobody has to take "not reported" on trust."""
    body = replies.body(ASKED)
    body["items"]["1"] = {"step1": "not_reported", "quotes": [], "reason": "It does not say."}
    assessment = await Office(orjson.dumps(body)).assess()
    judgement = assessment.judgements[0]

    assert (judgement.state, judgement.level) == (ItemState.NOT_REPORTED, None)
    assert judgement.searched


async def test_what_is_not_reported_may_be_in_a_picture() -> None:
    """An item that counts and has no judgement says on which page a diagram was that nobody could read."""
    body = {**replies.body(ASKED)}
    office = Office(orjson.dumps(body))
    document = Document(name="a.txt", path=None, digest="0" * 64, size=1, mtime_ns=1, inode=1)
    extract = replace(replies.extract(TEXT), figures=(Figure(page=1, what="flow diagram (Fig. 1)"),))
    assessment = await office.assessor.assess(document, extract)

    said = {one.item: [note for note in one.notes if "page 1" in note] for one in assessment.judgements}
    counts = {item.id for item in ROBUST.items if item.counts}
    unjudged = {one.item for one in assessment.judgements if one.state is not ItemState.JUDGED}
    assert {item for item, notes in said.items() if notes} == counts & unjudged == counts
