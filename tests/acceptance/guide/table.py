"""The whole table, in the guide's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.acceptance.guide.effects import Claim, Effect, inert, wrong
from tests.acceptance.guide.managing import MANAGING
from tests.acceptance.guide.snippets import Snippet
from tests.acceptance.guide.stage import Stage
from tests.acceptance.guide.steps import Deed, Step
from tests.acceptance.guide.using import USING

SECTIONS = (*USING, *MANAGING)
ENTRIES = tuple((section.heading, step) for section in SECTIONS for step in section.steps)


@dataclass(frozen=True)
class Seen:
    """One deed as it went: what was claimed, and what was seen."""

    deed: Deed
    claims: tuple[Claim, ...]
    effect: Effect

    @property
    def broken(self) -> list[str]:
        """The claims that do not hold."""
        return [claim.words for claim in self.claims if not claim.holds(self.effect)]

    @property
    def unbreakable(self) -> list[str]:
        """The claims that hold whatever is seen, and "all" where they hold of a command that does nothing."""
        numb = [claim.words for claim in self.claims if all(map(claim.holds, wrong(self.effect)))]
        nothing = inert(self.effect)

        return numb + ["all"] * all(claim.holds(nothing) for claim in self.claims)


def play(stage: Stage, step: Step, snippet: Snippet) -> list[Seen]:
    """Set the scene, do each deed, and return what was seen."""
    step.scene(stage, snippet)

    return [Seen(deed, deed.all_claims(snippet), deed.does(stage, snippet)) for deed in step.deeds]


def listed(entries: Iterator[tuple[Step, Snippet]]) -> Iterator[str]:
    """Yield a line for each entry: what is in the guide, what is done, what is checked."""
    for step, snippet in entries:
        for deed in step.deeds:
            done = f"`{deed.command}`" if deed.command else "as printed"
            claims = "; ".join(claim.words for claim in deed.all_claims(snippet))
            yield f"| {snippet.section} | `{snippet.title}` | {done} | {claims} |"
