"""What calls cost: the price of a model, the cost of a call, and where prices are told.

Money is counted in whole units of a billionth of the currency, so that sums never drift;
journal and reports show plain numbers.
"""

from __future__ import annotations

from robasync.cost.amounts import UNITS, Number, exact, number, units
from robasync.cost.known import VENDORS, known
from robasync.cost.rates import WRITING, Price, Rates, Tier
from robasync.cost.tables import load_prices, price, read_prices, recorded, told

__all__ = [
    "UNITS",
    "VENDORS",
    "WRITING",
    "Number",
    "Price",
    "Rates",
    "Tier",
    "exact",
    "known",
    "load_prices",
    "number",
    "price",
    "read_prices",
    "recorded",
    "told",
    "units",
]
