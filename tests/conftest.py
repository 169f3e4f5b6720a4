"""Fixtures that every test may use."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("long")  # --hypothesis-profile=long: many more and longer lives of a store


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as robasync does."""
    return "asyncio"
