"""The places where settings stand: file, environment, command line; each says its name."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from robasync.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_BYTES = 4 * 1024 * 1024  # a settings file is read whole
MAX_LEVELS = 20  # the tree itself has four
PREFIX = "ROBASYNC_"
ENVIRONMENT = "environment"
#: Variables with our prefix that are read by others: the test suite.
RESERVED = frozenset({"ROBASYNC_REQUIRE"})


@dataclass(frozen=True, slots=True)
class Place:
    """Values as one place gives them, nested; ``name`` is what messages call the place."""

    name: str
    values: Mapping[str, Any]


def from_file(path: Path) -> Place:
    """Read a JSON file as in the guide, or TOML where the name ends so.

    Raises SettingsError where the file is missing or broken, with line and column.
    """
    text = _text(path)
    values = _toml(text, path) if path.suffix.lower() == ".toml" else _json(text, path)
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: a settings file is one JSON object, {{ ... }}")

    return Place(str(path), values)


def from_environment(variables: Mapping[str, str]) -> Place:
    """Read ``ROBASYNC_SECTION__OPTION`` variables; a list or group is written as JSON."""
    values: dict[str, Any] = {}
    for name, text in sorted(variables.items()):
        if name.upper().startswith(PREFIX) and name.upper() not in RESERVED and text.strip():
            path = name[len(PREFIX) :].lower().split("__")
            _insert(values, path, _decoded(name, text.strip()))

    return Place(ENVIRONMENT, values)


def from_options(options: Mapping[str, object]) -> Place:
    """Read command-line options: names with dots, or nested; None means "not given"."""
    values: dict[str, Any] = {}
    for name, value in options.items():
        if value is not None:
            _insert(values, name.split("."), value)

    return Place("command line", values)


def uncommented(value: Any, levels: int = MAX_LEVELS) -> Any:
    """Return the value without the keys that begin with ``_``, at any depth.

    Raises SettingsError where groups and lists are nested deeper than ``levels``.
    """
    if not levels:
        raise SettingsError(
            f"settings are nested more than {MAX_LEVELS} levels deep; look for a stray bracket"
        )

    if isinstance(value, dict):
        kept = {key: inner for key, inner in value.items() if not str(key).startswith("_")}

        return {key: uncommented(inner, levels - 1) for key, inner in kept.items()}

    return [uncommented(inner, levels - 1) for inner in value] if isinstance(value, list) else value


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{path}: too large for a settings file (over 4 MB)")

        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read ({error.strerror}); give the path of a settings file, "
            "or write one with: robasync init"
        ) from None


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SettingsError(f"{path}: {where}: not valid JSON ({error.msg})") from None
    except RecursionError:
        raise SettingsError(f"{path}: nested too deeply for a settings file") from None
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None


def _toml(text: str, path: Path) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line \d+, column \d+", str(error))
        where = found.group() if found else "end of file"
        raise SettingsError(f"{path}: {where}: not valid TOML") from None
    except RecursionError:
        raise SettingsError(f"{path}: nested too deeply for a settings file") from None


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice with two values, which JSON itself lets pass."""
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values and values[key] != value and not key.startswith("_"):
            raise ValueError(f'"{key}" stands twice in one group with different values; keep one')

        values[key] = value

    return values


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number that a setting takes")


def _decoded(name: str, text: str) -> Any:
    if text[0] not in "[{":
        return text

    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise SettingsError(f"{ENVIRONMENT}: {name}: not valid JSON, as a list or group must be") from None


def _insert(values: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = values.get(part)
        values[part] = inner if isinstance(inner, dict) else _numbered(inner)
        values = values[part]

    last = values.get(path[-1])
    merged = {**last, **value} if isinstance(last, dict) and isinstance(value, dict) else value
    values[path[-1]] = merged


def _numbered(value: Any) -> dict[str, Any]:
    """Let ``LLM_MODELS__0__API_KEY`` add to a list given as ``LLM_MODELS``."""
    return {str(index): entry for index, entry in enumerate(value)} if isinstance(value, list) else {}
