"""Looks at every document of a folder and proposes which of them belong to one study."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

import anyio
from anyio import CapacityLimiter

from robasync import grouping, identifying
from robasync.app import folders, recognition
from robasync.app.run import SHOW_SECONDS, Show
from robasync.contents import Identified, identify
from robasync.documents import Folder
from robasync.errors import DocumentError, Stopped
from robasync.extract.files import FileExtractor
from robasync.grouping import Facts, Proposal
from robasync.service.machine import cores
from robasync.service.progress import measure
from robasync.service.signals import Signals
from robasync.settings import Settings, load

AT_ONCE = 64
"""Documents whose bytes and texts are in memory; of the others only what identifies them is."""


@dataclass(slots=True)
class _Look:
    """One look through a folder: what was found so far, by name."""

    folder: Folder
    extractor: FileExtractor
    limit: CapacityLimiter
    found: dict[str, Facts]

    async def all(self) -> None:
        """Look at every document, AT_ONCE at a time."""
        names = iter(self.folder.names)
        while some := list(islice(names, AT_ONCE)):
            identified = await identify(self.folder, some)
            async with anyio.create_task_group() as looking:
                for name, document in zip(some, identified, strict=True):
                    looking.start_soon(self._one, name, document)

    async def _one(self, name: str, document: Identified) -> None:
        if isinstance(document, DocumentError):
            self.found[name] = identifying.unread(name, "", document)
            return

        async with self.limit:
            try:
                extract = await self.extractor.extract(document)
                self.found[name] = identifying.facts(document, extract)
            except DocumentError as error:
                self.found[name] = identifying.unread(name, document.digest, error)


def proposed(*, config: Path | None, overrides: Mapping[str, Any], signals: Signals, show: Show) -> Proposal:
    """Return which documents of the input folder may belong to one study. Changes nothing, sends nothing.

    Raises NoDocuments, SettingsError, and Stopped where a signal ends it.
    """
    settings = load(file=config, overrides=overrides)
    folder = folders.inputs(settings, accepted=())
    found = anyio.run(partial(_looked, settings, folder, signals=signals, show=show))
    return grouping.propose([found[name] for name in folder.names])


async def _looked(settings: Settings, folder: Folder, *, signals: Signals, show: Show) -> dict[str, Facts]:
    extractor = recognition.extractor(settings, processes=cores())
    look = _Look(folder, extractor, CapacityLimiter(2 * cores()), {})
    loop = asyncio.get_running_loop()
    async with anyio.create_task_group() as beside:
        signals.attach(
            stop=lambda: loop.call_soon_threadsafe(beside.cancel_scope.cancel), snapshot=lambda: None
        )
        beside.start_soon(_tick, look, show)
        try:
            await look.all()
        finally:
            signals.detach()

        beside.cancel_scope.cancel()

    if signals.count:
        raise Stopped("Ended before everything was looked at. Nothing was changed.")

    return look.found


async def _tick(look: _Look, show: Show) -> None:
    total, began = len(look.folder.names), monotonic()
    while True:
        elapsed = monotonic() - began
        show(
            measure(
                total=total,
                done=len(look.found),
                failed=0,
                at_start=0,
                elapsed=elapsed,
                cost=0.0,
                currency="",
            )
        )
        await anyio.sleep(SHOW_SECONDS)
