"""A session's accounts, from its journal alone: of a finished one, or of one that runs just now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from robasync.accounts import Accounts, Statement
from robasync.app import choosing
from robasync.reports.survey import survey
from robasync.session import Session
from robasync.settings import load
from robasync.store.files import Files
from robasync.store.folding import fold
from robasync.store.looking import LookingFiles
from robasync.store.outcomes import bodies
from robasync.store.places import Place


def accounts(name: str | None, *, config: Path | None, overrides: Mapping[str, Any]) -> Statement:
    """Return the accounts of the session that ``name`` means; None is the newest.

    Changes not one byte, and waits for no lock. Raises SessionNotFound, CheckpointError where its
    journal is missing, SealError, StorageError.
    """
    files = LookingFiles()
    _, found = choosing.find(files, name, config=config, overrides=overrides)

    return statement(files, found.place)


def statement(files: Files, place: Place) -> Statement:
    """Return the accounts of the session at ``place``; reads its whole journal. Raises StorageError.

    Memory: about 72 bytes a document, and a label each, beside what a session takes.
    """
    found = Accounts()
    session = fold(files, place, whole=True, watch=found.see).session
    found.close(session)

    return Statement(
        session=session.id,
        currency=currency(session),
        accounts=found,
        names=session.documents.names,
        labels=list(_labels(files, place, session)),
        prices=session.prices,
        uncertain=tuple(session.uncertain.values()),
        given_up=session.given_up,
    )


def currency(session: Session) -> str:
    """Return the currency of what the session has spent: that of its prices, else that of its settings."""
    told = [price.get("currency") for price in session.prices.values() if isinstance(price, dict)]

    if told and isinstance(told[0], str):
        return told[0]

    return load(base=session.config, environment=False).cost_tracking.currency


def _labels(files: Files, place: Place, session: Session) -> Iterator[str]:
    """Yield the study of each document, as the reports name it; its own name where nothing became of it."""
    documents = session.documents
    labels = iter(survey(bodies(files, place, session.positions())).labels)

    for name in documents.names:
        yield next(labels) if documents.position(name) is not None else name
