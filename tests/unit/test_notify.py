"""The supervisor's protocol, over a real datagram socket (sd_notify(3))."""

from __future__ import annotations

import anyio
import pytest

from robasync.service.notify import Supervisor
from tests.supervisors import Listener


@pytest.fixture
def listener(tmp_path):
    found = Listener(str(tmp_path / "notify"))
    yield found
    found.close()


def test_nobody_is_told_where_nobody_listens(tmp_path):
    """Without a socket, or with one that is gone, everything goes on."""
    for address in ("", str(tmp_path / "gone"), "@robasync-test-nobody"):
        supervisor = Supervisor(address, watchdog_usec="1000000")
        supervisor.ready()
        supervisor.show("1 of 2 done")
        supervisor.stopping()


def test_an_abstract_address_is_reached():
    """A name that begins with @ stands in the abstract namespace."""
    listener = Listener("\0robasync-test-abstract")
    Supervisor("@robasync-test-abstract").ready()
    said = listener.hear()
    listener.close()

    assert said == ["READY=1"]


def test_a_status_is_one_line_and_said_once(listener, tmp_path):
    """A line break in it would be another field."""
    supervisor = Supervisor(str(tmp_path / "notify"))

    for words in ("1 of 2\nREADY=1 done", "1 of 2\nREADY=1 done", "2 of 2 done"):
        supervisor.show(words)

    assert listener.heard() == [["STATUS=1 of 2 READY=1 done"], ["STATUS=2 of 2 done"]]


def test_a_reload_is_begun_with_the_time_and_ended_with_ready(listener, tmp_path):
    """Type=notify-reload wants both."""
    supervisor = Supervisor(str(tmp_path / "notify"))
    supervisor.reloading()
    supervisor.ready()
    (first, time), ready = listener.heard()

    assert (first, ready) == ("RELOADING=1", ["READY=1"])
    assert int(time.removeprefix("MONOTONIC_USEC=")) > 0


@pytest.mark.parametrize("watchdog", ["30000", ""])
async def test_signs_of_life_come_from_the_event_loop(listener, tmp_path, watchdog):
    """Ready comes first; while it stops, each sign asks for more time; after it none is given."""
    supervisor = Supervisor(str(tmp_path / "notify"), watchdog_usec=watchdog)

    with supervisor.watching():
        assert listener.hear() == ["READY=1"]
        assert listener.hear() == ["WATCHDOG=1"]
        supervisor.stopping()
        assert listener.hear()[0] == "STOPPING=1"

        if watchdog:
            said = await anyio.to_thread.run_sync(listener.hear)

            while len(said) == 1:
                said = await anyio.to_thread.run_sync(listener.hear)

            assert said == ["WATCHDOG=1", "EXTEND_TIMEOUT_USEC=30000000"]

    listener.heard()
    await anyio.sleep(0)
    assert listener.heard() == []
