"""Drop capitals: the large first letter of a section, put back before its word."""

from __future__ import annotations

from collections.abc import Sequence

from .lines import Line

LARGER = 1.7
NEAR_EM = 1.2


def joined(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with each large lone letter at the start of the line that it begins."""
    initials = [line for line in lines if len(line.text.strip()) == 1 and line.text.strip().isupper()]
    result = list(lines)
    for initial in initials:
        beginning = _beginning(initial, result)
        if beginning is not None:
            result[result.index(beginning)] = beginning._replace(
                text=initial.text.strip() + beginning.text.lstrip()
            )
            result.remove(initial)

    return result


def _beginning(initial: Line, lines: Sequence[Line]) -> Line | None:
    """Return the topmost line of smaller type right beside the letter."""
    beside = [
        line
        for line in lines
        if initial.size > LARGER * line.size
        and -line.size < line.x0 - initial.x1 < NEAR_EM * line.size
        and line.y1 > initial.y0
        and line.y0 < initial.y1 - line.size
        and len(line.text) > 3
    ]
    return min(beside, key=lambda line: line.y0, default=None)
