"""Numbers of trial registers: found in every way of writing them, and given with an address."""

from __future__ import annotations

import pytest

from robasync import registers

WRITTEN = [
    ("NCT01234567", "NCT01234567", "https://clinicaltrials.gov/study/NCT01234567"),
    ("nct 01234567", "NCT01234567", "https://clinicaltrials.gov/study/NCT01234567"),
    ("NCT:01234567", "NCT01234567", "https://clinicaltrials.gov/study/NCT01234567"),
    ("ISRCTN 12345678", "ISRCTN12345678", "https://www.isrctn.com/ISRCTN12345678"),
    ("ISRCTN#12345678", "ISRCTN12345678", "https://www.isrctn.com/ISRCTN12345678"),
    ("EudraCT 2004-001234-56", "2004-001234-56", "query=2004-001234-56"),
    ("2022-500123-12-00", "2022-500123-12-00", "EUCT=2022-500123-12-00"),
    ("ChiCTR-TRC-10001234", "ChiCTR-TRC-10001234", "TrialID=ChiCTR-TRC-10001234"),
    ("ChiCTR2000012345", "ChiCTR2000012345", "TrialID=ChiCTR2000012345"),
    ("ACTRN12605000010606", "ACTRN12605000010606", "https://anzctr.org.au/ACTRN12605000010606.aspx"),
    ("DRKS 00001234", "DRKS00001234", "https://drks.de/search/en/trial/DRKS00001234"),
    ("UMIN000012345", "UMIN000012345", "TrialID=JPRN-UMIN000012345"),
    ("UMIN-CTR ID: UMIN000012345", "UMIN000012345", "TrialID=JPRN-UMIN000012345"),
    ("jRCTs031180123", "jRCTs031180123", "TrialID=JPRN-jRCTs031180123"),
    ("CTRI/2010/091/000123", "CTRI/2010/091/000123", "TrialID=CTRI/2010/091/000123"),
    ("NTR 4915", "NTR4915", "TrialID=NTR4915"),
    ("NL-OMON12345", "NL-OMON12345", "TrialID=NL-OMON12345"),
    ("PACTR201010000248268", "PACTR201010000248268", "TrialID=PACTR201010000248268"),
    ("IRCT138903244188N1", "IRCT138903244188N1", "TrialID=IRCT138903244188N1"),
    ("KCT0001234", "KCT0001234", "TrialID=KCT0001234"),
    ("TCTR20130101001", "TCTR20130101001", "TrialID=TCTR20130101001"),
    ("RBR-2n9xy8", "RBR-2n9xy8", "TrialID=RBR-2n9xy8"),
    ("SLCTR/2010/001", "SLCTR/2010/001", "TrialID=SLCTR/2010/001"),
    ("LBCTR2019012345", "LBCTR2019012345", "TrialID=LBCTR2019012345"),
    ("RPCEC00000123", "RPCEC00000123", "TrialID=RPCEC00000123"),
    ("PER-001-10", "PER-001-10", "TrialID=PER-001-10"),
]
NONE = [
    "NCT0123456",
    "NCT012345678",
    "XNCT01234567",
    "ISRCTN1234567",
    "on 2004-01-02 and 2004-001234",
    "grant 12004-001234-56",
    "the NTR of 12.5",
    "NL 5000 people",
    "",
]


@pytest.mark.parametrize(("text", "number", "address"), WRITTEN)
def test_numbers_in_their_own_writing(text, number, address):
    """However it is written in a text, a number comes out in its register's way, with its address."""
    (found,) = registers.found(f"Registered ({text}).")
    assert found.number == number
    assert found.address.endswith(address)
    assert found.address.startswith("https://")


@pytest.mark.parametrize("text", NONE)
def test_what_only_looks_like_one(text):
    """A number with a digit too many or too few, a date or a grant is none."""
    assert registers.found(text) == []


def test_order():
    """Several numbers come in the order in which they stand, each as often as it stands there."""
    text = "ISRCTN12345678, NCT01234567, ISRCTN12345678"
    assert ", ".join(one.number for one in registers.found(text)) == text


def test_a_number_is_found_again_in_its_own_writing():
    """What is written down is read back as the same number."""
    numbers = [number for _, number, _ in WRITTEN]
    assert [found.number for number in numbers for found in registers.found(number)] == numbers
