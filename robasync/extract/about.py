"""Title, author and year of a PDF: from its metadata where sensible, else from its first page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .lines import Line

LONGEST_TITLE = 400

_NOT_A_TITLE = re.compile(
    r"microsoft (?:word|powerpoint)|untitled|^(?:title|document|slide)\s*\d*$"
    r"|\.(?:docx?|pdf|indd|qxd|tex|dvi|rtf|xml|fm)\b|^\S*$|^[\W\d_]+$",
    re.IGNORECASE,
)
_NOT_AN_AUTHOR = re.compile(
    r"^(?:admin\w*|user\w*|author|owner|unknown|root|pc|microsoft.*|\W*|[^@\s]+@\S+)$", re.IGNORECASE
)
_YEAR = re.compile(r"D?:?((?:19[5-9]|20\d)\d)")


def title(metadata: Mapping[str, str | None], first_page: Sequence[Line]) -> str:
    """Return the document's title, or an empty string."""
    stated = " ".join((metadata.get("title") or "").split())
    if len(stated) > 12 and not _NOT_A_TITLE.search(stated) and len(stated) <= LONGEST_TITLE:
        return stated

    return _largest(first_page)


def author(metadata: Mapping[str, str | None]) -> str:
    """Return the author or authors that the metadata name, or an empty string."""
    stated = " ".join((metadata.get("author") or "").split())
    return "" if _NOT_AN_AUTHOR.search(stated) else stated


def year(metadata: Mapping[str, str | None]) -> str:
    """Return the year in which the PDF says it was made, or an empty string."""
    found = _YEAR.match(metadata.get("creationDate") or "")
    return found[1] if found else ""


def _largest(first_page: Sequence[Line]) -> str:
    """Return the first run of lines in the largest type that holds at least three words."""
    sizes = sorted({round(line.size, 1) for line in first_page}, reverse=True)
    for size in sizes[:4]:
        run = [line.text.strip() for line in first_page if round(line.size, 1) == size]
        found = " ".join(" ".join(run).split())
        if len(found.split()) >= 3 and any(character.islower() for character in found):
            return found if len(found) <= LONGEST_TITLE else ""

    return ""
