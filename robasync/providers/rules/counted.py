"""How articles word the numbers of item 6: how many were randomised, how many analysed.

All expressions read folded sentences.
"""

from __future__ import annotations

import re

import robasync.providers.rules.integers as integers

# Groups of people may be randomised too, but item 6 counts participants.
_UNITS = (
    r"(?:practices?|clinics?|facilities|hospitals?|centres?|sites?|wards?|schools?|classes|villages?|"
    r"communes?|communities|clusters?|areas?|districts?|clinicians?|practitioners?|gps|physicians?|teachers?|"
    r"groups?|arms?|times?|days?|weeks?|months?|years?|visits?|samples?|variables?|items?|studies|trials?|blocks?)"
)
_NAMED = (
    r"(?:participants?|patients?|subjects?|individuals|women|men|mothers?|children|infants|adults|girls|boys|"
    r"volunteers|people|persons|students|trainees|eyes|pairs|residents|consumers|workers|survivors|smokers|dyads)"
)
_NOUNS = rf"(?:(?!and |or |were |was |to |per )[\w'-]+ ){{0,4}}?(?:{_NAMED}|(?!{_UNITS}\b)[a-z]{{4,}}s)\b"
_AGES = r"\d+(?:-| to )\d+ (?:weeks|months|years)"
_TOLD = (
    rf"(?:with|who|aged|from|in|at|presenting|undergoing|having|treated|receiving|{_AGES})"
    rf"(?:[^\d.;:(),]|(?<=[a-z])\d|{_AGES}){{2,90}}?"
)
_BRACKETS = r"(?: \([^)]{0,80}\))?"
_WHO = rf"(?: (?:of )?(?:the )?{_NOUNS}{_BRACKETS})?(?: {_TOLD},?)?{_BRACKETS}"
_WERE = r"(?:were|was) (?!not |never )"

NUMBER = rf"(?<![\w.,/=-])(?<!n = )(?<!least )(?<!most )(?P<number>{integers.PATTERN})"
_NEXT = rf"(?<![\w.,/=-])(?P<next>{integers.PATTERN})"

ASSIGNED = ("random", "assigned", "allocated")
"""A sentence without one of these tells of no randomisation."""

_RANDOMLY = (
    r"(?:randomised|randomly (?:assigned|allocated|allotted|divided|distributed)|"
    r"(?:assigned|allocated)(?=[:;]| and|, \d)|allocated at random)"
)
_ENTERED = r"(?:enrolled|recruited|included|selected|registered|entered|eligible|assessed at baseline)"
_MET = r"(?:met|fulfilled|satisfied|agreed|consented|gave|provided|completed)"
_ARE_RANDOMISED = (
    rf"(?:{_WERE}(?:\w+ |{_ENTERED}[^.;:]{{0,60}}? and (?:were )?(?:then |subsequently )?|"
    rf"{_ENTERED}[^.;:]{{0,40}}?, they were (?:equally and )?)?{_RANDOMLY}|underwent randomisation|"
    rf"{_MET}[^\d.;:]{{3,60}} and {_WERE}(?:then |subsequently )?{_RANDOMLY})"
)

RANDOMISED = (
    re.compile(rf"{NUMBER}{_WHO} {_ARE_RANDOMISED}"),
    re.compile(rf"{NUMBER} (?:randomised {_NOUNS}|{_NOUNS} (?:who were )?randomised(?! to| into))"),
    re.compile(rf"\bwe (?:\w+ )?(?:randomised|randomly (?:assigned|allocated)) {NUMBER} {_NOUNS}"),
    re.compile(
        rf"(?<!group )(?<!arm )(?<!population )\(n ?= ?(?P<number>{integers.PATTERN})\)"
        rf"(?:(?!\(n ?=)[^;]){{0,160}}? {_WERE}{_RANDOMLY}"
    ),
    re.compile(rf"\brandomised (?:population|set|sample|cohort) \(n ?= ?(?P<number>{integers.PATTERN})\)"),
)
"""Each finds how many were randomised; its group ``number`` is that of all, of one arm or of the last arm."""

IN_ARMS = re.compile(
    r"random[^;]*? (?:in)?to [^();]{2,90}\(n ?= ?\d+[^)]{0,30}\)(?:[^();]{2,90}\(n ?= ?\d+[^)]{0,30}\)){1,3}"
)
ARM = re.compile(r"\(n ?= ?(?P<number>\d{1,3}(?:,\d{3})+|\d+)")
"""The numbers of a sentence that gives each arm's in brackets."""

_SET = r"(?:the |all |our |this |an? )?(?:[\w-]+ ){0,4}?analys[ie]s\b"
_IN_ANALYSIS = (
    r"(?:(?:also|therefore|thus|finally|ultimately|then|both) |[a-z]+ed and )?"
    r"(?:analysed|analyzed|(?:included|enrolled|available|retained|entered|evaluable)(?: \w+)? "
    rf"(?:in|for|into) {_SET})"
)
_POPULATION = (
    r"(?:full analysis set|fas|itt population|(?:modified )?intention to treat (?:population|sample)|"
    r"primary analysis (?:set|population))"
)
ANALYSED = (
    re.compile(rf"{NUMBER}{_WHO} {_WERE}(?:{_RANDOMLY} and )?{_IN_ANALYSIS}"),
    re.compile(rf"{NUMBER}{_WHO} [^\d.;:()]{{3,80}} and {_WERE}{_IN_ANALYSIS}"),
    re.compile(
        r"\banalys[ie]s (?:\w+ ){0,2}?"
        r"(?:included|comprised|consisted of|(?:was|were|is) based on|(?:was|were) performed on)"
        rf" (?:data (?:from|of|on) )?(?:all |the |only )*{NUMBER}(?: \([^)]{{0,40}}\))? {_NOUNS}"
    ),
    re.compile(rf"\binclud(?:e|ed|ing) {NUMBER}(?: \([^)]{{0,40}}\))? {_NOUNS} in {_SET}"),
    re.compile(rf"\b{_POPULATION}(?: population)? (?:\(n ?= ?|(?:included|comprised|consisted of) ){NUMBER}"),
)
"""Each finds how many were analysed; its group ``number`` is that of all, of one arm or of the last arm."""

ALL_ANALYSED = re.compile(
    rf"\ball (?:the )?(?:\d+ )?(?:randomised {_NOUNS}|{_NOUNS} (?:who were |that were )?randomised)"
    rf"(?:, including [^,;]{{3,60}},)? were {_IN_ANALYSIS}"
)

ONE_ARM = re.compile(
    r"[^.;\d]{0,24}? (?:in)?to (?:receive )?(?!either|one of|two|three|four|groups)(?:an? |the )?"
    r"(?:[\w-]+ ){0,6}?(?:group|arm|and \d+)\b"
)
"""What follows the number of one arm only."""

NEXT_ARM = re.compile(
    rf" (?:in)?to [^\d.;:]{{2,80}}?(?:,|,? and) {_NEXT} (?:{_NOUNS} )?(?:were \w+ )?(?:in)?to\b"
)
"""The next arm's number, where the sentence goes on with it."""

OF_EACH = re.compile(r"\b(?:in|from|of|per) each\b")
OTHER_ARM = re.compile(
    rf"(?: in the [^\d.;:,]{{2,60}})?(?:,|,? and) {_NEXT} {_NOUNS}(?= (?:in|were|was)\b|[.,;]|$)"
)
"""The other arm's number after that of one arm in an analysis."""

AND = re.compile(r"\band (?:the |other )?$")
OF_UNITS = re.compile(rf"\bof (?:the )?(?:{integers.PATTERN}) (?:[\w-]+ )?{_UNITS}\W+$")
"""What ends before the number of a last arm, and before that of clusters."""

ARM_BEFORE = re.compile(
    rf"(?<!of )(?<!of the )(?<!from )(?<![\w.,/=-]){_NEXT}"
    r"(?P<between>[^\d.;:]{0,90}?)(?:,|,? and) (?:the |other )?$"
)
"""The number before the last arm's, and the words between them."""

HAS_VERB = re.compile(r"\b(?:were|was|had|did|withdrew|dropped|left|discontinued|refused|met|of whom)\b")
"""Words that part two statements: what stands before them is no arm of what follows."""

OTHER_SETS = re.compile(
    r"safety (?:analys|population|set|cohort|evaluation)|per[ -]protocol|subgroup|sensitivity|exploratory|"
    r"interim|secondary|sub-?study|pharmacokinetic|multivaria|qualitative|cost-effectiveness|responder"
)
PLANNED = re.compile(
    r"\b(?:planned|required|needed|sample size|power|assum\w+|attrition|target|anticipated|estimated|"
    r"to be randomised)\b"
)
LATER = re.compile(r"analys|complet|withdr|lost|follow|respon|baseline")
"""Words of sentences whose arms in brackets may be fewer than those randomised."""
