"""The baseline refuses what is not English and says what it saw."""

from __future__ import annotations

import pytest

from robasync.model import Extract, Segment
from robasync.providers.rules import refusal

ENGLISH = (
    "The patients were randomised to one of the two groups and were followed for a year by the nurses. " * 4
)
GERMAN = "Die Patienten wurden zufällig einer der beiden Gruppen zugeteilt und ein Jahr lang beobachtet. " * 5
FRENCH = "Les patients ont été répartis au hasard entre les deux groupes et suivis pendant une année. " * 5
SPANISH = "Los pacientes fueron asignados al azar a uno de los dos grupos y observados durante un año. " * 5


def extract(text):
    """Return an extract of this text."""
    return Extract(text=text, segments=(Segment(0, 1),), pages=1, media="text/plain", engine="test")


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH])
def test_another_language_is_refused(text):
    """The message gives the share of common English words and what to do."""
    screening = refusal(extract(text))

    assert screening is not None
    assert screening.kind == "language"
    assert "% of this document's words" in screening.message
    assert text[screening.start : screening.end]


def test_english_and_very_short_texts_are_read():
    """English passes; fewer than 40 words are too few to tell."""
    assert refusal(extract(ENGLISH)) is None
    assert refusal(extract("Kurz und gut, random.")) is None


def test_a_text_without_a_word_of_a_trial_is_refused():
    """A cake recipe is no report with nothing found in it; it is no report."""
    recipe = "Take the butter and the sugar and beat them with the eggs until it is all light. " * 10
    screening = refusal(extract(recipe))

    assert screening is not None
    assert screening.kind == "other"
