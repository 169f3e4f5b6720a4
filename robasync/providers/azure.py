"""Azure OpenAI: the OpenAI wire under other addresses and another header."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from robasync.errors import SettingsError
from robasync.providers.openai import OpenAI

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

    from robasync.providers.client import Client

API_VERSION = "2024-10-21"  # the newest of the dated versions that is no preview
_VERSION = "api-version"


class Azure(OpenAI):
    """One deployment. ``base_url`` is the resource's address, or a longer one.

        https://RESOURCE.openai.azure.com                            deployment = model_name
        https://RESOURCE.openai.azure.com/openai/deployments/NAME    a deployment of any model name
        https://RESOURCE.openai.azure.com/openai/v1                  without versions
        https://RESOURCE.services.ai.azure.com/models                models of other makers

    each with ``?api-version=DATE`` where another than API_VERSION is wanted, which is
    transport and does not enter keys.
    """

    def __init__(
        self,
        client: Client,
        *,
        base_url: str,
        model: str,
        api_key: SecretStr | str | None = None,
        streaming: bool = False,
    ) -> None:
        address, _, query = base_url.partition("?")
        named = parse_qs(query, keep_blank_values=True)
        if set(named) - {_VERSION}:
            raise SettingsError(
                f"base_url of {urlsplit(address).hostname} may end with ?{_VERSION}=DATE and nothing else."
            )

        self._version = named.get(_VERSION, [API_VERSION])[0]
        base = _deployed(address, model)
        super().__init__(client, base_url=base, model=model, api_key=api_key, streaming=streaming)

    def _target(self, base: str, *, streaming: bool) -> str:
        target = super()._target(base, streaming=streaming)
        unversioned = urlsplit(base).path.endswith("/v1")

        return target if unversioned else f"{target}?{_VERSION}={quote(self._version, safe='')}"

    def _index(self, base: str) -> str:
        root = base.partition("/openai/deployments/")[0]

        return super()._index(base) if root == base else f"{root}/openai/models?{_VERSION}={API_VERSION}"

    def _headers(self, secret: str) -> Mapping[str, str]:
        return {"api-key": secret} if secret else {}


def _deployed(address: str, model: str) -> str:
    """Return the address of the deployment, called as the model is, where none is named."""
    base = address.rstrip("/")
    path = urlsplit(base).path.strip("/")
    if path not in {"", "openai"}:
        return base

    return f"{base.removesuffix('/openai')}/openai/deployments/{quote(model, safe='')}"
