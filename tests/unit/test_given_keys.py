"""Keys on the command line: whose they are, and what is said about them."""

from __future__ import annotations

import pytest

from robasync.errors import UsageError
from robasync.settings import Settings, given_keys, load, sizes

KEY = "sk-secret=="


def models(*names: str) -> Settings:
    entries = [{"name": name, "base_url": "http://127.0.0.1:1/v1"} for name in names]

    return load(base={"llm_models": entries}, environment=False)


@pytest.mark.parametrize(
    ("names", "given", "expected"),
    [
        (("a",), [KEY], {"llm_models.0.api_key": KEY}),
        (("a",), [f"a={KEY}"], {"llm_models.0.api_key": KEY}),
        (("a", "b"), [f"b={KEY}", "a=x"], {"llm_models.1.api_key": KEY, "llm_models.0.api_key": "x"}),
    ],
)
def test_a_key_finds_its_model(names, given, expected):
    """The only one, or the one named before the first equals sign; keys may hold such signs."""
    assert given_keys.overrides(models(*names), given) == expected


@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_a_key_without_an_owner_is_refused_unseen(names):
    """It is clear whose it is, or nothing is done with it; the message does not hold it."""
    with pytest.raises(UsageError) as refused:
        given_keys.overrides(models(*names), [KEY])

    assert KEY not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("nope=key", True), (f"a={KEY}", False), (KEY, False), ("key", False), ("file:a=b.txt", False)],
)
def test_a_name_of_no_model_is_noticed(given, expected):
    """A misspelt NAME=KEY; not a key's own padding, nor where a key is."""
    assert given_keys.is_misnamed(models("a"), given) is expected


@pytest.mark.parametrize("reference", ["${NAME}", "file:key.txt", "credential:key"])
def test_a_reference_is_not_the_key_itself(reference):
    """The shell may keep it: it tells nothing."""
    assert not given_keys.written_out({"a": reference})
    assert given_keys.written_out({"a": reference, "b": KEY})


def test_auto_goes_by_the_work_that_is_left():
    """The guide's rule: below 10 one, below 50 two, else four."""
    assert [sizes.workers_left(left) for left in (0, 9, 10, 49, 50, 1_000_000)] == [1, 1, 2, 2, 4, 4]
