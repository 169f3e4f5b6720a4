"""Where a key goes: into the header of a request, and into no other byte that a run leaves behind.

``--api-key`` and the list of processes are in ``test_resume``, encrypted sessions in ``test_sealed``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.harness import Command, robasync, serving, settings
from tests.acceptance.test_wires import WIRES, asked, served

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
LOOKS = ("report",), ("resume", "--info"), ("fsck",), ("providers", "list", "-c", "settings.json")
LOG = ("--verbose", "--log-file", "run.log")
#: How a key is given, and that key: all of them to one model, by entries of its pool.
GIVEN = {
    "${LAB_KEY}": "sk-environment-51c0a7",
    "${DOTENV_KEY}": "sk-dotenv-9be2f4",
    "file:lab.key": "sk-file-0d63b8",
    "credential:lab": "sk-credential-77e1aa",
    "sk-written-out-c41d95": "sk-written-out-c41d95",
}
OWN = {"settings.json", ".env", "lab.key", "lab"}  # where the user put them
SPOILED = """\
import runpy, sys
from robasync.providers.remote import Remote

def spoil(self, answer):
    secret = self._secret
    raise RuntimeError("this was not expected")

Remote._reply = spoil
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


def left_behind(folder: Path) -> bytes:
    """Return every byte and name below ``folder`` but what the user wrote there."""
    names = [path for path in folder.rglob("*") if path.name not in OWN]
    files = [path.read_bytes() for path in names if path.is_file()]

    return b"\n".join([*files, *(str(path).encode() for path in names)])


def keyed(folder: Path, url: str, *, keys: list[str], **model: object) -> dict[str, str]:
    """Lay out reports, settings and keys; return the environment that goes with them."""
    reports.write(folder / "in", 8)
    (folder / ".env").write_text(f"DOTENV_KEY={GIVEN['${DOTENV_KEY}']}\n")
    (folder / "lab.key").write_text(GIVEN["file:lab.key"])
    (folder / "credentials").mkdir()
    (folder / "credentials" / "lab").write_text(GIVEN["credential:lab"])
    first, *others = keys
    settings(folder, url, model={"api_key": first, "pool": [{"api_key": key} for key in others], **model})

    return {"LAB_KEY": GIVEN["${LAB_KEY}"], "CREDENTIALS_DIRECTORY": str(folder / "credentials")}


@pytest.mark.parametrize("provider", WIRES)
def test_every_key_of_a_pool_is_sent_and_kept_nowhere(tmp_path, provider):
    """On each wire, however it was given, though the server repeats it: a *** stands for it.

    Looked at are all files of the session and the results, the log, what was said, the reports that
    are written anew, what session and models are said to be (once), and the process while it works.
    """
    with served("--rude") as url:
        base, _, header = WIRES[provider]
        environment = keyed(tmp_path, url + base, keys=list(GIVEN), provider=provider)
        command = Command(*RUN, *LOG, "-w", len(GIVEN), cwd=tmp_path, **environment)
        command.until("Checkpoint created")
        running = Path(f"/proc/{command.process.pid}")
        shown = b"".join((running / name).read_bytes() for name in ("cmdline", "comm", "status"))
        ran = [command.end()]
        sent = {keys[header].removeprefix("Bearer ") for _, keys in asked(url)}

    looks = LOOKS if provider == "openai" else ()
    ran += [robasync(*look, "--verbose", cwd=tmp_path, **environment) for look in looks]

    assert {ended.code for ended in ran} == {0}, [ended.err for ended in ran]
    assert sent == set(GIVEN.values())
    everything = b"".join((shown, left_behind(tmp_path), *((one.out + one.err).encode() for one in ran)))
    assert not [key for key in sent if key.encode() in everything]
    assert everything.count(b"No more of ***") >= len(GIVEN)
    assert re.search(rb"sha256:[0-9a-f]{8}", everything)


def test_a_key_stays_out_of_every_refusal(tmp_path, server):
    """Each kind of error that a server may bring, on the screen, in the journal and in the log."""
    environment = keyed(tmp_path, server.url, keys=["${LAB_KEY}"], max_retries=0)
    server.change(first={"401": 1, "500": 1, "404": 1, "429": 1, "402": 1})
    ran = [robasync(*RUN, *LOG, "-w", 1, cwd=tmp_path, **environment), robasync("resume", *LOG, cwd=tmp_path)]
    ran.append(robasync("resume", *LOG, cwd=tmp_path, **environment))
    said = "".join(ended.out + ended.err for ended in ran)

    assert [ended.code for ended in ran] == [3, 2, 0]
    assert "LAB_KEY, which is not set" in ran[1].err
    assert GIVEN["${LAB_KEY}"].encode() not in left_behind(tmp_path) + said.encode()
    assert b"***" in left_behind(tmp_path), "the server did not repeat the key"


@pytest.mark.parametrize(("given", "again"), [("sk-written-out-c41d95", 2), ("file:lab.key", 0)])
def test_a_key_is_only_where_the_user_put_it(tmp_path, server, given, again):
    """In the settings themselves or in a file: copied nowhere; what is not saved is asked for again."""
    keyed(tmp_path, server.url, keys=[given])
    ran = [robasync(*RUN, "--verbose", cwd=tmp_path), robasync("resume", cwd=tmp_path)]
    said = "".join(ended.out + ended.err for ended in ran)

    assert [ended.code for ended in ran] == [0, again]
    assert GIVEN[given].encode() not in left_behind(tmp_path) + said.encode()


def test_a_traceback_shows_no_key(tmp_path, server):
    """An error that nobody foresaw, in the middle of a call, with --verbose: lines, and no values."""
    environment = keyed(tmp_path, server.url, keys=["${LAB_KEY}"])
    (tmp_path / "spoiled.py").write_text(SPOILED)
    command = Command(*RUN, *LOG, cwd=tmp_path, through=(sys.executable, "spoiled.py"), **environment)
    ended = command.end()

    assert ended.code == 3
    assert "RuntimeError: this was not expected" in ended.err
    assert "Traceback" in ended.err
    assert "Traceback" in (tmp_path / "run.log").read_text()
    assert GIVEN["${LAB_KEY}"].encode() not in left_behind(tmp_path) + (ended.out + ended.err).encode()
