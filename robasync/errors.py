"""Every error that robasync raises on purpose, in one tree.

    RobasyncError
    ├── SettingsError            a settings file, option or environment value
    ├── UsageError               a command that cannot be carried out as given
    │   ├── NoDocuments
    │   ├── SessionNotFound
    │   ├── SessionUnfinished
    │   ├── SessionLocked
    │   └── ExtraMissing         a library that pip installs with an extra
    ├── CheckpointError          a checkpoint that cannot be used
    │   └── SealError            the key is missing, or another one
    │       └── SealBroken       encrypted bytes were changed
    ├── InstrumentError          an instrument file that breaks a rule of the loader
    ├── StorageError             the disk refused, or the journal is damaged
    │   └── ReplyLost            a recorded reply cannot be read any more
    ├── BudgetReached            the next call might exceed the cap
    ├── Stopped                  the run is shutting down; the work is left, not failed
    └── AssessmentError          one document failed; the run goes on
        ├── DocumentError        stage "extract"
        │   ├── Unreadable       ├── Changed          ├── TooLarge
        │   ├── EmptyDocument    ├── TooLittleText    ├── NoPages
        │   ├── NoTextLayer
        │   ├── PasswordNeeded   ├── Damaged          ├── WrongType
        │   ├── UnsupportedType  ├── ExtractionTimeout
        │   └── ExtractionCrashed └── ExtractionMemory
        ├── ProviderError        stage "call": no reply was obtained
        │   ├── RateLimited      ├── ServerFault      ├── Unreachable
        │   ├── CallTimeout      ├── ConnectionLost   ├── BadKey
        │   └── Rejected         └── ContextTooLong
        └── ReplyError           stage "reply": a reply that is spent but no answer
            ├── UnparsableReply  ├── ReplyCutShort    ├── EmptyReply
            └── ReplyRefused     └── DocumentCut

Each message says what, where and what to do next in one or two lines. ``exit_code``
is what the command ends with when the error ends the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from robasync.model import Usage


class RobasyncError(Exception):
    """Something went wrong that robasync knows about."""

    exit_code: ClassVar[int] = 1


class SettingsError(RobasyncError):
    """A setting is unknown, wrong or contradicts another one."""

    exit_code: ClassVar[int] = 2


class UsageError(RobasyncError):
    """The command cannot be carried out as it was given."""

    exit_code: ClassVar[int] = 2


class NoDocuments(UsageError):
    """The input folder is missing or holds nothing that robasync reads."""


class SessionNotFound(UsageError):
    """No checkpoint or journal answers to that name."""


class SessionUnfinished(UsageError):
    """The same work has a session that is not finished."""


class SessionLocked(UsageError):
    """Another process is writing this session, or into its output folder."""


class ExtraMissing(UsageError):
    """What was asked for needs a library that is not installed."""


class CheckpointError(RobasyncError):
    """The checkpoint file cannot be used."""

    exit_code: ClassVar[int] = 2


class SealError(CheckpointError):
    """What is encrypted cannot be opened with the key that is given, or without one."""


class SealBroken(SealError):
    """What is encrypted was changed afterwards, or was never written by a holder of the key."""


class InstrumentError(RobasyncError):
    """An instrument file breaks a rule of the loader."""

    exit_code: ClassVar[int] = 2


class StorageError(RobasyncError):
    """The disk refused a write, or the journal is damaged."""

    exit_code: ClassVar[int] = 5


class ReplyLost(StorageError):
    """A recorded reply cannot be read any more: its call counts as asked, and is asked once more."""


class BudgetReached(RobasyncError):
    """The next call might exceed the cap on cost."""

    exit_code: ClassVar[int] = 4


class Stopped(RobasyncError):
    """The run is shutting down, so this work is left for the next resume."""


class AssessmentError(RobasyncError):
    """One document could not be assessed.

    ``stage`` names the step that failed. ``may_pass`` is true where trying again later,
    with the same bytes and settings, may succeed. ``certain`` is false where a provider
    may have done, and billed, the work although no reply arrived.
    """

    exit_code: ClassVar[int] = 3
    stage: ClassVar[str] = "assess"
    may_pass: ClassVar[bool] = False
    certain: ClassVar[bool] = True


class DocumentError(AssessmentError):
    """The document's text could not be obtained."""

    stage: ClassVar[str] = "extract"


class Unreadable(DocumentError):
    """The file could not be opened or read."""

    may_pass: ClassVar[bool] = True


class Changed(DocumentError):
    """The file's bytes changed while it was being read."""

    may_pass: ClassVar[bool] = True


class TooLarge(DocumentError):
    """The file is larger than the limit."""


class EmptyDocument(DocumentError):
    """The file holds no bytes, or no words."""


class TooLittleText(DocumentError):
    """The document holds a few words, which are no report of a trial."""


class NoPages(DocumentError):
    """The PDF opens but has no pages."""


class NoTextLayer(DocumentError):
    """The PDF's pages hold no text, only images or drawings."""


class PasswordNeeded(DocumentError):
    """The document is encrypted and needs a password."""


class Damaged(DocumentError):
    """The file is damaged beyond what the reader can repair."""


class WrongType(DocumentError):
    """The file's content is not what its ending says."""


class UnsupportedType(DocumentError):
    """robasync does not read this type of file."""


class ExtractionTimeout(DocumentError):
    """Reading the file took longer than the limit; its process was ended."""


class ExtractionCrashed(DocumentError):
    """The process that read the file died."""


class ExtractionMemory(DocumentError):
    """Reading the file needed more memory than the limit."""


class ProviderError(AssessmentError):
    """A call to a model ended without a reply."""

    stage: ClassVar[str] = "call"


class RateLimited(ProviderError):
    """The provider asked for fewer requests (HTTP 429).

    ``retry_after`` is the number of seconds the provider asked us to wait, if it said so.
    """

    may_pass: ClassVar[bool] = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServerFault(ProviderError):
    """The provider failed on its own side (HTTP 5xx)."""

    may_pass: ClassVar[bool] = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreachable(ProviderError):
    """No connection to the server could be made; nothing was sent."""

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


class ContextTooLong(ProviderError):
    """The document does not fit into the model's context window."""


class ReplyError(AssessmentError):
    """A reply arrived and was paid for, but it is no answer.

    ``usage`` is what the reply says it used, where it could be read that far.
    """

    stage: ClassVar[str] = "reply"

    def __init__(self, message: str, *, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.usage = usage


class UnparsableReply(ReplyError):
    """The reply is not the JSON that was asked for."""


class ReplyCutShort(ReplyError):
    """The reply reached the token limit before it was complete."""


class EmptyReply(ReplyError):
    """The reply holds no text."""


class ReplyRefused(ReplyError):
    """The model or its content filter declined to answer."""


class DocumentCut(ReplyError):
    """The server's token count shows that it dropped part of the document."""
