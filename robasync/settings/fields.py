"""Ways through the tree of settings: which keys exist, what each takes, and its layer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from robasync.settings.base import Allowed, Hidden, Layer
from robasync.settings.tree import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

Path = tuple[str, ...]


def section_of(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation such as ``Section | None``, else None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation

    return next((found for part in get_args(annotation) if (found := section_of(part))), None)


def marks(field: FieldInfo) -> Iterator[Any]:
    """Yield what the annotation says about a field, the inside of a union included."""
    yield from field.metadata
    yield from _inner_marks(field.annotation)


def _inner_marks(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())

    for part in get_args(annotation):
        yield from _inner_marks(part)


def layer(field: FieldInfo) -> Layer | None:
    """Return the declared layer of a field, or None where the declaration is missing."""
    return next((mark for mark in marks(field) if isinstance(mark, Layer)), None)


def hidden(field: FieldInfo) -> bool:
    """Say whether the field's value must never appear in a message."""
    return any(isinstance(mark, Hidden) for mark in marks(field))


def allowed(field: FieldInfo) -> str:
    """Return what a field takes, in words."""
    named = next((mark.text for mark in marks(field) if isinstance(mark, Allowed)), None)
    if named:
        return named

    if get_origin(field.annotation) is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(field.annotation))

    many = get_origin(field.annotation) is tuple

    return "a list of groups of settings" if many else "a group of settings in { }"


@cache
def declared() -> dict[Path, FieldInfo]:
    """Return every key of the tree by its path; an entry of a list is named ``*``."""
    return dict(_declared(Settings, ()))


def _declared(model: type[BaseModel], path: Path) -> Iterator[tuple[Path, FieldInfo]]:
    for name, field in model.model_fields.items():
        here = (*path, name)
        yield here, field

        inner = section_of(field.annotation)
        if inner:
            listed = get_origin(field.annotation) is tuple
            yield from _declared(inner, (*here, "*") if listed else here)


def is_leaf(field: FieldInfo) -> bool:
    """Say whether a field holds a value rather than further keys."""
    return section_of(field.annotation) is None


def find(path: Path) -> FieldInfo | None:
    """Return the field at ``path``, in which entries of a list are numbers."""
    return declared().get(tuple("*" if part.isdecimal() else part for part in path))
