"""The guide on best practices, and on programs around robasync."""

from __future__ import annotations

from tests.acceptance.guide.effects import exits, gone, prints, saved, says, there
from tests.acceptance.guide.scenes import CHECKPOINT, block, manager, program, worn
from tests.acceptance.guide.steps import Section, step, then
from tests.acceptance.guide.using import DEFAULT, FINISHED, RUN_BLOCK

UPKEEP = (
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
