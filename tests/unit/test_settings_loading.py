"""Where settings come from, and which place wins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import settings
from robasync.errors import SettingsError
from robasync.settings import fields, names

GUIDE = Path(__file__).parents[3] / "shared" / "guide" / "checkpoint_resume_guide.md"
READY_MADE = sorted((Path(__file__).parents[2] / "settings").glob("*.json"))
SIMPLE = {bool: st.booleans(), int: st.integers(1, 10_000), float: st.floats(0.5, 1e6)}

V2 = {
    "paths": {
        "input_folder": "input/documents",
        "output_folder": "output/results",
        "checkpoint_file": "checkpoints/assessment.json",
        "checkpoint_backup_dir": "checkpoints/backups",
        "temp_folder": "temp_parallel",
        "llm_pricing_config": "config/llm_pricing.json",
    },
    "processing": {
        "enable_resume": True,
        "eval_optional_items": True,
        "start_index": 0,
        "batch_size": 1,
        "llm_output_mode": "table",
        "max_text_length": 25000,
        "continue_on_error": True,
    },
    "parallel": {
        "enabled": True,
        "auto_detect_workers": True,
        "parallel_workers": 4,
        "max_workers": 4,
        "max_documents_per_batch": 50,
        "checkpoint_interval": 10,
        "checkpoint_on_batch_complete": True,
        "checkpoint_on_error": True,
        "max_checkpoint_backups": 5,
        "retry_attempts": 3,
        "grace_seconds": 20,
        "patience_seconds": 600,
        "timeout_seconds": 300,
        "memory_limit_gb": 8.0,
    },
    "checkpoint_system": {
        "compression": True,
        "encryption": False,
        "validation_on_save": True,
        "auto_cleanup_old": True,
        "backup_interval": 50,
        "recovery_mode": "automatic",
    },
    "llm_models": [
        {
            "name": "Primary",
            "provider": "openai",
            "model_name": "gpt-4",
            "base_url": "https://api.example.org/v1/?api-version=2024-06-01",
            "api_key": "your_api_key_here",
            "timeout": 60,
            "max_retries": 3,
            "use_streaming": False,
            "requests_per_minute": 60,
            "tokens_per_minute": 90000,
            "max_concurrency": 4,
            "temperature": 0,
            "max_tokens": 4096,
            "context_window": 128000,
            "price": {"input": 2.5, "output": 10, "cached": 1.25, "currency": "USD"},
        }
    ],
    "cost_tracking": {
        "enabled": True,
        "currency": "EUR",
        "track_by_model": True,
        "generate_reports": True,
        "cost_alerts": True,
        "max_cost_threshold": 100.0,
    },
    "rob_framework": {
        "type": "custom",
        "core_items": True,
        "optional_items": ["opt1"],
        "path": "own.toml",
        "custom_domains": [],
        "accept": ["cohort.pdf"],
        "outcome": "pain",
    },
    "domain6": {
        "thresholds": {"definitely_low": 5, "probably_low": 10, "probably_high": 15},
        "default_assessment": "Probably low",
    },
}


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch, tmp_path):
    """No variable and no .env of the machine reaches a test."""
    import os

    for name in [name for name in os.environ if name.upper().startswith("ROBASYNC_")]:
        monkeypatch.delenv(name)

    monkeypatch.chdir(tmp_path)


def write(path: Path, content: object) -> Path:
    """Write text as it is, anything else as JSON."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")

    return path


def simple_fields():
    """Yield every option of a simple type with a strategy for its values."""
    for path, field in fields.declared().items():
        if len(path) == 2 and path[0] != "domain6" and field.annotation in SIMPLE:
            yield path, SIMPLE[field.annotation]


def nested(path, value):
    """Return a file's content that holds one option."""
    return {path[0]: {path[1]: value}}


@pytest.mark.parametrize(
    ("path", "values"),
    list(simple_fields()),
    ids=lambda part: ".".join(part) if isinstance(part, tuple) else "",
)
def test_the_strongest_place_wins(path, values, tmp_path_factory):
    """Command line > variable > .env > file > saved > default, for every field of a simple type."""
    folder = tmp_path_factory.mktemp("places")

    @given(st.lists(st.none() | values, min_size=5, max_size=5))
    def check(given_values):
        option, variable, dotted, filed, saved = given_values
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            name = "ROBASYNC_" + "__".join(path).upper()
            if variable is not None:
                patch.setenv(name, str(variable))

            (folder / ".env").write_text("" if dotted is None else f"{name}={dotted}\n")
            loaded = settings.load(
                file=None if filed is None else write(folder / "s.json", nested(path, filed)),
                overrides={".".join(path): option},
                base=None if saved is None else nested(path, saved),
            )

        default = fields.declared()[path].default
        expected = next((value for value in given_values if value is not None), default)
        assert getattr(getattr(loaded, path[0]), path[1]) == expected

    from hypothesis import settings as effort

    effort(max_examples=12, deadline=None)(check)()


def guide_blocks():
    """Return the JSON blocks of the guide that are configuration, not a sketch with dots."""
    if not GUIDE.exists():
        return []

    blocks = GUIDE.read_text(encoding="utf-8").split("```json\n")[1:]
    texts = [block.split("```")[0] for block in blocks]

    return [json.loads(text) for text in texts if "..." not in text]


def test_every_json_block_of_the_guide_loads(tmp_path):
    """What the guide prints as configuration loads as printed, and takes effect."""
    blocks = guide_blocks()
    if not blocks:
        pytest.skip("the guide is not beside the repository")

    loaded = [settings.load(file=write(tmp_path / "c.json", block)) for block in blocks]

    assert len(loaded) == 3
    assert loaded[0].paths.checkpoint_file == Path("checkpoints/assessment.json")
    assert loaded[1].checkpoint_system.compression is True
    assert loaded[2].parallel.checkpoint_interval == 5
    assert loaded[2].parallel.max_checkpoint_backups == 10
    notices = [notice for one in loaded for notice in one.notices]
    assert notices == []


@pytest.mark.parametrize("home", [None, *sorted(names.HOMES)])
def test_options_shown_in_several_places_work_in_each(home, tmp_path):
    """Each option of the guide's table works at the top and in every section that shows such options."""
    values = {
        "enable_resume": False,
        "checkpoint_interval": 7,
        "checkpoint_on_batch_complete": False,
        "checkpoint_on_error": False,
        "max_checkpoint_backups": 9,
        "checkpoint_file": "a.json",
        "checkpoint_backup_dir": "b",
        "compression": True,
        "encryption": True,
        "encryption_key": "${KEY}",
        "validation_on_save": False,
        "auto_cleanup_old": False,
        "backup_interval": 3,
        "recovery_mode": "manual",
    }
    loaded = settings.snapshot(
        settings.load(file=write(tmp_path / "c.json", {home: values} if home else values))
    )

    assert set(values) == set(names.SPREAD)
    assert {option: loaded[section][option] for option, section in names.SPREAD.items()} == values


def test_a_complete_file_of_version_2_loads(tmp_path):
    """Every key of v2.0 loads; each one without a meaning is named in one line."""
    loaded = settings.load(file=write(tmp_path / "v2.json", V2))

    told = " ".join(loaded.notices)
    for key in (
        "temp_folder",
        "max_text_length",
        "continue_on_error",
        "parallel.enabled",
        "auto_detect_workers",
    ):
        assert key in told

    assert "default_assessment" in told
    assert "llm_output_mode" in told
    assert all("\n" not in notice for notice in loaded.notices)
    assert loaded.parallel.max_workers == 4
    assert loaded.domain6.pre_specified
    assert loaded.llm_models[0].base_url == "https://api.example.org/v1?api-version=2024-06-01"


def test_toml_is_read_too(tmp_path):
    """The same keys load from a TOML file."""
    text = '[parallel]\nmax_workers = 3\n[[llm_models]]\nmodel_name = "m"\n'

    loaded = settings.load(file=write(tmp_path / "c.toml", text))

    assert loaded.parallel.max_workers == 3
    assert loaded.llm_models[0].name == "m"


def test_comments_stand_anywhere(tmp_path):
    """Keys that begin with an underscore are dropped at any depth, in lists too."""
    content = {"_a": 1, "parallel": {"_b": [], "max_workers": 2}, "llm_models": [{"_c": {}, "name": "m"}]}

    assert settings.load(file=write(tmp_path / "c.json", content)).llm_models[0].model_name == "m"


@pytest.mark.parametrize("path", READY_MADE, ids=lambda path: path.name)
def test_ready_made_files_load(path):
    """Each file in settings/ loads without a notice."""
    assert settings.load(file=path).notices == ()


def test_ready_made_default_is_the_template():
    """default.json is what `robasync init` writes."""
    default = next(path for path in READY_MADE if path.name == "default.json")

    assert default.read_text(encoding="utf-8") == settings.template(commented=True)


@pytest.mark.parametrize("commented", [True, False])
def test_the_template_loads_as_the_defaults(commented, tmp_path):
    """A written template changes nothing."""
    file = write(tmp_path / "c.json", settings.template(commented=commented))

    assert settings.load(file=file) == settings.load()


def test_the_environment_changes_single_models(tmp_path, monkeypatch):
    """A numbered variable or option changes one entry of the list and leaves the others."""
    file = write(tmp_path / "c.json", {"llm_models": [{"name": "a"}, {"name": "b", "timeout": 5}]})
    monkeypatch.setenv("ROBASYNC_LLM_MODELS__1__MODEL_NAME", "big")

    loaded = settings.load(file=file, overrides={"llm_models.0.temperature": 1})

    assert [model.model_name for model in loaded.llm_models] == ["a", "big"]
    assert loaded.llm_models[1].timeout == 5
    assert loaded.llm_models[0].temperature == 1


def test_lists_and_models_from_the_environment(monkeypatch):
    """Lists are JSON; lists of names may also be text with commas; numbers add to the list."""
    monkeypatch.setenv("ROBASYNC_LLM_MODELS", '[{"name": "a"}]')
    monkeypatch.setenv("ROBASYNC_LLM_MODELS__0__TIMEOUT", "9")
    monkeypatch.setenv("ROBASYNC_ROB_FRAMEWORK__ACCEPT", "x.pdf, y.pdf")

    loaded = settings.load()

    assert loaded.llm_models[0].timeout == 9
    assert loaded.rob_framework.accept == ("x.pdf", "y.pdf")


def test_the_environment_can_be_left_out(monkeypatch):
    """environment=False reads neither variables nor .env."""
    monkeypatch.setenv("ROBASYNC_PARALLEL__MAX_WORKERS", "3")
    write(Path(".env"), "ROBASYNC_PARALLEL__CHECKPOINT_INTERVAL=4\n")

    assert settings.load(environment=False) == settings.load(environment=False, file=None)
    assert settings.load(environment=False).parallel.max_workers == "auto"
    assert settings.load().parallel.checkpoint_interval == 4


def test_the_example_of_an_environment_file_loads():
    """Every variable that robasync.env.example shows is one that settings take."""
    example = READY_MADE[0].with_name("robasync.env.example").read_text(encoding="utf-8")
    lines = [line.removeprefix("#") for line in example.splitlines() if "ROBASYNC_" in line and "=" in line]
    write(Path(".env"), "\n".join(lines))

    loaded = settings.load()

    assert len(lines) == 7
    assert loaded.llm_models[0].base_url == "http://127.0.0.1:8000/v1"
    assert loaded.cost_tracking.max_cost_threshold == 50


def test_file_is_missing(tmp_path):
    """A missing file is named with the way out."""
    with pytest.raises(SettingsError, match=r"gone\.json: cannot be read .*robasync init"):
        settings.load(file=tmp_path / "gone.json")
