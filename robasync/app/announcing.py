"""What is said of a session before it goes on: what was found, and what is different now."""

from __future__ import annotations

import logging

from robasync.app.resuming import ACCEPT, WORKERS, Prepared
from robasync.model import Status
from robasync.service import dialogue
from robasync.settings import Layer

log = logging.getLogger(__name__)

COMPLETED = (Status.ASSESSED, Status.REFUSED)
FRAMEWORK = "rob_framework."


def tell(one: Prepared) -> None:
    """Say what was found, what is different now, and which documents are not as they were."""
    opened, work = one.opened, one.work
    dialogue.state(
        opened.session,
        restored=opened.restored,
        damage=[f"{spot.file} at byte {spot.offset}: {spot.message}" for spot in opened.damage],
        torn=opened.torn,
    )
    names = [change.name for change in one.changes]
    dialogue.overrides(
        [str(change) for change in one.changes],
        config=one.request.config,
        workers=one.workers if WORKERS in names else None,
        is_other_api=any(name.startswith("llm_models.") for name in names),
    )

    if not one.request.reassess:
        dialogue.kept(_kept(one), altered=_altered(one))

    if opened.place.is_sealed and not one.settings.checkpoint_system.encryption:
        log.info("This session stays encrypted, as it began.", extra={"event": "encryption_kept"})

    dialogue.work(changed=work.changed, new=work.new, vanished=work.vanished, moved=work.moved)


def _kept(one: Prepared) -> int:
    """Return how many completed studies stay as they are."""
    again = sum(one.opened.session.status(name) in COMPLETED for name in one.work.left)

    return one.opened.session.completed - again


def _altered(one: Prepared) -> list[str]:
    """Return what is different now and would have been asked, or judged, otherwise."""
    names = [change.name for change in one.changes if change.layer is not Layer.RUNS]
    before = one.opened.session.instrument

    if (
        before
        and before != one.plan.instrument.hash
        and not any(name.startswith(FRAMEWORK) for name in names)
    ):
        names.append("the instrument's file")

    return [name for name in names if name != ACCEPT]
