"""The whole table in the guide's order, and how an entry of it is played."""

from __future__ import annotations

from dataclasses import dataclass

from tests.acceptance.guide.effects import Claim, Effect, inert, wrong
from tests.acceptance.guide.managing import MANAGING
from tests.acceptance.guide.snippets import Snippet
from tests.acceptance.guide.stage import Stage
from tests.acceptance.guide.steps import Step
from tests.acceptance.guide.trouble import TROUBLE
from tests.acceptance.guide.upkeep import UPKEEP
from tests.acceptance.guide.using import USING

SECTIONS = (*USING, *MANAGING, *TROUBLE, *UPKEEP)
ENTRIES = tuple((section.heading, step) for section in SECTIONS for step in section.steps)


@dataclass(frozen=True)
class Seen:
    """One deed as it went: what was claimed, and what was seen."""

    claims: tuple[Claim, ...]
    effect: Effect

    @property
    def broken(self) -> list[str]:
        """The claims that do not hold."""
        return [claim.words for claim in self.claims if not claim.holds(self.effect)]

    @property
    def unbreakable(self) -> list[str]:
        """The claims that hold whatever is seen; "all" where they hold of a command that does nothing."""
        found = [claim.words for claim in self.claims if all(map(claim.holds, wrong(self.effect)))]
        nothing = inert(self.effect)

        return found + ["all"] * all(claim.holds(nothing) for claim in self.claims)


def play(stage: Stage, step: Step, snippet: Snippet) -> list[Seen]:
    """Set the scene, do each deed, and return what was seen."""
    step.scene(stage, snippet)

    return [Seen(deed.all_claims(snippet), deed.does(stage, snippet)) for deed in step.deeds]
