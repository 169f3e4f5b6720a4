"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("usual", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("usual")
# --hypothesis-profile=long: many more and longer lives of a store
settings.register_profile("long", deadline=None)


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return what puts lines under the tests' results, whichever process runs the test."""

    def show(*lines: str) -> None:
        request.node.user_properties += [("shown", line) for line in lines]

    return show


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write what tests have shown; with -q nothing but dots is wanted."""
    if terminalreporter.verbosity < 0:
        return

    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, line in report.user_properties if report.when == "call" else ():
            if name == "shown":
                terminalreporter.write_line(line)


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as robasync does."""
    return "asyncio"
