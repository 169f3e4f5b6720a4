"""Layers, snapshots, changes and the numbers that follow from several settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from robasync import settings
from robasync.settings import Environment, Layer, fields
from robasync.settings.merge import merge

MODEL = {"name": "m", "model_name": "x", "base_url": "http://127.0.0.1:8000/v1", "api_key": "${K}"}
FULL = {
    "paths": {"input_folder": "in", "checkpoint_file": "c.json"},
    "parallel": {"max_workers": 8},
    "llm_models": [MODEL | {"price": {"input": 1, "output": 2}}],
    "rob_framework": {"core_items": ["1", "2"], "accept": ["a.pdf"], "outcome": "pain"},
    "domain6": {"thresholds": {"definitely_low": 5, "probably_low": 10, "probably_high": 15}},
}


def load(base=None, **options):
    """Load without file and environment."""
    return settings.load(base=base, overrides=options, environment=False)


def leaves():
    """Return every field that holds a value."""
    return {path: field for path, field in fields.declared().items() if fields.is_leaf(field)}


def test_every_field_declares_its_layer():
    """A field that does not say what its change invalidates is not allowed."""
    assert [path for path, field in leaves().items() if fields.layer(field) is None] == []


def test_every_field_says_what_it_does():
    """Each key has the description that templates and messages show."""
    assert [path for path, field in fields.declared().items() if not field.description] == []


@pytest.mark.parametrize("base", [{}, FULL], ids=["defaults", "full"])
def test_a_snapshot_loads_again(base):
    """Snapshot -> base gives equal settings, of the same shape as the file."""
    first = load(base)
    second = load(settings.snapshot(first))

    assert second == first
    assert settings.snapshot(second) == settings.snapshot(first)
    assert {"paths", "parallel", "llm_models"} <= settings.snapshot(first).keys()


def test_settings_are_frozen():
    """Neither the tree nor a section can be changed in place."""
    with pytest.raises(ValueError, match="frozen"):
        load().parallel.max_workers = 3

    with pytest.raises(ValueError, match="frozen"):
        load().parallel = None


DIFFERENT = {
    "paths.output_folder": "other",
    "parallel.max_workers": 3,
    "parallel.retry_attempts": 9,
    "cost_tracking.max_cost_threshold": 1,
    "llm_models.0.name": "n",
    "llm_models.0.api_key": "${OTHER}",
    "llm_models.0.timeout": 1,
    "llm_models.0.use_streaming": True,
    "llm_models.0.price.input": 9,
    "llm_models.0.model_name": "y",
    "llm_models.0.base_url": "http://127.0.0.1:9000/v1",
    "llm_models.0.temperature": 1,
    "llm_models.0.max_tokens": 5,
    "rob_framework.outcome": "death",
    "rob_framework.core_items": ["1"],
    "processing.eval_optional_items": False,
    "rob_framework.accept": ["b.pdf"],
    "domain6.thresholds.probably_high": 20,
}


@pytest.mark.parametrize("option", DIFFERENT)
def test_a_change_moves_the_identity_of_its_own_layer_only(option):
    """Exactly the declared layer's identity differs after a change."""
    before, after = load(FULL), load(FULL, **{option: DIFFERENT[option]})
    moved = {layer for layer in Layer if settings.identity(before, layer) != settings.identity(after, layer)}

    assert moved == {fields.layer(fields.find(tuple(option.split("."))))}


def test_setting_thresholds_moves_judgements_only():
    """Pre-specified thresholds, even equal to the example ones, are another judgement rule."""
    before, after = load(), load({"domain6": FULL["domain6"]})
    moved = {layer for layer in Layer if settings.identity(before, layer) != settings.identity(after, layer)}

    assert moved == {Layer.JUDGEMENTS}


def test_changes_read_as_sentences():
    """A change says what, from and to, as the guide's log lines do."""
    (change,) = settings.changes(load(FULL), load(FULL, **{"parallel.max_workers": 4}))

    assert str(change) == "workers changed from 8 to 4"
    assert change.layer is Layer.RUNS


def test_models_are_compared_by_name():
    """Another order of models is no change; a model that comes or goes is named."""
    one, two = MODEL, MODEL | {"name": "second"}

    assert settings.changes(load({"llm_models": [one, two]}), load({"llm_models": [two, one]})) == []
    added = settings.changes(load({"llm_models": [one]}), load({"llm_models": [one, two]}))
    assert {change.name.split(".")[1] for change in added} == {"second"}


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, 50),
        ({"processing.batch_size": 1}, 50),
        ({"processing.batch_size": 7}, 7),
        ({"processing.batch_size": 7, "parallel.max_documents_per_batch": 3}, 3),
    ],
)
def test_batch_size(options, size):
    """max_documents_per_batch, else batch_size above 1, else 50."""
    assert settings.batch_size(load(**options)) == size


def test_automatic_workers():
    """Automatic means one per core for the baseline and at least 16 where a server is waited for."""
    assert settings.workers(load(), cores=4) == 4
    assert settings.workers(load(FULL | {"parallel": {}}), cores=4) == 16
    assert settings.workers(load(FULL | {"parallel": {}}), cores=64) == 64
    assert settings.workers(load({"llm_models": [{"provider": "rules"}]}), cores=2) == 2
    assert settings.workers(load(FULL), cores=2) == 8


def test_retries_of_a_model_win():
    """A model's own max_retries, 0 included, wins over retry_attempts."""
    found = load({"llm_models": [MODEL, MODEL | {"name": "n", "max_retries": 0}]})

    assert [settings.retries(found, model) for model in found.llm_models] == [3, 0]


def test_optional_items():
    """Either switch turns the optional items off; a list names some."""
    assert settings.optional_items(load()) is True
    assert settings.optional_items(load(**{"processing.eval_optional_items": False})) is False
    assert settings.optional_items(load(**{"rob_framework.optional_items": ["opt1"]})) == ("opt1",)


def test_merge_changes_neither_side():
    """Groups merge, lists are replaced, numbers change single entries; inputs stay as they were."""
    lower = {"a": {"b": 1, "c": 2}, "l": [{"x": 1}, {"x": 2}]}
    upper = {"a": {"b": 3}, "l": {"1": {"y": 4}, "2": {"x": 5}}}

    assert merge(lower, upper) == {"a": {"b": 3, "c": 2}, "l": [{"x": 1}, {"x": 2, "y": 4}, {"x": 5}]}
    assert merge({"l": [1, 2]}, {"l": [3]}) == {"l": [3]}
    assert lower == {"a": {"b": 1, "c": 2}, "l": [{"x": 1}, {"x": 2}]}


def test_the_environment_is_a_frozen_value():
    """Variables of other programs become one value, and passwords of proxies stay out of its repr."""
    found = Environment.read(
        {"HTTPS_PROXY": "http://user:pass@p:1", "no_proxy": "x", "CI": "true", "CREDENTIALS_DIRECTORY": "/c"}
    )

    assert found.https_proxy.endswith("@p:1")
    assert (found.no_proxy, found.ci, found.credentials_directory) == ("x", True, Path("/c"))
    assert "pass" not in repr(found)
    assert Environment.read({}) == Environment()


def test_every_public_name_loads():
    """The lazy names of the package lead somewhere."""
    assert all(callable(getattr(settings, name)) for name in settings.__all__)


def test_importing_settings_is_cheap():
    """Loading settings imports nothing of network or PDF, and the environment alone not even pydantic."""
    heavy = "print([m for m in ('aiohttp', 'pymupdf', 'rich', 'pydantic') if m in __import__('sys').modules])"
    program = f"from robasync.settings import Environment; Environment.read(); {heavy}"
    whole = f"from robasync.settings import load; load(); {heavy}"

    def run(code: str) -> str:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert run(program) == "[]\n"
    assert run(whole) == "['pydantic']\n"
