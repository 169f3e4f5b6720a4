"""Reads an instrument file, refusing whatever breaks a rule; the error names file, item and key.

Shipped instruments go by their name ("robust-rct"), a user's own file by its path.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from robasync.errors import InstrumentError

from .schema import DESIGNS, NOT_REPORTED, Constraint, Criterion, Instrument, Item, Polarity, Rule, Term
from .tables import Table

_SHIPPED = Path(__file__).parent
_MOST_BYTES = 1_000_000

#: The two numbers from which the share of missing participants is computed.
SHARE_COUNTS = (Term("randomised", "Randomised"), Term("analysed", "Analysed"))


def shipped() -> tuple[str, ...]:
    """Return the names of the instruments that come with robasync."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.toml")))


def load(name_or_path: str) -> Instrument:
    """Return the shipped instrument of that name, or the one in the file at that path.

    Raises InstrumentError where the file is missing, unreadable or breaks a rule.
    """
    path = _SHIPPED / f"{name_or_path}.toml" if name_or_path in shipped() else Path(name_or_path)

    return parse(_read(path), path.name)


def parse(content: bytes, file_name: str) -> Instrument:
    """Return the instrument that a file's bytes describe; raises InstrumentError."""
    try:
        tree = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InstrumentError(f"{file_name}: not a TOML file: {error}") from error

    return _instrument(Table(tree, file_name), _hash(tree, file_name))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        names = ", ".join(shipped())
        raise InstrumentError(
            f"No instrument {str(path)!r}. Give one of {names}, or a file's path"
        ) from error

    if len(content) > _MOST_BYTES:
        raise InstrumentError(f"{path.name}: larger than {_MOST_BYTES:,} bytes; this is no instrument file")

    return content


def _hash(tree: dict[str, Any], file_name: str) -> str:
    try:
        return hashlib.sha256(orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)).hexdigest()
    except TypeError as error:
        raise InstrumentError(
            f"{file_name}: holds a value that no key of an instrument takes: {error}"
        ) from error


def _instrument(table: Table, content_hash: str) -> Instrument:
    answers = _vocabulary(table, "answers")
    levels = _vocabulary(table, "levels")
    _all_different(table, "answers and levels", [term.id for term in answers + levels])
    instrument = Instrument(
        id=table.id(),
        version=table.text("version"),
        title=table.text("title"),
        source=table.text("source"),
        verified=table.day("verified"),
        licence=table.text("licence"),
        hash=content_hash,
        covers=_known(table, "covers", DESIGNS),
        answers=answers,
        levels=levels,
        items=tuple(_item(entry, answers, levels=levels) for entry in table.tables("items")),
    )
    table.finish()
    _all_different(table, "items", [item.id for item in instrument.items])

    if not any(item.core for item in instrument.items):
        raise table.fail("items", "none of them is a core item")

    return instrument


def _vocabulary(table: Table, key: str) -> tuple[Term, ...]:
    terms = []

    for entry in table.tables(key):
        terms.append(Term(entry.id(), entry.text("label")))
        entry.finish()

        if terms[-1].id == NOT_REPORTED:
            raise entry.fail("id", f"{NOT_REPORTED!r} is kept for what a report does not say")

    return tuple(terms)


def _item(table: Table, answers: tuple[Term, ...], *, levels: tuple[Term, ...]) -> Item:
    rule = table.choice("rule", Rule)
    item = Item(
        id=table.id(),
        name=table.text("name"),
        core=table.truth("core"),
        question=table.text("question"),
        rule=rule,
        polarity=_polarity(table, rule),
        answers=_criteria(table, "answers", answers) if rule.asks_answer else (),
        levels=_mapped(table, answers, levels=levels)
        if rule is Rule.IDENTITY
        else _criteria(table, "levels", levels),
        counts=_criteria(table, "counts", SHARE_COUNTS) if rule.asks_counts else (),
        constraints=_constraints(table, answers, levels=levels) if rule is Rule.STATED else (),
        search=table.texts("search"),
        domain=table.text("domain") if "domain" in table else "",
    )
    table.finish()

    if rule.asks_counts and len(levels) != 4:
        raise table.fail("rule", f"three thresholds make four levels; the file has {len(levels)}")

    return item


def _polarity(table: Table, rule: Rule) -> Polarity:
    polarity = table.choice("polarity", Polarity)

    if rule.asks_answer is (polarity is Polarity.NONE):
        raise table.fail("polarity", f"{polarity.value!r} does not go with the rule {rule.value!r}")

    return polarity


def _criteria(table: Table, key: str, terms: Sequence[Term]) -> tuple[Criterion, ...]:
    """Return one criterion for each term: none missing, none for a stranger."""
    texts = table.table(key)
    criteria = tuple(Criterion(term.id, term.label, texts.text(term.id)) for term in terms)
    texts.finish()

    return criteria


def _mapped(table: Table, answers: Sequence[Term], *, levels: Sequence[Term]) -> tuple[Criterion, ...]:
    """Return the levels of an item whose step 2 follows from step 1, and so has no criteria of its own."""
    if len(answers) != len(levels):
        raise table.fail("rule", "'identity' needs as many levels as answers")

    return tuple(Criterion(level.id, level.label, "follows from step 1") for level in levels)


def _constraints(table: Table, answers: Sequence[Term], *, levels: Sequence[Term]) -> tuple[Constraint, ...]:
    if "constraints" not in table:
        return ()

    constraints = []

    for entry in table.tables("constraints"):
        constraints.append(
            Constraint(
                id=entry.id(),
                levels=_known(entry, "levels", [level.id for level in levels]),
                answers=_known(entry, "answers", [answer.id for answer in answers]),
                message=entry.text("message"),
            )
        )
        entry.finish()

    _all_different(table, "constraints", [constraint.id for constraint in constraints])

    return tuple(constraints)


def _known(table: Table, key: str, known: Sequence[str]) -> tuple[str, ...]:
    values = table.texts(key)

    for value in values:
        if value not in known:
            raise table.fail(key, f"{value!r} is not one of {', '.join(known)}")

    return values


def _all_different(table: Table, key: str, ids: Sequence[str]) -> None:
    for place, value in enumerate(ids):
        if value in ids[:place]:
            raise table.fail(key, f"the id {value!r} stands there twice")
