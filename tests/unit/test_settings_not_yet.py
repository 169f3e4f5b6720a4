"""A setting either does something or says that it does nothing yet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from robasync import settings
from robasync.settings import fields, not_yet

PACKAGE = Path(settings.__file__).parents[1]
READERS = [
    path
    for path in PACKAGE.rglob("*.py")
    if path.parent.name != "settings" or path.name in {"sizes.py", "loading.py"}
]
SAID = {name.split(".")[1] for name in not_yet.NOT_YET}


@pytest.mark.parametrize(
    "name", sorted({path[-1] for path, field in fields.declared().items() if fields.is_leaf(field)})
)
def test_a_setting_that_nothing_reads_says_so(name):
    """Nobody sets a key and believes in an effect that is not there."""
    text = "\n".join(path.read_text() for path in READERS)

    assert (re.search(rf'[."]{name}\b', text) is not None) != (name in SAID)


def test_a_changed_setting_without_effect_is_noticed(monkeypatch):
    """The line names the key; a setting left at its default is not mentioned."""
    monkeypatch.setattr(not_yet, "NOT_YET", ("cost_tracking.currency",))
    changed = settings.load(overrides={"cost_tracking.currency": "EUR"}, environment=False)

    assert changed.notices == ("cost_tracking.currency has no effect in this version",)
    assert settings.load(environment=False).notices == ()


def test_a_key_without_encryption_is_noticed():
    """Who names a key and leaves the switch off is told that nothing is encrypted."""
    key = {"checkpoint_system.encryption_key": "file:the.key"}
    off = settings.load(overrides=key, environment=False)
    on = settings.load(overrides={**key, "checkpoint_system.encryption": True}, environment=False)

    assert off.notices == ("checkpoint_system.encryption is off: the key encrypts nothing that begins now",)
    assert on.notices == ()
