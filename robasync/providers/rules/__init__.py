"""The offline baseline: a deterministic reader that answers from quoted sentences only.

It is pattern matching, not a risk-of-bias assessment. Its vocabulary is data
(``vocabulary.toml``); where no sentence is found it answers "not reported" with the
terms it searched, never "probably high".
"""

from __future__ import annotations

from robasync.providers.rules.answers import answer
from robasync.providers.rules.language import refusal
from robasync.providers.rules.provider import Rules
from robasync.providers.rules.vocabulary import VERSION

__all__ = ["VERSION", "Rules", "answer", "refusal"]
