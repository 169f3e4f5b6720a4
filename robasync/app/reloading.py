"""The settings read again while a run goes on: what only runs things is changed, the rest is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from robasync.app import budgeting, lanes
from robasync.app.running import Running
from robasync.errors import RobasyncError
from robasync.gate.limits import Stated
from robasync.records import Kind, Record
from robasync.service.machine import cores
from robasync.settings import Change, Layer, Settings, changes, sizes

log = logging.getLogger(__name__)

CAP = "cost_tracking.max_cost_threshold"

Way = Callable[[Running, Settings], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What came of it: the changes that hold from now on, and those that do not, each with the reason."""

    applied: tuple[Change, ...] = ()
    refused: tuple[tuple[Change, str], ...] = ()


class Reloading:
    """Applies settings that are read again to a run. ``read`` raises SettingsError as ``load`` does."""

    def __init__(self, running: Running, read: Callable[[], Settings]) -> None:
        self._running = running
        self._read = read
        self._applied: dict[str, Change] = {}  # by name: from what the run began with to what holds now

    def reload(self) -> Reloaded:
        """Read the settings and apply, journal and tell what can be changed in a run.

        Raises nothing: settings that cannot be used change nothing, and say why.
        """
        try:
            settings = self._read()
        except RobasyncError as error:
            log.warning("The settings are not read again: %s", error, extra={"event": "settings_refused"})

            return Reloaded()

        found = tuple(self._differing(settings))
        ways = {change.name: way for change in found if (way := _way(change, self._running)) is not None}

        for way in dict.fromkeys(ways.values()):
            way(self._running, settings)

        reloaded = Reloaded(
            applied=tuple(change for change in found if change.name in ways),
            refused=tuple((change, _why_not(change)) for change in found if change.name not in ways),
        )
        self._record(reloaded)

        return reloaded

    def _differing(self, settings: Settings) -> Iterator[Change]:
        """Yield what differs from what holds now; ``changes`` tells it from what the run began with."""
        differing = {change.name: change for change in changes(self._running.job.settings, settings)}

        for name, change in {**self._applied, **differing}.items():
            holds = self._applied[name].new if name in self._applied else change.old
            wanted = change.new if name in differing else change.old

            if holds != wanted:
                yield replace(change, old=holds, new=wanted)

    def _record(self, reloaded: Reloaded) -> None:
        for change in reloaded.applied:
            before = self._applied.get(change.name, change)
            self._applied[change.name] = replace(change, old=before.old)
            body = {"name": change.name, "old": change.old, "new": change.new}
            self._running.live.journal.append(Record(Kind.SETTING_CHANGED, body))
            log.info("Reloaded: %s", change, extra={"event": "setting_reloaded", "setting": change.name})

        for change, reason in reloaded.refused:
            log.warning(
                "Not reloaded: %s. %s",
                change,
                reason,
                extra={"event": "setting_not_reloaded", "setting": change.name},
            )

        if not reloaded.applied and not reloaded.refused:
            log.info("Reloaded: no setting has changed.", extra={"event": "settings_unchanged"})


def _way(change: Change, running: Running) -> Way | None:
    """Return what applies the change, None where it cannot be changed in a run."""
    if change.name == CAP and change.new is None:
        return None  # nobody can be asked whether it may cost whatever it takes

    if change.name in _WAYS:
        return _WAYS[change.name]

    model = running.job.plan.model
    is_asked = model is not None and change.name.startswith(f"llm_models.{model.name}.")

    return _change_rates if is_asked and change.name.rpartition(".")[2] in Stated.__annotations__ else None


def _why_not(change: Change) -> str:
    if change.layer is Layer.RUNS:
        return "It takes effect at the next start."

    return "It changes what is asked or judged: stop, then resume with it."


def _change_workers(running: Running, settings: Settings) -> None:
    running.set_workers(sizes.workers(settings, cores=cores()))


def _change_triggers(running: Running, settings: Settings) -> None:
    running.live.triggers.change(
        interval=settings.parallel.checkpoint_interval,
        on_batch_complete=settings.parallel.checkpoint_on_batch_complete,
        on_error=settings.parallel.checkpoint_on_error,
    )


def _change_grace(running: Running, settings: Settings) -> None:
    running.pipeline.grace_seconds = settings.parallel.grace_seconds


def _change_cap(running: Running, settings: Settings) -> None:
    budgeting.change(running.gate.budget, settings, running.live.session, journal=running.live.journal)


def _change_level(running: Running, settings: Settings) -> None:
    del running
    logging.getLogger("robasync").setLevel(settings.service.log_level.upper())


def _change_rates(running: Running, settings: Settings) -> None:
    asked = running.job.plan.model
    model = next((one for one in settings.llm_models if asked and one.name == asked.name), None)

    for lane, entry in zip(running.gate.lanes, model.entries if model else (), strict=False):
        lane.limits.change(**lanes.stated(running.job.plan, entry, workers=running.pipeline.slots.width))


_WAYS: dict[str, Way] = {
    "parallel.max_workers": _change_workers,
    "parallel.checkpoint_interval": _change_triggers,
    "parallel.checkpoint_on_batch_complete": _change_triggers,
    "parallel.checkpoint_on_error": _change_triggers,
    "parallel.grace_seconds": _change_grace,
    CAP: _change_cap,
    "service.log_level": _change_level,
}
