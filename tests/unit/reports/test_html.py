"""report.html as text."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robasync.instruments import Thresholds
from robasync.model import AssessorKind
from robasync.reports import html, page, rows
from robasync.reports.survey import survey
from tests.unit.reports import samples

HOSTILE = [
    "</script><script>x()</script>",
    "<!--",
    "<img src=x onerror=x()>",
    '" onclick="x()',
    "{{ 7*7 }}",
    "]]>",
    "<!--<script>",
]
TEXT = (
    st.text(max_size=30)
    | st.sampled_from(HOSTILE)
    | st.lists(st.sampled_from([*HOSTILE, "a"]), max_size=3).map("".join)
)


class Seen(HTMLParser):
    """Collects elements, and what the data scripts hold, as a browser would see them."""

    def __init__(self):
        super().__init__()
        self.tags = []
        self.data = []
        self._is_data = False

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self._is_data = tag == "script" and ("type", "application/json") in attrs

        if self._is_data:
            self.data.append("")

    def handle_endtag(self, tag):
        self._is_data = self._is_data and tag != "script"

    def handle_data(self, data):
        if self._is_data:
            self.data[-1] += data


def render(*outcomes, **changes):
    """Return the page of these outcomes."""
    source = samples.source(*outcomes)
    found = survey(source())
    head = html.Page(instrument=samples.INSTRUMENT, run=samples.run(len(outcomes), **changes), survey=found)
    file = io.StringIO()
    html.write(file, head, studies=lambda: rows.labelled(source(), found.labels))

    return file.getvalue()


def seen(text):
    """Return what a browser sees of the page."""
    parser = Seen()
    parser.feed(text)

    return parser


def poisoned(text):
    """Return outcomes that hold the text wherever a text can stand."""
    judgement = samples.judged(
        support=text, rule=text, notes=(text,), searched=(text,), evidence=(samples.evidence(text),)
    )

    return [
        samples.assessed(f"n{text}", judgement, study=f"s{text}"),
        samples.refused(f"r{text}", study=f"t{text}", message=text, quote=f"q{text}"),
        samples.failed(f"f{text}", message=text),
    ]


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_no_text_adds_an_element_or_an_attribute(text):
    """Whatever names, quotes and messages hold, the page has the elements of a harmless page."""
    assert seen(render(*poisoned(text), outcome=text or "x")).tags == seen(render(*poisoned("x"))).tags


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_a_quote_arrives_word_for_word(text):
    """What the panel shows of a quote is the quote."""
    (details,) = map(json.loads, seen(render(*poisoned(text))).data)

    assert details["items"]["1"]["quotes"][0]["text"] == text


def test_nothing_is_fetched():
    """The page names no address and its policy allows one style sheet and one script, by hash."""
    text = render(samples.assessed(), samples.failed())

    assert not re.findall(r"https?://|url\(|@import|\ssrc=", text)
    assert "default-src 'none'" in unescape(text)
    assert "unsafe-inline" not in text
    assert ' style="' not in text


def test_the_head_tells_proposals_from_items_that_need_a_person():
    """A reviewer reads first how many proposals wait, and never an overall judgement."""
    text = render(samples.assessed("a.pdf", samples.judged("1"), samples.judged("2")))

    assert "<strong>2</strong> proposed judgements need your review" in text
    assert "example thresholds, not pre-specified" in text
    assert "price unknown" in text


@pytest.mark.parametrize(("kind", "shown"), [(AssessorKind.BASELINE, True), (AssessorKind.MODEL, False)])
def test_the_baseline_has_a_banner(kind, shown):
    """Answers of the baseline are never shown without its name; a model's never with it."""
    assert ("Pattern-matching baseline" in render(samples.assessed(kind=kind), assessor_kind=kind)) is shown


def test_thresholds_of_the_team_are_no_warning():
    """Once set, thresholds are named as the team's own."""
    assert "pre-specified by the team" in render(samples.assessed(), thresholds=Thresholds(prespecified=True))


def test_the_legend_shows_all_levels():
    """Every level and state stands in the legend, present or not."""
    legend = render(samples.assessed()).split('class="legend"')[1].split("</ul>")[0]

    for words in (
        "Definitely low",
        "Probably low",
        "Probably high",
        "Definitely high",
        "Not reported",
        "Not verified",
    ):
        assert words in legend


def test_a_long_list_is_shown_in_part_and_says_so(monkeypatch):
    """Beyond the limit the page names the table that has the rest."""
    monkeypatch.setattr(page, "STUDIES_PER_PAGE", 2)
    text = render(
        *(samples.assessed(f"{n}.pdf") for n in range(3)), *(samples.failed(f"x{n}.pdf") for n in range(3))
    )

    assert "first 2 of 3 assessed studies" in text
    assert len(seen(text).data) == 2
    assert "all of them are in not_assessed.csv" in text


def test_a_run_without_assessments_still_has_a_page():
    """Where nothing was assessed the page lists the reasons."""
    text = render(samples.failed())

    assert "No study was assessed." in text
    assert "12 pages are images" in text
