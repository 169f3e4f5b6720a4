"""What the table is made of: a snippet of the guide, its scene, what is done, what is claimed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.acceptance.guide.effects import Claim, Effect, logs
from tests.acceptance.guide.snippets import Snippet
from tests.acceptance.guide.stage import Stage
from tests.acceptance.harness import Ended


@dataclass(frozen=True)
class Deed:
    """One thing that is done, and what must be so afterwards.

    ``command`` is "" for the snippet as it is printed; ``edit`` is a correction, found and put in
    its place; ``typed`` goes to the command's input; ``play`` does more than to wait for the end.
    """

    claims: tuple[Claim, ...]
    command: str = ""
    edit: tuple[str, str] | None = None
    typed: str = ""
    play: Callable[[Stage, str], Ended] | None = None

    def text(self, snippet: Snippet) -> str:
        """Return the command."""
        printed = self.command or snippet.text
        assert not self.edit or self.edit[0] in printed, f"{self.edit} is not in the guide's text"

        return printed.replace(*self.edit) if self.edit else printed

    def does(self, stage: Stage, snippet: Snippet) -> Effect:
        """Do it and return what was seen."""
        text, play = self.text(snippet), self.play

        if play:
            return stage.watched(lambda: play(stage, text), guide=snippet.text)

        return stage.shell(text, guide=snippet.text, typed=self.typed)

    def all_claims(self, snippet: Snippet) -> tuple[Claim, ...]:
        """Return the claims, that the guide's log lines appear among them."""
        is_printed = not self.command and snippet.logged

        return (*self.claims, logs(snippet.logged)) if is_printed else self.claims


@dataclass(frozen=True)
class Step:
    """A snippet of the guide by its title.

    ``note`` says how it differs from what is printed.
    """

    title: str
    scene: Callable[[Stage, Snippet], None]
    deeds: tuple[Deed, ...]
    note: str = ""


@dataclass(frozen=True)
class Section:
    """The snippets of one section of the guide, in order."""

    heading: str
    steps: tuple[Step, ...]


def step(
    title: str,
    scene: Callable[[Stage, Snippet], None],
    *parts: Claim | Deed,
    note: str = "",
) -> Step:
    """Return a step: claims about the snippet as it is printed, then further deeds."""
    claims = tuple(part for part in parts if isinstance(part, Claim))
    deeds = tuple(part for part in parts if isinstance(part, Deed))

    return Step(title, scene, ((Deed(claims),) if claims else ()) + deeds, note)


def then(command: str, *claims: Claim) -> Deed:
    """Return a command of our own that is run after the snippet, or in its place."""
    return Deed(claims, command)
