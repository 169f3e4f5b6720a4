"""The installed command on every wire, in one piece and streamed: the same outcomes, bought once."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import pytest

from tests.acceptance.harness import ROOT, journal, outcomes, robasync, settings

TEXT = (ROOT / "examples" / "trials" / "pettigrove-2011.txt").read_text(encoding="utf-8")
NAMES = ("one.txt", "two.txt")
SERVER = ROOT / "tests" / "servers" / "wires_server.py"
KEY = "sk-9a1f77c0d3e25b48"
WIRES = {
    "openai": ("/v1", "/v1/chat/completions", "Authorization"),
    "azure": ("", "/openai/deployments/m1/chat/completions?api-version=2024-10-21", "api-key"),
    "anthropic": ("/v1", "/v1/messages", "x-api-key"),
    "gemini": ("/v1beta", "/v1beta/models/m1:generateContent", "x-goog-api-key"),
}
RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")


@contextmanager
def served(*flags):
    """Run the server in a process of its own and yield its address."""
    with subprocess.Popen([sys.executable, SERVER, *flags], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server():
    """Yield the address of a server."""
    with served() as url:
        yield url


def asked(url):
    """Return what the server was asked: paths, and the headers that held a key."""
    with urllib.request.urlopen(f"{url}/counts", timeout=60) as found:
        return json.load(found)


def prepared(folder):
    """Lay out two reports of trials as text, and return the folder."""
    (folder / "in").mkdir(parents=True)
    for name in NAMES:
        (folder / "in" / name).write_text(f"{TEXT}\n\nThis copy of the report is {name}.\n", encoding="utf-8")

    return folder


@pytest.mark.parametrize("provider", WIRES)
def test_a_wire_is_spoken_by_the_installed_command(provider, server, tmp_path):
    """Streamed and joined, or in one piece: the same outcomes, the usage in the books.

    The key stands in its header and in no byte that was written or said.
    """
    base, path, header = WIRES[provider]
    before, found = len(asked(server)), []

    for streaming in (True, False):
        folder = prepared(tmp_path / str(streaming))
        model = {"provider": provider, "api_key": "${LAB_KEY}", "use_streaming": streaming}
        settings(folder, server + base, model=model)
        ended = robasync(*RUN, cwd=folder, LAB_KEY=KEY)
        assert ended.code == 0, ended.err
        assert KEY not in ended.out + ended.err
        usages = [line["body"]["usage"] for line in journal(folder) if line["kind"] == "reply"]
        found.append((outcomes(folder / "out"), usages))

    requests = asked(server)[before:]

    assert found[0] == found[1]
    assert {outcome["status"] for outcome in found[0][0].values()} == {"assessed"}
    assert found[0][1] == [{"input_tokens": 50_000, "output_tokens": 200, "cached_tokens": 0}] * len(NAMES)
    assert len(requests) == 2 * len(NAMES)
    assert {way.replace("streamGenerateContent?alt=sse", "generateContent") for way, _ in requests} == {path}
    assert all(list(keys) == [header] and keys[header].endswith(KEY) for _, keys in requests)
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_a_change_to_streaming_buys_nothing_again(server, tmp_path):
    """How a reply travels is no part of its key: another session answers from the first one's."""
    folder, before = prepared(tmp_path), len(asked(server))

    for streaming in (False, True):
        settings(folder, f"{server}/v1", model={"use_streaming": streaming})
        assert robasync(*RUN, "--new", cwd=folder).code == 0

    assert len(asked(server)) - before == len(NAMES)
