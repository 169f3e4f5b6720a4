"""Numbers under which trials are registered: how each register writes them, and where one looks them up.

The registers are those of the WHO network (https://www.who.int/clinical-trials-registry-platform/network)
and ClinicalTrials.gov. One whose own addresses change is looked up in the WHO's search portal, which
takes the number of any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from robasync.screening import Registration

_PORTAL = "https://trialsearch.who.int/Trial2.aspx?TrialID={}"
_APART = r"[ \u00a0:#.\-]{0,2}"


@dataclass(frozen=True, slots=True)
class Register:
    """One register: how its numbers look, how they are written here, and the address of an entry.

    ``form`` and ``address`` are filled with the groups of ``pattern`` and with the number. ``stem``
    stands in every number, in lower case, ``before`` characters after its start.
    """

    name: str
    stem: bytes
    pattern: re.Pattern[str]
    form: str
    address: str
    before: int


@dataclass(frozen=True, slots=True)
class Found:
    """A number that stands in a text, and where."""

    registration: Registration
    start: int

    @property
    def number(self) -> str:
        """The number in its register's own writing."""
        return self.registration.number

    @property
    def register(self) -> str:
        """The name of its register."""
        return self.registration.register

    @property
    def address(self) -> str:
        """Where it is looked up."""
        return self.registration.address


def _register(name: str, stem: str, pattern: str, form: str, address: str = _PORTAL) -> Register:
    edged = re.compile(rf"(?<![A-Za-z\d]){pattern}(?![\dA-Za-z])", re.IGNORECASE)
    before = len("2004") if stem.startswith("-") else 0  # European numbers begin with the year
    return Register(name, stem.encode(), edged, form, address, before)


LONGEST = 20
"""Characters of a number within which its stem stands."""

REGISTERS = (
    _register(
        "ClinicalTrials.gov",
        "nct",
        rf"NCT{_APART}(\d{{8}})",
        "NCT{}",
        "https://clinicaltrials.gov/study/{}",
    ),
    _register("ISRCTN", "isrctn", rf"ISRCTN{_APART}(\d{{8}})", "ISRCTN{}", "https://www.isrctn.com/{}"),
    _register(
        "EU CTIS",
        "-5",
        r"(20\d\d-5\d{5}-\d\d-\d\d)",
        "{}",
        "https://euclinicaltrials.eu/search-for-clinical-trials/?EUCT={}",
    ),
    _register(
        "EU Clinical Trials Register",
        "-0",
        r"(20\d\d-0\d{5}-\d\d)(?!-\d)",
        "{}",
        "https://www.clinicaltrialsregister.eu/ctr-search/search?query={}",
    ),
    _register("ChiCTR", "chictr", r"ChiCTR[- ]?(\d{8,10})", "ChiCTR{}"),
    _register("ChiCTR", "chictr-", r"ChiCTR-([A-Z]{2,5}-\d{8,10})", "ChiCTR-{}"),
    _register("ANZCTR", "actrn", rf"ACTRN{_APART}(\d{{14}})", "ACTRN{}", "https://anzctr.org.au/{}.aspx"),
    _register("DRKS", "drks", rf"DRKS{_APART}(\d{{8}})", "DRKS{}", "https://drks.de/search/en/trial/{}"),
    _register(
        "UMIN-CTR",
        "umin",
        rf"UMIN(?:-CTR)?{_APART}(?:ID)?{_APART}(?:UMIN|C)?(\d{{9}})",
        "UMIN{}",
        "https://trialsearch.who.int/Trial2.aspx?TrialID=JPRN-{}",
    ),
    _register(
        "jRCT",
        "jrct",
        r"jRCT(s?\d{9,10})",
        "jRCT{}",
        "https://trialsearch.who.int/Trial2.aspx?TrialID=JPRN-{}",
    ),
    _register("CTRI", "ctri", r"CTRI ?/ ?(20\d\d) ?/ ?(\d{2,3}) ?/ ?(\d{6})", "CTRI/{}/{}/{}"),
    _register("Netherlands Trial Register", "ntr", rf"NTR{_APART}(\d{{1,4}})", "NTR{}"),
    _register("Netherlands Trial Register", "nl", r"NL(\d{4,5}|-OMON\d{4,5})", "NL{}"),
    _register("PACTR", "pactr", rf"PACTR{_APART}(\d{{15,16}})", "PACTR{}"),
    _register("IRCT", "irct", rf"IRCT{_APART}(\d{{8,16}}N\d{{1,4}})", "IRCT{}"),
    _register("CRIS", "kct", rf"KCT{_APART}(\d{{7}})", "KCT{}"),
    _register("Thai Clinical Trials Registry", "tctr", rf"TCTR{_APART}(\d{{11}})", "TCTR{}"),
    _register("ReBEC", "rbr", r"RBR-([0-9a-z]{6,8})", "RBR-{}"),
    _register("SLCTR", "slctr", r"SLCTR ?/ ?(20\d\d) ?/ ?(\d{3})", "SLCTR/{}/{}"),
    _register("LBCTR", "lbctr", rf"LBCTR{_APART}(\d{{10}})", "LBCTR{}"),
    _register("RPCEC", "rpcec", rf"RPCEC{_APART}(\d{{8}})", "RPCEC{}"),
    _register("REPEC", "per-", r"PER-(\d{3}-\d\d)", "PER-{}"),
    _register("PHRR", "phrr", r"PHRR(\d{6}-\d{6})", "PHRR{}"),
)


def found(text: str) -> list[Found]:
    """Return the numbers that stand in a text, in their order, each as often as it stands there."""
    return found_in(text, folding(text), [(0, len(text))])


def found_in(text: str, folded: bytes, stretches: Sequence[tuple[int, int]]) -> list[Found]:
    """Return the numbers that begin in stretches, one after the other, of a text, given with its folding."""
    sample = b" ".join([folded[low : high + LONGEST] for low, high in stretches])
    hits = (
        one
        for register in REGISTERS
        if register.stem in sample
        for one in _of(register, text, _stems(register, folded, stretches))
    )
    return sorted(hits, key=lambda one: one.start)


def folding(text: str) -> bytes:
    """Return a text in lower case, a byte for each character: words are found in it in no time."""
    return text.encode("ascii", "replace").lower()


def occurrences(folded: bytes, part: bytes, low: int = 0, high: int | None = None) -> Iterator[int]:
    """Yield where a part begins in a folded text, between two offsets."""
    at = folded.find(part, low, high)
    while at >= 0:
        yield at
        at = folded.find(part, at + 1, high)


def _stems(register: Register, folded: bytes, stretches: Sequence[tuple[int, int]]) -> Iterator[int]:
    stem, before = register.stem, register.before
    for low, high in stretches:
        yield from occurrences(folded, stem, low + before, high + before + len(stem))


def _of(register: Register, text: str, stems: Iterator[int]) -> Iterator[Found]:
    end = 0
    for at in stems:
        start = at - register.before
        match = register.pattern.match(text, start) if start >= end else None
        if match:
            number = register.form.format(*(_cased(register, part) for part in match.groups()))
            address = register.address.format(number)
            yield Found(Registration(number=number, register=register.name, address=address), start)
            end = match.end()


def _cased(register: Register, part: str) -> str:
    return part.lower() if register.stem in (b"rbr", b"jrct") else part.upper()
