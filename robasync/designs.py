"""How papers that are no reports of a trial name themselves: in their type, their title, their opening.

Each pattern carries its kind as the name of its group. Nothing is decided here.
"""

from __future__ import annotations

import re

NAMES = {
    "protocol": "the protocol of a study, not a report of its results",
    "review": "a review, not the report of one trial",
    "erratum": "a correction or retraction, not the report itself",
    "cohort": "an observational study, not a randomised trial",
    "editorial": "an editorial, letter or commentary, not the report of a trial",
    "methodology": "a paper on methods, not the report of a trial's results",
}


def _kinds(*, before: str = "", **kinds: tuple[str, ...]) -> re.Pattern[str]:
    groups = (f"(?P<{kind}>{'|'.join(alternatives)})" for kind, alternatives in kinds.items())

    return re.compile(f"{before}(?:{'|'.join(groups)})")


_ALONE = r"(?=\s*\n| Open\b| OPEN\b)"

# The article's type as journals print it at the head of a paragraph: in capitals, or alone.
TYPE = _kinds(
    before=r"(?:[A-Z\d&. ]{0,60} )?",
    protocol=(r"(?:STUDY|TRIAL) PROTOCOL\b", rf"(?:Study |Trial )?[Pp]rotocol{_ALONE}"),
    methodology=(rf"METHODOLOGY(?: ARTICLE)?{_ALONE}", rf"Methodology{_ALONE}"),
    review=(
        rf"(?:SYSTEMATIC )?REVIEW(?: ARTICLE)?{_ALONE}",
        rf"(?:Systematic )?[Rr]eview(?: [Aa]rticle)?{_ALONE}",
        rf"META-ANALYSIS{_ALONE}",
    ),
    erratum=(
        rf"(?:ERRATUM|CORRECTION|CORRIGENDUM|RETRACTION(?: NOTE)?|EXPRESSION OF CONCERN){_ALONE}",
        rf"(?:Erratum|Correction|Corrigendum|Retraction(?: [Nn]ote)?|Expression of [Cc]oncern){_ALONE}",
    ),
    editorial=(
        rf"(?:EDITORIAL|COMMENTARY|LETTERS?(?: TO THE EDITOR)?|CORRESPONDENCE|VIEWPOINT|OPINION){_ALONE}",
        rf"(?:Editorial|Commentary|Letters? to the [Ee]ditor|Viewpoint|Opinion){_ALONE}",
    ),
    cohort=(rf"CASE (?:REPORT|SERIES){_ALONE}", rf"Case [Rr]eport{_ALONE}"),
)

# From here on patterns read lower case.
TITLE = _kinds(
    protocol=(
        r"\b(?:study|trial|research|review) protocol\b(?! (?:violation|deviation|adherence))",
        r"\bprotocols? (?:for|of) (?:an? |the )?(?:[\w-]+,? ){0,9}?(?:trial|study|review|evaluation)\b",
        r"[:.–-] (?:an? )?(?:[\w-]+ ){0,2}protocol\W*$",
        r"\brationale and (?:study )?design\b",
        r"\bdesign and rationale\b",
        r"\bstatistical analysis plan\b",
    ),
    erratum=(
        r"\A\W*(?:erratum|corrigendum|retracted)\b",
        r"\A\W*(?:correction|retraction(?: note)?|expression of concern)(?:[:.]| to\b)",
    ),
    review=(
        r"\bsystematic (?:literature )?review\b",
        r"\bmeta-?analys[ie]s\b",
        r"\b(?:narrative|scoping|umbrella|literature|critical|integrative) review\b",
        r"[:–] (?:an? )?(?:\w+ )?review\W*$",
        r"\A\W*an? review of\b",
    ),
    cohort=(
        r"\bcohort (?:study|analysis)\b",
        r"\bcase[ -]control study\b",
        r"\bcross-sectional (?:study|survey)\b",
        r"\bcase (?:report|series)\b",
        r"\bretrospective (?:analysis|study|review)\b",
    ),
    editorial=(r"\A\W*(?:editorial|commentary|letter to the editor|reply to|response to|comment on)\b",),
)

_THIS = r"\b(?:this (?:paper|article|manuscript|protocol|report)|(?:here )?we) (?:\w+ )?"
_DESCRIBES = r"(?:describes?|presents?|outlines?|reports?)"
_REVIEWS = r"(?:systematic review|meta-?analysis)"
_OUR = r"(?:this|our|we (?:conducted|performed) an?)"
_OBSERVES = r"(?:retrospective|case[ -]control|cross-sectional|observational|cohort)"
_DATABASES = r"(?:pubmed|medline|embase|cochrane|electronic databases|databases)"
OPENING = _kinds(
    protocol=(
        rf"{_THIS}{_DESCRIBES} (?:the )?(?:[\w-]+ ){{0,4}}(?:protocol|rationale|(?:study|trial) design)\b",
    ),
    review=(
        rf"\bwe (?:systematically )?searched (?:the )?(?:\w+ )?{_DATABASES}\b",
        rf"\b(?:we|this) (?:conducted|performed|undertook|did|is) an? (?:\w+ ){{0,2}}{_REVIEWS}\b",
        rf"\b{_DATABASES}[^.\n]{{0,80}} (?:was|were) (?:\w+ )?searched\b",
    ),
    cohort=(rf"\b{_OUR} (?:\w+ ){{0,3}}{_OBSERVES} (?:\w+ )?(?:study|analysis)\b",),
)

# Looked for first, since most papers hold none: a pattern is tried only where one of these stands.
TITLE_STEMS = (
    *(
        "protocol",
        "rationale",
        "statistical analysis plan",
        "erratum",
        "corrigendum",
        "retract",
        "correction",
    ),
    *("expression of concern", "review", "meta-analys", "metaanalys", "cohort", "case", "cross-sectional"),
    *("retrospective", "editorial", "commentary", "letter", "reply", "response", "comment"),
)
OPENING_STEMS = (
    *("searched", "systematic", "meta-analys", "metaanalys", "case-control", "case control", "cohort"),
    *(
        "cross-sectional",
        "observational",
        "retrospective",
        "rationale",
        "protocol",
        "study design",
        "trial design",
    ),
)
FURNITURE_STEMS = ("http", "doi", "received", "accepted", "open access", "\u00a9", "issn", "vol")

SAYS_TRIAL = re.compile(r"randomi[sz]ed|randomi[sz]ation|controlled (?:clinical )?trial")
RANDOMISED = re.compile(
    r"\b(?:(?:were|was) (?:then |subsequently )?(?:randomly (?:assigned|allocated|divided)|randomi[sz]ed)"
    r"|(?:we|underwent) randomi[sz](?:ed|ation)|(?:participants|patients|subjects) randomi[sz]ed)\b"
)
PLANS = re.compile(
    r"\bwill (?:be (?:randomly|randomi[sz]ed|allocated|assigned|recruited|invited|conducted|performed|"
    r"carried|collected|assessed|evaluated|measured)|include|recruit|compare|receive)\b"
)
ENDS_TITLE = re.compile(r"(?:[a-z]+\.)?(?:abstract|summary|background|objectives?|introduction|aims?)\b")
FURNITURE = re.compile(
    r"https?://|\bdoi\b|\breceived\b|\baccepted\b|open access$|©|\bissn\b|^\W*(?:vol|volume)\b"
)
