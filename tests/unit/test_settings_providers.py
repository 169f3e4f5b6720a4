"""The provider follows from the address, and the address from the provider."""

from __future__ import annotations

import pytest

from robasync import settings
from robasync.errors import SettingsError
from robasync.providers.wires import remote
from robasync.settings import providers


def model(**values):
    """Return one model's settings."""
    found = settings.load(overrides={"llm_models": [{"name": "m", **values}]}, environment=False)

    return found.llm_models[0]


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        *[(known.address, name) for name, known in providers.KNOWN.items() if "//127" not in known.address],
        ("https://lab.openai.azure.com", "azure"),
        ("https://lab.services.ai.azure.com/models?api-version=2024-05-01-preview", "azure"),
        ("http://127.0.0.1:11434/v1", "ollama"),
        ("http://gpu.lab:11434/v1", "ollama"),
        ("http://127.0.0.1:8000/v1", "openai"),
        ("https://llm.university.example/v1", "openai"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "openai"),
        ("https://api.deepseek.com", "deepseek"),
        ("https://myapi.openai.com.example/v1", "openai"),
    ],
)
def test_provider_follows_from_the_address(address, provider):
    """Vendors by their hosts, Ollama by its port, any other server speaks OpenAI's wire."""
    if address:
        assert model(base_url=address).provider == provider


@pytest.mark.parametrize("provider", providers.KNOWN)
def test_address_follows_from_the_provider(provider):
    """Each has its address, but for Azure, which says that it needs one; each wire is spoken."""
    address = providers.KNOWN[provider].address

    if address:
        assert model(provider=provider).base_url == address
    else:
        with pytest.raises(SettingsError, match="needs a base_url"):
            model(provider=provider)

    assert remote(providers.wire(provider)).wire in {"openai", "anthropic", "gemini"}


@pytest.mark.parametrize(
    ("name", "provider"), [("Google", "gemini"), ("CLAUDE", "anthropic"), ("grok", "xai")]
)
def test_other_names_are_understood(name, provider):
    """What people call them, in any case of letters."""
    assert model(provider=name).provider == provider


def test_a_given_provider_wins_over_the_address():
    """A gateway may speak Anthropic's wire at any address."""
    found = model(provider="anthropic", base_url="http://127.0.0.1:8787/anthropic/v1")

    assert (found.provider, providers.wire(found.provider)) == ("anthropic", "anthropic")


def test_providers_are_saved_and_come_back():
    """A resume has what the run had."""
    before = settings.load(
        overrides={"llm_models": [{"name": "m", "base_url": "https://api.x.ai/v1"}]}, environment=False
    )
    after = settings.load(base=settings.snapshot(before), environment=False)

    assert settings.changes(before, after) == []
