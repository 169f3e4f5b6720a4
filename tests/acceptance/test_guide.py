"""The guide, executed: every command, program and configuration in it, in order."""

from __future__ import annotations

import re

import pytest

from robasync.settings import fields
from tests.acceptance.guide import listing
from tests.acceptance.guide.effects import Claim, Effect, asks, exits, prints
from tests.acceptance.guide.scenes import manager, stored
from tests.acceptance.guide.snippets import GUIDE, of_guide
from tests.acceptance.guide.stage import Stage
from tests.acceptance.guide.table import ENTRIES, Seen, play
from tests.acceptance.harness import serving

pytestmark = pytest.mark.skipif(not GUIDE.exists(), reason="the guide is not beside the repository")
OPTION = re.compile(r"^\| `(\w+)` \| (\w+) \| (\S+) \|", re.MULTILINE)

#: Where sessions keep out of each other's way, and copies out of the way of checkpoints.
OTHERWISE = {"checkpoint_file": None, "checkpoint_backup_dir": "checkpoints/backups"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Return the folder in which the guide is executed, and its server."""
    with serving() as server:
        yield Stage(tmp_path_factory.mktemp("guide"), server)


@pytest.fixture(scope="module")
def verdicts():
    """Return what came of each entry, for the list at the end."""
    return {}


def test_every_snippet_of_the_guide_has_an_entry_and_every_entry_a_snippet():
    """The table is the guide's list of commands, programs and configurations, in its order."""
    assert [(snippet.section, snippet.title) for snippet in of_guide()] == [
        (heading, step.title) for heading, step in ENTRIES
    ]


@pytest.mark.parametrize("number", range(len(ENTRIES)))
def test_the_guide_works(number, stage, verdicts):
    """All that is claimed of a snippet is so, and each claim is broken by a wrong observation."""
    _, step = ENTRIES[number]
    verdicts[number] = "FAILS"

    faults = [
        f"{seen.broken}{seen.unbreakable}\n{seen.effect.err}{seen.effect.out}"
        for seen in play(stage, step, of_guide()[number])
        if seen.broken or seen.unbreakable
    ]
    assert not faults, "\n".join(faults)

    verdicts[number] = listing.verdict(step)


def test_the_list_with_verdicts_is_shown_and_stands_in_the_docs(verdicts, show):
    """``python -m tests.acceptance.guide`` writes it anew."""
    show(*(f"{ENTRIES[number][0]}: {ENTRIES[number][1].title}: {verdicts[number]}" for number in verdicts))

    assert listing.FILE.read_text(encoding="utf-8") == listing.markdown()


def test_a_claim_that_cannot_fail_and_an_entry_that_claims_nothing_are_found():
    """What no wrong observation breaks proves nothing, nor does what an idle command would pass."""
    effect = Effect("", code=0, out="valid", err="", asked=0, keys=(), before={}, files={})
    always = Claim("always", lambda effect: True)

    assert Seen((exits(0), prints("valid")), effect).unbreakable == []
    assert Seen((exits(0), always, prints("valid")), effect).unbreakable == ["always"]
    assert Seen((exits(0), asks(0)), effect).unbreakable == ["all"]
    assert Seen((exits(2), prints("invalid")), effect).broken == ["exit 2", "prints `invalid`"]


def test_defaults_are_those_of_the_guides_table():
    """Type and default of each option; what the design states otherwise is named here."""
    ours = {path[-1]: field for path, field in fields.declared().items()}
    kinds = {"boolean": bool, "integer": int, "string": str}
    read = {"true": True, "false": False}

    for option, kind, shown in OPTION.findall(GUIDE.read_text(encoding="utf-8")):
        theirs = read.get(shown, shown.strip('"'))
        default = ours[option].get_default()
        expected = OTHERWISE.get(option, theirs)

        assert str(default) == str(expected), option
        assert isinstance(default, kinds[kind]) or option in OTHERWISE


def test_the_guides_program_works_with_our_manager(stage):
    """The same usage with ``robasync.CheckpointManager``: it logs where the guide's prints."""
    (snippet,) = (one for one in of_guide() if one.title == "checkpoint_manager.py")
    usage = snippet.text[snippet.text.index("# Usage example") :]
    manager(stage, snippet)
    log = "import logging\nlogging.basicConfig(level=logging.INFO)\n"
    ours = f"{log}from robasync import CheckpointManager\n{usage}"
    (stage.folder / "ours.py").write_text(ours)
    theirs = stage.shell("python checkpoint_manager.py", guide="")
    stored(stage)
    (stage.folder / "ours.py").write_text(ours)
    found = stage.shell("python ours.py", guide="")
    printed = [line for line in theirs.out.splitlines() if not line.startswith("Removed")]

    assert (found.code, found.out.splitlines()) == (0, printed)
    assert found.err.count("Removed old checkpoint: checkpoints/rob_session_") == 3
    assert found.files.keys() - theirs.files.keys() == {"ours.py"} - theirs.files.keys()
