"""Chat completions over HTTP: OpenAI and every server that speaks its wire."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from robasync.errors import SettingsError
from robasync.providers import chat, status

if TYPE_CHECKING:
    from pydantic import SecretStr

    from robasync.errors import ProviderError
    from robasync.model import Completion, Prompt
    from robasync.providers.client import Answered, Client

ANSWER_FORMATS = ("json_schema", "json_object", "text")  # strictest first
LIMIT_NAMES = ("max_tokens", "max_completion_tokens")
_CODE = re.compile(rb'"code"\s*:\s*"?([45]\d\d)\b')


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a server of this wire understands; transport only, never part of a key."""

    answer_format: str = ANSWER_FORMATS[0]
    limit_name: str = LIMIT_NAMES[0]

    def without(self, refusal: str) -> Dialect | None:
        """Return the dialect to try after a 400 with these words, None if they name nothing of it."""
        if self.limit_name == "max_tokens" and "max_completion_tokens" in refusal:
            return replace(self, limit_name="max_completion_tokens")

        weaker = ANSWER_FORMATS[ANSWER_FORMATS.index(self.answer_format) + 1 :]
        if weaker and re.search(r"response_format|json_schema|json_object|structured output", refusal):
            return replace(self, answer_format=weaker[0])

        return None


class OpenAI:
    """One model behind one base URL. The key stands in the request's header and nowhere else."""

    def __init__(
        self, client: Client, *, base_url: str, model: str, api_key: SecretStr | str | None = None
    ) -> None:
        base = _checked(base_url)
        self.endpoint = f"openai {base}"
        self.model = model
        self._client = client
        self._url = f"{base}/chat/completions"
        self._secret = _revealed(api_key)
        self._headers = {"Authorization": f"Bearer {self._secret}"} if self._secret else {}
        self._who = f"{model} at {base}"
        self._dialect = Dialect()

    def __repr__(self) -> str:
        return f"<OpenAI {self._who}>"

    async def complete(self, prompt: Prompt) -> bytes:
        """Make one attempt and return the body of the reply. Raises ProviderError.

        A server that refuses a part of the dialect, which costs nothing, is asked again at
        once in a plainer one; what it understood is remembered.
        """
        while True:
            dialect = self._dialect
            body = encode(prompt, model=self.model, dialect=dialect)
            answer = await self._client.post(self._url, body, headers=self._headers, who=self._who)
            if 200 <= answer.status < 300:
                return self._reply(answer)

            plainer = dialect.without(status.words(answer.body)) if answer.status in {400, 422} else None
            if plainer is None:
                raise self._failure(answer.status, answer)

            # Another call may have gone further meanwhile; its finding is not undone.
            if self._dialect is dialect:
                self._dialect = plainer

    def read(self, raw: bytes) -> Completion:
        """Take the wire format off ``raw``. Pure. Raises ReplyError."""
        return chat.read(raw, who=self._who)

    def _reply(self, answer: Answered) -> bytes:
        """Return the body, unless it is an error that came with a status of success."""
        if b'"choices"' not in answer.body and b'"error"' in answer.body:
            code = _CODE.search(answer.body)

            raise self._failure(int(code[1]) if code else 500, answer)

        return answer.body

    def _failure(self, code: int, answer: Answered) -> ProviderError:
        return status.failure(code, answer.body, headers=answer.headers, who=self._who, secret=self._secret)


def encode(prompt: Prompt, *, model: str, dialect: Dialect) -> bytes:
    """Return the request's body: system, then the document followed by the questions."""
    user = f"{prompt.document}\n\n{prompt.questions}"
    request: dict[str, Any] = {
        "model": model,
        "temperature": prompt.temperature,
        dialect.limit_name: prompt.max_tokens,
    }

    if dialect.answer_format == "json_schema":
        shape = {"name": "answers", "strict": True, "schema": orjson.Fragment(prompt.schema)}
        request["response_format"] = {"type": "json_schema", "json_schema": shape}
    else:
        user += f"\n\nAnswer with one JSON object that satisfies this JSON schema:\n{prompt.schema.decode()}"

    if dialect.answer_format == "json_object":
        request["response_format"] = {"type": "json_object"}

    system = [{"role": "system", "content": prompt.system}] if prompt.system else []

    return orjson.dumps({**request, "messages": [*system, {"role": "user", "content": user}]})


def _checked(base_url: str) -> str:
    """Return ``base_url`` without a trailing slash; refuse one that would put a secret into keys."""
    parts = urlsplit(base_url)

    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError("base_url must be an http or https address such as http://127.0.0.1:8000/v1.")

    if parts.username or parts.password:
        raise SettingsError(
            f"base_url of {parts.hostname} holds a user or password; use api_key for secrets."
        )

    if parts.query or parts.fragment:
        raise SettingsError(f"base_url of {parts.hostname} must end with its path, without ? or #.")

    return base_url.rstrip("/")


def _revealed(key: SecretStr | str | None) -> str:
    if key is None or isinstance(key, str):
        return key or ""

    return key.get_secret_value()
