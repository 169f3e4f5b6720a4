"""The root of the error tree, and what ends a command or one document."""

from __future__ import annotations

from typing import ClassVar


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


class LaterVersion(CheckpointError):
    """A later version of robasync wrote what this one would have to understand."""


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
    """The next call might exceed the cap on cost; ``least`` is the lowest cap that would let it be made."""

    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, least: float = 0.0) -> None:
        super().__init__(message)
        self.least = least


class ModelUnavailable(RobasyncError):
    """No more calls to the model make sense for now: it refuses all of them, or its server is down."""

    exit_code: ClassVar[int] = 3


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
