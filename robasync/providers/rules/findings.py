"""Reads a document once and collects the sentences that show something."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import robasync.providers.rules.vocabulary as vocabulary
from robasync.providers.rules.sentences import Sentence, sentences

MOST_QUOTES = 3

_VERB = re.compile(r"\b(?:was|were|had|is|are|we \w+ed)\b")


@dataclass(frozen=True, slots=True)
class Findings:
    """The sentences of one document by what they show, in the document's order."""

    shown: Mapping[str, Sequence[Sentence]]
    read: Sequence[Sentence]

    def has(self, *names: str) -> bool:
        """Tell whether some sentence shows one of these."""
        return any(name in self.shown for name in names)

    def sentences(self, *names: str) -> list[Sentence]:
        """Return the sentences that show one of these, each once, in the document's order."""
        found = {sentence.start: sentence for name in names for sentence in self.shown.get(name, ())}

        return [found[start] for start in sorted(found)]

    def quotes(self, *names: str) -> list[str]:
        """Return at most three verbatim sentences, those of the first name first.

        Sentences with a verb of their own come before titles and labels.
        """
        ranked = [
            sentence.text for name in names for sentence in sorted(self.shown.get(name, ()), key=_is_label)
        ]

        return list(dict.fromkeys(ranked))[:MOST_QUOTES]


def read(document: str) -> Findings:
    """Return what the document's sentences show.

    Sentences about other trials, plans and general truths are read past, and so are
    sentences that stood before.
    """
    words = vocabulary.load()
    shown: dict[str, list[Sentence]] = {}
    own: list[Sentence] = []
    seen: set[str] = set()

    for sentence in sentences(document):
        if (
            sentence.folded in seen
            or not words.stems.search(sentence.folded)
            or words.others.search(sentence.folded)
        ):
            continue

        seen.add(sentence.folded)
        own.append(sentence)

        for name in words.findings(sentence.folded):
            shown.setdefault(name, []).append(sentence)

    return Findings(shown, own)


def _is_label(sentence: Sentence) -> bool:
    return _VERB.search(sentence.folded) is None
