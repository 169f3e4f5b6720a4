"""The loader: the shipped file is in order, and each rule refuses the file that breaks it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from robasync import instruments
from robasync.errors import InstrumentError
from robasync.instruments import loader
from robasync.instruments.schema import Polarity, Rule, Thresholds

SHIPPED = (Path(loader.__file__).parent / "robust-rct.toml").read_text("utf-8")


@pytest.fixture
def robust() -> instruments.Instrument:
    """Return the shipped instrument."""
    return instruments.load("robust-rct")


def test_the_shipped_instrument(robust: instruments.Instrument) -> None:
    """ROBUST-RCT has six core and eight optional items with the rules of its two steps."""
    assert [item.id for item in robust.items if item.core] == list("123456")
    assert [item.id for item in robust.items if not item.core] == [f"opt{n}" for n in range(1, 9)]
    assert [item.rule.value for item in robust.items[:6]] == [
        "identity", "identity", "stated", "stated", "stated", "share_missing",
    ]  # fmt: skip
    assert {item.rule for item in robust.items[6:]} == {Rule.LEVEL}
    assert re.fullmatch("[0-9a-f]{64}", robust.hash)
    assert robust.covers == ("randomised_trial",)
    assert "BMJ 2025;388:e081199" in robust.source


def test_labels(robust: instruments.Instrument) -> None:
    """Ids of both vocabularies have labels; nothing has none, and a stranger is shown as it is."""
    assert robust.label("definitely_yes") == "Definitely yes"
    assert robust.label("probably_high") == "Probably high"
    assert robust.label(None) == ""
    assert robust.label("stranger") == "stranger"


def test_select(robust: instruments.Instrument) -> None:
    """Items are selected in the instrument's order; an unknown id is refused with the ids there are."""
    assert [item.id for item in robust.select(["opt1", "6", "1"])] == ["1", "6", "opt1"]

    with pytest.raises(InstrumentError, match=r"no item '7'.*1, 2, 3, 4, 5, 6, opt1"):
        robust.select(["7"])


def test_a_file_of_the_user(tmp_path: Path, robust: instruments.Instrument) -> None:
    """A file of the same shape loads by its path, and equal content has an equal hash whatever its layout."""
    file = tmp_path / "ours.toml"
    file.write_text("# our copy\n\n" + SHIPPED.replace(" = ", "="), "utf-8")

    assert instruments.load(str(file)) == robust


def test_the_hash_follows_the_content() -> None:
    """Any changed word changes the hash."""
    changed = loader.parse(SHIPPED.replace("dice", "a die").encode(), "x.toml")

    assert changed.hash != loader.parse(SHIPPED.encode(), "x.toml").hash


def test_polarity_turns_the_mapping() -> None:
    """Where yes is bad, step 2 follows step 1 in the opposite order."""
    turned = loader.parse(SHIPPED.replace("yes_is_low", "yes_is_high", 1).encode(), "x.toml").item("1")

    assert turned.polarity is Polarity.YES_IS_HIGH
    assert turned.level_for("definitely_yes") == turned.level("definitely_high")
    assert turned.level_for("probably_no") == turned.level("probably_low")


def test_an_item_without_constraints() -> None:
    """A stated item may do without constraints."""
    start = SHIPPED.index("[[items.constraints]]")
    end = SHIPPED.index("[[items]]", start)

    assert loader.parse((SHIPPED[:start] + SHIPPED[end:]).encode(), "x.toml").item("3").constraints == ()


LIST = (
    '["random", "sequence", "computer-generated", "random number", "block", "stratif", "minimi", "alternat"]'
)
BROKEN = [
    ("core = true\n", 'core = true\ncolour = "red"\n', "item 1: colour: is not a key"),
    ("covers =", "overall = 1\ncovers =", "overall: is not a key"),
    ("probably_no =", 'perhaps = "?"\nprobably_no =', "item 1: answers: perhaps: is not a key"),
    ("message =", "weight = 1\nmessage =", "item 3: constraint high_needs_not_blinded: weight"),
    ('label = "Definitely yes"', 'label = "Definitely yes"\nrank = 1', "answer definitely_yes: rank"),
    ('name = "Random sequence generation"\n', "", "item 1: name: is missing"),
    ('title = "ROBUST', 'heading = "ROBUST', "title: is missing"),
    ("probably_no = ", "# probably_no = ", "item 1: answers: probably_no: is missing"),
    ("probably_high = ", "# probably_high = ", "item 3: levels: probably_high: is missing"),
    ("analysed = ", "# analysed = ", "item 6: counts: analysed: is missing"),
    ('id = "2"', 'id = "1"', "items: the id '1' stands there twice"),
    (
        'id = "definitely_low"',
        'id = "definitely_yes"',
        "answers and levels: the id 'definitely_yes' stands there twice",
    ),
    ('id = "definitely_low_needs_blinded"', 'id = "high_needs_not_blinded"', "item 4: constraints: the id"),
    ('rule = "identity"', 'rule = "worst"', "item 1: rule: 'worst' is not one of identity"),
    ('"yes_is_low"', '"good"', "item 1: polarity: 'good' is not one of"),
    ('rule = "level"\npolarity = "none"', 'rule = "level"\npolarity = "yes_is_low"', "item opt1: polarity"),
    ('polarity = "yes_is_low"', 'polarity = "none"', "item 1: polarity: 'none' does not go with"),
    (
        'levels = ["definitely_low"]',
        'levels = ["unclear"]',
        "definitely_low_needs_blinded: levels: 'unclear' is not one of",
    ),
    (
        'answers = ["definitely_yes"]',
        'answers = ["yes"]',
        "definitely_low_needs_blinded: answers: 'yes' is not one of",
    ),
    ('["randomised_trial"]', '["rct"]', "covers: 'rct' is not one of"),
    ('id = "probably_no"', 'id = "not_reported"', "answer not_reported: id: 'not_reported' is kept"),
    ('name = "Allocation concealment"', 'name = " "', "item 2: name: the text is empty"),
    ('version = "2025.1"', "version = 2025.1", "version: is not a text"),
    ("core = true", 'core = "yes"', "item 1: core: is not true or false"),
    ("verified = 2026-11-23", 'verified = "lately"', "verified: is not a date"),
    ("verified = 2026-11-23", "verified = 2026-11-23T10:00:00", "verified: is not a date"),
    ('id = "opt1"', 'id = "opt 1"', "'opt 1' is not an id"),
    (f"search = {LIST}", "search = []", "item 1: search: is not a list of texts"),
    ('["random", ', '["random", "random", ', "item 1: search: holds the same entry twice"),
    (f"search = {LIST}", 'search = "random"', "item 1: search: is not a list of texts"),
    ("[[answers]]", "[answers]", "not a TOML file"),
    ('id = "robust-rct"', "id : robust", "not a TOML file"),
    (
        "[items.answers]",
        '[[items.constraints]]\nid = "a"\n[items.answers]',
        "item 1: constraints: is not a key",
    ),
    ("[items.answers]", '[items.levels]\na = "b"\n[items.answers]', "item 1: levels: is not a key"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_broken_file(old: str, new: str, message: str) -> None:
    """Every broken rule is an InstrumentError that names file, item and key."""
    assert old in SHIPPED

    with pytest.raises(InstrumentError, match=rf"^x\.toml: .*{re.escape(message)}"):
        loader.parse(SHIPPED.replace(old, new, 1).encode(), "x.toml")


def test_no_core_item() -> None:
    """An instrument has at least one core item."""
    with pytest.raises(InstrumentError, match="items: none of them is a core item"):
        loader.parse(SHIPPED.replace("core = true", "core = false").encode(), "x.toml")


@pytest.mark.parametrize("key", ["answers", "levels", "items"])
@pytest.mark.parametrize("value", ["[]", "[1]", '"none"'])
def test_a_list_without_tables(key: str, value: str) -> None:
    """Vocabularies and items are lists of tables with at least one entry."""
    start = f"[[{key}]]"
    rest = [
        part
        for part in re.split(r"\n(?=\[\[(?:answers|levels|items)\]\])", SHIPPED)
        if not part.startswith(start)
    ]

    with pytest.raises(InstrumentError, match=f"x.toml: {key}: is not a list"):
        loader.parse(f"{key} = {value}\n{chr(10).join(rest)}".encode(), "x.toml")


def test_levels_of_a_share() -> None:
    """A share needs four levels, and step 2 from step 1 as many levels as answers."""
    fewer = SHIPPED.replace('[[levels]]\nid = "probably_low"\nlabel = "Probably low"\n', "")

    with pytest.raises(InstrumentError, match="item 1: rule: 'identity' needs as many levels as answers"):
        loader.parse(fewer.encode(), "x.toml")

    items = fewer[fewer.index('[[items]]\nid = "6"') : fewer.index("# ------", fewer.index('id = "6"'))]
    share = fewer[: fewer.index("[[items]]")] + items.replace("probably_low =", "# probably_low =")

    with pytest.raises(InstrumentError, match="item 6: rule: three thresholds make four levels"):
        loader.parse(share.encode(), "x.toml")


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"", b"\x00", b"a = 2020-01-01T00:00:00\n", b"a = nan", b"a = [" * 5000]
)
def test_other_files(content: bytes) -> None:
    """Whatever the bytes, the error is ours and names the file."""
    with pytest.raises(InstrumentError, match=r"^x\.toml: "):
        loader.parse(content, "x.toml")


def test_no_file(tmp_path: Path) -> None:
    """A name that is neither shipped nor a file is refused with the names there are."""
    for name in ("nothing", str(tmp_path), "a\0b", "../robust-rct"):
        with pytest.raises(InstrumentError, match="Give one of robust-rct"):
            instruments.load(name)


def test_a_huge_file(tmp_path: Path) -> None:
    """A file far larger than any instrument is refused unread."""
    file = tmp_path / "huge.toml"
    file.write_bytes(b"#" * 1_000_001)

    with pytest.raises(InstrumentError, match=r"huge\.toml: larger than"):
        instruments.load(str(file))


def test_thresholds() -> None:
    """Thresholds rise; the defaults are the published example and not pre-specified."""
    assert str(Thresholds()) == "5/10/15"
    assert not Thresholds().prespecified

    for bounds in [(0, 10, 15), (10, 5, 15), (5, 10, 10), (5, 10, 101), (float("nan"), 10, 15)]:
        with pytest.raises(InstrumentError, match="must rise"):
            Thresholds(definitely_low=bounds[0], probably_low=bounds[1], probably_high=bounds[2])
