"""Large sessions to resume: a folder of tiny reports, and the journal of a run that did most of them.

    python benchmarks/large.py FOLDER --documents 1000000 [--left 1000] [--url http://127.0.0.1:8000/v1]

leaves in FOLDER what a run with one call per document would have left there when it was
stopped: ``in/`` (a thousand reports to a subfolder), ``settings.json``, and the session in
``checkpoints/``. Then, in FOLDER: ``robasync resume``.

Reading, prompt, keys, journal, fold and checkpoint are the real ones. The model is asked once:
the reports differ in their last line only, so its one answer fits all of them. A million documents
take 2 to 4 minutes, 4.5 GB for the reports and 1.7 GB for the journal.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import engine

from robasync import attempts
from robasync.app.run import Job, Live
from robasync.batches import Batch
from robasync.contents import identify
from robasync.extract import plain
from robasync.model import Assessment, Document, Extract, Outcome, Prompt, Status, Usage
from robasync.records import Kind, Record
from tests import reports
from tests.desk import Desk

FOLDER_SIZE = 1_000  # reports in one folder
TOGETHER = 20  # batches that one wait for the disk covers
NUMBER_LINE = "\n\nThis was the report with the number {} of the benchmark.\n"


@dataclass(frozen=True)
class Pattern:
    """What one real assessment left; that of every other document differs by name, bytes and key."""

    assessment: Assessment
    raw: bytes
    usage: Usage


def main() -> None:
    arguments = parse()
    began = time.perf_counter()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    os.chdir(arguments.folder)
    make(arguments.documents, left=arguments.left, url=arguments.url, items=arguments.items)
    print(f"{arguments.documents:,} documents in {time.perf_counter() - began:.0f} s")


def make(count: int, *, left: int | None = None, url: str = engine.NOWHERE, items: str = "1") -> None:
    """Make a session of ``count`` documents in the working folder, ``left`` of them not done.

    ``left`` None leaves one in a thousand, at least one; where all are left, there is no session.
    """
    undone = max(count // 1_000, 1) if left is None else left
    engine.SETTINGS.write_text(json.dumps(engine.settings(url, items=items), indent=2) + "\n")
    write(Path("in"), count)

    if undone < count:
        engine.start(partial(_past, done=count - undone))


def write(root: Path, count: int) -> None:
    """Write ``count`` reports below ``root``, in folders of FOLDER_SIZE."""
    common = reports.text(0)

    for number in range(count):
        folder = root / f"{number // FOLDER_SIZE:04}"

        if number % FOLDER_SIZE == 0:
            folder.mkdir(parents=True, exist_ok=True)

        _write(f"{folder}/{number:07}.txt", f"{common}{NUMBER_LINE.format(number)}".encode())


def _write(path: str, content: bytes) -> None:
    # Plain system calls: a file object takes three times as long, and there are a million.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)

    try:
        os.write(handle, content)
    finally:
        os.close(handle)


async def _past(job: Job, *, done: int) -> None:
    """Journal the session as if the first ``done`` documents had been assessed."""
    live = Live(job)
    past = Past(live, job)

    async with live.journal:
        live.journal.append(job.first)

        for batch in job.batches:
            durable = await past.append(batch, done=done)
            done -= len(batch.left)

            if done <= 0:
                break

            if batch.number % TOGETHER == 0:
                await durable

        await durable

    await live.checkpointer.now("benchmark")


class Past:
    """Appends what a run appends for each batch."""

    def __init__(self, live: Live, job: Job) -> None:
        assert job.plan.model is not None
        self._live = live
        self._folder = job.folder
        self._provider = engine.Local(job.plan.model.base_url or "")
        self._assessor = engine.assessor(job.plan, Desk(self._provider, price=None).gate)
        self._pattern: Pattern | None = None

    async def append(self, batch: Batch, *, done: int) -> Awaitable[None]:
        """Append a batch whose first ``done`` documents were assessed; return the wait for the disk."""
        journal, number = self._live.journal, batch.number
        documents = await identify(self._folder, batch.left[:done])
        made = [await self._records(document) for document in documents if isinstance(document, Document)]
        journal.append(Record(Kind.BATCH_STARTED, {"batch": number, "documents": list(batch.documents)}))
        durable = journal.append(*(intent for intent, _, _ in made))

        for _, reply, outcome in made:
            durable = journal.append(reply, outcome)

        if done >= len(batch.left):
            durable = journal.append(Record(Kind.BATCH_COMPLETED, {"batch": number}))

        return durable

    async def _records(self, document: Document) -> tuple[Record, Record, Record]:
        """Return intent, reply and outcome of a document, under the key that its call really has."""
        extract = plain.read(document.content or b"", document.name, media="text/plain")
        (prompt,) = self._assessor.inquiry.prompts(extract)
        pattern = self._pattern = self._pattern or await self._assess(document, extract, prompt)
        call = attempts.identify(
            prompt, document=document.name, endpoint=self._provider.endpoint, model=self._provider.model
        )
        attempt = call.attempt(1)

        return (
            attempt.intent(None),
            attempt.reply(pattern.raw, usage=pattern.usage, amount=None),
            Record(Kind.OUTCOME, _outcome(document, pattern.assessment)),
        )

    async def _assess(self, document: Document, extract: Extract, prompt: Prompt) -> Pattern:
        assessment = await self._assessor.assess(document, extract)
        assert isinstance(assessment, Assessment)
        raw = await self._provider.complete(prompt)

        return Pattern(assessment=assessment, raw=raw, usage=self._provider.read(raw).usage)


def _outcome(document: Document, assessment: Assessment) -> Outcome:
    return Outcome(
        document=document.name,
        digest=document.digest,
        size=document.size,
        mtime_ns=document.mtime_ns,
        inode=document.inode,
        status=Status.ASSESSED,
        assessment=assessment,
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--left", type=int, help="documents not done; by default one in a thousand")
    parser.add_argument("--url", default=engine.NOWHERE, help="base URL of the model that a resume asks")
    parser.add_argument("--items", default="1", help="ids of the items asked, by comma, or all")

    return parser.parse_args()


if __name__ == "__main__":
    main()
