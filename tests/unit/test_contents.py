"""The bytes of documents: what identifies them, and what cannot be read."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys

import pytest

from robasync import contents
from robasync.documents import walk
from robasync.errors import Changed, Unreadable
from robasync.model import Document

LIMIT = 60  # seconds after which who reads a pipe counts as waiting for it


@pytest.fixture(params=["in memory", "on a disk", "where waiting cannot be refused"])
def way(request, monkeypatch):
    """Read at once, or by a thread because nothing is in memory, or because the system cannot tell."""
    refusals = {"on a disk": errno.EAGAIN, "where waiting cannot be refused": errno.EOPNOTSUPP}

    if request.param in refusals:
        monkeypatch.setattr(os, "preadv", refuse(refusals[request.param]))


def refuse(number):
    def preadv(*_):
        raise OSError(number, os.strerror(number))

    return preadv


async def test_identity_is_the_digest_of_the_bytes(tmp_path, way):
    """Small files are kept, large ones are not; all digests are those of the whole file."""
    large = os.urandom(contents.KEEP_BYTES + 17)
    written = {"a.txt": b"abc", "b.txt": os.urandom(contents.KEEP_BYTES), "c.txt": large, "d.txt": b""}

    for name, content in written.items():
        (tmp_path / name).write_bytes(content)

    folder = walk(tmp_path)
    found = await contents.identify(folder, folder.names)

    assert [document.digest for document in found] == [
        hashlib.sha256(content).hexdigest() for content in written.values()
    ]
    assert [document.content for document in found] == [b"abc", written["b.txt"], None, b""]
    assert [document.size for document in found] == [len(content) for content in written.values()]


async def test_a_file_that_is_gone_is_unreadable(tmp_path, way):
    """A document that vanished after the walk costs itself only, with its name."""
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_bytes(b"abc")

    folder = walk(tmp_path)
    (tmp_path / "b.txt").unlink()
    first, error, last = await contents.identify(folder, folder.names)

    assert isinstance(error, Unreadable)
    assert "b.txt" in str(error)
    assert isinstance(first, Document)
    assert isinstance(last, Document)


async def test_a_file_of_which_only_a_part_is_in_memory_is_read_whole(tmp_path, monkeypatch):
    """What comes without waiting may be less than the file; then a thread reads it all."""
    (tmp_path / "a.txt").write_bytes(b"0123456789")
    folder = walk(tmp_path)
    preadv = os.preadv
    monkeypatch.setattr(
        os, "preadv", lambda handle, buffers, *rest: preadv(handle, [memoryview(buffers[0])[:4]], *rest)
    )
    [document] = await contents.identify(folder, folder.names)

    assert document.content == b"0123456789"


async def test_a_file_that_shrinks_while_it_is_read_is_named(tmp_path, monkeypatch):
    """Bytes that are not those of the file's size identify nothing."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"0123456789")
    folder = walk(tmp_path)
    preadv = os.preadv

    def shrink(*arguments):
        size = preadv(*arguments)
        os.truncate(path, 3)

        return size

    monkeypatch.setattr(os, "preadv", shrink)
    [error] = await contents.identify(folder, folder.names)

    assert isinstance(error, Changed)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
@pytest.mark.parametrize(
    "reading",
    ["anyio.run(contents.identify, folder, folder.names)", "[contents.read('a.txt', folder.path('a.txt'))]"],
)
def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path, reading):
    """What was a file at the walk and is a pipe now, that nobody writes into, is read as empty."""
    os.mkfifo(tmp_path / "a.txt")
    code = f"""
import anyio, pathlib
from robasync import contents, documents
folder = documents.Folder(root=pathlib.Path({str(tmp_path)!r}), names=("a.txt",))
[document] = {reading}
assert isinstance(document, contents.Unreadable) or document.size == 0, document
"""

    # In a process of its own: who opens a pipe and waits hears of no time limit.
    subprocess.run([sys.executable, "-c", code], timeout=LIMIT, check=True)
