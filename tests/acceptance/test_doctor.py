"""``robasync doctor``: what is in place for a run, and what to do where it is not."""

from __future__ import annotations

import os
import platform

import pytest

from tests import reports
from tests.acceptance.harness import Ended, robasync, serving, settings

KEY = "sk-77c0d1e2f3a4b5c6"
DOCTOR = ("doctor", "-c", "settings.json", "--json")


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


def states(ended: Ended) -> dict[str, str]:
    """Return what each check came to."""
    return {check["name"]: check["state"] for check in ended.facts["checks"]}


def wrong(ended: Ended) -> dict[str, str]:
    """Return what to do about each thing that is wrong."""
    return {one["name"]: one["advice"] for one in ended.facts["checks"] if one["state"] == "wrong"}


def test_where_all_is_in_place_it_says_so_and_leaves_nothing(tmp_path, server):
    """Exit 0; every part was looked at; no file is left, nothing was billed, no key is shown."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, server.url, model={"api_key": KEY}, paths={"input_folder": "in"})
    before, billed = sorted(tmp_path.rglob("*")), server.counts["billed"]
    ended = robasync(*DOCTOR, cwd=tmp_path)
    spoken = robasync("doctor", "-c", "settings.json", cwd=tmp_path)

    assert ended.code == spoken.code == 0, ended.out
    assert wrong(ended) == {}
    assert {"Settings", "Model local", "Price of local", "Documents", "Sync", "Space", "Clock"} <= {
        *states(ended)
    }
    assert "3 in in" in spoken.out
    assert "A run can begin." in spoken.out
    assert "\x1b" not in spoken.out
    assert KEY not in ended.out + ended.err + spoken.out + spoken.err
    assert sorted(tmp_path.rglob("*")) == before
    assert server.counts["billed"] == billed


def test_without_settings_it_looks_at_the_machine(tmp_path):
    """No file is needed; with one that cannot be read the machine is looked at all the same: exit 2."""
    (tmp_path / "settings.json").write_text('{"paralel": {}}')
    plain = robasync("doctor", "--json", cwd=tmp_path)
    broken = robasync(*DOCTOR, cwd=tmp_path)

    assert plain.code == 0, plain.out
    assert "rules" in plain.out
    assert broken.code == 2
    assert list(wrong(broken)) == ["Settings"]
    assert "paralel" in broken.out
    assert {"Open files", "Memory", "Clock"} <= {*states(broken)}


def test_a_folder_that_takes_no_files_is_a_matter_of_storage(tmp_path, server):
    """A file in the place of the checkpoint folder, and a place that nobody can write to: exit 5."""
    (tmp_path / "checkpoints").write_text("in the way")
    settings(tmp_path, server.url, paths={"output_folder": "/proc/robasync"})
    ended = robasync(*DOCTOR, cwd=tmp_path)

    assert ended.code == 5, ended.out
    assert {*wrong(ended)} == {"Output folder", "Checkpoint folder", "Backup folder"}
    assert "-o FOLDER" in wrong(ended)["Output folder"]


def test_a_price_that_nobody_knows_is_told_with_the_way_out(tmp_path, server):
    """A run would refuse: exit 2."""
    settings(tmp_path, server.url, model={"price": None})
    ended = robasync(*DOCTOR, cwd=tmp_path)

    assert ended.code == 2
    assert "--unpriced local" in wrong(ended)["Price of local"]


def test_a_key_that_is_refused_is_found_before_the_run(tmp_path):
    """The server says 401 to the one call that --call makes; the key is not repeated."""
    with serving("--fault", "401=1") as server:
        settings(tmp_path, server.url, model={"api_key": KEY})
        ended = robasync(*DOCTOR, "--call", cwd=tmp_path)

    assert ended.code == 2
    assert "providers check -c settings.json --call" in wrong(ended)["Model local"]
    assert KEY not in ended.out + ended.err


def test_a_missing_library_is_wrong_only_where_it_is_needed(tmp_path, server):
    """Encryption needs the extra crypto: exit 2 with the pip command; without encryption it is a fact."""
    stub = tmp_path / "stub" / "cryptography"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("raise ImportError('not installed')\n")
    path = os.pathsep.join([str(stub.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    settings(tmp_path, server.url)
    spare = robasync(*DOCTOR, cwd=tmp_path, PYTHONPATH=path)
    sealed = {"encryption": True, "encryption_key": "5e" * 32}
    settings(tmp_path, server.url, checkpoint_system=sealed)
    needed = robasync(*DOCTOR, cwd=tmp_path, PYTHONPATH=path)

    assert spare.code == 0, spare.out
    assert "not installed, not needed" in spare.out
    assert needed.code == 2
    assert wrong(needed) == {"Extra crypto": "pip install 'robasync[crypto]'"}


def test_encryption_without_a_key_is_wrong(tmp_path, server):
    """A run would refuse: exit 2 and the command that makes a key; with one its fingerprint is told."""
    settings(tmp_path, server.url, checkpoint_system={"encryption": True})
    ended = robasync(*DOCTOR, cwd=tmp_path)
    secret = "5e" * 32
    settings(tmp_path, server.url, checkpoint_system={"encryption": True, "encryption_key": secret})
    keyed = robasync(*DOCTOR, cwd=tmp_path)

    assert ended.code == 2
    assert "openssl rand -hex 32" in wrong(ended)["Encryption"]
    assert (keyed.code, states(keyed)["Encryption"]) == (0, "ok")
    assert secret not in keyed.out + keyed.err


def test_the_facts_for_a_bug_report_name_nobody(tmp_path):
    """Versions and the kind of machine; neither its name nor its folders."""
    ended = robasync("doctor", "--system-info", cwd=tmp_path)

    assert ended.code == 0
    assert f"Python             {platform.python_version()}" in ended.out
    assert "pymupdf" in ended.out
    assert "not installed" not in ended.out
    assert platform.node() not in ended.out
    assert str(tmp_path) not in ended.out
