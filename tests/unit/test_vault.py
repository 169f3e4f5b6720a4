"""Where keys come from, which session opens with which, and what is refused."""

from __future__ import annotations

import pytest

from robasync import settings
from robasync.app.vault import Vault, is_shared, wrapping
from robasync.errors import SealError, SettingsError
from robasync.model import Status
from robasync.reports import results
from robasync.store import codec
from robasync.store.catalogue import Catalogue
from robasync.store.files import DiskFiles
from robasync.store.found import Found, look
from robasync.store.opening import read_only
from robasync.store.places import Place
from robasync.store.sealing import PLAIN
from tests.stores import TIME, outcome, place_in, started

KEY, OTHER = "ab" * 32, "cd" * 32
SESSION = started().body["session_id"]


def vault(*, encryption: bool = False, key: str | None = None) -> Vault:
    """Return the vault of settings that were given so."""
    given = {"checkpoint_system.encryption": encryption, "checkpoint_system.encryption_key": key}

    return Vault(settings.load(overrides=given, environment=False))


def journal(folder, *, key: str = KEY, reference: str = "file:none") -> Place:
    """Write the journal of an encrypted session; return its place without a seal."""
    place = place_in(folder)
    sealed = place.sealed(vault(encryption=True, key=key).new(), session=SESSION)
    records = [started(encryption_key=reference), outcome("secret.txt")]
    lines = [codec.encode(one, n, group=n, time=TIME, seal=sealed.seal) for n, one in enumerate(records, 1)]
    place.folder.mkdir(parents=True, exist_ok=True)
    place.segment(1).write_bytes(b"".join(lines))

    return place


def found(place: Place, keys: Vault) -> Found:
    """Return the session at ``place`` as one who has these keys finds it."""
    return look(DiskFiles(), place, keys.of)


def test_encryption_without_a_key_is_refused():
    """Who asks for encryption never gets clear text in its place, and is told how to make a key."""
    with pytest.raises(SettingsError, match="openssl rand -hex 32"):
        vault(encryption=True).new()

    with pytest.raises(SettingsError, match="32 random bytes"):
        vault(encryption=True, key="my old dog").new()


def test_without_encryption_nothing_is_sealed():
    """A key alone encrypts nothing: it may be there for other sessions."""
    assert vault().new() is PLAIN
    assert vault(key=KEY).new() is PLAIN
    assert vault(key=KEY).reference == {}


def test_the_key_given_opens_the_session(tmp_path):
    """Whatever the switch says: a session that is encrypted stays so."""
    for keys in (vault(key=KEY), vault(encryption=True, key=KEY)):
        there = found(journal(tmp_path), keys)
        keys.admit(there)

        assert read_only(DiskFiles(), there.place).assessed == 1


def test_the_key_is_found_where_the_session_says_it_is(tmp_path):
    """A reference to the key is no secret and stands in the first record; the key is not there."""
    (tmp_path / "the.key").write_text(KEY + "\n")
    reference = f"file:{tmp_path / 'the.key'}"
    there = found(journal(tmp_path, reference=reference), vault())
    vault().admit(there)

    assert vault(encryption=True, key=reference).reference == {"encryption_key": reference}
    assert read_only(DiskFiles(), there.place).assessed == 1


def test_a_key_written_out_is_never_recorded():
    """Its fingerprint is, which says that it must be given again."""
    said = vault(encryption=True, key=KEY).reference["encryption_key"]

    assert said.startswith("sha256:")
    assert KEY not in said


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (vault(), "which fails"),
        (vault(key=OTHER), "another key"),
        (vault(key="file:/nowhere/the.key"), "which fails"),
        (vault(key="too short"), "32 random bytes"),
    ],
)
def test_a_session_without_its_key_is_listed_but_not_opened(tmp_path, keys, words):
    """Its id and age are known; opening it is refused, and the reason leads on."""
    there = found(journal(tmp_path), keys)

    assert (there.id, there.fingerprint) == (SESSION, started().body["fingerprint"])
    assert Catalogue(DiskFiles(), tmp_path, keys.of).find(SESSION).id == SESSION

    with pytest.raises(SealError, match=words):
        keys.admit(there)

    with pytest.raises(SealError, match=words):
        read_only(DiskFiles(), there.place)


def test_a_session_in_clear_cannot_be_encrypted_afterwards(tmp_path):
    """It is refused rather than half encrypted."""
    place = place_in(tmp_path)
    place.segment(1).write_bytes(codec.encode(started(), 1, group=1, time=TIME))

    with pytest.raises(SettingsError, match="begun without encryption"):
        vault(encryption=True, key=KEY).admit(found(place, vault(key=KEY)))

    vault(key=KEY).admit(found(place, vault(key=KEY)))


def test_answers_go_from_clear_to_encrypted_sessions_and_never_back(tmp_path):
    """A journal in clear takes over nothing that was encrypted; what is locked is nobody's."""
    sealed, locked = found(journal(tmp_path), vault(key=KEY)), found(journal(tmp_path), vault(key=OTHER))
    plain = place_in(tmp_path / "plain")
    plain.folder.mkdir()
    plain.segment(1).write_bytes(codec.encode(started(), 1, group=1, time=TIME))
    clear = found(plain, vault())

    assert is_shared(sealed.place, clear)
    assert is_shared(sealed.place, sealed)
    assert is_shared(clear.place, clear)
    assert not is_shared(clear.place, sealed)
    assert not is_shared(sealed.place, locked)


async def test_result_files_are_sealed_whole(tmp_path):
    """The name says so, the file opens with the key only, and an older one in clear is gone."""
    place = journal(tmp_path).sealed(vault(encryption=True, key=KEY).new(), session=SESSION)
    wrap = wrapping(place, session=SESSION)
    one = outcome("secret.txt", Status.FAILED).body
    await results.write(tmp_path / "results", [one])
    await results.write(tmp_path / "results", [one], wrapping=wrap)
    (path,) = (tmp_path / "results").iterdir()

    assert path.name == "secret.txt.json.sealed"
    assert path == wrap.path(tmp_path / "results", "secret.txt")
    assert b"secret" not in path.read_bytes()
    assert results.decode(wrap.open(path.read_bytes())) == one
    assert results.decode(vault(key=KEY).open(path.read_bytes(), name=path.name)) == one

    with pytest.raises(SealError, match="another key"):
        vault(key=OTHER).open(path.read_bytes(), name=path.name)


def test_result_files_in_clear_are_left_alone(tmp_path):
    """Without encryption name and content are those of before."""
    wrap = wrapping(place_in(tmp_path), session=SESSION)

    assert wrap.path(tmp_path, "a.txt") == tmp_path / "a.txt.json"
    assert wrap.close(b"data") == wrap.open(b"data") == b"data"
