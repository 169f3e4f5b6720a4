"""An encrypted job through the installed command: killed, refused without its key, finished with it."""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance import harness
from tests.acceptance.harness import Command, outcomes, robasync, rows, serving

KEY, OTHER = "5e" * 32, "6f" * 32
RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
SEALED = {"encryption": True, "encryption_key": "${ROB_KEY}", "backup_interval": 1, "compression": True}
MODEL = "model-nine"


def settings(folder: Path, url: str, name: str = "settings.json", **checkpoint_system: object) -> None:
    """Write a settings file for one model, the same in every test."""
    model = {"model_name": MODEL}
    harness.settings(folder, url, name=name, model=model, checkpoint_system=checkpoint_system)


def contents(folder: Path) -> dict[str, bytes]:
    """Return what a session wrote, reports for readers left out, by name."""
    files = [*(folder / "checkpoints").rglob("*"), *(folder / "out" / "results").rglob("*")]

    return {path.name: path.read_bytes() for path in files if path.is_file()}


def unsealed(folder: Path, key: str = KEY) -> dict[str, dict]:
    """Return every result file's outcome by document, as ``robasync unseal`` prints it."""
    found = {}

    for path in (folder / "out" / "results").iterdir():
        shown = robasync("unseal", path, cwd=folder, ROBASYNC_CHECKPOINT_SYSTEM__ENCRYPTION_KEY=key)
        outcome = shown.facts["outcome"]
        found[outcome["document"]] = {
            name: value for name, value in outcome.items() if name not in {"mtime_ns", "inode"}
        }

    return found


@pytest.fixture(scope="module")
def server():
    with serving("--latency", 0.05) as running:
        yield running


@pytest.fixture(scope="module")
def plain(tmp_path_factory, server):
    """Run the job in clear."""
    folder = tmp_path_factory.mktemp("plain")
    reports.write(folder / "in", 12)
    settings(folder, server.url)
    assert robasync(*RUN, cwd=folder).code == 0

    return folder


@pytest.fixture(scope="module")
def killed(tmp_path_factory, server):
    """Kill an encrypted job at its fifth answer."""
    folder = tmp_path_factory.mktemp("sealed")
    reports.write(folder / "in", 12)
    settings(folder, server.url, **SEALED)
    command = Command(*RUN, "-w", "2", cwd=folder, ROB_KEY=KEY)
    server.wait(server.counts["requests"] + 6)
    command.kill()
    command.end()

    return folder


@pytest.fixture
def copy(killed, tmp_path):
    """Return a copy of the killed job, which may be changed."""
    return Path(shutil.copytree(killed, tmp_path / "job"))


@pytest.fixture(scope="module")
def finished(killed, tmp_path_factory, server):
    """Resume a copy of the killed job with its key, and nothing else than that."""
    folder = Path(shutil.copytree(killed, tmp_path_factory.mktemp("finished") / "job"))
    before = server.counts["requests"]
    ended = robasync("resume", cwd=folder, ROB_KEY=KEY)
    assert ended.code == 0, ended.err

    return folder, server.counts["requests"] - before


def test_it_ends_as_in_clear(finished, plain):
    """Tables and outcomes are those of a run without encryption, and no recorded call was asked again."""
    folder, asked = finished

    assert rows(folder / "out/results.csv") == rows(plain / "out/results.csv")
    assert unsealed(folder) == outcomes(plain / "out")
    assert asked <= 12 - 4


def test_nothing_that_was_read_answered_or_secret_is_in_a_file(finished, killed):
    """Journal, checkpoint, backups, index and result files show no text, answer, setting or key."""
    words = [
        b"Xelotane",
        b"imaginary",
        b"randomis",
        b"capsules",
        b"judgement",
        b"quote",
        b"assessed",
        b"trial-0",
    ]
    words += [
        b"http://",
        b"model-nine",
        KEY.encode(),
        bytes.fromhex(KEY),
        base64.b64encode(bytes.fromhex(KEY)),
    ]

    for folder in (killed, finished[0]):
        files = contents(folder)
        shown = [(name, word) for name, data in files.items() for word in words if word in data]

        assert shown == []
        assert any(name.endswith(".journal.jsonl") for name in files)

    names = " ".join(contents(finished[0]))
    assert ".checkpoint.json.sealed" in names
    assert "_0000" in names  # a backup
    assert "trial-00001.txt.json.sealed" in names


@pytest.mark.parametrize(
    ("key", "words"),
    [(None, "ROB_KEY, which is not set"), (OTHER, "another key"), ("correct horse", "32 random")],
)
@pytest.mark.parametrize("command", ["resume", "report"])
def test_without_its_key_a_session_is_refused(copy, command, key, words):
    """No key, another one, or none at all: exit 2, the way out is named, and no file changes."""
    before = contents(copy)
    ended = robasync(command, cwd=copy, **({"ROB_KEY": key} if key else {}))

    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err
    assert key is None or key not in ended.err
    assert contents(copy) == before


def test_the_check_says_what_it_cannot_look_at(copy):
    """Without the key the records are checked by their checksums only, and that is said."""
    ended = robasync("fsck", cwd=copy)

    assert ended.code == 0
    assert "was not looked at" in ended.out


def test_the_key_may_be_given_anew(copy, server):
    """Where the reference leads nowhere any more, the environment or a settings file names another place."""
    (copy / "new.key").write_text(base64.b64encode(bytes.fromhex(KEY)).decode())
    settings(copy, server.url, name="new.json", encryption_key="file:new.key")
    checked = robasync("fsck", "--json", cwd=copy, ROBASYNC_CHECKPOINT_SYSTEM__ENCRYPTION_KEY=KEY)
    ended = robasync("resume", "-c", "new.json", cwd=copy)

    assert checked.code == 0, checked.out
    assert ended.code == 0, ended.err


def test_a_session_stays_encrypted_whatever_the_settings_say(copy, server):
    """A settings file that asks for clear text is answered in words, and nothing is written in clear."""
    off = {"encryption": False, "encryption_key": "${ROB_KEY}"}
    settings(copy, server.url, name="off.json", **off)
    ended = robasync("resume", "-c", "off.json", cwd=copy, ROB_KEY=KEY)

    assert ended.code == 0, ended.err
    assert "stays encrypted" in ended.err
    assert not any(b"Xelotane" in data or b"quote" in data for data in contents(copy).values())


def test_a_session_in_clear_is_not_encrypted_afterwards(plain, server):
    """Half a session would lie in clear: refused, with what can be done."""
    settings(plain, server.url, name="sealed.json", **SEALED)
    ended = robasync("resume", "-c", "sealed.json", cwd=plain, ROB_KEY=KEY)

    assert ended.code == 2
    assert "begun without encryption" in ended.err
    assert "--new" in ended.err


def test_an_unfinished_encrypted_session_is_not_run_past(killed, server):
    """The same work is refused with its key, and with the reason without; --new is a way out."""
    settings(killed, server.url, name="clear.json")
    command = ("run", "-c", "clear.json", "-i", "in", "-o", "out")
    again, blind = robasync(*RUN, cwd=killed, ROB_KEY=KEY), robasync(*command, cwd=killed)

    assert (again.code, blind.code) == (2, 2)
    assert "is not finished" in again.err
    assert "ROB_KEY, which is not set" in blind.err
    assert "--new" in blind.err


def test_encrypted_answers_are_reused_by_encrypted_sessions_only(finished, server, tmp_path):
    """With the key a new session pays nothing; one in clear asks anew and copies nothing."""
    folder = Path(shutil.copytree(finished[0], tmp_path / "job"))
    before = server.counts["requests"]
    assert robasync(*RUN, "--new", cwd=folder, ROB_KEY=KEY).code == 0
    assert server.counts["requests"] == before

    settings(folder, server.url, name="clear.json", encryption_key="${ROB_KEY}")
    clear = robasync("run", "--new", "-c", "clear.json", "-i", "in", "-o", "out", cwd=folder, ROB_KEY=KEY)
    assert clear.code == 0, clear.err
    assert server.counts["requests"] == before + 12


def test_without_the_extra_nothing_begins(copy, tmp_path):
    """Who has no cryptography installed is told what to install, on run and on resume."""
    stub = tmp_path / "stub" / "cryptography"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("raise ImportError('not installed')\n")
    path = os.pathsep.join([str(stub.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    before = contents(copy)

    for arguments in ((*RUN, "--new"), ("resume",)):
        ended = robasync(*arguments, cwd=copy, ROB_KEY=KEY, PYTHONPATH=path)

        assert ended.code == 2
        assert "pip install robasync[crypto]" in ended.err

    assert contents(copy) == before


def test_a_changed_byte_of_a_result_file_is_told(finished):
    """Nothing of a changed file is shown."""
    path = next((finished[0] / "out/results").iterdir())
    data = path.read_bytes()
    forged = finished[0] / "forged.json.sealed"
    forged.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    ended = robasync("unseal", forged, cwd=finished[0], ROBASYNC_CHECKPOINT_SYSTEM__ENCRYPTION_KEY=KEY)

    assert (ended.code, ended.out) == (2, "")
    assert "was changed or damaged" in ended.err


def test_a_compressed_checkpoint_is_resumed_and_read(tmp_path, server):
    """Compression is named once, the file by its ending; resume and unseal take it as it is."""
    reports.write(tmp_path / "in", 6)
    settings(tmp_path, server.url, compression=True, backup_interval=1)
    command = Command(*RUN, "-w", "1", cwd=tmp_path)
    command.until("Checkpoint created")
    server.wait(server.counts["requests"] + 2)
    command.kill()
    command.end()
    ended = robasync("resume", cwd=tmp_path)
    (path,) = (tmp_path / "checkpoints").glob("*.checkpoint.json*")
    shown = robasync("unseal", path, cwd=tmp_path)

    assert ended.code == 0, ended.err
    assert ended.err.count("Checkpoints are compressed (zstd)") == 1
    assert path.name.endswith(".checkpoint.json.zst")
    assert json.loads(shown.out)["completed_documents"] == 6
    assert robasync("fsck", cwd=tmp_path).code == 0
