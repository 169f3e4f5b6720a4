"""What a model costs and by whose word: its own price, the price file, its being ours, the known prices."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from robasync import cost
from robasync.cost import Price
from robasync.errors import SettingsError
from robasync.session import Session
from robasync.settings import Change, Layer, Settings
from robasync.settings.models import ModelSettings
from robasync.settings.providers import RULES, wire

DOLLAR = "USD"
_SERVERS = frozenset({"ollama", "vllm"})  # that answer with the machine they run on
_CLOUD = ("-cloud", ":cloud")  # ends of names that an Ollama server passes on, to be paid
_FREE = Decimal(0)


def price(settings: Settings, model: ModelSettings | None) -> Price | None:
    """Return what the model costs in the currency of the settings; None where nobody tells.

    In a currency of its own where no rate of exchange is given. None for a model is the offline
    baseline, which is free. Raises SettingsError.
    """
    if model is None:
        return Price(input=_FREE, output=_FREE, currency=settings.cost_tracking.currency, source=RULES)

    found = _told(settings, model)

    if found is None:
        return None

    if wire(model.provider) == "anthropic":
        found = found.writing()

    return _exchanged(settings, found)


def check(settings: Settings, model: ModelSettings | None, price: Price | None) -> None:
    """Raise SettingsError for a price that nobody knows and nobody waived, and for a cap without one."""
    tracking = settings.cost_tracking
    has_cap = tracking.max_cost_threshold is not None

    if price is None and model is not None:
        _check_unknown(model, has_cap=has_cap, waived=tracking.unpriced)
    elif price is not None and has_cap and price.currency != tracking.currency.upper():
        name = model.name if model else RULES
        raise SettingsError(
            f"The cap is in {tracking.currency}, the price of {name} in {price.currency}.\n"
            "State both in the same currency, or a rate with its day in cost_tracking.exchange_rates."
        )


def body(model: ModelSettings | None, price: Price | None) -> dict[str, Any]:
    """Return what the first record of a run says of prices, by the server's name of the model."""
    return {model.model_name: price.body if price else None} if model else {}


def changed(
    session: Session, model: ModelSettings | None, price: Price | None, *, told: Iterable[Change]
) -> Iterator[Change]:
    """Yield how the price differs from the one that the session reckoned with so far.

    Nothing where the changes that are ``told`` name it. Raises SettingsError where it is in another
    currency than what the session has spent.
    """
    if model is None or model.model_name not in session.prices:
        return

    said = session.prices[model.model_name]
    before = cost.recorded(said) if said else None

    if before and price and before.currency != price.currency and session.spent:
        raise SettingsError(
            f"This session is reckoned in {before.currency}, the price of {model.name} is now in "
            f"{price.currency}.\nState it in {before.currency}, or a rate with its day in "
            "cost_tracking.exchange_rates and that currency in cost_tracking.currency."
        )

    if before != price and not any(one.name.startswith(f"llm_models.{model.name}.price") for one in told):
        old, new = (str(one) if one else "unknown" for one in (before, price))
        source = f" ({price.source})" if price else ""
        yield Change(name=f"price of {model.name}", old=old, new=f"{new}{source}", layer=Layer.RUNS)


def _told(settings: Settings, model: ModelSettings) -> Price | None:
    if model.price is not None:
        own = cost.price(model.price.model_dump(), source=f"the price of {model.name}")

        return replace(own, source="the model's own price")

    if settings.paths.llm_pricing_config is not None:
        prices = cost.load_prices(settings.paths.llm_pricing_config)
        row = prices.get(model.name) or prices.get(model.model_name)

        if row is not None:
            return row

    if is_local(model):
        currency, source = settings.cost_tracking.currency, "a local model costs nothing"

        return Price(input=_FREE, output=_FREE, currency=currency, source=source)

    return _known(model)


def is_local(model: ModelSettings) -> bool:
    """Return whether the model is declared to run on a machine of ours.

    By ``local``, or as Ollama's or vLLM's at an address of this machine. An address alone tells
    nothing: what listens there may pass everything on to a model that is paid.
    """
    passes_on = model.model_name.endswith(_CLOUD)
    is_here = all(_is_loopback(entry.base_url or "") for entry in model.entries)

    return model.local or (model.provider in _SERVERS and is_here and not passes_on)


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _known(model: ModelSettings) -> Price | None:
    """Return the published price, the dearest where the model is reached at several providers."""
    moment = datetime.now(UTC)
    prices = [
        cost.known(
            provider=entry.provider, address=entry.base_url or "", model=entry.model_name, moment=moment
        )
        for entry in {entry.base_url: entry for entry in model.entries}.values()
    ]
    told = [one for one in prices if one is not None]

    return max(told, key=lambda one: (one.output, one.input)) if len(told) == len(prices) else None


def _exchanged(settings: Settings, price: Price) -> Price:
    """Return the price in the currency of the settings as far as they tell how."""
    wanted = settings.cost_tracking.currency.upper()
    rates = {rate.currency.upper(): rate for rate in settings.cost_tracking.exchange_rates}
    needed = [code for code in (price.currency, wanted) if code != DOLLAR]

    if price.currency == wanted or not set(needed) <= rates.keys():
        return price

    per_dollar: Mapping[str, Decimal] = {DOLLAR: Decimal(1)} | {
        code: Decimal(str(rates[code].per_usd)) for code in needed
    }
    note = ", ".join(f"{rates[code].per_usd} {code} per USD of {rates[code].date}" for code in needed)

    return price.converted(per_dollar[wanted] / per_dollar[price.currency], currency=wanted, note=note)


def _check_unknown(model: ModelSettings, *, has_cap: bool, waived: tuple[str, ...]) -> None:
    if has_cap:
        raise SettingsError(
            f"cost_tracking.max_cost_threshold is set, but the price of {model.name} is unknown.\n"
            "Give the model a price (per million tokens), or a llm_pricing_config."
        )

    if not {model.name, model.model_name} & set(waived):
        host = urlsplit(model.base_url or "").netloc
        raise SettingsError(
            f"The price of {model.name} is unknown ({model.model_name} at {host}); nothing was sent.\n"
            'Add to the model "price": {"input": 2.5, "output": 10} per million tokens, or "local": true '
            f"if it runs on a machine of yours, or go on without costs: --unpriced {shlex.quote(model.name)}"
        )
