"""AES-256-GCM seals: what opens, what does not, and that no nonce comes twice."""

from __future__ import annotations

import base64
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import ExtraMissing, SealBroken, SealError, SettingsError
from robasync.records import Kind, Record
from robasync.store import codec
from robasync.store.sealing import OVERHEAD, PLAIN, AesGcm, aes_gcm, bound, key_id, parse_key
from tests.stores import TIME, key, reply, started

KEY = bytes(range(32))
SEAL = aes_gcm(KEY)
OTHER = aes_gcm(bytes(32))
SESSION = bound(SEAL, "rob_session_1")


def changed(data: bytes, at: int, by: int) -> bytes:
    """Return ``data`` with one byte changed."""
    at %= len(data)

    return data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]


def with_crc(line: bytes) -> bytes:
    """Return a journal line with the CRC that an attacker would put there."""
    return b'{"crc":"%08x",%b' % (zlib.crc32(line[18:]), line[18:])


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_was_closed_opens_with_the_same_key_and_context(data, context):
    """Also with another object, made of the same key in another process."""
    message = SEAL.close(data, context=context)

    assert aes_gcm(KEY).open(message, context=context) == data
    assert len(message) == len(data) + OVERHEAD


@given(st.binary(max_size=60), st.integers(0), st.integers(1, 255))
def test_any_changed_byte_is_detected(data, at, by):
    """Whichever byte of a message is changed, it does not open."""
    with pytest.raises(SealError):
        SEAL.open(changed(SEAL.close(data, context=b"c"), at, by), context=b"c")


@given(st.binary(max_size=60), st.integers(0))
def test_a_shortened_message_does_not_open(data, length):
    """Cutting bytes off is a change like any other."""
    message = SEAL.close(data, context=b"c")

    with pytest.raises(SealError):
        SEAL.open(message[: length % len(message)], context=b"c")


def test_another_context_or_session_does_not_open():
    """A message moved to another place is not believed."""
    message = SESSION.close(b"data", context=b"here")

    with pytest.raises(SealBroken):
        SESSION.open(message, context=b"there")

    with pytest.raises(SealBroken):
        bound(SEAL, "rob_session_2").open(message, context=b"here")


def test_a_wrong_key_is_told_from_damage():
    """The message names both keys by their ids, and is not the one for changed bytes."""
    message = SEAL.close(b"data", context=b"")

    with pytest.raises(SealError, match=f"another key: {SEAL.name}.* {OTHER.name}") as caught:
        OTHER.open(message, context=b"")

    assert not isinstance(caught.value, SealBroken)
    assert key_id(message) == SEAL.name
    assert KEY.hex() not in SEAL.name


def test_the_same_bytes_never_give_the_same_message():
    """No nonce comes twice under one key: not in a process, not in many threads, not in two processes."""
    with ThreadPoolExecutor(8) as threads:
        messages = list(threads.map(lambda _: SEAL.close(b"", context=b""), range(2_000)))

    others = [aes_gcm(KEY).close(b"", context=b"") for _ in range(100)]
    nonces = {message[:32] for message in [*messages, *others]}

    assert len(nonces) == 2_100


def test_the_format_of_a_message_is_fixed():
    """Messages of this version open in every later one: HKDF-SHA256, counter nonce, AES-256-GCM."""
    seal = AesGcm(KEY, salt=b"s" * 16)
    message = seal.close(b"data", context=b"context")

    assert message.hex() == (
        "01673dadd83a49a6"  # version, id of the key
        "73737373737373737373737373737373"  # salt
        "0000000000000001"  # counter
        "6e4413eac35eceb2a7d751f1c60451fea5650937"  # ciphertext, tag
    )


def test_plain_does_nothing():
    """Without encryption the same bytes come back, and binding costs nothing."""
    assert bound(PLAIN, "s") is PLAIN
    assert PLAIN.open(PLAIN.close(b"data", context=b"c"), context=b"d") == b"data"


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode(),
        f"  {KEY.hex()}\n",
    ],
)
def test_a_key_is_hex_or_base64(text):
    """Both ways in which tools print 32 random bytes are read."""
    assert parse_key(text) == KEY


@pytest.mark.parametrize(
    "text", ["", "correct horse battery staple", KEY.hex()[:-2], "ä" * 64, KEY.hex() * 2]
)
def test_anything_else_is_no_key(text):
    """A passphrase is refused with the way to make a key, and is not repeated."""
    with pytest.raises(SettingsError, match="openssl rand -hex 32") as caught:
        parse_key(text)

    assert not text or text not in str(caught.value)


def test_without_the_extra_the_command_to_install_it_is_named(monkeypatch):
    """Who asks for encryption and lacks the library is told what to install."""
    for module in ("hashes", "kdf.hkdf", "ciphers.aead"):
        monkeypatch.setitem(sys.modules, f"cryptography.hazmat.primitives.{module}", None)

    with pytest.raises(ExtraMissing, match=r"pip install robasync\[crypto\]"):
        aes_gcm(KEY)


@given(st.binary(max_size=80))
def test_a_sealed_record_reads_back_and_shows_nothing(raw):
    """The line is JSON with a readable head; nothing of the body is in it."""
    line = codec.encode(reply(1, document="secret.txt", raw=raw), 7, group=5, time=TIME, seal=SESSION)[:-1]
    head = codec.read_head(line)

    assert (head.sequence, head.kind, head.key) == (7, "reply", key(1))
    assert codec.read_record(line, head, SESSION).body["raw"] == raw
    assert b"secret" not in line
    assert line.endswith(b'"}}')


@given(st.integers(0), st.integers(1, 255))
def test_any_changed_byte_of_a_sealed_line_is_detected(at, by):
    """Head and body: a changed byte is found even where the CRC was made to fit again."""
    line = codec.encode(started(), 1, group=1, time=TIME, seal=SESSION)[:-1]
    forged = with_crc(line[:18] + changed(line[18:], at, by))
    head = codec.read_head(forged)

    if head is not None:
        with pytest.raises(SealError):
            codec.read_record(forged, head, SESSION)


def test_a_session_is_known_without_its_key():
    """Id, fingerprint and the reference to the key stand in clear in the first record only."""
    first = started(encryption_key="file:robasync.key")
    line = codec.encode(first, 1, group=1, time=TIME, seal=SESSION)[:-1]
    known = codec.read_clear(line, codec.read_head(line))

    assert known == {
        "session_id": first.body["session_id"],
        "fingerprint": first.body["fingerprint"],
        "encryption_key": "file:robasync.key",
        "key_id": SEAL.name,
    }
    assert b"trials" not in line
    assert codec.read_record(line, codec.read_head(line), SESSION) == first


def test_a_sealed_record_without_a_key_names_the_way_out():
    """And a record in clear is not believed in a session that is encrypted."""
    sealed = codec.encode(Record(Kind.SIGNAL, {"signal": "SIGINT"}), 1, group=1, time=TIME, seal=SESSION)[:-1]
    plain = codec.encode(Record(Kind.SIGNAL, {"signal": "SIGINT"}), 1, group=1, time=TIME)[:-1]

    with pytest.raises(SealError, match=r"(?s)no key is given.*encryption_key"):
        codec.read_record(sealed, codec.read_head(sealed))

    with pytest.raises(SealBroken, match="record 1 of the journal is not encrypted"):
        codec.read_record(plain, codec.read_head(plain), SESSION)


def test_a_sealed_text_is_taken_in_the_one_way_it_was_written():
    """Base64 leaves bits unused before its "="; changing them is a change as well."""
    lines = (codec.encode(reply(1, raw=b"x" * n), 7, group=5, time=TIME, seal=SESSION)[:-1] for n in range(9))
    line = next(line for line in lines if line.endswith(b'=="}}'))
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(line[-6]) ^ 1]
    forged = with_crc(line[:-6] + bytes([other]) + line[-5:])

    with pytest.raises(SealBroken):
        codec.read_record(forged, codec.read_head(forged), SESSION)
