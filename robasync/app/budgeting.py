"""The budget of a run: its cap, or what was agreed to, over what its session has spent and may have."""

from __future__ import annotations

import logging

from robasync import cost
from robasync.gate.alerts import PERCENTS, Alerts
from robasync.gate.budget import Budget
from robasync.gate.sending import Journal
from robasync.plan.consent import limit
from robasync.session import Session
from robasync.settings import Settings
from robasync.store.opening import Opened

log = logging.getLogger(__name__)


def budget(settings: Settings, opened: Opened, *, journal: Journal) -> Budget:
    """Return the account of a run that goes on with ``opened``; alerts are noted in ``journal``.

    Replies that cannot be read any more were paid all the same: the checkpoint may know of more
    than the journal.
    """
    session = opened.session
    cap = limit(settings.cost_tracking.max_cost_threshold, session.consent)
    spent = cost.units(max(session.spent, opened.spent))
    uncertain = cost.units(session.reserved)

    if cap is None:
        return Budget(spent=spent, uncertain=uncertain, say=log.warning)

    alerts = _alerts(settings, session, cap=cap, journal=journal)
    alerts.see(spent)  # of a cap that is new

    return Budget(
        cost.units(cap),
        spent=spent,
        uncertain=uncertain,
        say=log.warning,
        watch=alerts,
    )


def change(budget: Budget, settings: Settings, session: Session, *, journal: Journal) -> None:
    """Let the cap of ``settings``, which must have one, hold in a run that goes on."""
    cap = settings.cost_tracking.max_cost_threshold
    assert cap is not None
    alerts = _alerts(settings, session, cap=cap, journal=journal)
    alerts.see(budget.spent)
    budget.change(cost.units(cap), watch=alerts)


def _alerts(settings: Settings, session: Session, *, cap: float, journal: Journal) -> Alerts:
    wanted = settings.cost_tracking.cost_alerts
    percents = wanted if isinstance(wanted, tuple) else PERCENTS if wanted else ()

    return Alerts(
        percents,
        cap=cost.units(cap),
        currency=settings.cost_tracking.currency,
        told=session.alert_percent if session.alert_cap == cap else 0,
        note=journal.append,
    )
