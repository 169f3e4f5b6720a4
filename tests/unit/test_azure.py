"""Azure's addresses."""

from __future__ import annotations

import pytest

from robasync.errors import SettingsError
from robasync.providers.azure import API_VERSION, Azure
from tests.prompts import PROMPT

ROOT = "https://lab.openai.azure.com"
DEPLOYED = "/openai/deployments/gpt%204o"


class Noting:
    """Stands for the client and notes where a request would go."""

    async def post(self, url, body, *, headers, who):
        self.url, self.headers = url, headers
        raise SettingsError("noted")


async def sent(base_url):
    """Return the address and the headers of a request, and the endpoint that keys hold."""
    client = Noting()
    way = Azure(client, base_url=base_url, model="gpt 4o", api_key="sk-x")
    with pytest.raises(SettingsError, match="noted"):
        await way.complete(PROMPT)

    return client.url, client.headers, way.endpoint


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        ("", "{1}/chat/completions?api-version={0}"),
        ("/openai/", "{1}/chat/completions?api-version={0}"),
        ("/openai/deployments/mine", "/openai/deployments/mine/chat/completions?api-version={0}"),
        ("/openai?api-version=2025-01-01", "{1}/chat/completions?api-version=2025-01-01"),
        ("/openai/v1", "/openai/v1/chat/completions"),
        ("/models?api-version=x%26y", "/models/chat/completions?api-version=x%26y"),
    ],
)  # fmt: skip
async def test_every_form_of_address(base_url, path):
    """The deployment is the model where none is named; the version is stated where the path has none."""
    url, headers, endpoint = await sent(ROOT + base_url)

    assert url == ROOT + path.format(API_VERSION, DEPLOYED)
    assert headers == {"api-key": "sk-x"}
    assert endpoint == "openai " + url.partition("/chat/")[0]


async def test_the_version_is_no_part_of_keys():
    """Another api-version buys no answer again."""
    endpoints = {(await sent(f"{ROOT}?api-version={date}"))[2] for date in ("2024-10-21", "2025-01-01")}

    assert len(endpoints) == 1


@pytest.mark.parametrize("query", ["key=x", "api-version=1&subscription-key=x"])
def test_any_other_query_is_refused(query):
    """A key in the address would end up in keys and messages."""
    with pytest.raises(SettingsError, match="nothing else"):
        Azure(None, base_url=f"{ROOT}?{query}", model="m")
