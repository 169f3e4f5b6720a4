"""The real inputs beside the repository: found, or skipped with a reason, or demanded.

``ROBASYNC_REQUIRE=corpus`` in the environment turns the skip into a failure.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def folder(name: str) -> Path:
    """Return a folder of the corpus, such as "trials/pdf"; skips or fails where it is missing."""
    path = CORPUS / name
    if path.is_dir():
        return path

    message = f"the corpus folder ../shared/corpus/{name} is not there"
    if "corpus" in os.environ.get("ROBASYNC_REQUIRE", "").split(","):
        pytest.fail(f"{message}, and ROBASYNC_REQUIRE asks for it")

    pytest.skip(message)
