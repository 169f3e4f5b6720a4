"""From settings to what a run asks of whom: instrument, questions, model, price."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from robasync import cost, instruments
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
        if self.price is None or any(spend.unpriced for spend in session.spend.values()):
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
        price=price(settings, chosen),
        notices=notices,
    )


def check(plan: Plan, settings: Settings) -> None:
    """Raise SettingsError for what must not begin: no key, a cap without a price."""
    _check_cap(plan, settings)

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


def price(settings: Settings, model: ModelSettings | None) -> Price | None:
    """Return what the model costs by its own price, else by the price list; None where that is unknown."""
    if model is None:
        return cost.price(
            {"input": 0, "output": 0, "currency": settings.cost_tracking.currency}, source=RULES
        )

    if model.price is not None:
        return cost.price(model.price.model_dump(), source=f"the price of {model.name}")

    if settings.paths.llm_pricing_config is not None:
        prices = cost.load_prices(settings.paths.llm_pricing_config)

        return prices.get(model.name) or prices.get(model.model_name)

    return None


def _check_cap(plan: Plan, settings: Settings) -> None:
    cap, currency = settings.cost_tracking.max_cost_threshold, settings.cost_tracking.currency

    if cap is None:
        return

    if plan.price is None:
        raise SettingsError(
            f"cost_tracking.max_cost_threshold is set, but the price of {plan.assessor} is unknown.\n"
            "Give the model a price (per million tokens), or a llm_pricing_config."
        )

    if plan.price.currency != currency:
        raise SettingsError(
            f"The cap is in {currency}, the price of {plan.assessor} in {plan.price.currency}.\n"
            "State both in the same currency."
        )


def key(model: ModelSettings | None) -> str | None:
    """Return the model's key; raises SettingsError where what it refers to is not there."""
    if model is None or model.api_key is None:
        return None

    return secrets.reveal(model.api_key, owner=f"the key of {model.name}")
