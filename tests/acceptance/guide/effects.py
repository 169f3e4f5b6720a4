"""What a command did, and claims about it that a wrong observation must break."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from itertools import chain
from typing import Any

from robasync.errors import CheckpointError
from robasync.store import checkpoint

Files = Mapping[str, bytes]
STAMP = r"^\[\d\d:\d\d:\d\d\] "


@dataclass(frozen=True)
class Effect:
    """What was seen of one command.

    ``guide`` is the guide's text, ``asked`` how many requests the server saw, ``keys`` with which
    keys; ``before`` and ``files`` are the working folder's files by name, folders with a ``/`` at the end.
    """

    guide: str
    code: int
    out: str
    err: str
    asked: int
    keys: tuple[str, ...]
    before: Files
    files: Files


@dataclass(frozen=True)
class Claim:
    """Something that must be so after a command, in words for the list, and how it is seen."""

    words: str
    holds: Callable[[Effect], object]


def wrong(effect: Effect) -> Iterator[Effect]:
    """Yield observations that differ from ``effect`` in one respect each."""
    yield replace(effect, code=effect.code + 1)
    yield replace(effect, out="")
    yield replace(effect, err="")
    yield replace(effect, out=effect.out + "\nTraceback", err=effect.err + "\nTraceback")
    yield replace(effect, asked=effect.asked + 1)
    yield replace(effect, keys=())
    yield replace(effect, files={**effect.files, "leak": " ".join(effect.keys).encode()})
    yield replace(effect, files={})
    yield replace(effect, files=effect.before)
    yield replace(effect, files={name: data + b" " for name, data in effect.files.items()})
    yield replace(effect, files={**effect.before, **effect.files})


def inert(effect: Effect) -> Effect:
    """Return what a command leaves that does nothing and says that all is well."""
    return replace(effect, code=0, out="", err="", asked=0, keys=(), files=effect.before)


def exits(code: int) -> Claim:
    return Claim(f"exit {code}", lambda effect: effect.code == code)


def asks(number: int) -> Claim:
    words = {0: "nothing is asked", 1: "one call is made"}.get(number, f"{number} calls are made")

    return Claim(words, lambda effect: effect.asked == number)


def asks_with(key: str) -> Claim:
    return Claim(f"the server is asked with the key {key}", lambda effect: f"Bearer {key}" in effect.keys)


def prints(*patterns: str) -> Claim:
    return Claim(f"prints {_listed(patterns)}", lambda effect: _in_order(effect.out, patterns))


def says(*patterns: str) -> Claim:
    return Claim(f"says {_listed(patterns)}", lambda effect: _in_order(effect.err, patterns))


def logs(lines: tuple[str, ...]) -> Claim:
    """Claim that the guide's log lines appear in its order, with numbers of our own; ours may say more."""
    patterns = [STAMP + re.sub(r"\d+", r"\\d+", re.escape(line)) for line in lines]

    words = f"the guide's {len(lines)} log lines, in order"

    return Claim(words, lambda effect: _in_order(effect.err, patterns))


def changes_nothing() -> Claim:
    return Claim("no byte of the folder changes", lambda effect: effect.files == effect.before)


def there(pattern: str, *, count: int | None = None) -> Claim:
    """Claim that there are files of a pattern: so many, or any."""
    words = f"{pattern} is there" if count is None else f"{count} files {pattern}"
    counts = range(1, 1_000) if count is None else (count,)

    return Claim(words, lambda effect: len(named(effect.files, pattern)) in counts)


def gone(pattern: str) -> Claim:
    return Claim(
        f"{pattern} is gone",
        lambda effect: named(effect.before, pattern) and not named(effect.files, pattern),
    )


def same(name: str, *, as_: str) -> Claim:
    return Claim(
        f"{name} is what {as_} is", lambda effect: effect.files.get(name, 0) == effect.files.get(as_, 1)
    )


def done(name: str, completed: int, total: int) -> Claim:
    """Claim how far the session of a checkpoint is."""

    def holds(effect: Effect) -> bool:
        content = _read(effect.files, name)

        return (content.get("completed_documents"), content.get("total_documents")) == (completed, total)

    return Claim(f"{name} says {completed} of {total}", holds)


def saved(name: str, **options: Any) -> Claim:
    """Claim that the settings saved in a checkpoint hold options, whatever their section."""

    def holds(effect: Effect) -> bool:
        sections = _read(effect.files, name).get("config_snapshot", {}).values()
        groups = (section.items() for section in sections if isinstance(section, dict))
        found = dict(chain.from_iterable(groups))

        return all(found.get(key) == value for key, value in options.items())

    return Claim(f"{', '.join(options)} as in the block", holds)


def whole(pattern: str) -> Claim:
    """Claim that the files of a pattern, which are there, are checkpoints as they were written."""

    def holds(effect: Effect) -> bool:
        found = [effect.files[name] for name in named(effect.files, pattern)]

        return bool(found) and all(map(_is_whole, found))

    return Claim(f"{pattern} is valid", holds)


def shaped_as_the_guide(name: str) -> Claim:
    """Claim that a checkpoint has every key of the guide's block, and values of its types."""
    return Claim(
        "every key of the guide, each with its type",
        lambda effect: _is_shaped(_read(effect.files, name), json.loads(_without_dots(effect.guide))),
    )


def nowhere(secret: str) -> Claim:
    """Claim that a secret was neither said nor written."""
    return Claim(
        f"{secret} is neither said nor written",
        lambda effect: (
            secret not in effect.out + effect.err
            and not any(secret.encode() in data for data in effect.files.values())
        ),
    )


def named(files: Files, pattern: str) -> list[str]:
    """Return the files of a pattern, in which ``*`` stays within a folder."""
    return [name for name in files if name.count("/") == pattern.count("/") and fnmatch(name, pattern)]


def _read(files: Files, name: str) -> dict[str, Any]:
    """Return the JSON of the first file of a pattern; nothing where there is none."""
    try:
        return json.loads(next(files[found] for found in named(files, name)))
    except (StopIteration, ValueError):
        return {}


def _is_whole(data: bytes) -> bool:
    try:
        return bool(checkpoint.parse(data, name=""))
    except CheckpointError:
        return False


def _without_dots(text: str) -> str:
    return text.replace("{...}", "{}").replace("[...]", "[]")


def _is_shaped(found: Any, shown: Any) -> bool:
    if isinstance(shown, dict):
        return isinstance(found, dict) and all(
            key in found and _is_shaped(found[key], value) for key, value in shown.items()
        )

    if isinstance(shown, list):
        return isinstance(found, list) and all(_is_shaped(one, shown[0]) for one in found if shown)

    if isinstance(shown, float):
        return isinstance(found, int | float)

    return type(found) is type(shown)


def _in_order(text: str, patterns: Any) -> bool:
    place = 0

    for pattern in patterns:
        found = re.compile(pattern, re.MULTILINE).search(text, place)

        if found is None:
            return False

        place = found.end()

    return True


def _listed(patterns: tuple[str, ...]) -> str:
    return ", ".join(f"`{_plain(pattern)}`" for pattern in patterns)


def _plain(pattern: str) -> str:
    """Return a pattern as people read it: N for a number, ... for anything."""
    numbers = re.sub(r"\\d(?:\{\d+\}|\+)?", "N", pattern).replace(".*", "...")

    return re.sub(r"\\b|[\\^$]", "", numbers).strip()
