"""The first gate refuses what is no report of a trial, shows the passage, and keeps every report in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.model import Extract, Segment
from robasync.screen import screen

BYLINE = "Ada Okafor1, Bo Lindqvist2 and Carla Moreno1"
RESULTS = (
    "Abstract\n\nBackground: Tea may help. Methods: In this trial 120 patients were randomised to tea or "
    "water. Results: 111 patients were analysed; pain was lower with tea. A systematic review was published "
    "before, and the protocol of this trial is on a registry."
)
PLAN = "Abstract\n\nBackground: Tea may help. Patients will be randomised to tea or water. "
PLAN += " ".join(f"Outcome {number} will be measured by a nurse." for number in range(20))


def extract(text):
    """Return an extract of this text."""
    return Extract(text=text, segments=(Segment(0, 1),), pages=1, media="text/plain", engine="test")


def paper(title, body=RESULTS, kind=""):
    """Return a paper: its type, its title, a byline and a body."""
    return extract("\n\n".join(filter(None, (kind, title, BYLINE, body))))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Tea for chronic pain: study protocol for a randomised controlled trial", "protocol"),
        ("Protocol for a randomised trial of tea in chronic pain", "protocol"),
        ("The TEA trial in chronic pain: rationale and design", "protocol"),
        ("Tea for chronic pain: statistical analysis plan of the TEA trial", "protocol"),
        ("Tea for chronic pain: a systematic review of randomised trials", "review"),
        ("Tea for chronic pain: a meta-analysis of 12 randomised trials", "review"),
        ("A scoping review of trials of tea in chronic pain", "review"),
        ("Correction to: Tea for chronic pain: a randomised trial", "erratum"),
        ("Erratum: Tea for chronic pain: a randomised trial", "erratum"),
        ("Retraction note: Tea for chronic pain: a randomised trial", "erratum"),
        ("Tea and chronic pain: a prospective cohort study", "cohort"),
        ("Tea and chronic pain: a case-control study in two towns", "cohort"),
        ("Response to: Tea for chronic pain in adults", "editorial"),
    ],
)
def test_a_title_says_what_the_paper_is(title, kind):
    """The title is the passage shown."""
    document = paper(title)
    found = screen(document)

    assert found is not None
    assert found.kind == kind
    assert title in document.text[found.start : found.end]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("STUDY PROTOCOL Open Access", "protocol"),
        ("METHODOLOGY Open Access", "methodology"),
        ("SYSTEMATIC REVIEW", "review"),
        ("Editorial", "editorial"),
        ("CORRECTION", "erratum"),
        ("CASE REPORT", "cohort"),
    ],
)
def test_the_type_that_the_journal_prints_decides(line, kind):
    """A type in a paragraph of its own refuses whatever the title is."""
    found = screen(paper("Tea for chronic pain in adults", kind=line))

    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "title",
    [
        "Tea for chronic pain: a randomised controlled trial",
        "Effect of a weaning protocol in intensive care: a randomised trial",
        "Tea for chronic pain: a randomised trial nested in a cohort study",
        "A prospective, randomised cohort study of two drugs for high pressure",
        "Protocolised care and pain in adults: results of a randomised trial",
        "Review of letters by nurses to lower pain: a cluster randomised trial",
        "Correction of anaemia with iron in chronic disease: a randomised trial",
    ],
)
@pytest.mark.parametrize("kind", ["", "RESEARCH ARTICLE Open Access", "ORIGINAL INVESTIGATION", "Article"])
def test_a_report_stays_in(title, kind):
    """Reports that mention a protocol, a review, a cohort or a correction are not refused."""
    assert screen(paper(title, kind=kind)) is None


def test_a_plan_is_a_protocol_by_its_tense():
    """What will be done, said more often than what was done, shows a protocol; the passage is a plan."""
    document = paper("Tea for chronic pain: a randomised trial", PLAN)
    found = screen(document)

    assert found is not None
    assert found.kind == "protocol"
    assert document.text[found.start : found.end].endswith("Patients will be randomised to tea or water.")


def test_a_report_with_some_plans_stays_in():
    """Plans that are outweighed by what was done do not refuse."""
    body = PLAN + " The groups were compared, pain was lower, and all of it was recorded." * 20

    assert screen(paper("Tea for chronic pain: a randomised trial", body)) is None


@pytest.mark.parametrize(
    ("opening", "kind"),
    [
        ("We searched PubMed and two registries for trials of tea.", "review"),
        ("We conducted a systematic review of tea for pain.", "review"),
        ("This paper describes the protocol of a trial.", "protocol"),
        ("We conducted a retrospective cohort study of tea drinkers.", "cohort"),
    ],
)
def test_the_opening_speaks_where_the_title_is_silent(opening, kind):
    """The sentence is shown; the same sentence in a report of a trial refuses nothing."""
    document = paper("Tea and chronic pain in adults", f"Abstract\n\nPain is common. {opening} Tea is cheap.")
    found = screen(document)

    assert found is not None
    assert found.kind == kind
    assert document.text[found.start : found.end] == opening
    assert screen(paper("Tea and chronic pain in adults", f"{RESULTS} {opening}")) is None


@given(st.text(max_size=300))
def test_any_text_is_screened(text):
    """No text fails, and a passage lies within it."""
    found = screen(extract(text))

    assert found is None or 0 <= found.start < found.end <= len(text)
