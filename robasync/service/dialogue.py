"""What a resume says before it goes on: what is safe, what changed, what is uncertain."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import robasync
from robasync.service.progress import at_most
from robasync.session import Session

log = logging.getLogger(__name__)

MOST_NAMES = 5  # in one line
MOST_CALLS = 50  # named line by line


def notices(*groups: Iterable[str]) -> None:
    """Say each line of each group."""
    for group in groups:
        for line in group:
            log.info("%s", line)


def state(session: Session, *, restored: str, damage: Iterable[str], torn: Iterable[str]) -> None:
    """Say what was found on the disk; ``restored`` what took the checkpoint's place, "" if it was whole."""
    if restored:
        log.warning("%s", restored)
    else:
        log.info("Checkpoint validated successfully")

    if session.version and session.version != robasync.__version__:
        log.info("Begun with robasync %s, goes on with %s.", session.version, robasync.__version__)

    share = session.completed / session.total * 100 if session.total else 100.0
    log.info("Session: %s", session.id)
    log.info("Progress: %d/%d documents completed (%.1f%%)", session.completed, session.total, share)

    for line in damage:
        log.warning("Damaged: %s. Everything else is whole.", line)

    for name in torn:
        log.info("The end of the journal had not been acknowledged; it is kept as %s", name)

    _uncertain(session)
    log.info("Resuming from batch %d of %d", session.current_batch, max(session.total_batches, 1))


def begun(session: str, *, documents: int) -> None:
    """Say which session begins."""
    log.info("Session: %s, %d documents", session, documents)


def going_on(name: str, address: str, *, left: int, workers: int, settings: str = "") -> None:
    """Say how the work goes on, ``settings`` being what is different now, or that nothing of it is left."""
    if not left:
        log.info("Nothing is left to do in this session; its reports are written again.")
        return

    assessor(name, address, documents=left)
    log.info("Starting %d parallel workers...", workers)
    log.info("Resuming assessment%s...", f" with {settings}" if settings else "")


def assessor(name: str, address: str, *, documents: int) -> None:
    """Say who assesses, and that texts leave the machine where they do."""
    if address:
        log.info("Assessor: %s; the texts of %s are sent to %s", name, _documents(documents), address)
    else:
        log.info("Assessor: %s, the offline baseline; nothing is sent anywhere", name)


def may_cost(amount: float | None, currency: str) -> None:
    """Say what the session may cost in all; None stands for whatever it takes."""
    if amount is None:
        log.info("It may cost whatever it takes (--yes).")
    else:
        log.info("It may cost %s in all.", at_most(amount, currency))


def overrides(
    changes: Sequence[str], *, config: Path | None, workers: int | None, is_other_api: bool
) -> None:
    """Say what the command line, the environment and ``config`` change.

    ``workers`` is their new number where it changed; ``is_other_api`` where a model is reached otherwise.
    """
    if config is not None:
        log.info("Merging with updated configuration: %s", config)

    for change in changes:
        log.info("Configuration override: %s", change)

    if workers is not None:
        log.info("Redistributing remaining work across %d worker%s", workers, "s" * (workers != 1))

    if is_other_api:
        log.info("API configuration updated")


def kept(completed: int, *, altered: Sequence[str]) -> None:
    """Say that completed studies stay as they were judged, whatever the ``altered`` settings say now."""
    if completed and altered:
        log.info(
            "%s as judged before the change of %s; judge anew with --reassess.",
            "1 completed study stays" if completed == 1 else f"{completed} completed studies stay",
            _listed(altered),
        )


def work(
    *,
    changed: Collection[str],
    new: Collection[str],
    vanished: Collection[str],
    moved: Sequence[tuple[str, str]] = (),
) -> None:
    """Name the documents that are not as they were; those ``moved``, from where to where, once."""
    ways = {f"{old} -> {name}" for old, name in moved}
    groups = (
        ("Changed", changed),
        ("New", set(new).difference(name for _, name in moved)),
        ("Vanished", set(vanished).difference(old for old, _ in moved)),
        ("Moved", ways),
    )

    for words, names in groups:
        if names:
            log.info("%s documents: %d (%s)", words, len(names), _listed(sorted(names)))


def _documents(count: int) -> str:
    return f"{count} document" if count == 1 else f"up to {count} documents"


def _uncertain(session: Session) -> None:
    if not session.uncertain:
        return

    priced = all(call.reserved is not None for call in session.uncertain.values())
    most = f"at most {session.reserved:.4f} in all" if priced else "price unknown"
    log.warning("Safe: the outcomes of %d studies, and every answer on the disk.", session.completed)
    log.warning(
        "Uncertain calls: %d; no reply is on the disk, they may have been billed (%s):",
        len(session.uncertain),
        most,
    )

    for number, call in enumerate(session.uncertain.values()):
        level = logging.WARNING if number < MOST_CALLS else logging.DEBUG
        asked = call.time[:19].replace("T", " ")
        log.log(level, "  %s, asked of %s at %s", call.document, call.model, asked)

    if (more := len(session.uncertain) - MOST_CALLS) > 0:
        log.warning("  and %d more; --verbose names them all", more)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES

    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
