"""Reading ahead: a process of its own tells the same of every document as reading here does."""

from __future__ import annotations

import hashlib
import os
import signal
from dataclasses import replace

import anyio
import anyio.to_process
import pytest

from robasync.app import texts
from robasync.app.reading import FEWEST, Reader
from robasync.contents import KEEP_BYTES, identify
from robasync.documents import Folder, walk
from robasync.errors import DocumentError, ExtractionTimeout, Unreadable
from robasync.extract.files import FileExtractor
from robasync.front import look
from robasync.model import Document
from tests import extract_workers, reports

FILES = {
    "a report.txt": reports.text(1).encode(),
    "b.txt": b"",
    "c.pdf": b"%PDF-1.7 and nothing more",
    "d.txt": "Müller’s review – a systematic review of cohort studies\n\nText.".encode("utf-16"),
    "e.txt": b"caf\xe9 in Windows-1252, a trial of it",
    "f.txt": b"%PDF-1.4 a pdf that is called text",
    "g.md": "# Study protocol of a trial\n\n\x0cPage two \u00e9\ufb01".encode(),
    "h.pdf": b"not a pdf at all, whatever it says",
    "i.txt": b"x" * (KEEP_BYTES + 1),
    "j.txt": b"\x00\x01binary",
    "k/l.txt": reports.text(2).encode() * 3,
}


def make(root):
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    return walk(root)


def reader(folder, *, seconds=30.0, fewest=0, prepare=texts.prepare):
    return Reader(folder, timeout_seconds=seconds, memory_limit_gb=1.0, fewest=fewest, prepare=prepare)


async def extracted(document):
    """Return what the extractor makes of a document, an error as its class and words."""
    extractor = FileExtractor(processes=1, timeout_seconds=30.0, memory_limit_gb=1.0)

    try:
        return await extractor.extract(document)
    except DocumentError as error:
        return type(error), str(error)


async def test_the_process_tells_what_reading_here_tells(tmp_path):
    """Identity, extract and errors are the same whoever reads; small texts come with their extract."""
    folder = make(tmp_path)
    apart = reader(folder)
    await apart.start()
    read = await apart.read(folder.names)
    here = await identify(folder, folder.names)

    assert read == here
    assert [await extracted(document) for document in read] == [
        await extracted(document) for document in here
    ]
    assert [document.name for document in read if document.extract] == [
        "a report.txt",
        "d.txt",
        "e.txt",
        "g.md",
        "k/l.txt",
    ]


async def test_the_first_look_is_the_same_in_the_process(tmp_path):
    """Label, screening and digest of a text do not depend on who looked."""
    folder = make(tmp_path)
    apart = reader(folder)
    await apart.start()

    for document in await apart.read(folder.names):
        if document.extract:
            extract = replace(document.extract, front=None)
            assert document.extract.front == look(extract, document.name)
            assert document.extract.front.digest == hashlib.sha256(extract.text.encode()).digest()


async def test_few_documents_start_no_process(tmp_path):
    """A small folder is read here, at once."""
    folder = make(tmp_path)
    few = reader(folder, fewest=FEWEST)
    await few.start()

    assert all(document.extract is None for document in await few.read(folder.names))


async def test_a_file_that_is_gone_is_unreadable(tmp_path):
    """A document that vanished after the walk costs itself only, with its name."""
    folder = make(tmp_path)
    (tmp_path / "e.txt").unlink()
    apart = reader(folder)
    await apart.start()
    read = dict(zip(folder.names, await apart.read(folder.names), strict=True))

    assert isinstance(read.pop("e.txt"), Unreadable)
    assert all(isinstance(document, Document) for document in read.values())


async def test_a_text_that_hangs_its_reader_costs_itself(tmp_path):
    """The process is ended in time, the others are read, and what hung is named."""
    folder = make(tmp_path)
    (tmp_path / "hangs.txt").write_text("a text")
    names = ("a report.txt", "hangs.txt", "k/l.txt")
    apart = reader(Folder(root=folder.root, names=names), seconds=5.0, prepare=extract_workers.hang_at_one)
    await apart.start()

    with anyio.fail_after(60):
        first, hung, last = await apart.read(names)

    assert isinstance(hung, ExtractionTimeout)
    assert "hangs.txt" in str(hung)
    assert first.extract
    assert last.extract


@pytest.mark.parametrize("work", [extract_workers.interrupted, extract_workers.without_memory])
async def test_a_process_that_cannot_work_costs_nothing(tmp_path, work):
    """Ctrl+C before it shields itself, or too little memory for its own code: documents are read here."""
    folder = make(tmp_path)
    apart = reader(folder, prepare=work)
    await apart.start()

    assert await apart.read(folder.names) == await identify(folder, folder.names)


async def test_one_process_that_came_up_is_enough(tmp_path):
    """The processes that come up read, whatever becomes of one that starts after them."""
    folder = make(tmp_path)
    apart = reader(folder, prepare=extract_workers.without_memory_later)
    await apart.start()
    await apart.start()

    assert any(document.extract for document in await apart.read(folder.names))


async def test_a_lost_process_costs_nothing(tmp_path):
    """When the system takes the process away, the next one reads."""
    folder = make(tmp_path)
    apart = reader(folder)
    await apart.start()
    os.kill(await anyio.to_process.run_sync(os.getpid), signal.SIGKILL)

    assert await apart.read(folder.names) == await identify(folder, folder.names)
