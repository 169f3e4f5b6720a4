"""Other names and places that the guide and version 2.0 use for settings.

Everything here is data: which key belongs where, which was renamed, which has no meaning
any more. ``canonical`` turns what one place says into the shape of the tree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from robasync.settings import fields, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str, ...]

#: Options that the guide shows in more than one section or in a table without one.
SPREAD: dict[str, str] = {
    "enable_resume": "processing",
    "checkpoint_interval": "parallel",
    "checkpoint_on_batch_complete": "parallel",
    "checkpoint_on_error": "parallel",
    "max_checkpoint_backups": "parallel",
    "checkpoint_file": "paths",
    "checkpoint_backup_dir": "paths",
    "compression": "checkpoint_system",
    "encryption": "checkpoint_system",
    "encryption_key": "checkpoint_system",
    "validation_on_save": "checkpoint_system",
    "auto_cleanup_old": "checkpoint_system",
    "backup_interval": "checkpoint_system",
    "recovery_mode": "checkpoint_system",
}
#: Sections in which a spread option may stand; the last one exists only for that.
HOMES = frozenset({"paths", "processing", "parallel", "checkpoint_system", "checkpoint_best_practices"})

RENAMED: dict[Path, Path] = {
    ("parallel", "parallel_workers"): ("parallel", "max_workers"),
    ("cost_tracking", "budget_limit"): ("cost_tracking", "max_cost_threshold"),
}

RETIRED: dict[Path, str] = {
    ("paths", "temp_folder"): "no temporary folder is needed",
    ("processing", "max_text_length"): "text is never cut; the whole document is sent",
    ("processing", "continue_on_error"): "a document that fails never stops the others",
    ("parallel", "enabled"): "set parallel.max_workers to 1 for one document at a time",
    ("parallel", "auto_detect_workers"): 'parallel.max_workers "auto" does this',
    ("domain6", "default_assessment"): "what is not reported is not judged",
    ("rob_framework", "domains"): "the domains stand in the instrument",
    ("rob_framework", "custom_domains"): "the domains stand in the instrument file, rob_framework.path",
}


@dataclass(slots=True)
class Canonical:
    """What one place says, in the shape of the tree.

    ``written`` gives for each key of the tree the key as it was written there.
    """

    values: dict[str, Any] = field(default_factory=dict)
    written: dict[Path, Path] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def canonical(values: Mapping[str, Any], place: str) -> Canonical:
    """Move each key to its home, drop comments, and note what has no meaning now."""
    result = Canonical()
    for path, value in _options(places.uncommented(dict(values))):
        if path in RETIRED:
            result.notices.append(f"{place}: {'.'.join(path)} has no effect: {RETIRED[path]}")
        else:
            _put(result, path, value=value, place=place)

    return result


def home(path: Path) -> Path:
    """Return the path in the tree of a key that may stand elsewhere or have an older name."""
    option = path[-1]
    movable = len(path) == 1 or (len(path) == 2 and path[0] in HOMES)
    if movable and option in SPREAD:
        return (SPREAD[option], option)

    return RENAMED.get(path, path)


def known() -> frozenset[Path]:
    """Return every key that is accepted, older names and places included."""
    spread = {(home_, option) for option in SPREAD for home_ in HOMES} | {(option,) for option in SPREAD}

    return frozenset(fields.declared()) | spread | frozenset(RENAMED) | frozenset(RETIRED)


def _options(values: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield the options of every section, and what stands at the top, each with its path."""
    for name, value in values.items():
        section = isinstance(value, dict) and name != "llm_models"
        if section and (value or name in HOMES or (name,) in fields.declared()):
            yield from (((name, option), inner) for option, inner in value.items())
        else:
            yield (name,), value


def _put(result: Canonical, path: Path, *, value: Any, place: str) -> None:
    target = home(path)
    section = result.values.setdefault(target[0], {}) if len(target) > 1 else result.values
    if not isinstance(section, dict):
        return

    option = target[-1]
    if target in result.written and section[option] != value:
        other, here = ".".join(result.written[target]), ".".join(path)
        result.problems.append(f"{place}: {other} and {here} mean the same but differ; keep one of them")
        return

    section[option] = value
    result.written.setdefault(target, path)
