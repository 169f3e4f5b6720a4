"""How one server wants to be asked: transport only, never part of a call's key.

A server that refuses a part of the dialect says so with a status of 4xx, which costs
nothing; the call is then made in the next plainer one, and what was understood is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

#: Statuses with which servers refuse a parameter; OpenRouter says 404 where no host takes it.
REFUSALS = frozenset({400, 404, 422})

_REFUSED = r"(?:unsupported|not? support|unknown|deprecated|not permitted|not allowed|only the default)"
_SAMPLING = re.compile(rf"{_REFUSED}.{{0,80}}temperature|temperature.{{0,80}}{_REFUSED}")
_BOUNDS = re.compile(r"max_?items|max_?length|too many states|too complex|repetition")
_ENFORCED = frozenset({"json_schema", "tool"})
_FORMS = {
    "json_schema": re.compile(
        r"schema|response_?format|json_object|structured output|output_(?:config|format)"
    ),
    "tool": re.compile(r"\btool|function call"),
    "json_object": re.compile(r"response_?format|json_object|json mode|mime_?type"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a server is taken to understand.

    ``formats`` are the ways to ask for the form of an answer, the one in use first, then the
    plainer ones; ``bounds`` are limits on length within a schema; ``sampling`` is whether a
    temperature may be named; ``limit_name`` is what the OpenAI wire calls ``max_tokens``.
    ``streaming`` asks for the answer piece by piece, ``stream_usage`` for its tokens at the end.
    """

    formats: tuple[str, ...] = ("json_schema", "json_object", "text")
    bounds: bool = True
    sampling: bool = True
    limit_name: str = "max_tokens"
    streaming: bool = False
    stream_usage: bool = True

    @property
    def answer_format(self) -> str:
        """The way in use."""
        return self.formats[0]

    def without(self, refusal: str) -> Dialect | None:
        """Return the dialect to try after a refusal in these words, None if they name nothing of it."""
        words = refusal.lower()
        if self.limit_name == "max_tokens" and "max_completion_tokens" in words:
            return replace(self, limit_name="max_completion_tokens")

        if self.sampling and _SAMPLING.search(words):
            return replace(self, sampling=False)

        if self.streaming and self.stream_usage and "stream_options" in words:
            return replace(self, stream_usage=False)

        if self.bounds and _BOUNDS.search(words):
            return replace(self, bounds=False)

        return self.plainer() if self._refused_form(words) else None

    def plainer(self) -> Dialect | None:
        """Return the dialect that asks for the form more plainly, None for the plainest."""
        return replace(self, formats=self.formats[1:]) if self.formats[1:] else None

    def in_words(self) -> Dialect:
        """Return the dialect that leaves the schema to the questions, behind the document.

        Where a vendor puts schema or tools before the prompt, a cache of the document serves
        only calls with the same one.
        """
        return replace(self, formats=tuple(form for form in self.formats if form not in _ENFORCED))

    def _refused_form(self, words: str) -> bool:
        pattern = _FORMS.get(self.answer_format)

        return pattern is not None and pattern.search(words) is not None
