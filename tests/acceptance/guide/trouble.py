"""The guide on trouble, and the commands that look into it."""

from __future__ import annotations

from tests.acceptance.guide.effects import (
    asks,
    asks_with,
    changes_nothing,
    done,
    exits,
    nowhere,
    prints,
    same,
    says,
    there,
)
from tests.acceptance.guide.managing import BACKUP, LIST
from tests.acceptance.guide.scenes import CHECKPOINT, copied, damaged, fresh, moved_input, stored
from tests.acceptance.guide.steps import Deed, Section, step, then
from tests.acceptance.guide.using import FINISHED, RESUME, START

SHORT = "python main.py resume -s checkpoint.json"
UNTOUCHED = (exits(0), asks(0), changes_nothing())
VALID = prints("Checkpoint is valid", "Journal is valid", "Configuration is valid")

TROUBLE = (
    Section(
        "Issue 1: Corrupted Checkpoint File",
        (
            step(
                "JSONDecodeError: Expecting ',' delimiter",
                damaged,
                then(f"{RESUME} --validate-only", exits(2), says(CHECKPOINT), asks(0), changes_nothing()),
                then(RESUME, *FINISHED, says("was rebuilt from its newest valid backup")),
                note="symptoms: what is said of a damaged checkpoint here",
            ),
            step(
                f"python -m json.tool {CHECKPOINT}",
                damaged,
                exits(1),
                says("Expecting|Unterminated|Invalid"),
                then(f"python -m json.tool {BACKUP}", exits(0), prints('"session_id": "rob_session_')),
            ),
            step(
                f"cp {BACKUP} {CHECKPOINT}",
                damaged,
                exits(0),
                same(CHECKPOINT, as_=BACKUP),
                then(RESUME, *FINISHED, says("Checkpoint validated successfully")),
            ),
            step(
                START,
                damaged,
                exits(2),
                says("is not finished", "robasync resume -s .* --new"),
                asks(0),
                changes_nothing(),
                then(
                    f"{START} --new",
                    *FINISHED,
                    there("checkpoint_20241201_143022.rob_session_*.journal.jsonl"),
                ),
                note="the session is unfinished: refused, then started anew with --new",
            ),
        ),
    ),
    Section(
        "Issue 2: Missing Checkpoint File",
        (
            step(
                "FileNotFoundError: Checkpoint file not found",
                fresh,
                then(
                    "robasync resume -s alternative_checkpoint.json",
                    exits(2),
                    says("Checkpoint file not found: alternative_checkpoint.json", "robasync run -i FOLDER"),
                    asks(0),
                ),
                then("robasync resume", exits(2), says("there is no session yet"), asks(0)),
                note="symptoms: what is said where there is none",
            ),
            step(LIST, stored, exits(0), prints(" review.checkpoint.json")),
            step("python main.py resume -s alternative_checkpoint.json", copied, *FINISHED),
            step(START, fresh, exits(0), asks(12), done(CHECKPOINT, 12, 12)),
        ),
    ),
    Section(
        "Issue 3: Configuration Mismatch",
        (
            step(
                "Configuration validation failed during resume",
                moved_input,
                then(f"{SHORT} -c config/current_config.json", exits(2), says("no-such-folder"), asks(0)),
                note="symptoms: what is said of a folder that is not there",
            ),
            step(
                f"{SHORT} -c config/current_config.json",
                copied,
                *FINISHED,
                says("Merging with updated configuration: config/current_config.json"),
                there("output/current/results/*.json", count=12),
            ),
            step(
                f"{SHORT} --api-key new_key",
                copied,
                *FINISHED,
                asks_with("new_key"),
                says("history"),
                nowhere("new_key"),
            ),
            step(f"{SHORT} --validate-only", copied, *UNTOUCHED, VALID),
        ),
    ),
    Section(
        "Issue 4: Incomplete Resume",
        (
            step(
                "Check checkpoint integrity",
                copied,
                exits(1),
                says("TypeError: object of type 'int' has no len"),
                Deed(
                    (exits(0), prints("Completed documents: 8", "Batch states: ")),
                    edit=("len(data.get('completed_documents', []))", "data['completed_documents']"),
                ),
                note="in error: completed_documents is a number; fails as printed, works as corrected",
            ),
            step(
                f"{SHORT} --force-clean",
                copied,
                *FINISHED,
                says("rebuilt from the journal"),
            ),
            step("ls -la output/results/", copied, exits(0), prints(r"trial-0000\d\.txt.*\.json")),
        ),
    ),
    Section(
        "Diagnostic Commands",
        (
            step(f"{SHORT} --validate-only", copied, *UNTOUCHED, VALID),
            step(
                f"{SHORT} --info",
                copied,
                *UNTOUCHED,
                prints(r"rob_session_\d{8}_\d{6}"),
                prints(r"Progress: 8/12 documents completed \(66\.7%\)", "Cost: "),
            ),
            step(
                f"{SHORT} --dry-run",
                copied,
                *UNTOUCHED,
                prints(
                    "8 stay as they are", "4 to be asked: 4 calls", "Nothing was sent, nothing was changed"
                ),
            ),
            step(
                f"{SHORT} --verbose --log-file resume_debug.log", copied, *FINISHED, there("resume_debug.log")
            ),
        ),
    ),
)
