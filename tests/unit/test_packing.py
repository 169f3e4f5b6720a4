"""Whole files, compressed and sealed: they come back as they were, or are refused."""

from __future__ import annotations

import gzip
import json
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import CheckpointError, SealBroken, SealError
from robasync.store import compression, packing
from robasync.store.compression import Compression
from robasync.store.packing import SUFFIXES, Label, Packing
from robasync.store.sealing import PLAIN, aes_gcm
from tests.unit.test_sealing import changed

SEAL = aes_gcm(bytes(range(32)))
METHODS = st.sampled_from(Compression)
SEALS = st.sampled_from([PLAIN, SEAL])
FRAME = 1024 * 1024


def packed(pieces, *, seal=SEAL, how=Compression.NONE, kind="checkpoint") -> bytes:
    return b"".join(Packing(session="s1", seal=seal, compression=how).pack(pieces, kind=kind))


def unpacked(data, *, seal=SEAL, kind="checkpoint") -> bytes:
    return packing.unpack(data, kind=kind, seal=seal, name="s1.checkpoint.json")


@given(st.lists(st.binary(max_size=50)), SEALS, METHODS)
def test_what_was_packed_is_unpacked(pieces, seal, how):
    """In every combination of compression and encryption, however the pieces fall."""
    pieces = [b"{", *pieces]

    assert unpacked(packed(pieces, seal=seal, how=how), seal=seal) == b"".join(pieces)


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME])
def test_a_file_of_any_size_is_sealed_in_frames(size):
    """The borders of the frames are no borders of what is kept."""
    content = bytes(size)

    assert unpacked(packed([content[: size // 2], content[size // 2 :]])) == content


def test_plain_files_are_left_alone():
    """Without either the pieces are those that were given."""
    pieces = [b"{", b"}"]

    assert list(Packing().pack(pieces, kind="checkpoint")) == pieces
    assert Packing().suffix == ""


@given(st.binary(max_size=100), METHODS, st.integers(0), st.integers(1, 255))
def test_a_changed_byte_of_any_sealed_file_is_detected(content, how, at, by):
    """Whatever it holds, and however it was compressed."""
    with pytest.raises(SealError):
        unpacked(changed(packed([b"{", content], how=how), at, by))


def test_any_changed_byte_of_a_sealed_file_is_detected():
    """Whichever byte of the file is changed, its readable line included."""
    file = packed([b"{}"])

    for at in range(len(file)):
        for by in (0x01, 0x20, 0x80):
            with pytest.raises(SealError):
                unpacked(changed(file, at, by))


@given(
    st.binary(min_size=1, max_size=100), st.sampled_from([Compression.ZSTD, Compression.GZIP]), st.integers(0)
)
def test_a_compressed_file_that_was_cut_is_refused(content, how, length):
    """Half a file is never taken for a whole one."""
    whole = packed([content], seal=PLAIN, how=how)

    with pytest.raises(CheckpointError, match="damaged"):
        unpacked(whole[: 4 + length % (len(whole) - 4)], seal=PLAIN)


def test_frames_cannot_be_left_out_moved_or_repeated():
    """The number of each frame, and which is the last, is sealed with it."""
    whole = packed([b"a" * FRAME, b"b" * FRAME, b"c"])
    line, rest = whole.split(b"\n", 1)
    frames = []

    while rest:
        end = 4 + int.from_bytes(rest[:4], "big")
        frames.append(rest[:end])
        rest = rest[end:]

    for order in ([0, 1], [1, 0, 2], [0, 2], [0, 0, 1, 2], [0, 1, 2, 2], [2], []):
        with pytest.raises(SealBroken):
            unpacked(line + b"\n" + b"".join(frames[number] for number in order))


def test_a_sealed_file_of_another_kind_is_refused():
    """A result file is no checkpoint, whoever renames it."""
    with pytest.raises(SealBroken, match="of another kind"):
        unpacked(packed([b"{}"], kind="result"))


def test_without_the_key_or_with_another_one_the_way_out_is_named():
    """The file says which key it needs; damage is not claimed."""
    sealed = packed([b"{}"])

    for seal, words in ((PLAIN, "no key is given"), (aes_gcm(b"k" * 32), "another key")):
        with pytest.raises(SealError, match=rf"(?s)s1.checkpoint.json .*{words}.*encryption_key") as caught:
            unpacked(sealed, seal=seal)

        assert not isinstance(caught.value, SealBroken)


def test_a_plain_file_in_an_encrypted_session_is_refused():
    """Who can write to the folder cannot put a checkpoint of their own there."""
    with pytest.raises(SealBroken, match="is not encrypted"):
        unpacked(b"{}")


def test_the_first_line_of_a_sealed_file_says_what_it_is():
    """In JSON, for people and for finding the session; nothing of the content is there."""
    sealed = packed([b"secret"])

    assert json.loads(sealed.split(b"\n")[0])["sealed"] == "robasync"
    assert packing.label(sealed) == Label(kind="checkpoint", session="s1", key_id=SEAL.name)
    assert packing.label(b'{"session_id": "s1"}\n') is None
    assert b"secret" not in sealed


def test_the_name_says_how_a_file_is_packed():
    """A file that is no JSON does not end in .json; encryption hides the compression."""
    made = [
        Packing(seal=seal, compression=how).suffix
        for seal in (PLAIN, SEAL)
        for how in (Compression.NONE, Compression.ZSTD, Compression.GZIP)
    ]

    assert made == ["", ".zst", ".gz", ".sealed", ".sealed", ".sealed"]
    assert set(made) == set(SUFFIXES)


def test_gzip_is_what_gunzip_reads():
    """People unpack a checkpoint with the tools that they have."""
    assert gzip.decompress(packed([b"a", b"b"], seal=PLAIN, how=Compression.GZIP)) == b"ab"


@pytest.mark.parametrize("how", [Compression.ZSTD, Compression.GZIP])
def test_a_small_file_cannot_fill_the_memory(how):
    """What grows beyond the limit is refused before it is there."""
    bomb = packed([bytes(FRAME)] * 32, seal=PLAIN, how=how)
    tracemalloc.start()

    try:
        with pytest.raises(CheckpointError, match="not whole"):
            compression.decompressed(bomb, name="x", largest=FRAME)

        assert tracemalloc.get_traced_memory()[1] < 8 * FRAME
    finally:
        tracemalloc.stop()


def test_without_zstd_gzip_is_taken_and_a_zstd_file_names_the_extra(monkeypatch):
    """Compression never fails for want of a library; reading says which one is needed."""
    made = packed([b"{}"], seal=PLAIN, how=Compression.ZSTD)
    assert compression.best() is Compression.ZSTD

    for module in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, module, None)

    assert compression.best() is Compression.GZIP

    with pytest.raises(CheckpointError, match=r"pip install robasync\[zstd\]"):
        unpacked(made, seal=PLAIN)
