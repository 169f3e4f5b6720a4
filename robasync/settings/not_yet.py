"""Settings that are accepted and described, but have no effect in this version; each says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from robasync.settings import fields

if TYPE_CHECKING:
    from robasync.settings.tree import Settings

NOT_YET: tuple[str, ...] = ()


def notices(settings: Settings) -> Iterator[str]:
    """Yield a line for each setting that was changed from its default and does nothing yet."""
    for name in NOT_YET:
        section, key = name.split(".")
        field = fields.find((section, key))

        if field is not None and getattr(getattr(settings, section), key) != field.default:
            yield f"{name} has no effect in this version"
