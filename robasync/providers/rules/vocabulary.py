"""Reads the vocabulary: which wording shows what. Strict: every pattern proves its examples.

The file's expressions are regular expressions with five additions: a space also matches
a hyphen; ``<name>`` is a list of words; ``...`` is up to 80 characters within the clause;
``&`` is up to 120 without a verb, as between the members of an enumeration; ``*`` after a
letter is the rest of the word; ``@`` marks the word that a negation would turn around
(where there is none, negation is part of the wording).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import count
from typing import Any

import robasync.providers.rules.negation as negation
from robasync.errors import InstrumentError
from robasync.providers.rules.sentences import fold

FILE = "vocabulary.toml"
VERSION = "1.1"

_VERBS = "was|were|is|are|had|has|have|by|who|which|that|while|whereas|but|using|did|could|"
_VERBS += r"will|would|from|gave|took|made|knew|met|\w{3,}ed"
_LIST = rf"(?:(?!\b(?:{_VERBS})\b)[^;:]){{0,120}}?"
_KEYS = {"shows", "needs", "expression", "matches", "misses"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way of wording a finding. ``denied`` is the finding where the wording is negated."""

    shows: str
    denied: str
    needs: tuple[str, ...]
    expression: re.Pattern[str]

    def finding(self, folded: str) -> str:
        """Return what a folded sentence that holds one of the stems shows by this pattern, or ""."""
        match = self.expression.search(folded)

        if match is None:
            return ""

        head = max((match.start(name) for name in self.expression.groupindex), default=-1)

        return self.denied if head >= 0 and negation.denied(folded, match.start(), head) else self.shows


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All patterns, what is read past, and the terms to name where nothing was found."""

    patterns: tuple[Pattern, ...]
    needs: tuple[str, ...]
    stems: re.Pattern[str]
    others: re.Pattern[str]
    searched: Mapping[str, str]

    def findings(self, folded: str) -> set[str]:
        """Return all that a folded sentence shows."""
        present = {need for need in self.needs if need in folded}
        tried = (pattern for pattern in self.patterns if not present.isdisjoint(pattern.needs))

        return {name for pattern in tried if (name := pattern.finding(folded))}


@cache
def load() -> Vocabulary:
    """Return the shipped vocabulary, read and checked once per process."""
    return parse(resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8"))


def parse(text: str) -> Vocabulary:
    """Read a vocabulary.

    Raises InstrumentError for an unknown key, a broken expression or an example that a
    pattern does not treat as the file says.
    """
    raw = tomllib.loads(text)

    if raw.get("version") != VERSION:
        raise InstrumentError(
            f"{FILE}: version {raw.get('version')!r} does not go with this reader ({VERSION})"
        )

    words: dict[str, str] = {}

    for name, lines in raw["words"].items():
        words[name] = _expand("|".join(lines), words)

    patterns = tuple(_pattern(entry, words) for entry in raw["pattern"])
    needs = sorted({need for pattern in patterns for need in pattern.needs})
    stems = sorted({*raw["read_also"], *needs})

    return Vocabulary(
        patterns=patterns,
        needs=tuple(needs),
        stems=re.compile("|".join(map(re.escape, stems))),
        others=_compile("|".join(raw["read_past"]), words),
        searched=raw["searched"],
    )


def _pattern(entry: Mapping[str, Any], words: Mapping[str, str]) -> Pattern:
    where = f"{FILE}: {entry.get('expression', entry)!r}"

    if not entry.keys() >= _KEYS or entry.keys() - _KEYS - {"denied"}:
        raise InstrumentError(f"{where}: a pattern has the keys {sorted(_KEYS)} and may have 'denied'")

    pattern = Pattern(
        entry["shows"], entry.get("denied", ""), tuple(entry["needs"]), _compile(entry["expression"], words)
    )

    if not any(need in fold(entry["matches"]) for need in pattern.needs):
        raise InstrumentError(f"{where}: its example holds none of the stems needed: {entry['matches']!r}")

    if pattern.finding(fold(entry["matches"])) != pattern.shows:
        raise InstrumentError(f"{where}: its example is not matched: {entry['matches']!r}")

    if pattern.finding(fold(entry["misses"])) == pattern.shows:
        raise InstrumentError(f"{where}: its counter-example is matched: {entry['misses']!r}")

    return pattern


def _compile(expression: str, words: Mapping[str, str]) -> re.Pattern[str]:
    try:
        return re.compile(rf"(?<!\w)(?:{_translate(expression, words)})(?!\w)")
    except (re.error, KeyError) as error:
        raise InstrumentError(f"{FILE}: {expression!r} is no expression: {error}") from error


def _translate(expression: str, words: Mapping[str, str]) -> str:
    translated = _expand(expression, words)
    translated = translated.replace(" ... ", r"\b[^;:]{0,80}?\b")
    translated = re.sub(r" ?& ?\??", lambda _: rf"\b{_LIST}\b", translated)
    translated = re.sub(r"(?<=[a-z])(?<!\\w)\*", r"[\\w']*", translated)
    heads = count(1)
    translated = re.sub("@", lambda _: f"(?P<head{next(heads)}>)", translated)

    return re.sub(r"\[[^\]]*\]| ", lambda part: "[ -]" if part[0] == " " else part[0], translated)


def _expand(expression: str, words: Mapping[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda name: f"(?:{words[name[1]]})", expression)
