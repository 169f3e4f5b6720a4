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
_FORGET = r"(?:ignore|disregard|forget|override|overlook|bypass|do not follow)"
_CALL = r"(?:note|notice|message|attention|instructions?|important|dear|hello|hey|hi)\b[\s,:!-]*(?:to|for)?"
_JUDGE = (
    r"(?:rate|judge|assess|grade|mark|score|classify|label|answer|report|rank) (?:this|every|each|all|the)"
)
_GIVE = r"(?:give|write|provide|produce|output|return) (?:only )?(?:an? )?(?:strongly )?"
_GOOD = r"(?:positive|favou?rable|glowing) (?:review|assessment|rating|recommendation|judge?ment)s?\b"
_BAD = r"(?:negative|weakness|flaw|limitation|concern)(?:e?s)?\b"
_WORDINGS = (
    # Forget what you were told.
    rf"{_FORGET} {_ARTICLES}(?:{_EARLIER} )?{_WHAT}{_OTHERS}",
    # A machine is spoken to.
    rf"{_CALL} ?{_MACHINE} ?[:,;.!-]",
    rf"(?:if|when|since|because|as) you(?: are|'re|\u2019re) {_MACHINE}",
    rf"you are (?:now )?(?:an? )?(?:helpful |expert |unbiased )*{_ROLE}\b",
    rf"as {_MACHINE},? you\b",
    # The verdict is ordered.
    rf"{_JUDGE} {_PAPER}\b[^.\n]{{0,60}}\b{_VERDICT}",
    rf"{_GIVE}{_GOOD}",
    rf"do not (?:mention|highlight|list|flag) (?:any |the )?{_BAD}",
    # The frame of a conversation.
    r"(?:reveal|print|repeat|show|output) (?:your|the) (?:system )?(?:prompt|instructions)\b",
    r"(?:new|updated|revised|real|actual|your) (?:system )?(?:prompt|instructions?) ?:",
)
_MARKS = r"<\|[a-z_]{2,20}\|>|\[/?inst\]|</?(?:system|assistant)>|</document\b"
_PASSAGES = re.compile(rf"\b(?:{'|'.join(_WORDINGS)})|{_MARKS}".replace(" ", r"\s"))
"""Matches small letters, which is five times as quick as to ignore case; all but marks begin with a word."""

_MOST = 20
_LONGEST = 300
_ENDS = re.compile(r"[.!?](?=\s)|\n\n")
_BYTES = tuple(stem.encode() for stem in STEMS)
_CAPITAL_I_DOT = "\u0130"  # the one letter that becomes two characters when it is made small


def passages(text: str) -> list[tuple[int, int]]:
    """Return where such passages stand in the text, widened to their sentences; at most twenty."""
    found: list[tuple[int, int]] = []
    for low, high in _stretches(text):
        for match in _PASSAGES.finditer(text[low:high].replace(_CAPITAL_I_DOT, "i").lower()):
            start, end = _sentence(text, low + match.start(), low + match.end())
            if not found or start >= found[-1][1]:
                found.append((start, end))

        if len(found) >= _MOST:
            break

    return found[:_MOST]


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the stretches of text around the stems are, in order, those that overlap as one."""
    # A byte for each character: small letters are made, and stems found, several times as quickly.
    folded = text.encode("ascii", "replace").lower()
    near = deque(sorted(at for stem in _BYTES for at in _occurrences(folded, stem)))
    while near:
        low = high = near[0]
        while near and near[0] - REACH <= high:
            high = near.popleft() + REACH

        yield max(0, low - REACH), high


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
