"""A configuration with every key of version 2.0 loads unchanged, runs, and says what has no effect."""

from __future__ import annotations

import json
import re

import pytest

from robasync.settings import fields, names, not_yet
from tests import reports
from tests.acceptance.harness import ROOT, outcomes, robasync, serving

DESIGN = ROOT.parent / "shared" / "design" / "DESIGN.md"
pytestmark = pytest.mark.skipif(not DESIGN.exists(), reason="the design is not beside the repository")

MODEL = {
    "name": "Primary",
    "provider": "openai",
    "model_name": "gpt-4",
    "base_url": "",
    "api_key": "${MODEL_KEY}",
    "timeout": 60,
    "max_retries": 3,
    "use_streaming": False,
    "requests_per_minute": 6_000,
    "tokens_per_minute": 9_000_000,
    "max_concurrency": 4,
    "temperature": 0,
    "max_tokens": 4096,
    "context_window": 128_000,
    "price": {"input": 30, "output": 60, "currency": "USD"},
}
CONFIGURATION = {
    "paths": {
        "input_folder": "input/documents",
        "output_folder": "output",
        "checkpoint_file": "checkpoints/assessment.json",
        "checkpoint_backup_dir": "checkpoints/backups",
        "temp_folder": "temp_parallel",
        "llm_pricing_config": "pricing.json",
    },
    "processing": {
        "enable_resume": True,
        "eval_optional_items": True,
        "start_index": 1,
        "batch_size": 1,
        "llm_output_mode": "table",
        "max_text_length": 25_000,
    },
    "parallel": {
        "enabled": True,
        "auto_detect_workers": True,
        "max_workers": 4,
        "max_documents_per_batch": 2,
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
        "compression": False,
        "encryption": False,
        "validation_on_save": True,
        "auto_cleanup_old": True,
        "backup_interval": 50,
        "recovery_mode": "automatic",
    },
    "llm_models": [MODEL],
    "cost_tracking": {"currency": "USD", "max_cost_threshold": 100.0},
    "rob_framework": {"type": "robust-rct", "core_items": True, "optional_items": True, "path": None},
    "domain6": {
        "thresholds": {"definitely_low": 5, "probably_low": 10, "probably_high": 15},
        "default_assessment": "Probably low",
    },
}
#: The sections of the keys that the design names in a sentence.
SAID_ELSEWHERE = {"temp_folder": "paths", "max_text_length": "processing"}


def keys_of_the_design() -> set[tuple[str, str]]:
    """Return section and key of everything in the design's list, and in the sentence below it."""
    text = DESIGN.read_text(encoding="utf-8").partition("## 5. Settings")[2]
    block = text.split("```")[1]
    listed = re.sub(r"\([^)]*\)|\{[^}]*\}|a list of:", "", re.sub(r"\n +", " ", block))
    sentence = re.search(r"Keys of v2\.0 without a meaning now \((.*?)\) are accepted", text)[1]
    named = {tuple(key.split(".")) for key in re.findall(r"`([\w.]+)`", sentence)}
    found = {
        (section, key.strip())
        for section, _, keys in (line.partition(" ") for line in listed.strip().splitlines())
        for key in keys.split(",")
    }

    return found | {key if len(key) == 2 else (SAID_ELSEWHERE.get(key[0], "parallel"), *key) for key in named}


def configuration(url: str) -> dict:
    """Return the configuration, with what has no effect yet set to other than its default."""
    made = {**CONFIGURATION, "llm_models": [{**MODEL, "base_url": url}]}
    tracking = dict(made["cost_tracking"])

    for name in ("enabled", "track_by_model", "generate_reports", "cost_alerts"):
        tracking[name] = not fields.find(("cost_tracking", name)).default

    return {**made, "cost_tracking": tracking}


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Return the folder and the end of a run of four reports with that configuration, as it stands."""
    folder = tmp_path_factory.mktemp("v2")
    reports.write(folder / "input" / "documents", 4)
    price = {"input_cost_per_1k_tokens": 0.03, "output_cost_per_1k_tokens": 0.06, "currency": "USD"}
    (folder / "pricing.json").write_text(json.dumps({"models": {"gpt-4": price}}))

    with serving() as server:
        (folder / "config.json").write_text(json.dumps(configuration(server.url)))
        yield folder, robasync("run", "-c", "config.json", "--json", cwd=folder, MODEL_KEY="a-key")


def test_the_configuration_has_every_key_of_the_design():
    """No key of the design is left out, and none is made up."""
    written = configuration("http://localhost:1")
    keys = {
        (section, key)
        for section, options in written.items()
        for key in (options[0] if section == "llm_models" else options)
    }

    assert keys == keys_of_the_design()


def test_it_runs_over_the_wire_to_results(ended):
    """Exit 0, every report but the one that start_index leaves out, at the configured places and price."""
    folder, run = ended

    assert (run.code, run.facts["assessed"], run.facts["total"]) == (0, 3, 3), run.err
    assert run.facts["cost"] > 0
    assert len(outcomes(folder / "output")) == 3
    saved = json.loads((folder / "checkpoints" / "assessment.json").read_text())
    assert (saved["completed_documents"], saved["total_batches"]) == (3, 2)


def test_what_it_means_is_saved_as_it_was_written(ended):
    """Every key that has a meaning stands in the checkpoint's snapshot with its value."""
    folder, _ = ended
    saved = json.loads((folder / "checkpoints" / "assessment.json").read_text())["config_snapshot"]
    written = json.loads((folder / "config.json").read_text())

    for section, options in written.items():
        found, given = (
            (saved[section][0], options[0]) if section == "llm_models" else (saved[section], options)
        )

        for key, value in given.items():
            if (section, key) not in names.RETIRED:
                kept = {name: found[key][name] for name in value} if isinstance(value, dict) else found[key]
                assert kept == value, (section, key)


def test_what_has_no_effect_is_said_in_a_line_each(ended):
    """What v2.0 had and nothing needs now, and what a later version will do; nothing else."""
    _, run = ended
    said = [line.partition("] ")[2] for line in run.err.splitlines() if "has no effect" in line]
    retired = {path for path in names.RETIRED if path[-1] in CONFIGURATION.get(path[0], {})}
    expected = {*not_yet.NOT_YET, "processing.llm_output_mode", *map(".".join, retired)}

    assert {re.search(r"(\w+\.\w+) has no effect", line)[1] for line in said} == expected
    assert len(said) == len(expected)
