"""Known sentences of the corpus PDFs, kept as hashes and lengths, and how one is found in a text.

``sentences.csv`` holds twenty for each file. A sentence has two forms: its letters and digits
alone, which no reader's spaces and hyphens change, and the same word by word.
"""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("sentences.csv")


class Sentence(NamedTuple):
    """Where a sentence stands, what it crosses (line, column, page, row), and its two forms."""

    file: str
    page: int
    last_page: int
    crosses: str
    letters: int
    letters_sha256: str
    words: int
    words_sha256: str


def known() -> dict[str, list[Sentence]]:
    """Return the sentences by the name of their file."""
    sentences = defaultdict(list)
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            numbers = {name: int(row.pop(name)) for name in ("page", "last_page", "letters", "words")}
            sentences[row["file"]].append(Sentence(**row, **numbers))

    return dict(sentences)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without their marks; a hyphen parts none."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return [word for part in plain.split() if (word := "".join(filter(str.isalnum, part)))]


def forms(text: str) -> tuple[str, str]:
    """Return a sentence's letters and digits, and the same with a space between words."""
    parts = words(text)
    return "".join(parts), " ".join(parts)


def digest(form: str) -> str:
    """Return the SHA-256 of a form in hex."""
    return hashlib.sha256(form.encode()).hexdigest()


def found(text: str, sentences: Iterable[Sentence]) -> Iterator[tuple[Sentence, bool, bool]]:
    """Yield each sentence with whether its letters stand in ``text`` in a row, and whether its words do."""
    asked = [*sentences]
    parts = words(text)
    letters = _digests(parts, {sentence.letters for sentence in asked}, between="")
    spaced = _digests(parts, {sentence.words for sentence in asked}, between=" ")
    for sentence in asked:
        yield sentence, sentence.letters_sha256 in letters, sentence.words_sha256 in spaced


def _digests(parts: list[str], lengths: set[int], *, between: str) -> set[str]:
    """Return the digests of all windows of these lengths that begin with a word."""
    text = between.join(parts)
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part) + len(between))

    return {digest(text[start : start + length]) for start in starts[:-1] for length in lengths}
