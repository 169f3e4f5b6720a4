"""The guide up to its resume examples: files, configuration, checkpoints, resuming."""

from __future__ import annotations

from tests.acceptance.guide.effects import (
    asks,
    asks_with,
    changes_nothing,
    done,
    exits,
    prints,
    saved,
    says,
    shaped_as_the_guide,
    there,
)
from tests.acceptance.guide.scenes import (
    CHECKPOINT,
    ask_for_a_checkpoint,
    block,
    fresh,
    interrupt,
    interrupted,
    unreadable,
)
from tests.acceptance.guide.steps import Deed, Section, step, then

START = "python main.py start -c config/config.json"
RESUME = f"python main.py resume -s {CHECKPOINT}"
RUN_BLOCK = "robasync run -c config/block.json --verbose"
FINISHED = (exits(0), asks(4), done(CHECKPOINT, 12, 12))
DEFAULT = "checkpoints/rob_session_*.checkpoint.json"

USING = (
    Section(
        "Checkpoint File Structure",
        (
            step(
                '"session_id": "rob_session_20241201_143022",',
                unreadable,
                then(START, exits(3), done(CHECKPOINT, 12, 13), shaped_as_the_guide(CHECKPOINT)),
                note="compared with the checkpoint of a run in which one document failed",
            ),
        ),
    ),
    Section(
        "Basic Checkpoint Configuration",
        (
            step(
                '"processing": {',
                block,
                then(
                    RUN_BLOCK,
                    exits(3),
                    done("checkpoints/assessment.json", 12, 13),
                    saved("checkpoints/assessment.json", enable_resume=True, checkpoint_interval=10),
                    saved("checkpoints/assessment.json", checkpoint_on_batch_complete=True),
                    says("Checkpoint due: 10 documents"),
                    says("Checkpoint due: batch 1 completed"),
                    says("Checkpoint due: error in unreadable.txt"),
                    there("checkpoints/backups/assessment.checkpoint_*.json"),
                ),
                note="with a model, an input folder, and backup_interval 5 so that there are backups",
            ),
        ),
    ),
    Section(
        "Advanced Configuration",
        (
            step(
                '"checkpoint_system": {',
                block,
                then(
                    RUN_BLOCK,
                    exits(3),
                    there(f"{DEFAULT}.*"),
                    says("Checkpoints are compressed"),
                ),
                then(
                    f"robasync unseal {DEFAULT}.*",
                    exits(0),
                    prints(
                        '"compression": true',
                        '"encryption": false',
                        '"validation_on_save": true',
                        '"auto_cleanup_old": true',
                        '"backup_interval": 50',
                        '"recovery_mode": "automatic"',
                    ),
                ),
                note="with a model and an input folder",
            ),
        ),
    ),
    Section(
        "Automatic Checkpoint Creation",
        (
            step(
                START,
                fresh,
                Deed(
                    (exits(0), asks(12), done(CHECKPOINT, 12, 12), there("output/results/*.json", count=12)),
                    play=ask_for_a_checkpoint,
                ),
                note="the second checkpoint is asked for (SIGUSR1): such lines keep ten seconds apart",
            ),
        ),
    ),
    Section(
        "Manual Checkpoint Creation",
        (
            step(
                START,
                fresh,
                Deed(
                    (
                        exits(130),
                        asks(8),
                        done(CHECKPOINT, 8, 12),
                        prints("8 of 12 studies are safe; continue with: robasync resume"),
                    ),
                    play=interrupt,
                ),
                note="SIGINT while all eight workers have a call under way",
            ),
        ),
    ),
    Section(
        "Checkpoint Verification",
        (
            step(
                f"{RESUME} --validate-only",
                interrupted,
                exits(0),
                prints("Checkpoint is valid", "Journal is valid", "Configuration is valid"),
                asks(0),
                changes_nothing(),
            ),
            step(
                "View checkpoint information",
                interrupted,
                exits(0),
                prints(r"Session: rob_session_\d{8}_\d{6}", "Progress: 8/12", r"Status: 66\.7% complete"),
            ),
        ),
    ),
    Section(
        "Basic Resume",
        (
            step(RESUME, interrupted, *FINISHED, there("output/results/*.json", count=12)),
            step(
                f"{RESUME} --interactive",
                interrupted,
                Deed((exits(2), says("Nothing was changed"), asks(0)), typed="n\n"),
                Deed(FINISHED, typed="y\n"),
                note='answered with "n", then with "y"',
            ),
            step(f"{RESUME} -w 8", interrupted, *FINISHED, says(r"Starting 8 parallel workers")),
        ),
    ),
    Section(
        "Resume with Modified Configuration",
        (
            step(
                f"{RESUME} -c config/updated_config.json",
                interrupted,
                *FINISHED,
                asks_with("key-of-2025"),
                note="the updated file names another API key",
            ),
            step(
                f"{RESUME} --workers 4 --batch-size 25 --output-dir output/resumed_results",
                interrupted,
                *FINISHED,
                says(r"workers changed from 8 to 4"),
                says(r"changed from 3 to 25"),
                says(r"changed from output to output/resumed_results"),
                there("output/resumed_results/results/*.json", count=12),
            ),
        ),
    ),
    Section(
        "Example 1: Simple Resume",
        (
            step(
                RESUME,
                interrupted,
                *FINISHED,
                says(r"Progress: 8/12 documents completed \(66\.7%\)", "Resuming from batch 3 of 4"),
            ),
        ),
    ),
    Section(
        "Example 2: Resume with Resource Changes",
        (
            step(
                f"{RESUME} -w 4",
                interrupted,
                *FINISHED,
                says("workers changed from 8 to 4"),
            ),
        ),
    ),
    Section(
        "Example 3: Resume After System Upgrade",
        (
            step(
                f"{RESUME} -c config/updated_config.json",
                interrupted,
                *FINISHED,
                asks_with("key-of-2025"),
            ),
        ),
    ),
)
