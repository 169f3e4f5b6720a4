"""Items 1 and 2: how the sequence was made, and whether it was concealed."""

from __future__ import annotations

import re
from typing import Any

from robasync.providers.rules.findings import Findings
from robasync.providers.rules.replies import found, unknown
from robasync.providers.rules.sentences import Sentence

_OPENED = re.compile(
    r"opened (?:the envelopes |strictly )?"
    r"(?:in (?:\w+ )?(?:order|sequence)|sequentially|consecutively)"
)
_CONCEALED = ("concealment central", "concealment pharmacy", "concealment envelopes")


def sequence(findings: Findings) -> dict[str, Any]:
    """Answer item 1 by the strongest criterion that a sentence supports."""
    adequate = findings.has("sequence adequate")

    if adequate and findings.has("sequence quasi-random"):
        return unknown(
            "1",
            "sentences support both a random and a predictable sequence",
            quotes=findings.quotes("sequence quasi-random", "sequence adequate"),
        )

    if adequate:
        return found("definitely_yes", "an adequate method is stated", findings.quotes("sequence adequate"))

    if findings.has("sequence quasi-random"):
        return found(
            "definitely_no", "the sequence was predictable", findings.quotes("sequence quasi-random")
        )

    if findings.has("sequence restricted"):
        quotes = findings.quotes("sequence restricted")
        return found(
            "probably_yes", "blocks, strata or simple randomisation are named, not the method", quotes
        )

    if findings.has("sequence stated") and findings.has(*_CONCEALED):
        quotes = findings.quotes("sequence stated")[:1] + findings.quotes(*_CONCEALED)[:2]
        return found("probably_yes", "randomised, and concealment is described", quotes)

    if findings.has("sequence stated"):
        return found("probably_no", "it says randomised and no more", findings.quotes("sequence stated")[:2])

    return unknown("1")


def concealment(findings: Findings) -> dict[str, Any]:
    """Answer item 2; what the article does not tell is left to a person."""
    if findings.has("concealment open", "sequence quasi-random"):
        quotes = findings.quotes("concealment open", "sequence quasi-random")

        if findings.has(*_CONCEALED):
            return unknown("2", "sentences support both an open and a concealed sequence", quotes=quotes)

        return found("definitely_no", "the next allocation could be foreseen", quotes)

    if findings.has("concealment central"):
        return found("definitely_yes", "allocation was central", findings.quotes("concealment central"))

    if findings.has("concealment envelopes"):
        return _envelopes(findings.sentences("concealment envelopes"))

    if findings.has("concealment pharmacy"):
        return _pharmacy(findings)

    if findings.has("double blind") or (
        findings.has("participants blinded") and findings.has("providers blinded")
    ):
        quotes = findings.quotes("participants blinded", "providers blinded", "double blind")

        if findings.has("placebo used", "placebo matched") and not findings.has("open label"):
            return found(
                "probably_yes", "a blinded drug trial that says nothing else about concealment", quotes
            )

    if findings.has("concealment stated"):
        return unknown(
            "2",
            "it says that allocation was concealed, not how",
            quotes=findings.quotes("concealment stated"),
        )

    return unknown("2")


def _envelopes(sentences: list[Sentence]) -> dict[str, Any]:
    described = " ".join(sentence.folded for sentence in sentences)
    quotes = [sentence.text for sentence in sentences][:3]
    numbered = any(word in described for word in ("numbered", "sequential", "consecutive", "in order"))
    safe = numbered and "opaque" in described and "sealed" in described
    if safe and _OPENED.search(described):
        return found("definitely_yes", "numbered, opaque, sealed envelopes opened in sequence", quotes)

    if safe:
        return found("probably_yes", "numbered, opaque, sealed envelopes without further detail", quotes)

    return found("probably_no", "envelopes with unclear safeguards", quotes)


def _pharmacy(findings: Findings) -> dict[str, Any]:
    sentences = findings.sentences("concealment pharmacy")
    described = " ".join(sentence.folded for sentence in sentences)
    quotes = [sentence.text for sentence in sentences][:3]

    if "numbered" in described and ("pharmac" in described or "identical" in described):
        return found(
            "definitely_yes", "a pharmacy or numbered, identical containers held the sequence", quotes
        )

    if findings.has("double blind", "placebo matched"):
        return found("probably_yes", "a blinded drug trial whose drugs were handled apart", quotes)

    return found("probably_no", "a pharmacy or containers with unclear safeguards", quotes)
