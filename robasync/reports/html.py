"""report.html: one page that needs nothing else, neither network nor server.

Quotes and names come from documents that nobody has vouched for. They enter the page as escaped
text or as JSON that a script of ours shows as text; the content security policy allows that one
script and that one style sheet by their hashes, and nothing from anywhere else.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import IO, TYPE_CHECKING, Any, Final

from robasync.model import AssessorKind, Status
from robasync.reports import page, summary, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jinja2 import Template

    from robasync.instruments import Instrument
    from robasync.reports.rows import Run, Study
    from robasync.reports.survey import Survey

_PIECES_PER_WRITE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page says besides the studies themselves."""

    instrument: Instrument
    run: Run
    survey: Survey


def write(file: IO[str], head: Page, *, studies: Callable[[], Iterable[Study]]) -> None:
    """Write the page study by study; memory does not grow with their number."""
    feed = page.Feed(studies(), head.instrument, found=head.survey)
    shown = {"studies": feed.rows(), "others": feed.others, "passages": feed.passages}
    stream = _template().stream(**_context(head), **shown)
    stream.enable_buffering(_PIECES_PER_WRITE)
    file.writelines(stream)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("robasync.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    return environment.get_template("report.html")


def _context(head: Page) -> dict[str, Any]:
    marked = page.marks(head.instrument)
    columns = page.columns(head.instrument, head.survey)
    counts = summary.studies(head.run, head.survey)
    style, script = _asset("report.css"), _asset("report.js")

    return {
        "run": head.run,
        "instrument": head.instrument,
        "survey": head.survey,
        "counts": counts,
        "not_assessed": counts[Status.FAILED] + counts[Status.REFUSED],
        "marks": list(marked.values()),
        "columns": columns,
        "core": sum(item.core for item in columns),
        "bars": [(item, page.bar(item, marked, head.survey)) for item in columns],
        "limit": page.STUDIES_PER_PAGE,
        "is_baseline": AssessorKind.BASELINE in {head.run.assessor_kind, *head.survey.kinds},
        "baseline": wording.BASELINE,
        "assessor_kind": wording.assessor_kind(head.run.assessor_kind),
        "cost": summary.UNPRICED if head.run.cost is None else f"{head.run.cost:,.2f} {head.run.currency}",
        "style": style,
        "script": script,
        "policy": _policy(style, script=script),
    }


def _asset(name: str) -> str:
    return (resources.files("robasync.reports") / "templates" / name).read_text(encoding="utf-8")


def _policy(style: str, *, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_source(style)}'; script-src '{_source(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
