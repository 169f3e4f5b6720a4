"""The guide on listing, cleaning up, copying and getting back checkpoints."""

from __future__ import annotations

from tests.acceptance.guide.effects import asks, done, exits, gone, prints, same, says, there, whole
from tests.acceptance.guide.scenes import CHECKPOINT, damaged, fresh, interrupted, manager, stored
from tests.acceptance.guide.steps import Section, step, then
from tests.acceptance.guide.using import DEFAULT, FINISHED, RESUME

BACKUP = CHECKPOINT.replace(".json", ".backup.json")
LIST = "ls -la *.checkpoint.json"

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
                prints("Removed: session rob_session_"),
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
                whole("checkpoints/backups/rob_session_*.checkpoint_*.json"),
            ),
        ),
    ),
)
