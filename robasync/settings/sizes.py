"""Numbers that follow from several settings, each decided in this one place. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from robasync.settings import providers

if TYPE_CHECKING:
    from robasync.settings.models import ModelSettings
    from robasync.settings.tree import Settings

BATCH_SIZE = 50  # documents
WORKERS_PER_MODEL = 16  # documents in work; a call waits for the network most of its time


def batch_size(settings: Settings) -> int:
    """Return the documents per batch; ``--batch-size`` is an override of max_documents_per_batch."""
    if settings.parallel.max_documents_per_batch is not None:
        return settings.parallel.max_documents_per_batch

    return settings.processing.batch_size if settings.processing.batch_size > 1 else BATCH_SIZE


def workers(settings: Settings, *, cores: int) -> int:
    """Return how many documents are in work at a time.

    A number is taken as it is. "auto" is one per core where only the offline baseline
    works, and at least 16 where models are asked, whose answers are waited for.
    """
    chosen = settings.parallel.max_workers
    if chosen != "auto":
        return int(chosen)

    return max(cores, WORKERS_PER_MODEL if asks_models(settings) else 1)


def workers_left(left: int) -> int:
    """Return how many documents are in work at a time where ``resume -w auto`` has ``left`` of them to do.

    The rule of the guide's custom_resume.py: little work needs few.
    """
    if left < 10:
        return 1

    return 2 if left < 50 else 4


def asks_models(settings: Settings) -> bool:
    """Say whether any configured model is reached over a network."""
    return any(model.provider != providers.RULES for model in settings.llm_models)


def retries(settings: Settings, model: ModelSettings) -> int:
    """Return how often a call is tried again; the model's own number wins."""
    return settings.parallel.retry_attempts if model.max_retries is None else model.max_retries


def optional_items(settings: Settings) -> bool | tuple[str, ...]:
    """Return which optional items are assessed: none, all or the named ones."""
    return settings.processing.eval_optional_items and settings.rob_framework.optional_items
