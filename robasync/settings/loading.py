"""From places to one checked tree of settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from robasync.errors import SettingsError
from robasync.settings import environment as variables
from robasync.settings import explain, names, not_yet, places
from robasync.settings.merge import merge
from robasync.settings.tree import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from robasync.settings.names import Canonical
    from robasync.settings.places import Place


def load(
    *,
    file: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    environment: bool = True,
    base: Mapping[str, Any] | None = None,
) -> Settings:
    """Return the settings: overrides > environment > file > base > defaults.

    ``overrides`` are command-line options by dotted name (``"parallel.max_workers": 8``;
    ``"llm_models.0.api_key"`` changes one model); None means not given. ``environment``
    includes ``.env`` of the working folder. ``base`` is a snapshot, on resume. Raises
    SettingsError that lists everything wrong, without any secret.
    """
    found = list(_places(file, overrides=overrides, environment=environment, base=base))
    shaped = [(place.name, names.canonical(place.values, place.name)) for place in found]
    problems = [problem for _, source in shaped for problem in source.problems]

    again = partial(load, file=file, overrides=overrides, environment=environment, base=base)

    return _checked(shaped, problems).read_by(again)


def _places(
    file: Path | None,
    *,
    overrides: Mapping[str, object] | None,
    environment: bool,
    base: Mapping[str, Any] | None,
) -> Iterator[Place]:
    """Yield the places, strongest first."""
    if overrides:
        yield places.from_options(overrides)

    if environment:
        yield places.from_environment(variables.variables())

    if file is not None:
        yield places.from_file(file)

    if base is not None:
        yield places.Place("saved configuration", base)


def _checked(shaped: Sequence[tuple[str, Canonical]], problems: list[str]) -> Settings:
    merged: dict[str, Any] = {"llm_models": []}
    for _, source in reversed(shaped):
        merged = merge(merged, source.values)

    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        problems = problems + explain.explain(error, shaped)

    if problems:
        raise SettingsError(_listed(problems)) from None

    return _noticed(settings, [notice for _, source in shaped for notice in source.notices])


def _noticed(settings: Settings, notices: Sequence[str]) -> Settings:
    notices = [*notices, *not_yet.notices(settings)]

    if settings.processing.llm_output_mode != "json":
        notices = [*notices, "processing.llm_output_mode has no effect: answers are always asked for as JSON"]

    system = settings.checkpoint_system

    if system.encryption_key is not None and not system.encryption:
        notices = [*notices, "checkpoint_system.encryption is off: the key encrypts nothing that begins now"]

    return settings.with_notices(tuple(dict.fromkeys(notices)))


def _listed(problems: Sequence[str]) -> str:
    if len(problems) == 1:
        return problems[0]

    return "\n".join([f"{len(problems)} settings are wrong:", *(f"  {problem}" for problem in problems)])
