"""The check of a session: each rule is broken alone, and that is what the report names."""

from __future__ import annotations

import gzip
import os
import shutil
from datetime import datetime

import orjson
import pytest

from robasync.findings import Finding, Level, Subject
from robasync.model import Status
from robasync.records import Kind, Record
from robasync.store import codec
from robasync.store.backups import backup_name
from robasync.store.fsck.reading import Reading
from robasync.store.opening import read_only
from robasync.store.scan import Scan
from tests.checkups import (
    ENDED,
    FILES,
    PRICED,
    WHOLE,
    made,
    only,
    report,
    rewritten,
    write_checkpoint,
)
from tests.stores import (
    TIME,
    batch_completed,
    batch_started,
    call_failed,
    intent,
    outcome,
    place_in,
    reply,
    started,
    write_groups,
)


def outcome_body() -> dict:
    """Return the body of a sound outcome as it lies in the journal."""
    return orjson.loads(codec.encode(outcome("a.txt"), 1, group=1, time=TIME))["body"]


@pytest.fixture
def place(tmp_path):
    """Return the place of a finished session that is whole in every way."""
    return made(tmp_path, WHOLE)


def test_a_whole_session_is_clean(place):
    """Nothing is found, and what was looked at adds up."""
    found = report(place)

    assert found.findings == ()
    assert found.is_clean
    assert (found.looked.records, found.looked.asked, found.looked.answered) == (13, 3, 2)
    assert (found.looked.assessed, found.looked.refused, found.looked.failed, found.looked.left) == (
        1,
        1,
        1,
        0,
    )
    assert found.looked.priced == 2


def test_a_flipped_byte_is_named_with_its_record(place):
    """A record that was acknowledged and is not readable now is lost, and the others are read."""
    journal = bytearray(place.segment(1).read_bytes())
    offset = journal.index(b'"seq":4') + 40
    journal[offset] ^= 1
    place.segment(1).write_bytes(journal)
    found = report(place)
    damage = [finding for finding in found.findings if finding.subject is Subject.JOURNAL]

    assert [finding.level for finding in damage] == [Level.LOSS]
    assert damage[0].message == "record 4 is not readable"
    assert damage[0].offset == journal.rindex(b"\n", 0, offset) + 1
    assert found.looked.records == 12
    assert not found.is_clean


def test_a_missing_line_is_lost(place):
    """Numbers that are left out were records."""
    rewritten(place, lambda lines: lines[:2] + lines[3:])

    assert "record 3 is not readable" in {finding.message for finding in report(place).findings}


def test_the_same_number_with_another_content_is_a_loss(place):
    """Two records cannot have one number; the first counts."""
    other = codec.encode(intent(9), 3, group=3, time=TIME).rstrip()
    rewritten(place, lambda lines: [*lines[:3], other, *lines[3:]])

    assert "stands here again with another content" in only(place).message


def test_a_torn_end_is_a_note_only(place):
    """What no sync had reached was promised to nobody."""
    with place.segment(1).open("ab") as file:
        file.write(b'{"crc":"0a1b')

    assert only(place).level is Level.NOTE
    assert report(place).is_clean


def test_an_end_that_the_checkpoint_knew_is_a_loss(place):
    """Whole lines that are simply gone leave no gap; the checkpoint remembers them."""
    rewritten(place, lambda lines: lines[:-1])
    finding = only(place)

    assert (finding.level, finding.subject) == (Level.LOSS, Subject.CHECKPOINT)
    assert finding.message == "it knows 13 records, the journal holds 12"


def test_a_missing_journal_is_a_loss(place):
    """Without it there are no answers to speak of."""
    place.segment(1).unlink()

    assert [f.message for f in report(place).findings if f.subject is Subject.JOURNAL] == [
        "is missing: it is what holds the answers"
    ]


def test_a_journal_the_disk_does_not_give_back_is_a_loss(place):
    """An unreadable file ends the reading, not the check."""
    place.segment(1).unlink()
    place.segment(1).mkdir()

    assert report(place).count(Level.LOSS) >= 1


def test_a_missing_part_is_named(tmp_path):
    """Of three files of a journal the second is gone."""
    place = made(tmp_path, WHOLE)
    lines = place.segment(1).read_bytes().splitlines(keepends=True)
    place.segment(1).write_bytes(b"".join(lines[:5]))
    place.segment(3).write_bytes(b"".join(lines[7:]))
    messages = {(finding.file, finding.message) for finding in report(place).findings}

    assert (place.segment(2).name, "is missing") in messages
    assert (place.segment(3).name, "records 6 to 7 are not readable") in messages


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([(reply(1),)], "is not recorded that it was asked"),
        ([(call_failed(1, certain=False),)], "is not recorded that it was asked"),
        ([(intent(1),), (reply(1),), (intent(1),), (reply(1),)], "was asked a second time"),
        ([(intent(1),), (intent(1),)], "was asked a second time"),
        ([(intent(1),), (reply(1),), (reply(1),)], "was answered, and counted, twice"),
    ],
)
def test_the_books_of_the_calls(tmp_path, groups, message):
    """Each end of a call has its beginning; no call is paid for twice."""
    place = made(tmp_path, [(started(0),), *groups])
    messages = [finding.message for finding in report(place).findings]

    assert any(message in found for found in messages), messages
    assert all(finding.subject is Subject.CALLS for finding in report(place).findings)


def test_a_reply_from_another_session_needs_no_intent(tmp_path):
    """It was asked there, and is copied here at no cost."""
    copied = reply(1, cost=0.0, from_session="rob_session_20241130_090000")

    assert report(made(tmp_path, [(started(0),), (copied,)])).findings == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cost": 0.2}, "is booked at 0.2, by its tokens and the price of 'm' it cost 0.1"),
        ({"cost": None}, "is booked at None, by its tokens and the price of 'm' it cost 0.1"),
        (
            {"usage": {"input_tokens": 0, "output_tokens": 0}},
            "is booked at 0.1, by its tokens and the price of",
        ),
        ({"from_session": "other"}, "is booked at 0.1"),
    ],
)
def test_costs_are_worked_out_anew(tmp_path, changes, message):
    """Usage times price, or all that was reserved where the reply tells no usage; a copy is free."""
    place = made(tmp_path, [(started(0, config=PRICED),), (intent(1),), (reply(1, **changes),)])
    finding = only(place)

    assert finding.subject is Subject.COSTS
    assert message in finding.message


def test_a_new_price_counts_from_the_resume_that_brought_it(tmp_path):
    """Each reply is compared with the settings of its time."""
    dearer = {"llm_models": [{"model_name": "m", "price": {"input": 2000, "output": 0}}]}
    groups = [
        (started(0, config=PRICED),),
        (intent(1),),
        (reply(1),),
        (Record(Kind.SESSION_RESUMED, {"config": dearer, "changes": []}),),
        (intent(2),),
        (reply(2, cost=0.2),),
    ]

    assert report(made(tmp_path, groups)).looked.priced == 2
    assert report(place_in(tmp_path)).findings == ()


def test_without_a_price_nothing_is_compared(tmp_path):
    """An unknown price is no error."""
    found = report(made(tmp_path, [(started(0),), (intent(1),), (reply(1, cost=None),)]))

    assert (found.findings, found.looked.priced) == ((), 0)


def test_a_completed_batch_has_an_outcome_for_each_document(tmp_path):
    """One that is missing is lost, whatever else is there."""
    groups = [
        (started(2),),
        (batch_started(1, "a.txt", "b.txt"),),
        (outcome("a.txt"),),
        (batch_completed(1),),
    ]
    finding = only(made(tmp_path, groups))

    assert (finding.subject, finding.level, finding.document) == (Subject.OUTCOMES, Level.LOSS, "b.txt")


def test_a_batch_without_its_start_is_named(tmp_path):
    """Its documents cannot be told."""
    finding = only(made(tmp_path, [(started(2),), (batch_completed(1),)]))

    assert finding.message == "batch 1 is completed, but its start is not readable"


def test_two_outcomes_in_one_run_are_one_too_many(tmp_path):
    """Exactly one outcome is the newest; a second needs a reason, and a run has none."""
    twice = [(started(1),), (outcome("a.txt"),), (outcome("a.txt"),)]
    finding = only(made(tmp_path, twice))

    assert (finding.subject, finding.document) == (Subject.OUTCOMES, "a.txt")


def test_an_outcome_anew_after_a_resume_is_in_order(tmp_path):
    """A failure is tried again, a changed file assessed again."""
    again = Record(Kind.SESSION_RESUMED, {"changes": []})
    groups = [(started(1),), (outcome("a.txt", Status.FAILED),), (again,), (outcome("a.txt"),)]

    assert report(made(tmp_path, groups)).findings == ()


def test_finished_means_that_nothing_is_left(tmp_path):
    """An end that is recorded vouches for every outcome."""
    finding = only(made(tmp_path, [(started(1),), (ENDED,)]))

    assert finding.message == "the work is recorded as finished, but 1 have no outcome"


def test_a_journal_begins_with_its_session(tmp_path):
    """Without its first record nobody knows the settings."""
    finding = only(made(tmp_path, [(batch_started(1, "a.txt"),)]))

    assert "the start of the session, with its settings, is not readable" in finding.message


def test_two_sessions_are_not_one(tmp_path):
    """Journals that were put together by hand are named."""
    assert "another session begins at record 2" in only(made(tmp_path, [(started(),), (started(),)])).message


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.REPLY, {"model": "m"}),
        (Kind.REPLY, []),
        (Kind.OUTCOME, {"document": "a", "status": "perfect"}),
        (Kind.OUTCOME, {**outcome_body(), "status": "failed", "failure": None}),
        (Kind.INTENT, {"document": "a", "model": {}, "reserved": 1}),
        (Kind.BATCH_STARTED, {"batch": [], "documents": []}),
        (Kind.SESSION_RESUMED, {"total": "many"}),
    ],
)
def test_a_forged_record_is_a_finding(tmp_path, kind, body):
    """A right checksum over a body that no version writes is named, and nothing is made of it."""
    key = "ab" * 32 if kind in (Kind.REPLY, Kind.INTENT) else ""
    place = place_in(tmp_path)
    write_groups(place, [(started(0),), (Record(kind, body, key),)])
    (finding,) = [one for one in report(place).findings if one.subject is Subject.JOURNAL]

    assert "although its checksum is right" in finding.message
    assert finding.level is Level.LOSS


def test_a_record_of_a_later_version_is_counted(tmp_path):
    """Its checksum can be checked, no more."""
    place = made(tmp_path, [(started(0),)])
    head = b'"seq":2,"group":2,"kind":"review","time":"%b","key":"","body":{}}' % TIME.encode()

    with place.segment(1).open("ab") as file:
        file.write(b'{"crc":"%08x",%b\n' % (codec.zlib.crc32(head), head))

    assert report(place).looked.later_kinds == 1
    assert report(place).is_clean


def test_a_checkpoint_that_no_program_wrote_is_damaged(place):
    """A changed value breaks the checksum."""
    text = place.checkpoint.read_text().replace('"total_documents": 3', '"total_documents": 4')
    place.checkpoint.write_text(text)

    assert (only(place).subject, only(place).level) == (Subject.CHECKPOINT, Level.DAMAGE)
    assert "its checksum differs" in only(place).message


@pytest.mark.parametrize(
    ("key", "value"),
    [("completed_documents", 3), ("failed_documents", 0), ("total_documents", 4), ("current_batch", 2)],
)
def test_a_checkpoint_says_what_the_journal_says(place, key, value):
    """A right checksum over a wrong sum is found by adding up anew."""
    write_checkpoint(place.checkpoint, read_only(FILES, place), **{key: value})

    assert only(place).message.startswith(f'"{key}" is {value}, by the journal ')


def test_wrong_costs_in_a_checkpoint_are_found(place):
    """Also inside the larger values."""
    forged = {"total_cost": 0.0, "cost_by_model": {}, "token_usage": {}}
    write_checkpoint(place.checkpoint, read_only(FILES, place), cost_tracking=forged)

    assert only(place).message == '"cost_tracking" is not what the journal says'


def test_an_older_checkpoint_is_compared_at_its_own_place(place):
    """It says what was so then, and nothing is amiss."""
    journal = place.segment(1).read_bytes()
    rewritten(place, lambda lines: lines[:6])
    write_checkpoint(place.checkpoint, read_only(FILES, place))
    place.segment(1).write_bytes(journal)

    assert report(place).findings == ()


def test_no_checkpoint_is_a_note(place):
    """The journal gives it again."""
    place.checkpoint.unlink()

    assert (only(place).level, only(place).subject) == (Level.NOTE, Subject.CHECKPOINT)


def test_a_checkpoint_of_another_session_is_named(tmp_path):
    """Copied to the wrong place it says nothing about this one."""
    place = made(tmp_path, [(started(0),)])
    write_checkpoint(place.checkpoint, read_only(FILES, place), session_id="rob_session_20230101_000000")

    assert any("belongs to another session" in finding.message for finding in report(place).findings)


def test_each_backup_is_compared(place):
    """A whole one agrees; a damaged one and one with wrong sums are named each."""
    folder = place.folder / "backups"
    names = [backup_name(place, sequence=13, when=datetime(2024, 12, 1, 15, second)) for second in range(3)]
    folder.mkdir()
    shutil.copy(place.checkpoint, folder / names[0])
    (folder / names[1]).write_bytes(place.checkpoint.read_bytes()[:-20])
    write_checkpoint(folder / names[2], read_only(FILES, place), failed_documents=7)
    found = report(place)

    assert {finding.file for finding in found.findings} == {names[1], names[2]}
    assert all(finding.subject is Subject.BACKUPS for finding in found.findings)
    assert found.looked.backups == 2


@pytest.mark.parametrize("name", ["checkpoint.tmp", "journal.jsonl.torn-77", "lock.holder"])
def test_leftovers_are_notes(place, name):
    """They are named, and harm nothing."""
    (place.folder / f"{place.stem}.{name}").write_bytes(b"{}")

    assert (only(place).subject, only(place).level) == (Subject.LEFTOVERS, Level.NOTE)
    assert only(place).file == f"{place.stem}.{name}"


def test_a_session_that_is_being_written_says_so(place):
    """What is on the disk is read all the same, and its working files are none left over."""
    place.lock.touch()
    (place.folder / f"{place.lock.name}.holder").write_bytes(
        orjson.dumps({"host": "here", "pid": os.getpid(), "since": "2024-12-01T14:30:22+01:00"})
    )
    hold = FILES.lock(place.lock)

    try:
        found = report(place)
    finally:
        hold.release()

    assert found.writer == f"process {os.getpid()} on here since 2024-12-01T14:30:22+01:00"
    assert found.findings == ()
    assert report(place).writer == ""


def test_what_was_made_of_the_session_is_asked_for_once_it_is_read(place):
    """The caller is given the whole fold, and its findings are part of the report."""
    wrong = Finding(subject=Subject.RESULTS, level=Level.DAMAGE, message="is missing", document="a.txt")
    found = report(place, lambda session: [wrong] * session.assessed)

    assert found.findings == (wrong,)
    assert found.count(Level.DAMAGE, Subject.RESULTS) == 1


def test_of_many_findings_alike_the_first_are_kept_and_all_are_counted(place):
    """A folder of a million missing files does not fill the memory."""
    wrong = Finding(subject=Subject.RESULTS, level=Level.DAMAGE, message="is missing")
    found = report(place, lambda session: [wrong] * 1_000)

    assert len(found.findings) == 100
    assert found.count(Level.DAMAGE) == 1_000


def test_a_compressed_checkpoint_and_backup_are_checked_like_others(place):
    """Whole ones are clean and counted; a changed byte is damage."""
    packed = place.packed(".gz")
    when = datetime(2024, 12, 1, 15, 45, 33)
    backup = place.folder / "backups" / f"{backup_name(place, sequence=13, when=when)}.gz"
    backup.parent.mkdir(exist_ok=True)

    for path in (packed, backup):
        path.write_bytes(gzip.compress(place.checkpoint.read_bytes()))

    place.checkpoint.unlink()
    assert report(place).findings == ()
    packed.write_bytes(packed.read_bytes()[:-9])
    assert (only(place).subject, only(place).level) == (Subject.CHECKPOINT, Level.DAMAGE)


def test_what_was_lost_and_recorded_again_is_not_missing(tmp_path):
    """The batch was completed without a readable outcome, a later run has made it good."""
    again = Record(Kind.SESSION_RESUMED, {"changes": []})
    groups = [
        (started(1),),
        (batch_started(1, "a.txt"),),
        (batch_completed(1),),
        (again,),
        (outcome("a.txt"),),
    ]

    assert report(made(tmp_path, groups)).findings == ()


def test_a_record_that_is_not_folded_counts_as_read(tmp_path):
    """A checkpoint that knows it does not know more than the journal holds."""
    place = place_in(tmp_path)
    write_groups(place, [(started(0),), (Record(Kind.REPLY, {}, "ab" * 32),)])
    reading = Reading(place)

    for line, head in Scan(FILES, place).lines():
        list(reading.take(line, head))

    assert reading.session.last_sequence == 2
