"""What a wrong settings file is told, in words that help, and never with a secret."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import settings
from robasync.errors import SettingsError
from robasync.settings import explain, fields

SECRET = "sk-do-not-show-0123456789"


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch, tmp_path):
    """No .env of the machine reaches a test."""
    monkeypatch.chdir(tmp_path)


def refused(content: object, **places: object) -> str:
    """Load a file with this content and return the message of the error."""
    file = Path("c.json")
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        settings.load(file=file, **places)

    return str(caught.value)


def test_an_unknown_key_names_place_and_the_nearest():
    """An unknown key is named with file and dotted path, and the key it was likely meant to be."""
    assert refused({"parallel": {"max_workrs": 2}}) == (
        "c.json: parallel.max_workrs is not a setting; did you mean parallel.max_workers?"
    )
    assert "did you mean cost_tracking.currency?" in refused({"parallel": {"currency": "USD"}})
    assert "did you mean llm_models.1.api_key?" in refused({"llm_models": [{"name": "a"}, {"api_kei": "k"}]})
    assert "did you mean parallel?" in refused({"paralel": {}})


def test_an_unknown_key_beyond_recognition():
    """Where no known key is near, none is proposed."""
    assert refused({"zzz": 1}) == "c.json: zzz is not a setting; keys that begin with _ are taken as comments"


def test_unknown_keys_among_the_best_practices_are_named_one_by_one():
    """A section that exists only as another home reports the key, not itself."""
    message = refused({"checkpoint_best_practices": {"checkpoint_intervall": 3}})

    assert message.startswith("c.json: checkpoint_best_practices.checkpoint_intervall is not a setting")


def test_a_wrong_value_names_key_value_and_what_is_allowed():
    """A wrong value is told with key, value and the values that are taken."""
    message = refused({"parallel": {"max_workers": "many"}})

    assert message == 'c.json: parallel.max_workers is "many"; allowed: a whole number from 1, or "auto"'
    assert 'allowed: "automatic" or "manual"' in refused({"checkpoint_system": {"recovery_mode": "x"}})
    assert "is 0; allowed: a whole number from 1" in refused({"checkpoint_interval": 0})
    assert "is 5; allowed: true, false or a list" in refused({"rob_framework": {"core_items": 5}})
    assert "allowed: true, false or a list" in refused({"rob_framework": {"core_items": [["x"]]}})
    assert "is true; allowed:" in refused({"checkpoint_interval": True})
    assert "c.json: llm_models has a wrong value; allowed: a list" in refused({"llm_models": SECRET})
    assert "c.json: parallel has a wrong value; allowed: a group of settings" in refused({"parallel": 4})


@pytest.mark.parametrize("key", ["input_folder", "output_folder", "checkpoint_file", "checkpoint_backup_dir"])
@pytest.mark.parametrize(("value", "shown"), [("", '""'), ("pa\0pers", r'"pa\u0000pers"')])
def test_what_cannot_be_a_path_is_refused(key, value, shown):
    """An unset variable is not the working folder, and no system opens a name with a null character."""
    assert refused({"paths": {key: value}}) == (
        f"c.json: paths.{key} is {shown}; "
        "allowed: a path as text, neither empty nor with a null character in it"
    )


def test_all_errors_are_listed():
    """Several errors are reported together, one a line."""
    message = refused({"parallel": {"max_workers": 0, "zz_top": 1}, "processing": {"start_index": "x"}})

    assert message.startswith("3 settings are wrong:\n")
    assert len(message.splitlines()) == 4


def test_places_are_named(monkeypatch):
    """The place that holds the wrong value is named, whichever it is."""
    monkeypatch.setenv("ROBASYNC_PARALLEL__GRACE_SECONDS", "soon")
    message = refused({"parallel": {"grace_seconds": "file"}}, overrides={"parallel.max_workers": -1})

    assert 'environment: ROBASYNC_PARALLEL__GRACE_SECONDS is "soon"' in message
    assert "command line: parallel.max_workers is -1" in message
    assert "c.json" not in message


def test_an_unknown_variable_is_an_error(monkeypatch):
    """A misspelt environment variable is named as it was written."""
    monkeypatch.setenv("ROBASYNC_PARALEL__MAX_WORKERS", "3")

    assert refused({}).startswith("environment: ROBASYNC_PARALEL is not a setting; did you mean parallel?")


def test_contradictions_are_errors():
    """One option in two homes with two values is refused; with one value it is taken."""
    twice = {"parallel": {"checkpoint_interval": 5}, "checkpoint_best_practices": {"checkpoint_interval": 10}}

    assert refused(twice) == (
        "c.json: parallel.checkpoint_interval and checkpoint_best_practices.checkpoint_interval "
        "mean the same but differ; keep one of them"
    )
    twice["parallel"]["checkpoint_interval"] = 10
    Path("c.json").write_text(json.dumps(twice))
    assert settings.load(file=Path("c.json")).parallel.checkpoint_interval == 10


def test_a_key_twice_in_json_is_an_error():
    """JSON lets the last of two equal keys win silently; we do not."""
    assert '"max_workers" stands twice' in refused('{"parallel": {"max_workers": 2, "max_workers": 3}}')


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{\n  "parallel": {"max_workers" 4}\n}', "line 2, column 30"),
        ("", "line 1, column 1"),
        ("[1]", "one JSON object"),
        ('{"a": NaN}', "NaN is not a number"),
        ("[" * 200_000, "nested too deeply"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested"),
    ],
)
def test_broken_json_names_line_and_column(text, where):
    """A syntax error is told with line and column; hostile nesting is no crash."""
    message = refused(text)

    assert "nested" in message or message.startswith("c.json: ")
    assert where in message


def test_broken_toml_and_binary_files_are_named(tmp_path):
    """TOML errors carry line and column, files that are no text say so."""
    toml, binary = tmp_path / "c.toml", tmp_path / "b.json"
    toml.write_text("[parallel]\nmax_workers = \n")
    binary.write_bytes(b"\xff\xfe{}")

    with pytest.raises(SettingsError, match=r"line 2, column 15: not valid TOML"):
        settings.load(file=toml)

    with pytest.raises(SettingsError, match="not UTF-8 text"):
        settings.load(file=binary)


@pytest.mark.parametrize("provider", ["bedrock", "Vertex", "cohere"])
def test_providers_whose_wire_is_not_spoken_are_named(provider):
    """A provider that is not supported says so and names those that work."""
    message = refused({"llm_models": [{"name": "m", "provider": provider}]})

    assert "is not supported" in message
    assert "openrouter" in message


@pytest.mark.parametrize(
    "address",
    [
        "ftp://host/v1",
        "host/v1",
        f"https://user:{SECRET}@host/v1",
        f"https://{SECRET}@host/v1",
        f"https://host/v1?key={SECRET}",
        "http://[::1",
        "http://",
        f"http://host:{SECRET}/",
    ],
)
def test_bad_addresses_are_refused_without_being_shown(address):
    """An address is http or https, names a server and holds no credentials; it is never echoed."""
    message = refused({"llm_models": [{"name": "m", "base_url": address}]})

    assert "c.json: llm_models.0.base_url has a wrong value; allowed: an address" in message
    assert SECRET not in message


@pytest.mark.parametrize(
    "content",
    [
        {"llm_models": [{"name": "m", "api_key": [SECRET]}]},
        {"llm_models": [{"name": "m", "api_key": {"value": SECRET}}]},
        {"llm_models": [{"name": "m", "api_key": f"${{{SECRET}}}"}]},
        {"llm_models": [{"name": "m", "api_key": f"{SECRET}\n"}]},
        {"llm_models": [{"api_key": SECRET}]},
        {"llm_models": {"api_key": SECRET}},
        {"llm_models": [SECRET]},
        {"llm_models": SECRET},
        {"llm_models": [{"name": "m", "api_key": SECRET}, {"name": "m", "api_key": SECRET}]},
        {"llm_models": [{"name": "m", "api_key": SECRET, "price": {"input": "x"}}]},
        {"llm_models": [{"name": "m", "apikey": SECRET}]},
        {"api_key": SECRET},
        '{"llm_models": [{"api_key": "' + SECRET + '" "x"}]}',
    ],
)
def test_no_error_shows_a_secret(content):
    """Whatever is wrong around a key, neither message nor traceback holds it."""
    file = Path("c.json")
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(SettingsError) as caught:
        settings.load(file=file)

    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_number_as_key_is_not_echoed():
    """A key of the wrong type is refused without its value."""
    message = refused({"llm_models": [{"name": "m", "api_key": 123456789}]})

    assert message == (
        "c.json: llm_models.0.api_key has a wrong value; "
        "allowed: ${NAME}, file:PATH, credential:NAME or the key itself"
    )


def test_broken_json_in_the_environment_is_not_echoed(monkeypatch):
    """A list in a variable that is no JSON is named, not shown."""
    monkeypatch.setenv("ROBASYNC_LLM_MODELS", f'[{{"api_key": "{SECRET}"')
    with pytest.raises(SettingsError, match="ROBASYNC_LLM_MODELS") as caught:
        settings.load()

    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("levels", [21, 500, 5_000])
def test_deep_nesting_is_refused_in_any_place(levels):
    """Nesting that no setting has ends in an error of ours, never in a crash."""
    value = 1
    for _ in range(levels):
        value = {"a": value}

    with pytest.raises(SettingsError, match="nested"):
        settings.load(base=value, environment=False)


def test_a_dotenv_that_is_no_text_is_named():
    """A broken .env is told by name, without its content."""
    Path(".env").write_bytes(b"A=\xff\xfe")

    with pytest.raises(SettingsError, match=r"\.env: cannot be read"):
        settings.load()


def test_thresholds_must_rise():
    """Thresholds that do not rise, or pass 100, are refused."""
    for limits in [(10, 5, 15), (5, 5, 15), (5, 10, 101)]:
        values = dict(zip(("definitely_low", "probably_low", "probably_high"), limits, strict=True))

        assert "domain6.thresholds has a wrong value; allowed: three percentages" in refused(
            {"domain6": {"thresholds": values}}
        )


def test_a_missing_key_is_named():
    """A group that lacks a key says which and what it means."""
    message = refused({"domain6": {"thresholds": {"definitely_low": 5, "probably_low": 10}}})

    assert message.startswith("c.json: domain6.thresholds needs probably_high (")


@given(st.sampled_from(sorted(path for path in fields.declared() if "*" not in path)), st.data())
def test_one_slip_of_the_finger_finds_the_key(path, data):
    """A key with one letter left out is traced back, unless that makes another key."""
    option = path[-1]
    position = data.draw(st.integers(0, len(option) - 1))
    slipped = (*path[:-1], option[:position] + option[position + 1 :])
    if len(option) < 5 or any(slipped[-1] == known[-1] for known in fields.declared()):
        return

    assert explain.nearest(slipped) == path


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(fields.declared())), json_values)
def test_any_value_is_taken_or_refused_in_our_words(path, value):
    """Whatever stands at a key, loading ends with settings or a SettingsError."""
    content = value
    for part in reversed(path):
        content = [content] if part == "*" else {part: content}

    try:
        settings.load(base=content, environment=False)
    except SettingsError as error:
        assert str(error)
