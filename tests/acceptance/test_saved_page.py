"""A journal's page as a browser saves it: put together by its scripts, then read."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from robasync.extract import html
from tests.poison import EXAMPLES

SECONDS = 120.0
PAGE = """<!DOCTYPE html><html><head><title>A journal</title>
<style>.late {{display: none}}</style></head><body>
<header><nav><a href="#">Browse all issues</a></nav></header><main><article id="here"></article></main>
<div class="late">Accept every cookie.</div><footer>Terms of use</footer>
<script>
const [title, ...paragraphs] = {content};
const put = (tag, text, to) => {{
  const made = document.createElement(tag);
  made.textContent = text;
  return to.appendChild(made);
}};
const here = document.getElementById("here");
put("h1", title, here);
for (const text of paragraphs) put(text.length < 40 ? "h2" : "p", text, put("section", "", here));
for (const paragraph of here.querySelectorAll("p")) put("span", "", paragraph).className = "late";
</script></body></html>"""


def test_a_page_saved_by_a_browser_is_whole(tmp_path):
    """Every paragraph that the page's script put there is read, nothing of what stands around the article."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium (Debian package chromium) is not installed")

    report = (EXAMPLES / "pettigrove-2011.txt").read_text(encoding="utf-8")
    twice = f"{report}\n\n{report}".split("\n\n")  # as long as a full report
    paragraphs = [" ".join(part.split()) for part in twice if part.strip()]
    source = tmp_path / "page.html"
    source.write_text(PAGE.format(content=json.dumps(paragraphs)), encoding="utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}")
    saved = subprocess.run(
        [browser, *options, "--dump-dom", source.as_uri()], capture_output=True, timeout=SECONDS, check=True
    ).stdout

    extract = html.read(saved, "page.html")
    text = " ".join(extract.text.split())
    assert [part for part in paragraphs if part not in text] == []
    assert not any(words in text for words in ("Browse all", "cookie", "Terms of"))
