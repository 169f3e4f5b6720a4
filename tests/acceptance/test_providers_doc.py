"""The page on models is executed: every block of settings, and the looks that it prints."""

from __future__ import annotations

import json
import re
import socket
from contextlib import ExitStack

import pytest

from robasync import settings
from robasync.providers import status
from robasync.settings.models import ModelSettings
from robasync.settings.providers import KNOWN
from tests.acceptance.harness import ROOT, robasync
from tests.acceptance.test_wires import WIRES, served

PAGE = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
MODELS = [model for block in BLOCKS for model in block["llm_models"]]
HOSTS = [f"http://gpu{number}.example.org:8000" for number in (1, 2, 3)]
KEYS = {name: f"sk-{name.lower()}" for name in re.findall(r"\$\{(\w+)\}", PAGE)}


@pytest.fixture(scope="module")
def server():
    with served() as url:
        yield url


def at(url: str, model: dict) -> dict:
    """Return a model's settings with the local server's address, and a key that is here."""
    wire = KNOWN[ModelSettings.model_validate(model).provider].wire
    here = {"base_url": url + WIRES[wire][0]}
    pool = [{**entry, **here} for entry in model.get("pool", ())]
    own = "${NAME}" if model.get("api_key", "").startswith("file:") else model.get("api_key")

    return {**model, **here, "api_key": own, **({"pool": pool} if pool else {})}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block["llm_models"][0])[:50])
def test_a_block_is_a_whole_settings_file(tmp_path, monkeypatch, block):
    """Each is loaded as it stands, on its own."""
    (tmp_path / "settings.json").write_text(json.dumps(block))
    monkeypatch.chdir(tmp_path)
    (model,) = settings.load(file=tmp_path / "settings.json").llm_models

    assert model.base_url
    assert model.provider == block["llm_models"][0].get("provider", "openai")


def test_every_provider_has_a_block():
    """All that are known by name, and one for any other server; the provider follows from the address."""
    shown = [model.get("provider") for model in MODELS]

    assert set(shown) == {*KNOWN, None}
    assert all(f"### {name}" in PAGE for name in ("Any other server", "Azure OpenAI", "Ollama", "vLLM"))


def test_every_block_is_answered(tmp_path, server):
    """With nothing replaced but the address, each model and each entry of a pool answers a call in form."""
    named = [{**at(server, model), "name": f"model {number}"} for number, model in enumerate(MODELS)]
    (tmp_path / "settings.json").write_text(json.dumps({"llm_models": named}))
    check = ("providers", "check", "--call", "--json", "-c", "settings.json")
    ended = robasync(*check, cwd=tmp_path, **KEYS)
    ways = json.loads(ended.out)

    assert ended.code == 0, ended.out
    assert len(ways) == len(MODELS) + 2
    assert all(way["answers"] and way["tokens"] for way in ways)


def test_the_looks_are_those_that_are_printed(tmp_path, server):
    """``list`` and ``check --call`` on the pool of the page, its second address being down."""
    (block,) = [block for block in BLOCKS if "pool" in block["llm_models"][0]]
    text = json.dumps(block)

    with ExitStack() as stack:
        nobody = stack.enter_context(socket.socket())
        nobody.bind(("127.0.0.1", 0))
        here = [
            server,
            f"http://127.0.0.1:{nobody.getsockname()[1]}",
            server.replace("127.0.0.1", "localhost"),
        ]

        for host, address in zip(HOSTS, here, strict=True):
            text = text.replace(host, address)

        (tmp_path / "settings.json").write_text(text)
        looks = re.findall(r"^\$ robasync (providers .*)\n((?:(?!\$|```).*\n)+)", PAGE, re.MULTILINE)
        assert [look for look, _ in looks] == [
            "providers list -c settings.json",
            "providers check --call -c settings.json",
        ]

        for look, printed in looks:
            said = robasync(*look.split(), cwd=tmp_path, **KEYS).out

            for host, address in zip(HOSTS, here, strict=True):
                said = said.replace(address, host)

            assert said == printed


def test_the_table_of_meanings_is_the_programs():
    """Each status that stands alone in the table means what the table says of it, again or not."""
    rows = re.findall(r"^\| ([^|]*\d{3}[^|]*) \| `(\w+)` \| (no|yes)", PAGE, re.MULTILINE)
    alone = [
        (codes.partition(";")[0], name, again)
        for codes, name, again in rows
        if "where" not in codes.partition(";")[0]
    ]
    seen = {
        int(code): (name, again) for codes, name, again in alone for code in re.findall(r"\b\d{3}\b", codes)
    }

    assert set(seen) == {401, 403, 402, 404, 429, 408, 499, 504, 524, 409, 425}
    for code, (name, again) in (seen | {500: ("ServerFault", "yes"), 418: ("Rejected", "no")}).items():
        error = status.failure(code, b"{}", headers={}, who="m")
        assert (type(error).__name__, error.may_pass) == (name, again == "yes")
