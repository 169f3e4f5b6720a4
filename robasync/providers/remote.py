"""One model behind one address over HTTP: what all wire formats have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import orjson

from robasync.errors import ConnectionLost, Rejected, ReplyError, SettingsError, WrongModel
from robasync.providers import events, listing, naming, status
from robasync.providers.dialect import REFUSALS, Dialect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import SecretStr

    from robasync.errors import ProviderError
    from robasync.model import Completion, Prompt
    from robasync.providers.client import Answered, Client


class Remote(ABC):
    """A way to one model. The key stands in the request's header and nowhere else.

    ``endpoint`` is the wire format and the base URL, whatever the provider is called, and part
    of every key; ``streaming`` is transport and is not. A subclass says where requests go, what
    they are and how replies are read.
    """

    wire: ClassVar[str]
    formats: ClassVar[tuple[str, ...]] = Dialect().formats
    #: The same for servers that speak a vendor's wire at another address; () where it makes no difference.
    formats_elsewhere: ClassVar[tuple[str, ...]] = ()
    #: What a body holds that is a reply and no error that came with a status of success.
    mark: ClassVar[bytes]

    def __init__(
        self,
        client: Client,
        *,
        base_url: str,
        model: str,
        api_key: SecretStr | str | None = None,
        streaming: bool = False,
    ) -> None:
        base = _checked(base_url)
        self.endpoint = f"{self.wire} {base}"
        self.model = model
        self._client = client
        self._url = self._target(base, streaming=streaming)
        self._listing = self._index(base)
        self._secret = _revealed(api_key)
        self._sent = self._headers(self._secret)
        self._who = f"{model} at {base}"
        self._heeded = False
        self._held = urlsplit(base).hostname in naming.VENDORS
        formats = self.formats if self._held else self.formats_elsewhere or self.formats
        self._dialect = Dialect(formats=formats, streaming=streaming)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._who}>"

    @abstractmethod
    def _target(self, base: str, *, streaming: bool) -> str:
        """Return the address that requests go to."""

    def _index(self, base: str) -> str:
        """Return the address that lists the server's models."""
        return f"{base}/models"

    @abstractmethod
    def _headers(self, secret: str) -> Mapping[str, str]:
        """Return the headers of every request; ``secret`` is "" where there is no key."""

    @abstractmethod
    def _encoded(self, prompt: Prompt, dialect: Dialect) -> bytes:
        """Return a request's body."""

    @abstractmethod
    def _joined(self, events: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        """Return the reply that a stream's events make, None where its end is missing."""

    @abstractmethod
    def _completion(self, raw: bytes) -> Completion:
        """Take the wire format off a reply. Raises ReplyError."""

    async def complete(self, prompt: Prompt) -> bytes:
        """Make one attempt and return the body of the reply. Raises ProviderError.

        A server that refuses a part of the dialect, which costs nothing, is asked again at
        once in a plainer one; what it understood is remembered. So is it where a server takes
        the form and pays no heed to it, from the next call on.
        """
        while True:
            dialect = self._dialect
            body = self._encoded(prompt, dialect)
            answer = await self._client.post(self._url, body, headers=self._sent, who=self._who)
            if 200 <= answer.status < 300:
                raw = self._reply(answer)
                self._look(raw, dialect)

                return raw

            failure = self._failure(answer.status, answer)
            refused = answer.status in REFUSALS and isinstance(failure, Rejected)
            plainer = dialect.without(status.words(answer.body)) if refused else None
            if plainer is None:
                raise failure

            self._step(dialect, plainer)

    @property
    def answer_format(self) -> str:
        """How the form of an answer is asked for at present; final after the first call."""
        return self._dialect.answer_format

    async def models(self) -> tuple[str, ...]:
        """Return the names of the models that the server lists; costs nothing. Raises ProviderError."""
        answer = await self._client.get(self._listing, headers=self._sent, who=self._who)
        if not 200 <= answer.status < 300:
            raise self._failure(answer.status, answer)

        return listing.names(answer.body)

    def read(self, raw: bytes) -> Completion:
        """Take the wire format off ``raw``, wherever it comes from. Pure. Raises ReplyError."""
        completion = self._completion(raw)
        if self._held and not naming.same(self.model, completion.model):
            raise WrongModel(
                f"{self._who}: the reply comes from {completion.model}; name the model you want, and resume.",
                usage=completion.usage,
            )

        return completion

    def _step(self, dialect: Dialect, plainer: Dialect) -> None:
        # Another call may have gone further meanwhile; its finding is not undone.
        if self._dialect is dialect:
            self._dialect = plainer

    def _look(self, raw: bytes, dialect: Dialect) -> None:
        """Ask more plainly from now on where a server took the schema and paid no heed to it."""
        plainer = None if self._heeded else dialect.plainer()
        if plainer is None:
            return

        try:
            self._heeded = self._completion(raw).text.lstrip().startswith("{")
        except ReplyError:
            return

        if not self._heeded:
            self._step(dialect, plainer)

    def _reply(self, answer: Answered) -> bytes:
        """Return the body, unless it is an error that came with a status of success."""
        if events.is_stream(answer.body, content_type=answer.headers.get("content-type", "")):
            return self._whole(answer)

        if self.mark not in answer.body and b'"error"' in answer.body:
            raise self._failure(status.code(answer.body), answer)

        return answer.body

    def _whole(self, answer: Answered) -> bytes:
        """Return a stream as the reply in one piece; one that broke off may have been billed."""
        try:
            found = list(events.read(answer.body))
        except ValueError:
            raise self._broken("with what is no event") from None

        reply = self._joined(found)
        if reply is not None:  # an error after the end is about something else
            return orjson.dumps(reply)

        failed = next((orjson.dumps(event) for event in found if event.get("error")), None)
        if failed is None:
            raise self._broken("before its end")

        if found[0].get("error"):  # before anything was written
            raise self._failure(status.code(failed), replace(answer, body=failed))

        raise self._broken(f"with an error. Server: {status.words(failed, secret=self._secret)}")

    def _broken(self, how: str) -> ConnectionLost:
        return ConnectionLost(f"{self._who}: the stream broke off {how}")

    def _failure(self, code: int, answer: Answered) -> ProviderError:
        return status.failure(code, answer.body, headers=answer.headers, who=self._who, secret=self._secret)


def versioned(base: str, version: str) -> str:
    """Return a vendor's address with its version, where only the host was given."""
    return base if urlsplit(base).path else f"{base}/{version}"


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
