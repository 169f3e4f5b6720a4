"""When a model is given up, when its server counts as down, and who tries it meanwhile."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import (
    BadKey,
    CallTimeout,
    ConnectionLost,
    ContextTooLong,
    GenerationFailed,
    ModelUnavailable,
    NoCredit,
    PromptFiltered,
    ProviderError,
    RateLimited,
    Rejected,
    ServerDown,
    ServerFault,
    UnknownModel,
    Unreachable,
)
from robasync.gate.breaker import ROW, Breaker
from tests.desk import Desk

SILENT = (Unreachable, ServerFault, ConnectionLost, CallTimeout)
REFUSED = (BadKey, NoCredit, UnknownModel)
# The server answered, and said so:
THERE = (RateLimited, GenerationFailed, ContextTooLong, PromptFiltered, Rejected)


class Watched(Breaker):
    """A breaker that keeps what it said and why it ended the run; its clock is set by hand."""

    def __init__(self, *, patience: float = 600.0) -> None:
        self.ends: list[Exception] = []
        self.said: list[str] = []
        self.now = 0.0
        super().__init__(
            patience_seconds=patience,
            end=self.ends.append,
            say=self.said.append,
            clock=lambda: self.now,
        )

    async def rest(self, seconds: float) -> None:
        self.now += seconds
        await anyio.lowlevel.checkpoint()


def fail(breaker: Breaker, kind: type[ProviderError], *documents: str) -> None:
    for document in documents:
        breaker.failed(kind("m1 at http://host/v1: no"), document)


EVENTS = st.sampled_from(["answer", *SILENT, *REFUSED, *THERE])


@given(st.lists(EVENTS, max_size=30))
def test_it_is_down_after_a_row_of_silence_and_only_then(events):
    """Down exactly while the newest failures, three at least and of several documents, were silence."""
    breaker, row = Watched(), 0

    for number, event in enumerate(events):
        if event == "answer":
            breaker.answered()
        else:
            fail(breaker, event, f"{number}.txt")

        row = row + 1 if event in SILENT else 0
        assert breaker.is_down == (row >= ROW)


@given(st.lists(EVENTS, max_size=30))
def test_refusals_end_the_run_once(events):
    """Three refusals without an answer between them, whatever else failed between them, are enough."""
    breaker, row, is_over = Watched(), 0, False

    for event in events:
        if event == "answer":
            breaker.answered()
        else:
            fail(breaker, event, "a.txt")

        row = 0 if event == "answer" else row + (event in REFUSED)
        is_over = is_over or row == ROW

        assert len(breaker.ends) == is_over

    assert all(isinstance(reason, ModelUnavailable) for reason in breaker.ends)


@pytest.mark.parametrize("kind", [ServerFault, ConnectionLost, CallTimeout])
def test_one_document_does_not_make_a_server_down(kind):
    """A document that a server chokes on again and again fails alone."""
    breaker = Watched()
    fail(breaker, kind, *["poison.txt"] * 9)

    assert not breaker.is_down


def test_nobody_reaches_a_server_that_refuses_connections():
    """That is no document's fault, even where only one was tried."""
    breaker = Watched()
    fail(breaker, Unreachable, *["a.txt"] * ROW)

    assert breaker.is_down
    assert breaker.said == [
        "m1 at http://host/v1: no. No new call is made but one now and then, for 10 minutes."
    ]


async def test_one_tries_while_the_others_wait():
    """Never two inside while the server is down; when it is back all go on."""
    breaker, inside, most, back = Watched(), 0, 0, []
    fail(breaker, Unreachable, "a", "b", "c")

    async def call(number: int) -> None:
        nonlocal inside, most

        while True:
            async with breaker.trial():
                inside += 1
                was_down = breaker.is_down
                most = max(most, inside if was_down else 0)
                await anyio.lowlevel.checkpoint()
                inside -= 1

                if was_down and breaker.now < 100:
                    fail(breaker, Unreachable, str(number))
                    continue

                breaker.answered()
                back.append(number)
                return

    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(call, number)

    assert most == 1
    assert sorted(back) == list(range(5))
    assert breaker.said[-1] == "The server answers again; the run goes on."


async def test_patience_ends_for_everybody():
    """After it the waiting documents fail as worth another try, and the run ends once."""
    breaker, lost = Watched(patience=50), []
    fail(breaker, Unreachable, "a", "b", "c")

    async def call(number: int) -> None:
        while True:
            try:
                async with breaker.trial():
                    fail(breaker, Unreachable, str(number))
            except ServerDown as error:
                lost.append(error)
                return

    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(call, number)

    assert len(lost) == 4
    assert all(error.may_pass for error in lost)
    assert breaker.now == 50, "the last try is made at the end of patience"
    assert isinstance(breaker.ends[0], ModelUnavailable)
    assert "http://host/v1" in str(breaker.ends[0])


async def test_the_gate_does_not_spend_retries_on_a_server_that_is_down():
    """A call that met the outage succeeds after it, however few attempts its policy has."""
    breaker = Watched()
    desk = Desk([*[Unreachable("m1: down")] * 20, b"yes"], breaker=breaker)

    assert await desk.ask() == "yes"
    assert desk.kinds.count("intent") == 21


async def test_a_closing_gate_waits_for_no_server():
    """What waits for a server is left as soon as the run ends."""
    breaker = Breaker()
    fail(breaker, Unreachable, "a", "b", "c")

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(breaker.rest, 3600)
            await anyio.lowlevel.checkpoint()
            breaker.close()
