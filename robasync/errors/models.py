"""Why a model gave no reply, or one that is no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from robasync.errors.base import AssessmentError

if TYPE_CHECKING:
    from robasync.model import Usage


class ProviderError(AssessmentError):
    """A call to a model ended without a reply."""

    stage: ClassVar[str] = "call"


class RateLimited(ProviderError):
    """The provider asked for fewer requests (HTTP 429).

    ``retry_after`` is the number of seconds the provider asked us to wait, if it said so; ``unit`` is what
    there was too much of, "requests" or "tokens", "" if it did not say.
    """

    may_pass: ClassVar[bool] = True

    def __init__(self, message: str, *, retry_after: float | None = None, unit: str = "") -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.unit = unit


class ServerFault(ProviderError):
    """The provider failed on its own side (HTTP 5xx)."""

    may_pass: ClassVar[bool] = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreachable(ProviderError):
    """No connection to the server could be made; nothing was sent."""

    may_pass: ClassVar[bool] = True


class ServerDown(ProviderError):
    """The server was down for longer than a run is patient; nothing was sent."""

    may_pass: ClassVar[bool] = True


class CallTimeout(ProviderError):
    """No complete reply came in time; the provider may have billed the call."""

    may_pass: ClassVar[bool] = True
    certain: ClassVar[bool] = False


class ConnectionLost(ProviderError):
    """The connection broke before the reply was complete; the call may have been billed."""

    may_pass: ClassVar[bool] = True
    certain: ClassVar[bool] = False


class BadKey(ProviderError):
    """The provider does not accept the key (HTTP 401, 403)."""


class Rejected(ProviderError):
    """The provider does not accept the request (other HTTP 4xx)."""


class NoCredit(Rejected):
    """The account has no credit left (HTTP 402, or 429 that says so)."""


class UnknownModel(Rejected):
    """The server does not know the model, or the address (HTTP 404, or 400 that says so)."""


class PromptFiltered(ProviderError):
    """The provider's content filter does not let the document through (HTTP 400, 403)."""


class ContextTooLong(ProviderError):
    """The document does not fit into the model's context window."""


class GenerationFailed(ProviderError):
    """The server discarded what the model wrote, since it broke the form asked for; it may be billed."""

    may_pass: ClassVar[bool] = True
    certain: ClassVar[bool] = False


class ReplyError(AssessmentError):
    """A reply arrived and was paid for, but it is no answer.

    ``usage`` is what the reply says it used, where it could be read that far.
    """

    stage: ClassVar[str] = "reply"

    def __init__(self, message: str, *, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.usage = usage

    def by(self, who: str) -> Self:
        """Return the error, its message preceded by ``who`` replied: model and endpoint."""
        self.args = (f"{who}: {self}",)

        return self


class UnparsableReply(ReplyError):
    """The reply is not the JSON that was asked for.

    ``fault`` is the message without a word of the reply, to be told to the model.
    """

    def __init__(self, message: str, *, usage: Usage | None = None, fault: str = "") -> None:
        super().__init__(message, usage=usage)
        self.fault = fault or message


class ReplyCutShort(ReplyError):
    """The reply reached the token limit before it was complete."""


class EmptyReply(ReplyError):
    """The reply holds no text."""


class NoChoice(EmptyReply):
    """The reply holds no choice, candidate or content at all."""


class ReasoningOnly(EmptyReply):
    """The model thought and gave no answer."""


class ReplyRefused(ReplyError):
    """The model declined to answer."""


class ReplyFiltered(ReplyRefused):
    """The provider's content filter withheld the reply, or the prompt."""


class WrongModel(ReplyError):
    """Another model answered than the one that was asked."""


class DocumentCut(ReplyError):
    """The server's token count shows that it dropped part of the document."""
