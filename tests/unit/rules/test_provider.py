"""The baseline is a provider like any other: what it replies is what the parser of replies takes."""

from __future__ import annotations

import orjson
import pytest

from robasync import instruments, prompt, reply
from robasync.errors import UnparsableReply
from robasync.model import Extract, Segment, Usage
from robasync.providers.rules import VERSION, Rules
from robasync.providers.rules.provider import bare

TEXT = (
    "A trial of a tea: a randomised trial.\n\nThe 60 patients were randomised with a computer-generated list "
    "of random numbers. The patients were blinded to the tea."
)


def request(*, optional):
    """Return the questionnaire and its prompt for the text above."""
    instrument = instruments.load("robust-rct")
    items = [item for item in instrument.items if item.core or optional]
    extract = Extract(text=TEXT, segments=(Segment(0, 1),), pages=1, media="text/plain", engine="test")
    questionnaire = prompt.questionnaire(instrument, items, outcome="proposed")

    return questionnaire, questionnaire.prompt(extract, temperature=0, max_tokens=4096, run=1)


@pytest.mark.parametrize("optional", [False, True])
async def test_the_reply_answers_exactly_what_is_asked(optional):
    """The reply passes the parser, with and without the optional items, and costs nothing."""
    questionnaire, asked = request(optional=optional)
    provider = Rules()
    completion = provider.read(await provider.complete(asked))
    answers = reply.parse(completion.text, questionnaire)

    assert [answer.item for answer in answers.answers] == [item.id for item in questionnaire.items]
    assert answers.design.kind == "randomised_trial"
    assert answers.answers[0].step1 == "definitely_yes"
    assert completion.usage == Usage()


async def test_the_same_prompt_gets_the_same_bytes():
    """Two runs on one prompt reply alike, byte for byte."""
    _, asked = request(optional=True)

    assert await Rules().complete(asked) == await Rules().complete(asked)


async def test_the_marks_around_the_document_are_not_quoted():
    """No quote holds the line that sets the document apart as data."""
    _, asked = request(optional=True)

    assert bare(asked.document) == TEXT
    assert b"<document" not in await Rules().complete(asked)


def test_the_endpoint_carries_the_vocabulary_version():
    """A new vocabulary has other keys, so that it answers anew."""
    assert Rules.endpoint == f"rules {VERSION}"
    assert Rules.model == "rules"


def test_a_recorded_reply_that_is_no_text_is_unparsable():
    """Damaged bytes are a ReplyError, not a crash."""
    with pytest.raises(UnparsableReply, match="UTF-8"):
        Rules().read(b"\xff\xfe")


async def test_lone_surrogates_are_answered():
    """A text that no encoder takes is read all the same, and the reply is valid JSON."""
    _, asked = request(optional=False)
    broken = type(asked)(
        system="",
        document="The patients were \ud800 randomised by lot. " * 3,
        questions="",
        schema=asked.schema,
    )

    assert orjson.loads(await Rules().complete(broken))["items"]
