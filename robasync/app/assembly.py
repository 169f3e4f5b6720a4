"""From settings to what a run asks of whom: instrument, questions, model, price."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from robasync import instruments
from robasync.app import doors, pricing, recognition
from robasync.cost import Price
from robasync.errors import SettingsError
from robasync.instruments import Instrument, Item, Thresholds
from robasync.model import AssessorKind, CallsPer
from robasync.session import Session
from robasync.settings import Settings, secrets, sizes
from robasync.settings.models import ModelSettings

RULES = "rules"
PROPOSED = "proposed"
_MAX_TOKENS = 4096  # of what the baseline answers, which has no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will ask of whom; made from settings alone, before anything is opened.

    ``model`` is None for the offline baseline. ``price`` is None where it is unknown.
    """

    instrument: Instrument
    items: tuple[Item, ...]
    thresholds: Thresholds
    result: str
    calls_per: CallsPer
    model: ModelSettings | None
    price: Price | None
    notices: tuple[str, ...] = ()

    @property
    def assessor(self) -> str:
        """The assessor's name on screen and in reports."""
        return self.model.name if self.model else RULES

    @property
    def currency(self) -> str | None:
        """The currency of the price, None where the price is unknown."""
        return self.price.currency if self.price else None

    def cost(self, session: Session) -> float | None:
        """Return what the session cost, None where the price of any reply is unknown."""
        spends = session.spend.values()

        if any(spend.unpriced for spend in spends) or (self.price is None and not spends):
            return None

        return session.spent

    @property
    def address(self) -> str:
        """The host that documents are sent to, "" where nothing leaves this machine's process."""
        return urlsplit(self.model.base_url or "").netloc if self.model else ""

    @property
    def max_tokens(self) -> int:
        """The most tokens of an answer."""
        return self.model.max_tokens if self.model else _MAX_TOKENS

    @property
    def kind(self) -> AssessorKind:
        """Whether a model or the pattern-matching baseline judges."""
        return AssessorKind.MODEL if self.model else AssessorKind.BASELINE


def plan(settings: Settings, *, model: str | None) -> Plan:
    """Return what the settings ask for; ``model`` is the name given on the command line.

    Raises SettingsError, InstrumentError.
    """
    framework = settings.rob_framework
    instrument = instruments.load(str(framework.path) if framework.path else framework.type)
    chosen, notices = _model(settings, model)

    return Plan(
        instrument=instrument,
        items=_items(settings, instrument),
        thresholds=_thresholds(settings),
        result=framework.outcome or PROPOSED,
        calls_per=framework.calls_per if chosen else "instrument",  # the baseline has no calls to divide
        model=chosen,
        price=pricing.price(settings, chosen),
        notices=notices,
    )


def check(plan: Plan, settings: Settings) -> None:
    """Raise SettingsError for what must not begin: no key, no price, no data to read scans, no token."""
    recognition.tessdata(settings)
    doors.access(settings)
    pricing.check(settings, plan.model, plan.price)

    for entry in plan.model.entries if plan.model else ():
        key(entry)


def _model(settings: Settings, name: str | None) -> tuple[ModelSettings | None, tuple[str, ...]]:
    models = {model.name: model for model in settings.llm_models}

    if name == RULES and RULES not in models:
        return None, ()

    if name is not None:
        if name not in models:
            known = ", ".join([*models, RULES])
            raise SettingsError(f"No model is called {name!r}. Configured: {known}")

        return _real(models[name]), ()

    if not models:
        return None, ()

    first = next(iter(models.values()))
    several = (f"{len(models)} models are configured; {first.name} is asked. Choose with --model NAME.",)

    return _real(first), several if len(models) > 1 else ()


def _real(model: ModelSettings) -> ModelSettings | None:
    return None if model.provider == RULES else model


def _items(settings: Settings, instrument: Instrument) -> tuple[Item, ...]:
    core, optional = settings.rob_framework.core_items, sizes.optional_items(settings)
    wanted = {
        item.id for item in instrument.items if _is_chosen(item, chosen=core if item.core else optional)
    }

    for chosen in (core, optional):
        if not isinstance(chosen, bool):
            instrument.select(name for name in chosen if not _names(instrument, name))

    if not wanted:
        raise SettingsError(f"rob_framework: no item of {instrument.id} is chosen; set core_items to true")

    return instrument.select(wanted)


def _is_chosen(item: Item, *, chosen: bool | tuple[str, ...]) -> bool:
    return chosen if isinstance(chosen, bool) else item.id in chosen or item.name in chosen


def _names(instrument: Instrument, name: str) -> bool:
    return any(name == item.name for item in instrument.items)


def _thresholds(settings: Settings) -> Thresholds:
    given = settings.domain6.thresholds

    if given is None:
        return Thresholds()

    return Thresholds(
        definitely_low=given.definitely_low,
        probably_low=given.probably_low,
        probably_high=given.probably_high,
        prespecified=True,
    )


def key(model: ModelSettings | None) -> str | None:
    """Return the model's key; raises SettingsError where what it refers to is not there."""
    if model is None or model.api_key is None:
        return None

    return secrets.reveal(model.api_key, owner=f"the key of {model.name}")
