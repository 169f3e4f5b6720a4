"""What every section of the settings is made of: layers, kinds of values, frozen sections.

Each field says in its annotation which layer it belongs to, e.g. ``Runs[Positive]``, and
in its description what it does; messages, templates and identities are read from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
)

from robasync.settings import references

ITEMS = "true, false or a list of item names"
PERCENTS = "true, false or a list of whole percentages from 1 to 100"

LARGEST = 10**12
"""More is a slip of the hand, and from 2**63 on the journal could not hold it."""

T = TypeVar("T")


class Layer(StrEnum):
    """What a change of a field invalidates (identity in layers)."""

    CALLS = "calls"
    JUDGEMENTS = "judgements"
    RUNS = "runs"


Calls = Annotated[T, Layer.CALLS]
Judgements = Annotated[T, Layer.JUDGEMENTS]
Runs = Annotated[T, Layer.RUNS]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The values that a kind takes, in words that end the sentence "allowed: ..."."""

    text: str


class Hidden:
    """Marks a field whose value never appears in a message."""


class Section(BaseModel):
    """A group of settings: frozen, and no key is taken that it does not declare."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a number, not true or false")  # noqa: TRY004  (pydantic collects ValueErrors only)

    return value


def _workers(value: object) -> object:
    if value == "auto" or (isinstance(value, int) and value >= 1):
        return value

    if isinstance(value, str) and value.strip().isdecimal() and int(value) >= 1:
        return int(value)

    raise ValueError('a whole number from 1, or "auto"')


def _items(value: object) -> object:
    folded = value.strip().lower() if isinstance(value, str) else value
    if folded in ("true", "false"):
        return folded == "true"

    try:
        return value if isinstance(value, bool) else _names(value)
    except ValueError:
        raise ValueError(ITEMS) from None


def _percents(value: object) -> object:
    folded = value.strip().lower() if isinstance(value, str) else value
    if isinstance(folded, bool) or folded in ("true", "false"):
        return folded in (True, "true")

    names = _names(value)
    if isinstance(names, tuple) and all(name.isdecimal() and 1 <= int(name) <= 100 for name in names):
        return tuple(int(name) for name in names)

    raise ValueError(PERCENTS)


def _location(value: object) -> object:
    # An unset variable of the shell is an empty text, which would otherwise mean the working folder.
    if value == "" or "\0" in str(value):
        raise ValueError("a path as text, neither empty nor with a null character in it")

    return value


def _address(value: object) -> object:
    host, _, port = str(value).strip().rpartition(":")

    if host.strip("[]") and port.isdecimal() and int(port) < 1 << 16:
        return f"{host}:{port}"

    raise ValueError("HOST:PORT, such as 127.0.0.1:8800")


def _secret(value: SecretStr) -> SecretStr:
    references.check(value.get_secret_value())

    return value


def _public(value: SecretStr) -> str:
    return references.public(value.get_secret_value())


def _names(value: object) -> object:
    """Let a list stand as text with commas, as an environment variable must write it."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())

    if isinstance(value, list | tuple) and all(isinstance(part, str | int) for part in value):
        return tuple(str(part) for part in value)

    raise ValueError("a list of names")


def _recordable(value: object) -> object:
    if isinstance(value, int | float) and value > LARGEST:
        raise ValueError(f"at most {LARGEST:,}")

    return value


Flag = Annotated[bool, Allowed("true or false")]
Text = Annotated[str, Allowed("text")]
Day = Annotated[date, Allowed("a day as 2026-11-20")]
Location = Annotated[Path, BeforeValidator(_location), Allowed("a path as text")]
Count = Annotated[
    int,
    BeforeValidator(_no_truth),
    AfterValidator(_recordable),
    Field(ge=0),
    Allowed("a whole number from 0"),
]
Positive = Annotated[
    int,
    BeforeValidator(_no_truth),
    AfterValidator(_recordable),
    Field(ge=1),
    Allowed("a whole number from 1"),
]
Amount = Annotated[
    float, BeforeValidator(_no_truth), AfterValidator(_recordable), Field(ge=0), Allowed("a number from 0")
]
Above = Annotated[
    float, BeforeValidator(_no_truth), AfterValidator(_recordable), Field(gt=0), Allowed("a number above 0")
]
Workers = Annotated[
    int | str,
    BeforeValidator(_workers),
    AfterValidator(_recordable),
    Allowed('a whole number from 1, or "auto"'),
]
Address = Annotated[str, BeforeValidator(_address), Allowed("HOST:PORT, such as 127.0.0.1:8800")]
Names = Annotated[tuple[str, ...], BeforeValidator(_names), Allowed("a list of names")]
Percents = Annotated[bool | tuple[int, ...], BeforeValidator(_percents), Allowed(PERCENTS)]
Items = Annotated[bool | tuple[str, ...], BeforeValidator(_items), Allowed(ITEMS)]
#: Saved as its reference, or as a fingerprint where it was written out.
Key = Annotated[
    SecretStr,
    AfterValidator(_secret),
    PlainSerializer(_public, return_type=str),
    Allowed("${NAME}, file:PATH, credential:NAME or the key itself"),
]
