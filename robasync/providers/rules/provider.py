"""The baseline as a provider: it reads the document out of the prompt and answers its schema."""

from __future__ import annotations

import re

import anyio.to_thread
import orjson

import robasync.providers.rules.vocabulary as vocabulary
from robasync.errors import UnparsableReply
from robasync.model import Completion, Prompt, Usage
from robasync.providers.rules.answers import answer

MODEL = "rules"

_BLOCK = re.compile(r'<document id="\w{1,64}">\n(?P<text>.*)\n</document id="\w{1,64}">', re.DOTALL)


class Rules:
    """Answers without a model, a network or a cost.

    Its endpoint carries the version of its vocabulary, so that a new one answers anew.
    """

    endpoint = f"rules {vocabulary.VERSION}"
    model = MODEL

    async def complete(self, prompt: Prompt) -> bytes:
        """Return the reply's JSON. The work is done in a thread: the event loop never waits for it."""
        return await anyio.to_thread.run_sync(_reply, prompt, abandon_on_cancel=True)

    def read(self, raw: bytes) -> Completion:
        """Return the reply as it is: it has no wire format and no usage.

        Raises UnparsableReply when the bytes are no UTF-8.
        """
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise UnparsableReply(
                "rules: the recorded reply is not UTF-8; it will be computed again."
            ) from error

        return Completion(text=text, model=MODEL, usage=Usage())


def _reply(prompt: Prompt) -> bytes:
    # A lone surrogate cannot be written as JSON: a sentence that holds one is quoted with "?".
    document = bare(prompt.document).encode("utf-8", "replace").decode()

    return orjson.dumps(answer(document, asked(prompt.schema)))


def bare(document: str) -> str:
    """Return the report's text without the marks that set it apart as data."""
    block = _BLOCK.fullmatch(document)

    return block["text"] if block else document


def asked(schema: bytes) -> tuple[str, ...]:
    """Return the ids of the items that an answer schema asks for, in its order."""
    items = orjson.loads(schema)["properties"]["items"]["properties"]

    return tuple(items)
