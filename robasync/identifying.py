"""What a document says of itself that tells whose study it is: its numbers, its title, its author, its role.

Only what it says of itself: a number in its list of references is another study's.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from . import bylines, registers, screen, studies
from .errors import DocumentError
from .grouping import Facts, Role
from .model import Document, Extract
from .registrations import OPENING, registrations

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>|,;]+", re.IGNORECASE)
_PART = re.compile(r"[.)\]]+$|(?:\.(?:[gst]\d{3}|sapp\d+)|/(?:abstract|full|pdf|-/dc\d+|suppl\S*))$")
_DOI_WITHIN = 4_000
_PMC = re.compile(r"PMC\d{5,9}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_SAYS_ROLE = re.compile(
    r"^(?:erratum|corrigendum|correction|retraction)(?: to| for)? "
    r"|^(?:supplementary|supplemental|additional) (?:appendix|material|information|file|data)(?: to| for)? "
    r"|\b(?:study |trial |research )?protocol(?: for)?\b|\bstatistical analysis plan(?: for)?\b"
    r"|\brationale and design(?: of)?\b|\bdesign and rationale(?: of)?\b"
    r"|\b(?:a|an|the|of|for|and|in|on|with)\b|\b(?:study|trial)\b"
)
_ROLES = {
    "protocol": Role.PROTOCOL,
    "erratum": Role.ERRATUM,
    "review": Role.REVIEW,
    "editorial": Role.COMMENT,
    "methodology": Role.REVIEW,
}
_BY_NAME = (
    (Role.PLAN, r"(?<![a-z])(?:sap|statistical[-_ ]analysis[-_ ]plan)(?![a-z])"),
    (Role.PROTOCOL, r"(?<![a-z])protocol"),
    (Role.SUPPLEMENT, r"(?<![a-z])(?:suppl?|appendix|esm|additional[-_ ]file|moesm)"),
    (Role.ERRATUM, r"(?<![a-z])(?:erratum|corrigendum|correction|retraction)"),
    (Role.REGISTRY, r"^(?:NCT\d{8}|ISRCTN\d{8}|\d{4}-\d{6}-\d\d)$|registry|ctgov"),
)
_BY_OPENING = (
    (Role.PLAN, r"\A[^.]{0,200}\bstatistical analysis plan\b"),
    (Role.SUPPLEMENT, r"\A\W*(?:supplement(?:ary|al)|additional file|web appendix|appendix)\b"),
    (Role.REGISTRY, r"\A[^.]{0,300}(?:study details \||clinicaltrials\.gov identifier|isrctn registry)"),
)


def facts(document: Document, extract: Extract) -> Facts:
    """Return what a document that was read says of itself. Pure."""
    own = _own(extract)
    opening = own[:OPENING]
    stem = PurePosixPath(document.name).stem
    return Facts(
        name=document.name,
        digest=document.digest,
        role=_role(stem, extract),
        study=studies.label(extract, document.name),
        registrations=tuple(one.number for one in registrations(extract, document.name)),
        doi=_doi(opening[:_DOI_WITHIN]),
        pmc=_pmc(document.name),
        title=_title(extract),
        author=_author(extract, opening),
    )


def unread(name: str, digest: str, error: DocumentError) -> Facts:
    """Return what the name of a document tells that could not be read, and why it could not."""
    return Facts(
        name=name,
        digest=digest,
        role=Role.UNREAD,
        study=PurePosixPath(name).stem,
        registrations=tuple(one.number for one in registers.found(PurePosixPath(name).stem)),
        pmc=_pmc(name),
        note=str(error).splitlines()[0],
    )


def _own(extract: Extract) -> str:
    """Return the text without the lists of other people's work."""
    if not extract.references:
        return extract.text

    pieces, done = [], 0
    for start, end in extract.references:
        pieces.append(extract.text[done:start])
        done = end

    return " ".join([*pieces, extract.text[done:]])


def _doi(opening: str) -> str:
    """Return the DOI that stands first, without what names a part of the article."""
    found = _DOI.search(opening)
    doi = found[0].lower() if found else ""
    while (shorter := _PART.sub("", doi)) != doi:
        doi = shorter

    return doi


def _pmc(name: str) -> str:
    found = _PMC.search(PurePosixPath(name).name)
    return found[0].upper() if found else ""


def _author(extract: Extract, opening: str) -> str:
    stated = bylines.surname(extract.author.split(",")[0])
    return (stated or bylines.first_surname(opening)).casefold()


def _title(extract: Extract) -> str:
    """Return the title's words in lower case, without those that say what kind of document it is."""
    whole = " ".join(_WORD.findall(extract.title.casefold()))
    return " ".join(_SAYS_ROLE.sub(" ", whole).split())


def _role(stem: str, extract: Extract) -> Role:
    said = ((_BY_NAME, stem), (_BY_OPENING, extract.text[:1_000]))
    for patterns, text in said:
        for role, pattern in patterns:
            if re.search(pattern, text, re.IGNORECASE):
                return role

    screening = screen.screen(extract)
    return _ROLES.get(screening.kind, Role.ARTICLE) if screening else Role.ARTICLE
