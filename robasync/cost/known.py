"""The prices that vendors publish, from the data inside the genai-prices package: nothing is downloaded.

https://github.com/pydantic/genai-prices. Its data are dollars per million tokens. The package can
also update them in the background; that is never asked of it, so its version is their date.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from robasync.cost.rates import Price, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from genai_prices.types import ModelInfo, ModelPrice, Provider

# What its data call a provider, where one is named that serves its own models at its own prices.
# "openai" names a wire that anybody may speak: there the address alone tells whose prices hold.
VENDORS: Mapping[str, str] = {
    "anthropic": "anthropic",
    "azure": "azure",
    "deepseek": "deepseek",
    "gemini": "google",
    "groq": "groq",
    "mistral": "mistral",
    "openrouter": "openrouter",
    "xai": "x-ai",
}
LITELLM = "litellm"  # a proxy whose models are called VENDOR/MODEL, or as the vendor calls them

_RATES = {"input": "input_mtok", "cached": "cache_read_mtok", "written": "cache_write_mtok"}
# Text in, text out: a model that is also billed by these costs more than its tokens tell.
_BESIDES = frozenset(
    {"requests_kcount", "input_mchars", "input_text_messages_kcount", "output_citation_mtok"}
)
_OUTPUT = ("output_mtok", "output_reasoning_mtok")  # the dearer counts: usage does not always tell them apart


def known(*, provider: str, address: str, model: str, moment: datetime) -> Price | None:
    """Return what ``model`` costs at ``moment``, by its provider's kind and address; None where unknown.

    A price that changes with the hour counts as the dearest of the day. Loads the data on first use.
    """
    from genai_prices import __version__

    vendor, found = _found(provider, address, model)

    if vendor is None or found is None:
        return None

    source = f"genai-prices {__version__}, {vendor.id} {found.id}, as of {moment:%Y-%m-%d}"
    prices = [_price(one, source) for one in _valid(found, moment)]
    batches = [_price(one, source) for one in _valid(found, moment, {"processing": "batch"})]

    return _dearest(prices, batches)


def _found(provider: str, address: str, model: str) -> tuple[Provider | None, ModelInfo | None]:
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()

    if provider == LITELLM:
        try:
            return snapshot.find_provider_model(model, None, LITELLM, None)
        except LookupError:
            return None, None

    vendor = _vendor(snapshot.providers, provider, address)

    return vendor, vendor.find_model(model, all_providers=snapshot.providers) if vendor else None


def _vendor(providers: list[Provider], provider: str, address: str) -> Provider | None:
    """Return whose prices hold at the address, or by the provider's kind."""
    for one in providers:
        match = re.match(one.api_pattern, address)

        # The patterns are beginnings: another host may begin with the same letters.
        if match and (match[0].endswith("/") or address[match.end() :][:1] in ("", "/", ":", "?")):
            return one

    return next((one for one in providers if one.id == VENDORS.get(provider)), None)


def _valid(
    model: ModelInfo, moment: datetime, context: Mapping[str, str] | None = None
) -> Iterator[ModelPrice]:
    """Yield every price that holds at some hour of the day of ``moment``; none for a ``context`` unknown."""
    from genai_prices.types import TimeOfDateConstraint

    if context and not any(variant.when == context for variant in model.price_variants or ()):
        return

    conditions = model.prices if isinstance(model.prices, list) else []
    hours = [one.constraint for one in conditions if isinstance(one.constraint, TimeOfDateConstraint)]
    turns = [turn for hour in hours for turn in (hour.start_time, hour.end_time)]

    for time in (moment, *(datetime.combine(moment, turn) for turn in turns)):
        yield model.get_prices(time, context)


def _dearest(prices: list[Price | None], batches: list[Price | None]) -> Price | None:
    """Return the dearest of ``prices``, with that of ``batches``; None where one of them is unknown."""
    if not prices or None in prices:
        return None

    dearest = max((one for one in prices if one), key=lambda one: (one.output, one.input))

    return replace(dearest, batch=_dearest(batches, []))


def _price(prices: ModelPrice, source: str) -> Price | None:
    """Return the rates for text; None where text is not billed by tokens alone."""
    told = {key: value for key, value in vars(prices).items() if value is not None}

    if not {"input_mtok", "output_mtok"} <= told.keys() or told.keys() & _BESIDES:
        return None

    starts = sorted({tier.start for value in told.values() for tier in getattr(value, "tiers", ())})
    tiers = tuple(Tier(**_rates(told, start + 1), above=start) for start in starts)

    return Price(**_rates(told, 0), tiers=tiers, currency="USD", source=source)


def _rates(told: Mapping[str, Any], tokens: int) -> dict[str, Any]:
    """Return the rates of a call with so many tokens of input."""
    rates = {name: _rate(told[key], tokens) for name, key in _RATES.items() if key in told}

    return {**rates, "output": max(_rate(told[key], tokens) for key in _OUTPUT if key in told)}


def _rate(value: Any, tokens: int) -> Decimal:
    """Return one rate; of a tiered one that of the highest tier reached, which holds for all tokens."""
    reached = [tier.price for tier in getattr(value, "tiers", ()) if tokens > tier.start]

    return Decimal(reached[-1] if reached else getattr(value, "base", value))
