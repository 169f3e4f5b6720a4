"""One entry of ``llm_models``: a model, how it is reached, and what it costs."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from robasync.settings import providers
from robasync.settings.base import (
    Above,
    Allowed,
    Amount,
    Calls,
    Count,
    Flag,
    Hidden,
    Key,
    Location,
    Positive,
    Runs,
    Section,
    Text,
)

KEY_PARAMETERS = frozenset(
    {"key", "api_key", "api-key", "apikey", "token", "access_token", "subscription-key"}
)
WORKING = f'{providers.NAMES} or "rules"; "openai" for any server that speaks its chat completions'


def _provider(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(WORKING)  # noqa: TRY004  (pydantic collects ValueErrors only)

    name = providers.named(value)
    if name in providers.UNKNOWN:
        raise ValueError(f"{WORKING}; {value} is not supported, but gateways that speak those wires reach it")

    if name != providers.RULES and name not in providers.KNOWN:
        raise ValueError(WORKING)

    return name


def _address(value: str) -> str:
    """Check and tidy a server's address. The query is kept; a key in it is not taken."""
    try:
        parts = urlsplit(value.strip())
        port = parts.port
    except ValueError:
        raise ValueError("an address such as http://127.0.0.1:8000/v1") from None

    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError("an address that starts with http:// or https:// and names a server")

    keys = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)} & KEY_PARAMETERS
    if parts.username is not None or parts.password is not None or keys:
        raise ValueError("an address without user, password or key in it; the key belongs into api_key")

    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), parts.query, ""))


Address = Annotated[str, AfterValidator(_address), Allowed("an address that starts with http:// or https://")]
Provider = Annotated[str, BeforeValidator(_provider), Allowed(WORKING)]
Temperature = Annotated[float, Field(ge=0, le=2), Allowed("a number from 0 to 2")]


class Price(Section):
    """Cost per million tokens. ``cached`` is None where cached input has no price of its own.

    ``written`` likewise; at Anthropic it is then 1.25 times the input.
    """

    input: Runs[Amount] = Field(description="Per million input tokens.")
    output: Runs[Amount] = Field(description="Per million output tokens.")
    cached: Runs[Amount | None] = Field(None, description="Per million cached input tokens.")
    written: Runs[Amount | None] = Field(None, description="Per million input tokens written to a cache.")
    currency: Runs[Text] = Field("USD", description="Currency of the price.")


class Entry(Section):
    """A further key, or address, of the same model; what is left out is as in the model itself.

    Except for the key where the address is another one: that server is not shown the model's.
    """

    base_url: Annotated[Runs[Address | None], Hidden()] = Field(None, description="Address of the server.")
    api_key: Annotated[Runs[Key | None], Hidden()] = Field(None, description="Key; written as the model's.")
    requests_per_minute: Runs[Positive | None] = Field(None, description="Of this entry.")
    tokens_per_minute: Runs[Positive | None] = Field(None, description="Of this entry.")
    input_tokens_per_minute: Runs[Positive | None] = Field(None, description="Of this entry.")
    output_tokens_per_minute: Runs[Positive | None] = Field(None, description="Of this entry.")
    max_concurrency: Runs[Positive | None] = Field(None, description="Calls at a time on this entry.")


class ModelSettings(Section):
    """A model. ``name`` is what people see; ``model_name`` is what the server calls it."""

    name: Runs[Text] = Field(description="Name on screen and in reports; each one once.")
    provider: Calls[Provider] = Field(description="Who answers; from base_url where it is left out.")
    model_name: Calls[Text] = Field(description="The server's name of the model.")
    base_url: Annotated[Calls[Address | None], Hidden()] = Field(None, description="Address of the server.")
    api_key: Annotated[Runs[Key | None], Hidden()] = Field(
        None, description="${NAME} reads the environment, file:PATH a file, credential:NAME systemd."
    )
    ca_file: Runs[Location | None] = Field(None, description="Own authorities to trust, as PEM.")
    timeout: Runs[Above] = Field(120.0, description="Seconds per attempt.")
    max_retries: Runs[Count | None] = Field(None, description="Wins over parallel.retry_attempts.")
    use_streaming: Runs[Flag] = Field(False, description="Receive answers as a stream.")
    requests_per_minute: Runs[Positive | None] = Field(None, description="A share; null = what is found.")
    tokens_per_minute: Runs[Positive | None] = Field(None, description="Input and output; likewise.")
    input_tokens_per_minute: Runs[Positive | None] = Field(None, description="Input alone; likewise.")
    output_tokens_per_minute: Runs[Positive | None] = Field(None, description="Output alone; likewise.")
    max_concurrency: Runs[Positive | None] = Field(None, description="Calls at a time; null = workers.")
    temperature: Calls[Temperature] = Field(0.0, description="Sampling temperature.")
    max_tokens: Calls[Positive] = Field(4096, description="Most tokens of an answer.")
    context_window: Runs[Positive | None] = Field(None, description="Tokens the model takes in all.")
    price: Runs[Price | None] = Field(None, description="Own price; null = looked up.")
    local: Runs[Flag] = Field(False, description="It runs on a machine of ours: its calls cost nothing.")
    pool: Runs[tuple[Entry, ...]] = Field(
        (), description="Further keys or addresses of the same model, used beside its own."
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_names(cls, values: Any) -> Any:
        """Let one of the two names stand for both, address and provider for each other."""
        if not isinstance(values, dict):
            return values

        address = values.get("base_url")
        given = values.get("provider") or providers.inferred(
            str(address or providers.KNOWN["openai"].address)
        )
        provider = providers.named(given) if isinstance(given, str) else given
        known = providers.KNOWN.get(provider) if isinstance(provider, str) else None
        either = values.get("name") or values.get("model_name") or (None if known else provider)
        names = {key: values.get(key) or either for key in ("name", "model_name")} if either else {}

        return {
            **values,
            **names,
            "provider": given,
            "base_url": address or (known.address if known else "") or None,
        }

    @property
    def entries(self) -> tuple[ModelSettings, ...]:
        """The model itself, and as it is reached by each entry of its pool."""
        return (self, *map(self._by, self.pool))

    def _by(self, entry: Entry) -> ModelSettings:
        given = {name: value for name, value in entry if value is not None}

        if entry.base_url not in (None, self.base_url):
            given["api_key"] = entry.api_key  # a key is not shown to another server than its own

        return self.model_copy(update=given)

    @model_validator(mode="after")
    def _has_address(self) -> ModelSettings:
        if self.base_url is None and self.provider != providers.RULES:
            raise ValueError(f"{self.provider} needs a base_url such as https://RESOURCE.openai.azure.com")

        return self
