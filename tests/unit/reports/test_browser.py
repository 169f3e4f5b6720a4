"""report.html in a browser."""

from __future__ import annotations

import shutil

import pytest

from robasync.model import ItemState, Verification
from robasync.reports.write import write_all
from tests.unit.reports import samples

CHROMIUM = shutil.which("chromium")
HOSTILE = (
    "<img src='http://127.0.0.1:9/x' onerror='document.title=1'></script><script>document.title=2</script>"
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser():
    """Chromium, once for all tests of this file."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

    with api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def report(browser, tmp_path):
    """Open the page of three studies; fail the test on a console message or a request."""
    lost = samples.judged(
        "2",
        state=ItemState.UNVERIFIED,
        step1=None,
        level=None,
        evidence=(samples.evidence(HOSTILE, page=None, verification=Verification.NOT_FOUND),),
    )
    silent = samples.judged(
        "1",
        state=ItemState.NOT_REPORTED,
        step1=None,
        level=None,
        evidence=(),
        searched=("random", "sequence"),
    )
    outcomes = [
        samples.assessed("a.pdf", samples.judged("1"), lost),
        samples.assessed("b.pdf", silent),
        samples.failed(),
    ]
    write_all(
        tmp_path,
        samples.source(*outcomes),
        instrument=samples.INSTRUMENT,
        run=samples.run(3, session=HOSTILE),
    )
    page = browser.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url))
    page.goto((tmp_path / "report.html").as_uri())
    assert complaints.pop(0).startswith("file:")
    yield page
    page.close()
    assert complaints == []


def cell(page, study, item):
    """Return the cell of a study and an item."""
    return page.locator(f"tr[data-study*='{study}'] button[data-item='{item}']")


def test_a_click_opens_the_quote(report):
    """A click on a cell shows step 1, level, support, quote, page and verification; a second one closes."""
    cell(report, "a.pdf", 1).click()
    shown = report.locator("#detail").inner_text()

    for words in (
        "Random sequence generation",
        "Definitely yes",
        "Definitely low",
        samples.QUOTE,
        "Page 3",
        "word for word",
    ):
        assert words in shown

    cell(report, "a.pdf", 1).click()
    assert report.locator("#detail").is_hidden()


def test_hostile_text_is_only_text(report):
    """A quote made of markup is shown as it is and runs nothing."""
    cell(report, "a.pdf", 2).click()

    assert HOSTILE in report.locator("#detail").inner_text()
    assert "Not found in the document" in report.locator("#detail").inner_text()
    assert report.locator("#detail img").count() == 0
    assert report.title().startswith("Risk of bias")


def test_the_keyboard_does_what_the_mouse_does(report):
    """Enter opens, arrows move between cells, Escape closes and gives the focus back."""
    cell(report, "a.pdf", 1).focus()
    report.keyboard.press("ArrowDown")
    report.keyboard.press("Enter")
    assert "sequence" in report.locator("#detail .terms").inner_text()
    report.keyboard.press("Escape")

    assert report.locator("#detail").is_hidden()
    assert report.evaluate("document.activeElement.closest('tr').dataset.study").endswith("b.pdf")


def test_filters_show_what_matches(report):
    """Study, item and judgement narrow the table together; Clear shows all again."""
    visible = report.locator("tbody tr[data-study]:visible")
    report.select_option("#filter-mark", label="Not reported")
    assert (visible.count(), report.locator("#shown").inner_text()) == (1, "1 of 2 studies")
    report.select_option("#filter-item", "2")
    assert visible.count() == 0
    report.click("text=Clear")
    report.fill("#filter-study", "A.PDF")
    assert visible.count() == 1


def test_every_cell_has_a_name(report):
    """A cell says study, item and judgement to those who do not see its colour."""
    assert (
        cell(report, "a.pdf", 1)
        .get_attribute("aria-label")
        .endswith("Random sequence generation: Definitely low")
    )
    assert report.locator("td button:not([aria-label])").count() == 0
