"""Secrets: named by reference, read when asked, shown nowhere."""

from __future__ import annotations

import json
import traceback

import pytest
from pydantic import SecretStr

from robasync import settings
from robasync.errors import SettingsError
from robasync.settings import secrets

SECRET = "sk-do-not-show-0123456789"


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch, tmp_path):
    """No .env of the machine reaches a test."""
    monkeypatch.chdir(tmp_path)


def loaded(key: str) -> settings.Settings:
    """Return settings with one model that has this key."""
    return settings.load(base={"llm_models": [{"name": "m", "api_key": key}]}, environment=False)


def reveal(key: str) -> str:
    """Reveal a key as the provider will."""
    return secrets.reveal(SecretStr(key), owner="the key of m")


def test_a_key_is_read_from_the_environment(monkeypatch):
    """${NAME} reads the variable at the time of asking."""
    monkeypatch.setenv("SOME_KEY", f" {SECRET}\n")

    assert reveal("${SOME_KEY}") == SECRET


def test_a_key_is_read_from_dotenv(tmp_path):
    """A variable of .env serves too, and references in .env stay references."""
    (tmp_path / ".env").write_text(
        f'SOME_KEY={SECRET}\nROBASYNC_LLM_MODELS=[{{"name": "m", "api_key": "${{SOME_KEY}}"}}]\n'
    )

    assert reveal("${SOME_KEY}") == SECRET
    assert settings.snapshot(settings.load())["llm_models"][0]["api_key"] == "${SOME_KEY}"


def test_a_key_is_read_from_a_file(tmp_path):
    """file:PATH reads the file and strips it."""
    (tmp_path / "key").write_text(f"{SECRET}\n")

    assert reveal("file:key") == SECRET
    assert reveal(f"file:{tmp_path / 'key'}") == SECRET


def test_a_key_is_read_from_systemd(tmp_path, monkeypatch):
    """credential:NAME reads the file that systemd puts there."""
    (tmp_path / "model_key").write_text(SECRET)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert reveal("credential:model_key") == SECRET


def test_a_key_written_out_is_taken_as_it_is():
    """A literal key serves, although it must be given again on resume."""
    assert reveal(SECRET) == SECRET


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("${NOT_SET_ANYWHERE}", "NOT_SET_ANYWHERE, which is not set"),
        ("file:gone", "file gone, which fails"),
        ("credential:gone", "LoadCredential=gone"),
        ("sha256:0123abcd", "name the settings file again"),
        ("   ", "is empty"),
        ("a\x07b", "not one line of text"),
    ],
)
def test_a_reference_that_leads_nowhere_says_so(key, words, monkeypatch):
    """Each way to fail names the owner, the reference and the way out."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SettingsError, match="the key of m") as caught:
        reveal(key)

    assert words in str(caught.value)


def test_a_file_with_several_lines_is_no_key(tmp_path):
    """What could break a header is refused, and not shown."""
    (tmp_path / "key").write_text(f"{SECRET}\nX-Other: 1\n")
    with pytest.raises(SettingsError) as caught:
        reveal("file:key")

    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "key", ["credential:../key", "credential:", "credential:..", "file:", "${A B}", "${A}x"]
)
def test_a_reference_that_is_not_well_formed_is_refused_at_once(key):
    """A malformed reference is an error when loading, not a key."""
    with pytest.raises(SettingsError, match=r"llm_models\.0\.api_key has a wrong value"):
        loaded(key)


def test_no_view_of_the_settings_shows_a_key():
    """repr, str, every dump and the snapshot are free of it."""
    found = loaded(SECRET)
    views = [
        repr(found),
        str(found),
        str(found.model_dump()),
        found.model_dump_json(),
        repr(found.llm_models),
    ]
    views.append(json.dumps(settings.snapshot(found)))

    assert not [view for view in views if SECRET in view]


@pytest.mark.parametrize("key", ["${SOME_KEY}", "file:/run/secrets/key", "credential:model_key"])
def test_a_snapshot_keeps_references(key):
    """References are saved as written, so that resume finds the key again."""
    assert settings.snapshot(loaded(key))["llm_models"][0]["api_key"] == key


def test_a_snapshot_holds_a_fingerprint_of_a_key_written_out():
    """A literal key becomes a short fingerprint, stable over further saves."""
    once = settings.snapshot(loaded(SECRET))
    again = settings.snapshot(settings.load(base=once, environment=False))

    assert once["llm_models"][0]["api_key"].startswith("sha256:")
    assert len(once["llm_models"][0]["api_key"]) == len("sha256:") + 8
    assert again == once


def test_a_fingerprint_is_replaced_by_an_option():
    """--api-key on resume takes the place of the fingerprint."""
    saved = settings.snapshot(loaded(SECRET))
    resumed = settings.load(base=saved, overrides={"llm_models.0.api_key": SECRET}, environment=False)

    assert settings.reveal(resumed.llm_models[0].api_key, owner="m") == SECRET
    assert settings.changes(settings.load(base=saved, environment=False), resumed) == []
