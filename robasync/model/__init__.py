"""The frozen values that pass between the parts of robasync. No I/O, no decisions."""

from __future__ import annotations

from robasync.model.documents import (
    Box,
    Document,
    Extract,
    Figure,
    Segment,
    SetAside,
)
from robasync.model.judgements import (
    LONGEST_TEXT,
    MOST_QUOTES,
    Answer,
    Answers,
    Assessment,
    AssessorKind,
    Count,
    Design,
    Evidence,
    Failure,
    ItemState,
    Judgement,
    Outcome,
    Refusal,
    Status,
    Verification,
)
from robasync.model.prompts import (
    CallsPer,
    Completion,
    Prompt,
    Usage,
)
from robasync.model.quotas import Quota, Window

__all__ = [
    "LONGEST_TEXT",
    "MOST_QUOTES",
    "Answer",
    "Answers",
    "Assessment",
    "AssessorKind",
    "Box",
    "CallsPer",
    "Completion",
    "Count",
    "Design",
    "Document",
    "Evidence",
    "Extract",
    "Failure",
    "Figure",
    "ItemState",
    "Judgement",
    "Outcome",
    "Prompt",
    "Quota",
    "Refusal",
    "Segment",
    "SetAside",
    "Status",
    "Usage",
    "Verification",
    "Window",
]
