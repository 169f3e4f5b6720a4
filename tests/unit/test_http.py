"""A served run: what it answers, what it tells those who watch, and who is dropped."""

from __future__ import annotations

import json
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import aiohttp
import anyio
import anyio.to_thread
import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from robasync.books import LoggedError
from robasync.records import Entry, Kind, Position, Record
from robasync.reports import page, survey
from robasync.service.http import crowd
from robasync.service.http.access import Access
from robasync.service.http.address import Address, Door
from robasync.service.http.server import HEADERS, serving
from robasync.service.newest import ROWS, Board, Column, Newest, Sign
from robasync.service.progress import measure
from robasync.service.status import Model, Money, State, Status, Used
from robasync.trouble import Trouble
from tests.unit.reports import samples

HERE = Address("127.0.0.1", 0)
HOSTILE = '<img src=x onerror="document.title=1">\n\ndata: {}'

STATUS = Status(
    session="rob_session_1",
    name="rob_session_1",
    state=State.WORKING,
    time="2026-11-24T10:00:00.000000",
    started="2026-11-24T09:00:00.000000",
    progress=measure(total=10, done=4, failed=1, at_start=0, elapsed=60, cost=0.5, currency="EUR"),
    assessed=3,
    refused=1,
    money=Money(spent=0.5, reserved=0.25, cap=2.0, currency="EUR"),
    batch=1,
    batches=2,
    uncertain=0,
    errors=(LoggedError("x.pdf", HOSTILE, "2026-11-24T09:30:00.000000"),),
    errors_total=1,
    records=40,
    in_work=2,
    workers=4,
    calls_in_flight=1,
    models=(Model(name='m "1"', address="a:1", in_flight=1, requests_per_minute=120.0),) * 2,
    used=(
        Used(model="m", replies=4, input_tokens=9, output_tokens=5, cached_tokens=2, cost=0.5, unpriced=0),
    ),
)


class Asked:
    """A run that stands still, and keeps what it was asked for."""

    def __init__(self):
        self.now = STATUS
        self.looks = 0
        self.asked = []

    def status(self):
        self.looks += 1

        return self.now

    def checkpoint(self):
        self.asked.append("checkpoint")

    def pause(self):
        self.asked.append("pause")
        self.now = replace(self.now, state=State.PAUSED)

    def go_on(self):
        self.asked.append("go on")

    def set_workers(self, workers):
        self.asked.append(workers)


def board():
    """Return the table of the samples' instrument, as the app makes it."""
    return Board(
        title=samples.INSTRUMENT.title,
        assessor="local",
        columns=[Column(item.id, item.name, item.core) for item in samples.INSTRUMENT.items],
        signs=[
            Sign(mark.key, mark.style, mark.symbol, mark.words)
            for mark in page.marks(samples.INSTRUMENT).values()
        ],
        cell=survey.cell,
    )


def entry(outcome, kind=Kind.OUTCOME):
    return Entry(1, 1, "2026-11-24T10:00:00.000000", Record(kind, outcome), Position(1, 0, 1))


@asynccontextmanager
async def served(run, newest, *, token=""):
    """Serve ``run``, with its clock; gives a client."""
    with Door(HERE) as door:
        async with (
            aiohttp.ClientSession(door.url) as client,
            serving(door, Access(HERE, token), run, newest=newest) as beside,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(beside)
            yield client
            tasks.cancel_scope.cancel()


async def events(answer, count):
    """Return the next events of a stream as names and bodies."""
    found = []

    while len(found) < count:
        line = await answer.content.readline()

        if line.startswith(b"event: "):
            name = line[7:].decode().strip()
            found.append((name, json.loads((await answer.content.readline()).removeprefix(b"data: "))))

    return found


@pytest.fixture
def run():
    return Asked()


@pytest.fixture
def newest():
    return Newest(board())


@pytest.mark.parametrize("path", ["/", "/page.css", "/page.js", "/icon.svg", "/status", "/metrics", "/none"])
async def test_every_answer_is_hardened(run, newest, path):
    """No answer, an error included, may be framed, sniffed, kept or read by another origin."""
    async with served(run, newest) as client, client.get(path) as answer:
        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
        assert "Access-Control-Allow-Origin" not in answer.headers

    assert "unsafe" not in HEADERS["Content-Security-Policy"]


async def test_the_page_holds_no_script_or_style(run, newest):
    """What the security policy forbids is not there: script, style and handlers inside of the markup."""
    async with served(run, newest) as client, client.get("/") as answer:
        text = await answer.text()

    assert "<style" not in text
    assert "style=" not in text
    assert "onclick" not in text
    assert text.count("<script") == text.count('<script src="/page.js"') == 1


async def test_another_name_or_origin_is_refused(run, newest):
    """The guard stands before every address, also one that is not there."""
    async with served(run, newest) as client:
        for path in ("/", "/status", "/events", "/none"):
            async with client.get(path, headers={"Host": "evil.example"}) as answer:
                assert answer.status == 403

        async with client.post("/pause", headers={"Origin": "http://evil.example"}) as answer:
            assert answer.status == 403

    assert run.asked == []


async def test_a_token_is_asked_for(run, newest):
    """Without the token nothing is told, with it all."""
    token = "a-token-of-some-length"

    async with served(run, newest, token=token) as client:
        async with client.get("/status") as answer:
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")

        async with client.get("/status", headers={"Authorization": f"Bearer {token}"}) as answer:
            assert (await answer.json())["session"] == "rob_session_1"

        async with client.get("/events", params={"token": token}) as answer:
            assert (await events(answer, 1))[0][0] == "begin"


async def test_controls_reach_the_run(run, newest):
    """Each control does one thing and tells the state after it; what is no number is refused."""
    async with served(run, newest) as client:
        for path, body in (
            ("/checkpoint", ""),
            ("/pause", ""),
            ("/continue", ""),
            ("/workers", '{"workers": 3}'),
        ):
            async with client.post(path, data=body) as answer:
                assert answer.ok
                told = await answer.json()

            assert path != "/pause" or told["state"] == "paused"

        for body in (
            "",
            "[]",
            "{",
            '{"workers": 0}',
            '{"workers": true}',
            '{"workers": "3"}',
            '{"workers": 1e9}',
        ):
            async with client.post("/workers", data=body) as answer:
                assert answer.status == 400

        async with client.post("/workers", data=b" " * 2_000) as answer:
            assert answer.status == 413

        async with client.get("/pause") as answer:
            assert answer.status == 405

    assert run.asked == ["checkpoint", "pause", "go on", 3]


@pytest.mark.parametrize(
    ("state", "trouble", "codes"),
    [
        (State.WORKING, False, (200, 200)),
        (State.PAUSED, False, (200, 503)),
        (State.DRAINING, False, (200, 503)),
        (State.WAITING, False, (200, 200)),
        (State.WAITING, True, (503, 503)),
    ],
)
async def test_probes(run, newest, tmp_path, state, trouble, codes):
    """Alive while the journal takes records; ready while further documents begin. No path is told."""
    problem = Trouble(folder=tmp_path, problem="No space left on device", held=1) if trouble else None
    run.now = replace(STATUS, state=state, progress=replace(STATUS.progress, trouble=problem))

    async with (
        served(run, newest) as client,
        client.get("/healthz") as health,
        client.get("/readyz") as ready,
    ):
        assert (health.status, ready.status) == codes
        assert str(tmp_path) not in await health.text()


async def test_metrics_are_the_status(run, newest):
    """Prometheus' own parser finds the numbers of the status; lanes that look alike stay apart."""
    newest.observe(entry(samples.assessed()))

    async with served(run, newest) as client, client.get("/metrics") as answer:
        assert answer.content_type == "text/plain"
        found = {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in parsed(await answer.text())
            for sample in family.samples
        }

    assert found["robasync_documents", "assessed"] == 3
    assert found["robasync_documents", "left"] == 5
    assert found["robasync_outcomes_total", "assessed"] == 1
    assert found["robasync_cost_total", "EUR", "m"] == 0.5
    assert found["robasync_cost_cap", "EUR"] == 2
    assert found["robasync_tokens_total", "input", "m"] == 9
    assert found["robasync_lane_requests_per_second", "1", "a:1", 'm "1"'] == 2
    assert found["robasync_lane_requests_per_second", "2", "a:1", 'm "1"'] == 2
    assert found["robasync_journal_writable",] == 1
    assert found["process_open_fds",] > 0


async def test_many_views_are_one_look(run, newest):
    """The status is computed for all who ask at the same time, not for each."""
    async with served(run, newest) as client:
        for _ in range(20):
            async with client.get("/status") as answer:
                await answer.read()

    assert run.looks < 10


async def test_events_tell_each_outcome(run, newest):
    """The stream begins with what there is and goes on with each outcome, hostile text in one line."""
    newest.observe(entry(samples.assessed("a.pdf")))

    async with served(run, newest) as client, client.get("/events") as answer:
        ((_, begin),) = await events(answer, 1)
        newest.observe(entry(samples.failed()))
        newest.observe(entry(samples.assessed(HOSTILE)))
        rows = [body for name, body in await events(answer, 3) if name == "outcome"]

    assert [row["document"] for row in begin["rows"]] == ["a.pdf"]
    assert begin["totals"]["1"] == {"definitely_low": 1}
    assert [row["status"] for row in rows] == ["failed", "assessed"]
    assert rows[1]["document"] == HOSTILE


async def test_the_end_is_told(run, newest):
    """Who watches when the run ends hears so, with the last numbers, and the stream closes as it should."""
    with Door(HERE) as door:
        async with aiohttp.ClientSession(door.url) as client:
            async with serving(door, Access(HERE), run, newest=newest):
                answer = await client.get("/events")
                await events(answer, 1)
                run.now = replace(STATUS, assessed=9)

            ((name, body),) = await events(answer, 1)
            assert (name, body["status"]["assessed"]) == ("end", 9)
            assert (await answer.read()).strip() == b""


async def test_a_slow_reader_is_dropped_not_waited_for(run, newest):
    """Who does not read is cut off with a bounded queue; who reads meanwhile gets every event in order."""
    wide = samples.assessed("d" * 300, study="s" * 300)

    async with served(run, newest) as client:
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            await anyio.to_thread.run_sync(slow.connect, (client._base_url.host, client._base_url.port))
            slow.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await anyio.to_thread.run_sync(slow.recv, 12)).startswith(b"HTTP/1.1 200")
            answer = await client.get("/events")
            await events(answer, 1)
            numbers = []

            for _ in range(100):
                for _ in range(100):
                    newest.observe(entry(wide))

                while len(numbers) < newest.outcomes.total():
                    numbers += [body["number"] for name, body in await events(answer, 1) if name == "outcome"]

            assert numbers == list(range(1, 10_001))
            assert b'"number":10000,' not in await anyio.to_thread.run_sync(_all, slow)


async def test_what_is_no_request_fills_no_log(run, newest, caplog, capfd):
    """Anybody can send it: an answer with 400, a line for --verbose, and nothing on stderr."""
    with caplog.at_level("INFO"):
        async with served(run, newest) as client:
            place = client._base_url.host, client._base_url.port

            for sent in (
                b"\x00\xff\r\n\r\n",
                b"GET /status HTTP/1.1\r\n\r\n",
                b"GET / HTTP/1.1\r\nX: " + b"a" * 9_000,
            ):
                with await anyio.to_thread.run_sync(socket.create_connection, place) as one:
                    one.sendall(sent)
                    assert b" 400 " in await anyio.to_thread.run_sync(one.recv, 100)

    assert caplog.messages == []
    assert capfd.readouterr().err == ""


async def test_who_only_connects_takes_nothing_away(run, newest):
    """Connections are bounded, the oldest go first: a probe is answered whoever else hangs on."""
    async with served(run, newest) as client:
        place = client._base_url.host, client._base_url.port
        others = []

        for _ in range(2 * crowd.MOST):
            others.append(await anyio.to_thread.run_sync(socket.create_connection, place))
            others[-1].sendall(b"GET /status HT")

        async with client.get("/healthz") as answer:
            assert answer.status == 200

        assert await anyio.to_thread.run_sync(_all, others[0]) == b""
        others[-1].sendall(b"TP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert (await anyio.to_thread.run_sync(_all, others[-1])).startswith(b"HTTP/1.1 200")

        for one in others:
            one.close()


def _all(slow):
    """Read what was sent until the connection ends; a reader who was not dropped would wait for more."""
    slow.settimeout(20)
    found = b""

    with suppress(ConnectionResetError):
        while part := slow.recv(1 << 20):
            found += part

    return found


def test_the_newest_take_the_same_room(newest):
    """Rows are bounded, sums are over all; anything but an outcome is passed over."""
    for number in range(3 * ROWS):
        newest.observe(entry(samples.assessed(f"{number}.pdf", samples.judged("1"))))

    newest.observe(entry({}, Kind.SIGNAL))

    assert [row.document for row in newest.rows] == [f"{number}.pdf" for number in range(2 * ROWS, 3 * ROWS)]
    assert newest.totals["1"].total() == 3 * ROWS
