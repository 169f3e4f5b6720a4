"""Every class in the tree of errors: a command ends with it as described, and says what to do.

Where another test makes a command, or the part that raises it, end so already, it is named here.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from robasync import errors
from robasync.extract.kinds import MAX_TEXT_BYTES
from tests import papers, reports
from tests.acceptance.harness import ROOT, outcomes, robasync, rows
from tests.acceptance.test_faults import FAULTS

#: What no document and no command ends with: the others are kinds of it.
KINDS = {"AssessmentError", "DocumentError", "ProviderError", "ReplyError"}

# A file's name, what it holds, and the failure that it ends in. "" is a link to nothing.
DOCUMENTS = [
    ("blank.txt", b" \n", "EmptyDocument"),
    ("broken.pdf", b"%PDF-1.7\nnothing more", "Damaged"),
    ("gone.txt", b"", "Unreadable"),
    ("locked.pdf", papers.pdf([(9, 99, "x")], encryption=5, user_pw="secret"), "PasswordNeeded"),
    ("none.pdf", papers.no_pages(), "NoPages"),
    ("note.txt", b"See the attached report.", "TooLittleText"),
    ("record.nxml", b"<article><front><abstract>Dogs.</abstract></front></article>", "AbstractOnly"),
    ("book.epub", b"PK\x03\x04mimetypeapplication/epub+zip", "UnsupportedType"),
    ("scan.pdf", papers.scan(), "NoTextLayer"),
    ("sign-in.pdf", b"<!doctype html><title>Sign in</title>", "WrongType"),
    ("vast.txt", b"Large. " * (MAX_TEXT_BYTES // 7 + 1), "TooLarge"),
]

# A command that ends with an error before any work: its arguments, its exit code and its words.
COMMANDS = {
    "SettingsError": ("run -c typo.json -i in", 2, r"typo\.json.*workers"),
    "InstrumentError": ("run -i in --instrument broken.toml", 2, r"broken\.toml.*TOML"),
    "NoDocuments": ("run -i nowhere", 2, "robasync run -i FOLDER"),
    "SessionNotFound": ("resume -s nothing", 2, r"nothing(?s:.*)robasync"),
    "UsageError": ("run -i in --only other.txt", 2, "No document called 'other.txt' in .*in"),
}

FAULTY = "acceptance/test_faults.py::test"
SESSIONS = "acceptance/test_sessions.py::test"
WORKERS = "crash/test_extract_workers.py::test"
ELSEWHERE = {
    "BudgetReached": f"{FAULTY}_the_cap_holds_by_the_servers_bill_and_can_be_raised",
    "Changed": "unit/extract/test_sniff.py::test_large_texts_are_read_from_the_disk_and_checked",
    "CheckpointError": "acceptance/test_checkpoints.py::test_manual_recovery_stops_with_commands_that_work",
    "ExtractionCrashed": f"{WORKERS}_a_crash_is_tried_once_more_then_is_a_failure",
    "ExtractionMemory": f"{WORKERS}_memory_is_limited",
    "ExtractionTimeout": f"{WORKERS}_a_hanging_file_is_given_up_and_its_worker_killed",
    "ExtraMissing": "acceptance/test_sealed.py::test_without_the_extra_nothing_begins",
    "LaterVersion": "acceptance/test_damage.py::test_a_row_of_the_table",
    "ModelUnavailable": f"{FAULTY}_a_few_refusals_end_the_run_and_not_the_folder",
    "RateLimited": "contract/test_openai_wire.py::test_retry_after_reaches_the_error",
    "ReplyLost": "unit/test_calls_again.py::test_a_reply_that_was_lost_is_asked_for_once_more",
    "SealBroken": "acceptance/test_sealed.py::test_a_changed_byte_of_a_result_file_is_told",
    "SealError": "acceptance/test_sealed.py::test_without_its_key_a_session_is_refused",
    "ServerDown": f"{FAULTY}_patience_ends_and_the_run_can_be_resumed",
    "SessionLocked": f"{SESSIONS}_a_second_process_on_a_session_is_refused_by_name_of_the_first",
    "SessionUnfinished": f"{SESSIONS}_run_on_an_unfinished_session_is_refused_and_names_both_ways_out",
    "Stopped": "acceptance/test_interrupt.py::test_a_signal_drains",
    "StorageError": "acceptance/test_disk.py::test_a_file_in_place_of_the_checkpoint_folder",
    "Unreachable": f"{FAULTY}_a_server_that_is_down_is_never_done",
    "WrongModel": "unit/test_naming.py::test_only_vendors_are_held_to_their_names",
}


def below(kind: type[Exception]) -> set[str]:
    """Return the names of all classes below one."""
    return {one.__name__ for one in kind.__subclasses__()}.union(*map(below, kind.__subclasses__()))


def test_every_class_has_a_case():
    """A class that is new has to be shown, one that is gone is shown no more."""
    shown = {fault.error for fault in FAULTS} | {error for *_, error in DOCUMENTS} | set(COMMANDS)

    assert shown | set(ELSEWHERE) | KINDS == below(errors.RobasyncError)
    assert not shown & set(ELSEWHERE)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_shown_elsewhere_is_there(name):
    """The test that is named exists, and the class has an exit code that is not success."""
    path, _, test = ELSEWHERE[name].partition("::")

    assert re.search(rf"^(async )?def {test}\(", (ROOT / "tests" / path).read_text(), re.MULTILINE)
    assert getattr(errors, name).exit_code in {1, 2, 3, 4, 5}


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Run the baseline over all the documents that cannot be read, and one that can."""
    folder = tmp_path_factory.mktemp("read")
    reports.write(folder / "in", 1)

    for name, content, _ in DOCUMENTS:
        path = folder / "in" / name
        path.write_bytes(content) if content else path.symlink_to("nowhere.txt")

    ended = robasync("run", "-i", "in", "-o", "out", cwd=folder)

    return folder, ended


@pytest.mark.parametrize(("name", "error"), [(name, error) for name, _, error in DOCUMENTS])
def test_a_document_that_cannot_be_read_says_which_and_what_to_do(read, name, error):
    """Its failure has its class and its name, the table of what was not assessed a remedy; exit 3."""
    folder, ended = read
    failure = outcomes(folder / "out")[name]["failure"]
    (row,) = [row for row in rows(folder / "out/not_assessed.csv") if row["document"] == name]

    assert ended.code == errors.DocumentError.exit_code == 3
    assert (failure["error"], failure["stage"]) == (error, "extract")
    assert name in failure["message"]
    assert re.search(r"resume|hand", row["what to do"])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_cannot_be_carried_out_says_why(tmp_path, name):
    """One or two lines on stderr, nothing on stdout, the exit code of its class; nothing is created."""
    reports.write(tmp_path / "in", 1)
    (tmp_path / "typo.json").write_text('{"parallel": {"wokers": 3}}')
    (tmp_path / "broken.toml").write_text("id = ")
    before = sorted(os.walk(tmp_path))
    arguments, code, words = COMMANDS[name]
    ended = robasync(*arguments.split(), cwd=tmp_path)

    assert (ended.code, ended.out) == (getattr(errors, name).exit_code, "") == (code, "")
    assert re.search(words, ended.err), ended.err
    assert len(ended.err.splitlines()) <= 3
    assert sorted(os.walk(tmp_path)) == before


def test_the_tree_in_the_documentation_is_the_tree():
    """The drawing at the top of the module names every class, in no other place than it has."""
    drawn = set(re.findall(r"[├└]── (\w+)", Path(errors.__file__).read_text(encoding="utf-8")))

    assert drawn == below(errors.RobasyncError)
