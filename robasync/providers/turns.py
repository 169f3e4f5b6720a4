"""What follows the questions in a conversation: the model's rejected answer, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robasync.model import Prompt


def after(prompt: Prompt, *, model: str) -> list[tuple[str, str]]:
    """Return who says what after the questions; ``model`` is what the wire calls the model's turn."""
    correction = prompt.correction

    return [(model, correction.rejected), ("user", correction.request)] if correction else []


def messages(prompt: Prompt) -> list[dict[str, str]]:
    """Return the same as messages, which two of the wires share."""
    return [{"role": role, "content": text} for role, text in after(prompt, model="assistant")]
