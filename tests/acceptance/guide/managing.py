"""The guide from the management of checkpoints on: cleaning up, trouble, maintenance, programs."""

from __future__ import annotations

from tests.acceptance.guide.effects import (
    asks,
    asks_with,
    changes_nothing,
    done,
    exits,
    gone,
    nowhere,
    prints,
    same,
    saved,
    says,
    there,
)
from tests.acceptance.guide.scenes import (
    CHECKPOINT,
    block,
    copied,
    damaged,
    fresh,
    interrupted,
    manager,
    moved_input,
    program,
    stored,
    worn,
)
from tests.acceptance.guide.steps import Deed, Section, step, then
from tests.acceptance.guide.using import DEFAULT, FINISHED, RESUME, RUN_BLOCK, START

BACKUP = CHECKPOINT.replace(".json", ".backup.json")
LIST = "ls -la *.checkpoint.json"
SHORT = "python main.py resume -s checkpoint.json"
UNTOUCHED = (exits(0), asks(0), changes_nothing())

MANAGING = (
    Section(
        "Listing Available Checkpoints",
        (
            step(
                LIST,
                stored,
                exits(0),
                prints(r" completed_review.checkpoint.json", " review.checkpoint.json"),
            ),
            step(
                "Show checkpoint details",
                stored,
                exits(0),
                prints(r"^review.checkpoint.json:", r"  Started: \d{4}-", r"  Progress: 100\.0% \(12/12\)"),
                prints(r"^completed_review.checkpoint.json:", r"\(100/100\)", "  Status: Completed"),
            ),
        ),
    ),
    Section(
        "Checkpoint Cleanup",
        (
            step(
                "python main.py cleanup --checkpoints --keep 5",
                stored,
                exits(0),
                there(DEFAULT, count=5),
                prints("[Rr]emoved"),
                asks(0),
            ),
            step(
                f"rm {CHECKPOINT}",
                interrupted,
                manager,
                exits(0),
                gone(CHECKPOINT),
                then(RESUME, *FINISHED, says("rebuilt from the journal")),
            ),
            step("mkdir -p archive/checkpoints", fresh, exits(0), there("archive/checkpoints/")),
            step(
                "mv completed_*.checkpoint.json archive/checkpoints/",
                stored,
                exits(0),
                gone("completed_review.checkpoint.json"),
                done("archive/checkpoints/completed_review.checkpoint.json", 100, 100),
            ),
        ),
    ),
    Section(
        "Checkpoint Backup and Recovery",
        (
            step(f"cp {CHECKPOINT} {BACKUP}", interrupted, exits(0), same(BACKUP, as_=CHECKPOINT)),
            step(
                f"cp {BACKUP} {CHECKPOINT}",
                damaged,
                exits(0),
                done(CHECKPOINT, 8, 12),
                then(RESUME, *FINISHED, says("Checkpoint validated successfully")),
            ),
            step(
                "Automated backup script",
                stored,
                exits(0),
                there("checkpoints/backups/rob_session_*.checkpoint_*.json", count=6),
            ),
        ),
    ),
    Section(
        "Issue 1: Corrupted Checkpoint File",
        (
            step(
                "JSONDecodeError: Expecting ',' delimiter",
                damaged,
                then(f"{RESUME} --validate-only", exits(2), says(CHECKPOINT), asks(0), changes_nothing()),
                then(RESUME, *FINISHED, says("rebuilt from the journal")),
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
            step(f"{SHORT} --validate-only", copied, *UNTOUCHED, prints("valid")),
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
                    (exits(0), prints("Completed documents: 8", "Batch states: [34]")),
                    edit=("len(data.get('completed_documents', []))", "data['completed_documents']"),
                ),
                note="in error: completed_documents is a number; fails as printed, works as corrected",
            ),
            step(f"{SHORT} --force-clean", copied, *FINISHED, says("rebuilt from the journal")),
            step("ls -la output/results/", copied, exits(0), prints(r"trial-0000\d\.txt.*\.json")),
        ),
    ),
    Section(
        "Diagnostic Commands",
        (
            step(f"{SHORT} --validate-only", copied, *UNTOUCHED, prints("valid")),
            step(f"{SHORT} --info", copied, *UNTOUCHED, prints(r"rob_session_\d{8}_\d{6}"), prints("8.*12")),
            step(f"{SHORT} --dry-run", copied, *UNTOUCHED, prints(r"\b4\b")),
            step(
                f"{SHORT} --verbose --log-file resume_debug.log", copied, *FINISHED, there("resume_debug.log")
            ),
        ),
    ),
    Section(
        "Configuration Management",
        (
            step(
                '"checkpoint_best_practices": {',
                block,
                then(
                    RUN_BLOCK,
                    exits(3),
                    says("Checkpoint due: 5 documents"),
                    says("Checkpoint due: batch 1 completed"),
                    says("Checkpoint due: error in unreadable.txt"),
                    saved(DEFAULT, checkpoint_interval=5, max_checkpoint_backups=10),
                    saved(DEFAULT, validation_on_save=True, auto_cleanup_old=True),
                ),
                note="with a model and an input folder",
            ),
        ),
    ),
    Section(
        "Maintenance",
        (
            step(
                "Weekly checkpoint maintenance script",
                worn,
                exits(0),
                there("archive/completed_review.checkpoint.json"),
                there("review.checkpoint.json"),
                gone("left.checkpoint.tmp"),
                prints("Warning: Corrupted checkpoint broken.checkpoint.json"),
            ),
        ),
    ),
    Section(
        "Programmatic Checkpoint Management",
        (
            step(
                "checkpoint_manager.py",
                manager,
                then(
                    "python checkpoint_manager.py",
                    exits(0),
                    prints(r"Session: rob_session_", r"Progress: 100\.0%", r"Started: \d{4}-\d\d-\d\d "),
                    prints("Latest checkpoint: checkpoints/rob_session_", "Validation: Checkpoint is valid"),
                    prints("Removed old checkpoint: checkpoints/rob_session_"),
                    there(DEFAULT, count=3),
                ),
            ),
        ),
    ),
    Section(
        "Custom Resume Logic",
        (
            step(
                "custom_resume.py",
                program,
                then(
                    f"python custom_resume.py {CHECKPOINT} config/config.json",
                    *FINISHED,
                    prints(r"Progress: 66\.7% \(8/12\)", "Remaining documents: 4", "Using 1 workers"),
                    prints("Resume completed successfully"),
                ),
            ),
        ),
    ),
)
