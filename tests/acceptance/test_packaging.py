"""The files that machines start robasync with: each is checked by its own kind of tool."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from robasync.ending import FAILED
from robasync.errors import BudgetReached, SettingsError, StorageError
from robasync.settings import load
from tests.acceptance.harness import COMMAND, ROOT

SETTINGS = ROOT / "settings"
UNITS = ("robasync.service", "robasync@.service")
MOST_EXPOSED = 20  # tenths, of systemd's measure from 0 (safe) to 100
FINAL = {SettingsError.exit_code, FAILED, BudgetReached.exit_code, StorageError.exit_code}
GRACE = load(environment=False).parallel.grace_seconds
CAP = "ROBASYNC_COST_TRACKING__MAX_COST_THRESHOLD"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def tool(name: str) -> Path:
    """Return a command of the test environment; skips where it is not installed."""
    path = Path(sys.executable).with_name(name)

    if not path.exists():
        pytest.skip(f"{name} is not installed (scripts/test installs it)")

    return path


@pytest.fixture
def systemd():
    if (found := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd is not installed here")

    return found


def unit(name: str) -> dict[str, list[str]]:
    """Return the values of a unit file by key."""
    values: dict[str, list[str]] = {}

    for line in (SETTINGS / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            values.setdefault(key, []).append(value)

    return values


@pytest.mark.parametrize("name", UNITS)
def test_units_verify_and_are_hardened(systemd, tmp_path, name):
    """Systemd finds nothing wrong in a unit, and little that the service could harm."""
    path = tmp_path / name.replace("@", "@review")
    path.write_text((SETTINGS / name).read_text().replace("/usr/local/bin/robasync", str(COMMAND)))
    verified = run(systemd, "verify", "--man=no", path)
    exposed = run(systemd, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", path)

    assert (verified.returncode, verified.stderr) == (0, "")
    assert exposed.returncode == 0, exposed.stdout[-300:]


@pytest.mark.parametrize("name", UNITS)
def test_units_restart_only_what_a_restart_can_mend(name):
    """Exit codes mean the same to systemd as to people; a stop has more time than the grace."""
    values = unit(name)

    assert {*map(int, values["RestartPreventExitStatus"][0].split())} == FINAL
    assert values["SuccessExitStatus"] == ["130 143"]
    assert values["KillMode"] == ["mixed"]
    assert int(values["TimeoutStopSec"][0]) > GRACE * 2
    assert any(value.startswith(CAP) for value in values["Environment"])
    assert "--resume auto" in values["ExecStart"][0]


def test_the_two_units_differ_in_nothing_but_the_instance():
    """What is mended in one is mended in the other."""
    one, many = ((SETTINGS / name).read_text().split("[Unit]")[1] for name in UNITS)

    for instance, plain in (
        ("%S/robasync/%i", "%S/robasync"),
        ("StateDirectory=robasync/%i robasync/%i/", "StateDirectory=robasync robasync/"),
        (" robasync/%i/", " robasync/"),
        ("/var/lib/robasync/%i/", "/var/lib/robasync/"),
        ("/etc/robasync/%i.json", "/etc/robasync/robasync.json"),
        ("/etc/robasync/%i.key", "/etc/robasync/model.key"),
        (" (%i)", ""),
        ("robasync@NAME", "robasync"),
    ):
        many = many.replace(instance, plain)

    assert many == one


def test_the_image_is_built_as_linters_want_it():
    """Hadolint has nothing to say of the Dockerfile."""
    linted = run(tool("hadolint"), ROOT / "Dockerfile")

    assert (linted.returncode, linted.stdout) == (0, "")


def test_compose_file_is_valid_and_careful():
    """It fits the specification; the run ends before it is killed, and nothing but volumes is written."""
    path = SETTINGS / "compose.yaml"
    checked = run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", path)
    [service] = yaml.safe_load(path.read_text())["services"].values()

    assert checked.returncode == 0, checked.stdout
    assert int(service["stop_grace_period"].removesuffix("s")) > GRACE
    assert service["read_only"] is True
    assert float(service["environment"][CAP]) > 0


def test_job_is_valid_and_fails_at_once_for_what_no_restart_mends():
    """It fits Kubernetes' schema; a moved pod costs no attempt."""
    path = SETTINGS / "job.yaml"
    checked = run(tool("kubernetes-validate"), path)
    _, job = yaml.safe_load_all(path.read_text())
    ignored, failed = job["spec"]["podFailurePolicy"]["rules"]
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]

    assert checked.returncode == 0, checked.stdout
    assert {*failed["onExitCodes"]["values"]} == FINAL
    assert ignored["action"] == "Ignore"
    assert pod["terminationGracePeriodSeconds"] > GRACE
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert any(one["name"] == CAP for one in container["env"])
    assert "healthz" not in str(container["livenessProbe"])  # a full disk is waited for


def test_container_settings_have_a_cap():
    """Nobody who starts the image by hand pays without a limit."""
    assert (
        load(file=SETTINGS / "container.json", environment=False).cost_tracking.max_cost_threshold is not None
    )


@pytest.mark.skipif("ROBASYNC_IMAGE" not in os.environ, reason="takes minutes; asked for by ROBASYNC_IMAGE=1")
def test_what_the_image_is_built_of_works_by_itself(tmp_path):
    """The Dockerfile's step makes an environment that needs nothing else: no checkout, no home, no pip."""
    prefix = tmp_path / "opt"
    built = run(ROOT / "scripts" / "image", prefix)
    assert built.returncode == 0, built.stderr[-500:]

    bare = {"PATH": f"{prefix / 'bin'}:/usr/bin:/bin", "HOME": "/nonexistent"}
    (tmp_path / "data").mkdir()
    demo = subprocess.run(
        ["robasync", "demo", "--json"],
        cwd=tmp_path / "data",
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )

    assert json.loads(demo.stdout)["assessed"] == 8, demo.stderr
    assert not (prefix / "bin" / "pip").exists()
