"""studies.csv: which documents may belong to one study, a row per document, to be looked at and corrected."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from robasync import studies
from robasync.grouping import Proposal
from robasync.registers import found
from robasync.reports import cells, place
from robasync.reports.place import Written

COLUMNS: Final = ("study", "document", "role", "linked by", "registrations", "addresses", "doi", "problem")
_BETWEEN = "; "


def write(file: Path, proposal: Proposal) -> Written:
    """Write the proposal and return where it lies; each group has a name of its own. Raises StorageError."""
    draft = place.Draft(file, mark=True)
    labels = studies.unique([proposal.label(group) for group in proposal.groups])
    with place.translated(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft as opened:
            writer = csv.writer(opened)
            writer.writerow(COLUMNS)
            for label, group in zip(labels, proposal.groups, strict=True):
                for at in group.members:
                    row = _row(label, proposal, reasons=proposal.reasons(group, at), at=at)
                    writer.writerow(map(cells.cell, row))

    return draft.written


def _row(label: str, proposal: Proposal, *, reasons: list[str], at: int) -> tuple[str, ...]:
    one = proposal.documents[at]
    return (
        label,
        one.name,
        one.role,
        _BETWEEN.join(reasons),
        _BETWEEN.join(one.registrations),
        _BETWEEN.join(entry.address for number in one.registrations for entry in found(number)),
        one.doi,
        one.note,
    )
