"""``robasync studies``: which files may belong to one study, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from robasync.cli import inventory, looking, options, work
from robasync.cli.logged import Log, logged
from robasync.cli.phrases import count
from robasync.cli.phrases import studies as counted
from robasync.errors import UsageError
from robasync.registers import found

if TYPE_CHECKING:
    from robasync.grouping import Group, Proposal

Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Write the proposal there as CSV, a row per document."
    ),
]


@logged
def studies(
    context: typer.Context,
    input_folder: options.InputFolder = None,
    config: options.Config = None,
    output: Output = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Propose which files belong to one study.

    By registration, DOI, title and first author. Reads the folder, sends nothing, merges nothing.
    Numbers of trial registers come with their address.
    """
    if output is not None and output.is_dir():
        raise UsageError(f"{output} is a folder.\nName the file to write: -o FILE")

    with log.terminal() as display:
        from robasync.app import grouping

        with looking.ended_by(context.obj):
            overrides = work.as_settings({"input_folder": input_folder})
            proposal = grouping.proposed(
                config=config, overrides=overrides, signals=context.obj, show=display.show
            )

    inventory.tell(facts(proposal), lines(proposal), as_json=as_json)
    if output is not None:
        _write(output, proposal)


def lines(proposal: Proposal) -> Iterator[str]:
    """Yield the proposed groups of several documents, with reasons, in a reviewer's words."""
    several = [group for group in proposal.groups if len(group.members) > 1]
    documents = count(len(proposal.documents), "document")
    yield f"{documents}, {counted(len(proposal.groups))} proposed; of several files: {len(several):,}"
    for group in several:
        yield ""
        yield from _lines(proposal, group)

    for number, times in proposal.common.items():
        yield ""
        yield f"{number} stands in {times:,} documents and links none of them: look whether it is theirs."

    unread = [one for one in proposal.documents if one.note]
    if unread:
        yield ""
        yield f"Known by name only, since they were not read: {count(len(unread), 'document')}"
        yield from (f"  {one.note}" for one in unread)


def facts(proposal: Proposal) -> dict[str, Any]:
    """Return the proposal for other programs; every document is in one group."""
    return {
        "studies": [
            {
                "study": proposal.label(group),
                "documents": [
                    {
                        "document": (one := proposal.documents[at]).name,
                        "role": one.role,
                        "linked_by": proposal.reasons(group, at),
                        "registrations": list(one.registrations),
                        "doi": one.doi or None,
                        "problem": one.note or None,
                    }
                    for at in group.members
                ],
                "registrations": [
                    {"number": entry.number, "register": entry.register, "address": entry.address}
                    for number in proposal.registrations(group)
                    for entry in found(number)
                ],
            }
            for group in proposal.groups
        ],
        "linking_nothing": dict(proposal.common),
    }


def _lines(proposal: Proposal, group: Group) -> Iterator[str]:
    yield proposal.label(group)
    for at in group.members:
        one = proposal.documents[at]
        yield f"  {one.name} ({one.role})"

    for reason in dict.fromkeys(link.reason for link in group.links):
        yield f"  because of: {reason}"

    for number in proposal.registrations(group):
        yield from (f"  {entry.number}: {entry.address}" for entry in found(number))


def _write(file: Path, proposal: Proposal) -> None:
    from robasync.cli.terminal import complain
    from robasync.reports import studies_csv

    complain(f"Written: {studies_csv.write(file, proposal).path}")
