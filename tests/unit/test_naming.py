"""Whether a model that answered is the one that was asked."""

from __future__ import annotations

import pytest

from robasync import errors
from robasync.providers.naming import same
from robasync.providers.openai import OpenAI

REPLY = b'{"model": "gpt-4o-mini", "choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]}'


@pytest.mark.parametrize(
    ("asked", "returned", "is_same"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("gpt-3.5-turbo", "gpt-3.5-turbo-0125", True),
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929", True),
        ("mistral-large-latest", "mistral-large-2411", True),
        ("gemini-flash-latest", "gemini-2.5-flash-preview-09-2025", True),
        ("models/gemini-2.5-flash", "gemini-2.5-flash", True),
        ("grok-4", "grok-4-0709", True),
        ("gpt-4o", "", True),
        ("gpt-4o", "gpt-4o-mini-2024-07-18", False),
        ("gpt-4o", "gpt-4.1", False),
        ("claude-opus-4-1", "claude-sonnet-4-5-20250929", False),
        ("gemini-2.5-pro", "gemini-2.5-flash", False),
        ("o1", "o1-mini", False),
    ],
)
def test_names(asked, returned, is_same):
    """Dates and aliases aside, the words of the name decide."""
    assert same(asked, returned) is is_same


def test_only_vendors_are_held_to_their_names():
    """A vendor's other model is a reply that was paid for and is no answer; a gateway may rename."""
    with pytest.raises(errors.WrongModel, match="gpt-4o-mini"):
        OpenAI(None, base_url="https://api.openai.com/v1", model="gpt-4o").read(REPLY)

    assert OpenAI(None, base_url="http://gateway/v1", model="gpt-4o").read(REPLY).model == "gpt-4o-mini"
