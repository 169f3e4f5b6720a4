"""The check of encrypted sessions: with the key as any other, without it as far as that goes."""

from __future__ import annotations

from dataclasses import replace

from robasync.findings import Level
from robasync.store import codec
from robasync.store.sealing import Locked, aes_gcm, bound
from tests.checkups import (
    report,
)
from tests.stores import (
    TIME,
    intent,
    outcome,
    place_in,
    reply,
    started,
)


def encrypted(folder):
    """Write a small encrypted session; return its place with the key and its place without."""
    place, seal = place_in(folder), aes_gcm(bytes(32))
    own = bound(seal, place.stem)
    records = [started(1), intent(1), reply(1), outcome("a.txt")]
    lines = [codec.encode(one, at, group=at, time=TIME, seal=own) for at, one in enumerate(records, start=1)]
    place.segment(1).write_bytes(b"".join(lines))

    return place.sealed(seal, session=place.stem), replace(
        place, seal=Locked(seal.name, "the key is missing")
    )


def test_an_encrypted_session_is_checked_with_its_key(tmp_path):
    """As any other; without its key its heads are, and what was not looked at is said."""
    opened, locked = encrypted(tmp_path)

    assert report(opened).is_clean
    assert report(opened).looked.assessed == 1
    assert report(opened).unseen == ()
    assert report(locked).is_clean
    assert (report(locked).looked.records, report(locked).looked.asked, report(locked).looked.assessed) == (
        4,
        1,
        0,
    )
    assert report(locked).unseen[0].endswith("the key is missing")


def test_a_changed_byte_of_an_encrypted_session_is_found_without_the_key(tmp_path):
    """The checksum is over what is written."""
    _, locked = encrypted(tmp_path)
    journal = bytearray(locked.segment(1).read_bytes())
    journal[journal.index(b'"seq":3') + 220] ^= 1
    locked.segment(1).write_bytes(journal)

    assert "record 3 is not readable" in {finding.message for finding in report(locked).findings}


def test_a_forged_record_of_an_encrypted_session_is_found_with_the_key(tmp_path):
    """A right checksum is anybody's; what was sealed is not."""
    opened, _ = encrypted(tmp_path)
    lines = opened.segment(1).read_bytes().splitlines(keepends=True)
    lines[3] = codec.encode(outcome("a.txt"), 4, group=4, time=TIME)
    opened.segment(1).write_bytes(b"".join(lines))

    assert [finding.message for finding in report(opened).findings if finding.level is Level.LOSS] == [
        "record 4 (outcome) was changed after it was encrypted, although its checksum is right"
    ]


def test_an_encrypted_record_in_a_session_in_clear_is_named(tmp_path):
    """It was put there by somebody else."""
    place = place_in(tmp_path)
    lines = [codec.encode(started(0), 1, group=1, time=TIME)]
    lines += [codec.encode(intent(1), 2, group=2, time=TIME, seal=aes_gcm(bytes(32)))]
    place.segment(1).write_bytes(b"".join(lines))
    messages = [finding.message for finding in report(place).findings if finding.level is Level.LOSS]

    assert messages == ["record 2 (intent) is encrypted, unlike its session, although its checksum is right"]
