"""Keys that are given on the command line: whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from robasync.errors import UsageError
from robasync.settings import references

if TYPE_CHECKING:
    from robasync.settings.tree import Settings


def overrides(settings: Settings, given: Sequence[str]) -> Mapping[str, str]:
    """Return the settings that ``given`` keys override: each is NAME=KEY, or KEY of the only model.

    Raises UsageError, without the key, where it is not clear whose it is.
    """
    return dict(_override(settings, one) for one in given)


def written_out(keys: Mapping[str, str]) -> bool:
    """Say whether any of the ``keys`` is the key itself, and not where it is."""
    return not all(map(references.is_reference, keys.values()))


def is_misnamed(settings: Settings, given: str) -> bool:
    """Say whether a key that is taken whole looks like NAME=KEY for a model that does not exist."""
    name, _, key = given.partition("=")
    names = [model.name for model in settings.llm_models]

    return bool(key.strip("=")) and name not in names and not references.is_reference(given)


def _override(settings: Settings, given: str) -> tuple[str, str]:
    names = [model.name for model in settings.llm_models]
    name, equals, key = given.partition("=")

    if equals and name in names:
        return _place(names.index(name)), key

    if len(names) == 1:
        return _place(0), given

    if not names:
        raise UsageError("--api-key: no model is configured that a key could be for; name one with -c FILE.")

    raise UsageError(
        f"--api-key: {len(names)} models are configured; say whose key it is: --api-key {names[0]}=KEY\n"
        f"Configured: {', '.join(names)}"
    )


def _place(index: int) -> str:
    return f"llm_models.{index}.api_key"
