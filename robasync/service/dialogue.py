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
            log.info("%s", line, extra={"event": "question_context"})


def state(session: Session, *, restored: str, damage: Iterable[str], torn: Iterable[str]) -> None:
    """Say what was found on the disk; ``restored`` what took the checkpoint's place, "" if it was whole."""
    if restored:
        log.warning("%s", restored, extra={"event": "checkpoint_restored"})
    else:
        log.info("Checkpoint validated successfully", extra={"event": "checkpoint_valid"})

    if session.version and session.version != robasync.__version__:
        log.info(
            "Begun with robasync %s, goes on with %s.",
            session.version,
            robasync.__version__,
            extra={"event": "version_changed", "version": session.version},
        )

    share = session.completed / session.total * 100 if session.total else 100.0
    log.info("Session: %s", session.id, extra={"event": "session_found", "session": session.id})
    log.info(
        "Progress: %d/%d documents completed (%.1f%%)",
        session.completed,
        session.total,
        share,
        extra={"event": "session_progress", "done": session.completed, "total": session.total},
    )

    for line in damage:
        log.warning("Damaged: %s. Everything else is whole.", line, extra={"event": "journal_damaged"})

    for name in torn:
        log.info(
            "The end of the journal had not been acknowledged; it is kept as %s",
            name,
            extra={"event": "journal_torn", "file": name},
        )

    _uncertain(session)
    log.info(
        "Resuming from batch %d of %d",
        session.current_batch,
        max(session.total_batches, 1),
        extra={"event": "resuming_batch", "batch": session.current_batch},
    )


def begun(session: str, *, documents: int) -> None:
    """Say which session begins."""
    log.info(
        "Session: %s, %d documents",
        session,
        documents,
        extra={"event": "session_started", "session": session, "total": documents},
    )


def going_on(name: str, address: str, *, left: int, workers: int, settings: str = "") -> None:
    """Say how the work goes on, ``settings`` being what is different now, or that nothing of it is left."""
    if not left:
        log.info(
            "Nothing is left to do in this session; its reports are written again.",
            extra={"event": "nothing_left"},
        )
        return

    assessor(name, address, documents=left)
    log.info(
        "Starting %d parallel workers...", workers, extra={"event": "workers_started", "workers": workers}
    )
    log.info("Resuming assessment%s...", f" with {settings}" if settings else "", extra={"event": "resuming"})


def assessor(name: str, address: str, *, documents: int) -> None:
    """Say who assesses, and that texts leave the machine where they do."""
    if address:
        log.info(
            "Assessor: %s; the texts of %s are sent to %s",
            name,
            _documents(documents),
            address,
            extra={"event": "assessor", "assessor": name, "address": address},
        )
    else:
        log.info(
            "Assessor: %s, the offline baseline; nothing is sent anywhere",
            name,
            extra={"event": "assessor", "assessor": name},
        )


def may_cost(amount: float | None, currency: str) -> None:
    """Say what the session may cost in all; None stands for whatever it takes."""
    if amount is None:
        log.info("It may cost whatever it takes (--yes).", extra={"event": "consent"})
    else:
        log.info(
            "It may cost %s in all.", at_most(amount, currency), extra={"event": "consent", "amount": amount}
        )


def overrides(
    changes: Sequence[str], *, config: Path | None, workers: int | None, is_other_api: bool
) -> None:
    """Say what the command line, the environment and ``config`` change.

    ``workers`` is their new number where it changed; ``is_other_api`` where a model is reached otherwise.
    """
    if config is not None:
        log.info(
            "Merging with updated configuration: %s",
            config,
            extra={"event": "configuration_merged", "file": str(config)},
        )

    for change in changes:
        log.info("Configuration override: %s", change, extra={"event": "configuration_override"})

    if workers is not None:
        log.info(
            "Redistributing remaining work across %d worker%s",
            workers,
            "s" * (workers != 1),
            extra={"event": "workers_changed", "workers": workers},
        )

    if is_other_api:
        log.info("API configuration updated", extra={"event": "api_changed"})


def kept(completed: int, *, altered: Sequence[str]) -> None:
    """Say that completed studies stay as they were judged, whatever the ``altered`` settings say now."""
    if completed and altered:
        log.info(
            "%s as judged before the change of %s; judge anew with --reassess.",
            "1 completed study stays" if completed == 1 else f"{completed} completed studies stay",
            _listed(altered),
            extra={"event": "judgements_kept", "studies": completed},
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
            log.info(
                "%s documents: %d (%s)",
                words,
                len(names),
                _listed(sorted(names)),
                extra={"event": "documents_differ", "documents": len(names)},
            )


def _documents(count: int) -> str:
    return f"{count} document" if count == 1 else f"up to {count} documents"


def _uncertain(session: Session) -> None:
    if not session.uncertain:
        return

    priced = all(call.reserved is not None for call in session.uncertain.values())
    most = f"at most {session.reserved:.4f} in all" if priced else "price unknown"
    log.warning(
        "Safe: the outcomes of %d studies, and every answer on the disk.",
        session.completed,
        extra={"event": "answers_safe", "studies": session.completed},
    )
    log.warning(
        "Uncertain calls: %d; no reply is on the disk, they may have been billed (%s):",
        len(session.uncertain),
        most,
        extra={"event": "calls_uncertain", "calls": len(session.uncertain)},
    )

    for number, call in enumerate(session.uncertain.values()):
        level = logging.WARNING if number < MOST_CALLS else logging.DEBUG
        asked = call.time[:19].replace("T", " ")
        log.log(
            level,
            "  %s, asked of %s at %s",
            call.document,
            call.model,
            asked,
            extra={"event": "call_uncertain", "document": call.document, "key": call.key},
        )

    if (more := len(session.uncertain) - MOST_CALLS) > 0:
        log.warning(
            "  and %d more; --verbose names them all",
            more,
            extra={"event": "calls_uncertain_more", "calls": more},
        )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES

    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
