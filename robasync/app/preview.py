"""What a command would do, before it does it: forecasts and explanations, without changing a byte."""

from __future__ import annotations

from robasync.app import announcing, assembly, explanation, precedent, resuming
from robasync.app.beginning import Beginning, beginning, imagined
from robasync.app.explanation import Explanation
from robasync.app.planning import MOST_READ, foresee
from robasync.app.resuming import Request, prepared
from robasync.app.run import Show
from robasync.detection import Work
from robasync.forecast import Forecast
from robasync.selection import Selection
from robasync.service.signals import Signals
from robasync.settings import Settings
from robasync.store.looking import LookingFiles


def resume(request: Request, *, is_quick: bool = False, signals: Signals, show: Show) -> Forecast:
    """Return what a resume would do, also of a session that another process writes.

    What is quick looks at some of many documents only, and takes the others for alike.

    Raises as ``sessions.resume``, and Stopped where a signal ends it.
    """
    files = LookingFiles()

    with prepared(files, request, write=False) as one:
        announcing.tell(one)
        assembly.check(one.plan, one.settings)

        most = MOST_READ if is_quick else None

        return foresee(resuming.job(files, one), one.work, most=most, signals=signals, show=show)


def start(
    settings: Settings,
    *,
    selection: Selection,
    new: bool,
    is_quick: bool = False,
    signals: Signals,
    show: Show,
) -> Forecast:
    """Return what a run would do that begins a session. Raises as ``sessions.start``, and Stopped."""
    files = LookingFiles()
    asked = beginning(files, settings, selection=selection)

    if not new:
        precedent.refuse(files, settings, catalogue=asked.catalogue, fingerprint=asked.fingerprint)

    return beginning_of(asked, most=MOST_READ if is_quick else None, signals=signals, show=show)


def beginning_of(asked: Beginning, *, most: int | None = None, signals: Signals, show: Show) -> Forecast:
    """Return what a run would do that begins as ``asked``; of more than ``most`` documents by a sample."""
    everything = Work(left=frozenset(), changed=frozenset(), new=tuple(asked.folder.names), vanished=())

    return foresee(imagined(LookingFiles(), asked), everything, most=most, signals=signals, show=show)


def explain(name: str, request: Request, *, signals: Signals, show: Show) -> Explanation:
    """Return what a resume would do with the document ``name``, and why. Raises as ``resume``."""
    files = LookingFiles()

    with prepared(files, request, write=False) as one:
        return explanation.explain(name, resuming.job(files, one), one.work, signals=signals, show=show)
