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
    │   ├── LaterVersion         a later version of robasync wrote it
    │   └── SealError            the key is missing, or another one
    │       └── SealBroken       encrypted bytes were changed
    ├── InstrumentError          an instrument file that breaks a rule of the loader
    ├── StorageError             the disk refused, or the journal is damaged
    │   └── ReplyLost            a recorded reply cannot be read any more
    ├── BudgetReached            the next call might exceed the cap
    ├── ModelUnavailable         the model refuses every call, or its server is down
    ├── Stopped                  the run is shutting down; the work is left, not failed
    └── AssessmentError          one document failed; the run goes on
        ├── DocumentError        stage "extract"
        │   ├── Unreadable       ├── Changed          ├── TooLarge
        │   ├── EmptyDocument    ├── TooLittleText    ├── NoPages
        │   ├── NoTextLayer      ├── AbstractOnly
        │   ├── PasswordNeeded   ├── Damaged          ├── WrongType
        │   ├── UnsupportedType  ├── ExtractionTimeout
        │   └── ExtractionCrashed └── ExtractionMemory
        ├── ProviderError        stage "call": no reply was obtained
        │   ├── RateLimited      ├── ServerFault      ├── Unreachable
        │   ├── CallTimeout      ├── ConnectionLost   ├── BadKey
        │   ├── ContextTooLong   ├── PromptFiltered   ├── GenerationFailed
        │   ├── ServerDown
        │   └── Rejected         (the request)
        │       ├── NoCredit     └── UnknownModel
        └── ReplyError           stage "reply": a reply that is spent but no answer
            ├── UnparsableReply  ├── ReplyCutShort    ├── DocumentCut
            ├── WrongModel
            ├── EmptyReply
            │   ├── NoChoice     └── ReasoningOnly
            └── ReplyRefused
                └── ReplyFiltered

Each message says what, where and what to do next in one or two lines. ``exit_code``
is what the command ends with when the error ends the command.
"""

from __future__ import annotations

from robasync.errors.base import (
    AssessmentError,
    BudgetReached,
    CheckpointError,
    ExtraMissing,
    InstrumentError,
    LaterVersion,
    ModelUnavailable,
    NoDocuments,
    ReplyLost,
    RobasyncError,
    SealBroken,
    SealError,
    SessionLocked,
    SessionNotFound,
    SessionUnfinished,
    SettingsError,
    Stopped,
    StorageError,
    UsageError,
)
from robasync.errors.documents import (
    AbstractOnly,
    Changed,
    Damaged,
    DocumentError,
    EmptyDocument,
    ExtractionCrashed,
    ExtractionMemory,
    ExtractionTimeout,
    NoPages,
    NoTextLayer,
    PasswordNeeded,
    TooLarge,
    TooLittleText,
    Unreadable,
    UnsupportedType,
    WrongType,
)
from robasync.errors.models import (
    BadKey,
    CallTimeout,
    ConnectionLost,
    ContextTooLong,
    DocumentCut,
    EmptyReply,
    GenerationFailed,
    NoChoice,
    NoCredit,
    PromptFiltered,
    ProviderError,
    RateLimited,
    ReasoningOnly,
    Rejected,
    ReplyCutShort,
    ReplyError,
    ReplyFiltered,
    ReplyRefused,
    ServerDown,
    ServerFault,
    UnknownModel,
    UnparsableReply,
    Unreachable,
    WrongModel,
)

__all__ = [
    "AbstractOnly",
    "AssessmentError",
    "BadKey",
    "BudgetReached",
    "CallTimeout",
    "Changed",
    "CheckpointError",
    "ConnectionLost",
    "ContextTooLong",
    "Damaged",
    "DocumentCut",
    "DocumentError",
    "EmptyDocument",
    "EmptyReply",
    "ExtraMissing",
    "ExtractionCrashed",
    "ExtractionMemory",
    "ExtractionTimeout",
    "GenerationFailed",
    "InstrumentError",
    "LaterVersion",
    "ModelUnavailable",
    "NoChoice",
    "NoCredit",
    "NoDocuments",
    "NoPages",
    "NoTextLayer",
    "PasswordNeeded",
    "PromptFiltered",
    "ProviderError",
    "RateLimited",
    "ReasoningOnly",
    "Rejected",
    "ReplyCutShort",
    "ReplyError",
    "ReplyFiltered",
    "ReplyLost",
    "ReplyRefused",
    "RobasyncError",
    "SealBroken",
    "SealError",
    "ServerDown",
    "ServerFault",
    "SessionLocked",
    "SessionNotFound",
    "SessionUnfinished",
    "SettingsError",
    "Stopped",
    "StorageError",
    "TooLarge",
    "TooLittleText",
    "UnknownModel",
    "UnparsableReply",
    "Unreachable",
    "Unreadable",
    "UnsupportedType",
    "UsageError",
    "WrongModel",
    "WrongType",
]
