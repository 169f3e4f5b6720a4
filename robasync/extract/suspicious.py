"""Visible passages that speak to a model instead of a reader: flagged, sent as they are, nobody accused.

A pure detector of wordings: commands to forget instructions, words to machine readers, orders
about the verdict, the markup of chats. A trial of a chatbot may hold them in good faith.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

REASON = "speaks to a model"

STEMS = (
    "instruction",
    "prompt",
    "reviewer",
    "language model",
    " llm",
    "assistant",
    "low risk",
    "definitely",
    "</document",
)
"""One of these stands in, or close to, every passage that is found: looking for them first is quick."""

REACH = 100
"""Characters around a stem that are looked at."""

_WHAT = r"(?:instruction|prompt|direction|directive|guideline|rule|command|question)s?\b"
_OTHERS = r"(?! to (?:the )?(?:participants?|patients?|authors))"
_EARLIER = (
    r"(?:previous|prior|earlier|above|preceding|foregoing|former|existing|other|system|initial|original)"
)
_ARTICLES = r"(?:(?:all|any|the|your|my|these|those|of|every) )*"
_KIND = r"(?:large|automated|automatic|artificial|machine|ai|ml|llm|robot)"
_ROLE = (
    r"(?:language model|llm|ai|chatbot|chatgpt|gpt|claude|gemini"
    r"|reviewer|assessor|assistant|agent|screener)s?"
)
_DETERMINER = r"(?:(?:an?|the|any|all|every) )?"
_NAME = r"(?:language models?|llms?|ai|chatbots?|chatgpt|gpt(?:-\d)?|claude|gemini)"
_MACHINE = rf"{_DETERMINER}(?:(?:{_KIND} )+(?:{_ROLE}|readers?|systems?|tools?|models?)|{_NAME})\b"
_PAPER = r"(?:study|trial|paper|article|manuscript|report|domain|item|question|criterion|criteria|studie)s?"
_VERDICT = (
    r"(?:low risk|(?:definitely|probably)[ _](?:low|yes)|positively|favou?rably|high quality|\"?yes\"?)\b"
)
_FORGET = r"\b(?:ignore|disregard|forget|override|overlook|bypass|do not follow)"
_CALL = r"\b(?:note|notice|message|attention|instructions?|important|dear|hello|hey|hi)\b[\s,:!-]*(?:to|for)?"
_JUDGE = (
    r"\b(?:rate|judge|assess|grade|mark|score|classify|label|answer|report|rank) (?:this|every|each|all|the)"
)
_GIVE = r"\b(?:give|write|provide|produce|output|return) (?:only )?(?:an? )?(?:strongly )?"
_GOOD = r"(?:positive|favou?rable|glowing) (?:review|assessment|rating|recommendation|judge?ment)s?\b"
_BAD = r"(?:negative|weakness|flaw|limitation|concern)(?:e?s)?\b"
_PATTERNS = (
    # Forget what you were told.
    rf"{_FORGET} {_ARTICLES}(?:{_EARLIER} )?{_WHAT}{_OTHERS}",
    # A machine is spoken to.
    rf"{_CALL} ?{_MACHINE} ?[:,;.!-]",
    rf"\b(?:if|when|since|because|as) you(?: are|'re|\u2019re) {_MACHINE}",
    rf"\byou are (?:now )?(?:an? )?(?:helpful |expert |unbiased )*{_ROLE}\b",
    rf"\bas {_MACHINE},? you\b",
    # The verdict is ordered.
    rf"{_JUDGE} {_PAPER}\b[^.\n]{{0,60}}\b{_VERDICT}",
    rf"{_GIVE}{_GOOD}",
    rf"\bdo not (?:mention|highlight|list|flag) (?:any |the )?{_BAD}",
    # The frame of a conversation.
    r"\b(?:reveal|print|repeat|show|output) (?:your|the) (?:system )?(?:prompt|instructions)\b",
    r"\b(?:new|updated|revised|real|actual|your) (?:system )?(?:prompt|instructions?) ?:",
    r"<\|[a-z_]{2,20}\|>|\[/?INST\]|</?(?:system|assistant)>|</document\b",
)
_PASSAGES = re.compile("|".join(_PATTERNS).replace(" ", r"\s"), re.IGNORECASE)
_MOST = 20
_LONGEST = 300
_ENDS = re.compile(r"[.!?](?=\s)|\n\n")
_CONTINUES, _INSIDE = 0xC0, 0x80
_BYTES = tuple(stem.encode() for stem in STEMS)


def passages(text: str) -> list[tuple[int, int]]:
    """Return where such passages stand in the text, widened to their sentences; at most twenty."""
    raw = text.encode("utf-8", "replace")
    found: list[tuple[int, int]] = []
    for low, high in _stretches(raw):
        for match in _PASSAGES.finditer(raw[low:high].decode("utf-8", "ignore")):
            before = len(raw[:low].decode("utf-8"))
            start, end = _sentence(text, before + match.start(), before + match.end())
            if not found or start >= found[-1][1]:
                found.append((start, end))

        if len(found) >= _MOST:
            break

    return found[:_MOST]


def _stretches(raw: bytes) -> Iterator[tuple[int, int]]:
    """Yield the stretches of bytes around the stems, in order, those that overlap as one."""
    folded = raw.lower()
    near = deque(sorted(at for stem in _BYTES for at in _occurrences(folded, stem)))
    while near:
        low = high = near[0]
        while near and near[0] - REACH <= high:
            high = near.popleft() + REACH

        low = max(0, low - REACH)
        while low and raw[low] & _CONTINUES == _INSIDE:  # not between the bytes of a character
            low -= 1

        yield low, high


def _occurrences(folded: bytes, stem: bytes) -> Iterator[int]:
    at = folded.find(stem)
    while at >= 0:
        yield at
        at = folded.find(stem, at + len(stem))


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    low = max(0, start - _LONGEST)
    first = max((match.end() for match in _ENDS.finditer(text, low, start)), default=low)
    last = _ENDS.search(text, max(end - 1, start), end + _LONGEST)
    while first < start and text[first].isspace():
        first += 1

    return first, last.end() if last else min(len(text), end + _LONGEST)
