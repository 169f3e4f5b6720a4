"""``robasync providers``: what is configured, and whether it can be asked."""

from __future__ import annotations

import json
import socket

import pytest

from tests.acceptance.harness import robasync, serving, settings

KEY = "sk-5e1c7a90b2d84f36"


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


def test_a_list_asks_nobody_and_shows_no_key(tmp_path, server):
    """Each way to each model with its address; a key written out appears as its fingerprint only."""
    before = server.counts["requests"]
    settings(tmp_path, server.url, model={"api_key": KEY, "pool": [{"base_url": "http://other.invalid/v1"}]})
    ended = robasync("providers", "list", "-c", "settings.json", cwd=tmp_path)

    assert ended.code == 0
    assert f"m1 of openai at {server.url}" in ended.out
    assert "m1 of openai at http://other.invalid/v1" in ended.out
    assert "key sha256:" in ended.out
    assert "price known" in ended.out
    assert KEY not in ended.out + ended.err
    assert server.counts["requests"] == before


def test_a_check_without_a_call_costs_nothing(tmp_path, server):
    """The server's own list is asked for; what is out of reach is named with what to do: exit 3."""
    before = server.counts["billed"]
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        settings(tmp_path, server.url, model={"pool": [{"base_url": dead}]})
        ended = robasync("providers", "check", "-c", "settings.json", "--json", cwd=tmp_path)

    assert ended.code == 3
    up, down = json.loads(ended.out)
    assert (up["problem"], up["models"]) == ("", 0)
    assert "check that the server runs" in down["problem"]
    assert server.counts["billed"] == before


def test_a_check_with_a_call_says_how_answers_are_asked_for(tmp_path, server):
    """One call to each, with its tokens; the tier that the server understood is named."""
    settings(tmp_path, server.url, model={"api_key": "${ROB_TEST_KEY}"})
    check = ("providers", "check", "--call", "-c", "settings.json")
    ended = robasync(*check, cwd=tmp_path, ROB_TEST_KEY=KEY)
    missing = robasync(*check, cwd=tmp_path)

    assert (ended.code, missing.code) == (0, 3)
    assert "one call was answered" in ended.out
    assert "form by json_schema" in ended.out
    assert "ROB_TEST_KEY, which is not set" in missing.out
    assert KEY not in ended.out + ended.err


def test_without_models_there_is_nothing_to_check(tmp_path):
    """It says who assesses then, and where a model is described; no such model is an error."""
    ended = robasync("providers", "list", cwd=tmp_path)

    assert ended.code == 0
    assert "the offline baseline 'rules' assesses" in ended.out
    assert robasync("providers", "check", "--model", "other", cwd=tmp_path).code == 2
