"""A short round of what ``scripts/fuzz`` does for minutes: the same files each time."""

from __future__ import annotations

from tests import fuzzing

FILES = 500


async def test_changed_documents_end_as_text_or_a_named_failure():
    """Whatever is done to a document, it costs only itself, and says so by name."""
    result = await fuzzing.fuzz(seed=7, seconds=120, most=FILES)
    assert result.finds == []
    assert result.ends.total() == FILES
    assert any(end.endswith("extract") for end in result.ends)
