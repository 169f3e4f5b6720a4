"""Layers of the settings: what a change invalidates, and what changed between two trees."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from robasync.settings import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from robasync.settings.base import Layer
    from robasync.settings.tree import Settings

Path = tuple[str, ...]

#: Names in a sentence, where the last part of the key would not read well.
SPOKEN = {
    "parallel.max_workers": "workers",
    "parallel.max_documents_per_batch": "batch size",
    "processing.batch_size": "batch size",
    "rob_framework.type": "instrument",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One setting that differs; a secret appears as its reference or fingerprint only."""

    name: str
    old: Any
    new: Any
    layer: Layer

    def __str__(self) -> str:
        """Say it in words: "workers changed from 8 to 4"."""
        name = SPOKEN.get(self.name, self.name)

        return f"{name} changed from {_spoken(self.old)} to {_spoken(self.new)}"


def snapshot(settings: Settings) -> dict[str, Any]:
    """Return the settings as JSON values in the shape of the file, without secrets.

    References to secrets stay as they are; a key written out becomes a fingerprint and
    must be given again. ``load(base=...)`` takes it back.
    """
    return settings.model_dump(mode="json")


def identity(settings: Settings, layer: Layer) -> str:
    """Return the SHA-256 in hex over all values of one layer; names of models do not count."""
    kept = [(path, value) for path, value, own in _leaves(snapshot(settings), ()) if own is layer]

    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def changes(old: Settings, new: Settings) -> list[Change]:
    """Return what differs, in the order of the file; models are compared by their names."""
    before, after = _by_name(old), _by_name(new)

    return [
        Change(name=name, old=before.get(name, (None,))[0], new=after.get(name, (None,))[0], layer=layer)
        for name, (_, layer) in {**before, **after}.items()
        if before.get(name, (None,))[0] != after.get(name, (None,))[0]
    ]


def _by_name(settings: Settings) -> dict[str, tuple[Any, Layer]]:
    labels = {str(index): model.name for index, model in enumerate(settings.llm_models)}

    return {
        ".".join(labels.get(part, part) if path[0] == "llm_models" else part for part in path): (value, layer)
        for path, value, layer in _leaves(snapshot(settings), ())
    }


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any, Layer]]:
    """Yield every value of a snapshot with its path and layer."""
    field = fields.find(path)
    layer = fields.layer(field) if field else None
    if layer is not None and not isinstance(value, dict):
        yield path, value, layer
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _leaves(entry, (*path, str(index)))


def _spoken(value: Any) -> str:
    if value is None:
        return "none"

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
