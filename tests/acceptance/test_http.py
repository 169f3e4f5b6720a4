"""``--http``: a real run looked at by programs and in a real browser, and what is refused before it costs."""

from __future__ import annotations

import json
import shutil
import socket
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from tests import reports
from tests.acceptance.harness import LIMIT, Command, journal, outcomes, robasync, serving, settings

CHROMIUM = shutil.which("chromium")
RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out", "--batch-size", 5)
HOSTILE = "<img src=x onerror=document.title=1>.txt"
TOKEN = "a-token-of-some-length"


class Page:
    """A served run, as a program sees it."""

    def __init__(self, command, token=""):
        command.until("Live page: ")
        self.url = next(line for line in command._said if "Live page: " in line).split()[-1]
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path):
        return self._open(path).read().decode()

    def post(self, path, **body):
        return json.load(self._open(path, json.dumps(body).encode()))

    def events(self):
        """Yield the name and the body of each event until the run ends."""
        with self._open("events") as lines:
            for line in lines:
                if line.startswith(b"event: "):
                    yield line[7:].decode().strip(), json.loads(next(lines).removeprefix(b"data: "))

    def _open(self, path, data=None):
        request = urllib.request.Request(f"{self.url}{path}", data, self._headers)

        return urllib.request.urlopen(request, timeout=LIMIT)


def start(folder, server, *options, count=20, **environment):
    """Start a served run over so many reports and one without text."""
    reports.write(folder / "in", count)
    (folder / "in" / HOSTILE).write_text("too short")
    settings(folder, server.url)

    return Command(*RUN, "-w", 2, "--http", "127.0.0.1:0", *options, cwd=folder, **environment)


@pytest.fixture
def browser():
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")

    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

    with api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_programs_see_and_steer_a_run(tmp_path):
    """Status, metrics, probes and events agree; a paused run begins nothing, and goes on to the same end."""
    with serving("--latency", 0.2) as server:
        command = start(tmp_path, server)
        page = Page(command)
        assert page.post("pause")["state"] == "paused"
        seen = page.events()
        begin = next(seen)[1]
        still = begin if begin["status"]["in_work"] == 0 else _until_still(seen)
        finished = still["status"]["progress"]["done"] + still["status"]["progress"]["failed"]
        assert finished < 21
        assert json.loads(page.get("status"))["state"] == "paused"
        assert page.get("healthz").startswith("alive")

        with pytest.raises(urllib.error.HTTPError, match="503"):
            page.get("readyz")

        samples = {
            (sample.name, sample.labels.get("state")): sample.value
            for family in parsed(page.get("metrics"))
            for sample in family.samples
        }
        assert samples["robasync_documents", "left"] == 21 - finished
        assert page.post("workers", workers=5)["workers"] == 0  # while it is paused
        assert page.post("continue")["workers"] == 5
        page.post("checkpoint")
        command.until("Checkpoint created")
        told = list(seen)
        ended = command.end()

    assert ended.code == 3, ended.err  # one has no text
    name, last = told[-1]
    assert (name, last["status"]["progress"]["done"]) == ("end", 20)
    rows = begin["rows"] + [body for name, body in told if name == "outcome"]
    found = outcomes(tmp_path / "out")
    assert {row["document"] for row in rows} <= set(found)

    for row in rows:
        judged = (found[row["document"]]["assessment"] or {}).get("judgements", ())
        assert row["cells"] == {one["item"]: one["level"] or one["state"] for one in judged}


def _until_still(events):
    """Return the first status in which no document is in work."""
    return next(body for name, body in events if name == "status" and body["status"]["in_work"] == 0)


def test_what_was_asked_over_http_is_journalled(tmp_path):
    """Who only has the files sees a pause; a session that was killed in one goes on without it."""
    with serving("--latency", 0) as server:
        server.change(first={"hold": 2})
        command = start(tmp_path, server, count=6)
        server.wait(2)
        page = Page(command)
        page.post("pause")
        page.post("pause")
        page.post("workers", workers=5)  # it holds when the pause is over
        paused = robasync("monitor", "--json", cwd=tmp_path).facts
        page.post("continue")
        going = robasync("monitor", "--json", cwd=tmp_path).facts
        page.post("pause")
        seen = [body["new"] for body in changed(tmp_path, 3)]
        command.kill()
        command.end()
        server.change(faults={}, first={})
        resumed = robasync("resume", "-c", "settings.json", cwd=tmp_path)

    assert (paused["state"], paused["workers"]) == ("paused", 0)
    assert (going["state"], going["workers"]) == ("working", 5)
    assert seen == [0, 5, 0]
    assert resumed.code == 3, resumed.err  # one has no text
    assert robasync("fsck", cwd=tmp_path).code == 0


def changed(folder, count):
    """Return so many changes of how many may be in work, once they are in the journal."""
    found = []

    while len(found) < count:
        found = [line["body"] for line in journal(folder) if line["kind"] == "setting_changed"]

    return found


def test_the_live_page_fills_up(tmp_path, browser):
    """The table, the sums and the numbers are those of /status; a hostile name is shown and not run."""
    with serving("--latency", 0.1) as server:
        looked = browser.new_page()
        complaints = []
        looked.on("console", lambda message: complaints.append(message.text))
        looked.on("pageerror", lambda error: complaints.append(str(error)))
        looked.on("request", lambda request: complaints.append(request.url))
        command = start(tmp_path, server)
        page = Page(command)
        looked.goto(page.url)
        looked.get_by_text("Pause", exact=True).click()
        looked.locator("#state[data-state=paused]").wait_for()
        looked.get_by_text("0 of 0", exact=True).wait_for()
        now = json.loads(page.get("status"))
        shown = looked.locator("#parts").inner_text()
        assert shown.startswith(f"{now['assessed']} assessed · {now['refused']} refused")
        assert looked.locator("#finished").inner_text() == str(now["assessed"] + now["progress"]["failed"])
        looked.get_by_text("Continue", exact=True).click()
        looked.locator("#state[data-state=ended]").wait_for()
        rows = looked.locator("#rows tr")
        assert command.end().code == 3
        assert rows.count() == 21
        assert looked.locator("#rows td .mark").count() == 20 * 14
        assert looked.locator("#sums .bar").count() == 14
        assert looked.locator("#finished").inner_text() == "21"
        assert looked.get_by_role("rowheader", name=HOSTILE).count() == 1
        assert looked.locator("#main img").count() == 0
        assert looked.title() == "100 % · robasync"
        looked.close()

    assert [one for one in complaints if not one.startswith(page.url)] == []


def test_a_page_with_a_token_opens_with_it(tmp_path, browser):
    """The page asks for the token, keeps it for its tab and takes it out of the address."""
    with serving("--latency", 0.1) as server:
        command = start(tmp_path, server, ROBASYNC_SERVICE__HTTP_TOKEN=TOKEN)
        page = Page(command, TOKEN)
        page.post("pause")
        looked = browser.new_page()
        looked.goto(page.url)
        looked.locator("#token").fill("wrong")
        looked.get_by_text("Open", exact=True).click()
        looked.get_by_text("That is not the token.").wait_for()
        looked.goto(f"{page.url}?token={TOKEN}")
        looked.locator("#state[data-state=paused]").wait_for()
        assert looked.url == page.url
        looked.get_by_text("Continue", exact=True).click()
        looked.locator("#state[data-state=ended]").wait_for()
        looked.close()
        ended = command.end()

    assert ended.code == 3
    assert TOKEN not in ended.err + ended.out
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN in path.read_text("latin-1")]


def test_nothing_is_paid_before_the_port_is_had(tmp_path):
    """A port that is taken, and an address that others reach without a token, end with 2 at no cost."""
    reports.write(tmp_path / "in", 2)

    with serving() as server, socket.create_server(("127.0.0.1", 0)) as other:
        settings(tmp_path, server.url)
        taken = robasync(*RUN, "--http", f"127.0.0.1:{other.getsockname()[1]}", cwd=tmp_path)
        exposed = robasync(*RUN, "--http", "0.0.0.0:0", cwd=tmp_path)
        wrong = robasync(*RUN, "--http", "8800", cwd=tmp_path)
        assert server.counts["requests"] == 0

        assert (taken.code, exposed.code, wrong.code) == (2, 2, 2)
        assert "the port is taken" in taken.err
        assert "service.http_token" in exposed.err
        assert "127.0.0.1:8800" in wrong.err
        assert robasync(*RUN, cwd=tmp_path).code == 0  # no session is left behind that would be in the way
