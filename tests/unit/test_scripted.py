"""The provider that answers as it is told."""

from __future__ import annotations

import pytest

from robasync.errors import EmptyReply, RateLimited, UnparsableReply
from robasync.model import Prompt
from robasync.providers.scripted import Scripted

PROMPT = Prompt(system="", document="A trial.", questions="Random?", schema=b"{}")


async def test_answers_in_turn_and_counts():
    """Replies are returned, errors raised, in the order given; prompts are kept."""
    provider = Scripted([b"yes", RateLimited("slow")])

    assert await provider.complete(PROMPT) == b"yes"
    with pytest.raises(RateLimited):
        await provider.complete(PROMPT)

    assert (provider.calls, provider.prompts) == (2, [PROMPT, PROMPT])


async def test_a_script_that_has_ended_says_so():
    """A test that asks more often than it planned fails with a clear message."""
    with pytest.raises(AssertionError, match="no further answer"):
        await Scripted([]).complete(PROMPT)


async def test_function_sees_the_prompt():
    """A script may depend on what is asked."""
    provider = Scripted(lambda prompt: prompt.document.encode())

    assert provider.read(await provider.complete(PROMPT)).text == "A trial."


def test_useless_replies_are_typed():
    """Reading raises what any wire format raises."""
    with pytest.raises(EmptyReply):
        Scripted([]).read(b" \n")
    with pytest.raises(UnparsableReply):
        Scripted([]).read(b"\xff")
