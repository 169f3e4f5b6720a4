"""The books of the calls: every reply was asked for, none was bought twice, each cost what it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from robasync import cost
from robasync.cost import Price
from robasync.errors import SettingsError
from robasync.findings import Finding, Level, Subject
from robasync.model import Usage
from robasync.records import Kind, Position, Record
from robasync.session import Session
from robasync.store.keys import ASKED, Keys, short

_TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "written_tokens")
_DEAREST = 1_000_000_000  # per million tokens; more is no price


class Calls:
    """Takes the records of calls in journal order and yields what does not fit together.

    ``keys`` are those of the index, noted as a fold notes them: about 30 bytes a key.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.answered = 0
        self.keys = Keys()

    def see(self, kind: str, key: str, *, position: Position, is_copy: bool) -> Iterator[Finding]:
        """Take one in by its head alone; ``is_copy`` is a reply that another session may have bought."""
        before = self.keys.get(short(key))
        self.keys.note(kind, key, position)
        self.keys.gather()
        self.asked += kind == Kind.INTENT
        self.answered += kind == Kind.REPLY
        doubt = "" if is_copy else _doubt(kind, before)

        if doubt:
            message = f"call {key[:12]} {doubt}"
            yield Finding(subject=Subject.CALLS, level=Level.DAMAGE, message=message)


class Costs:
    """Works the cost of each reply out anew, where the record of the time tells the model's price."""

    def __init__(self) -> None:
        self.compared = 0
        self._prices: dict[str, list[Price]] = {}

    def see(self, record: Record, session: Session) -> Iterator[Finding]:
        """Take one well-formed record in; ``session`` is the fold of what came before it."""
        if record.kind in (Kind.SESSION_STARTED, Kind.SESSION_RESUMED):
            self._prices = _recorded(record.body) or _prices(record.body.get("config", session.config))
        elif record.kind is Kind.REPLY:
            yield from self._check(record, session)

    def _check(self, record: Record, session: Session) -> Iterator[Finding]:
        body, right = record.body, self._right(record, session)

        if not right:
            return

        self.compared += 1

        if body["cost"] is None or _units(body["cost"]) not in right:
            due = " or ".join(f"{cost.number(units):g}" for units in sorted(right))
            yield Finding(
                subject=Subject.COSTS,
                level=Level.DAMAGE,
                message=(
                    f"call {record.key[:12]} is booked at {body['cost']}, by its tokens and the price "
                    f"of {body['model'][:80]!r} it cost {due}"
                ),
            )

    def _right(self, record: Record, session: Session) -> set[int]:
        """Return the costs, in units, that would be right; none where that cannot be told."""
        body = record.body

        if "from_session" in body:
            return {0}

        prices = self._prices.get(body["model"], [])
        usage = Usage(**{name: body["usage"].get(name, 0) for name in _TOKENS})

        told = {price.cost(usage) for price in prices}

        if usage.input_tokens and usage.output_tokens:
            return told

        # A reply that does not tell both is booked at no less than was reserved for it.
        intent = session.uncertain.get(record.key) or session.released.get(record.key)

        if intent is None or intent.reserved is None:
            return set()

        least = {max(units, _units(intent.reserved)) for units in told}

        return least if usage == Usage() else least | told


def _doubt(kind: str, before: bytes | None) -> str:
    if kind == Kind.INTENT:
        return "" if before is None else "was asked a second time"

    if before is None:
        return "has an end, but it is not recorded that it was asked"

    if kind == Kind.REPLY and before != ASKED:
        return "was answered, and counted, twice"

    return ""


def _units(amount: float) -> int:
    return cost.units(Decimal(repr(amount)))


def _recorded(body: Mapping[str, Any]) -> dict[str, list[Price]]:
    """Return the prices that the record says were reckoned with; what cannot be read is left out."""
    prices = body.get("prices")
    found: dict[str, list[Price]] = {}

    for model, said in prices.items() if isinstance(prices, dict) else ():
        with suppress(SettingsError):
            if _is_sane(price := cost.recorded(said)):
                found[model] = [price]

    return found


def _prices(config: Any) -> dict[str, list[Price]]:
    """Return the prices in the settings, for records that hold none, by the server's name of the model."""
    models = config.get("llm_models") if isinstance(config, dict) else None
    found: dict[str, list[Price]] = {}

    for model in models if isinstance(models, list) else ():
        if isinstance(model, dict) and (price := _price(model)) is not None:
            found.setdefault(str(model.get("model_name")), []).append(price)

    return found


def _price(model: Mapping[str, Any]) -> Price | None:
    values = model.get("price")

    if not isinstance(values, dict):
        return None

    try:
        price = cost.price(values, source="price").writing()
    except SettingsError:
        return None

    return price if _is_sane(price) else None


def _is_sane(price: Price) -> bool:
    return max(price.dearest_input, price.output) < _DEAREST
