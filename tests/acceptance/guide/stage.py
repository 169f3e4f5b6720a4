"""The working folder in which the guide is executed, and what is seen of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.acceptance.guide.effects import Effect
from tests.acceptance.harness import LIMIT, Command, Ended, Server

CHECKPOINT = "checkpoint_20241201_143022.json"
WORKERS, BATCH = 8, 3
KEYS = {"MODEL_KEY": "key-of-2024", "NEW_MODEL_KEY": "key-of-2025"}


class Stage:
    """A working folder with the guide's files in it, a server beside it, and scenes kept for later."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder / "work"
        self.server = server
        self._kept = folder / "kept"

    def scene(self, name: str, make: Callable[[], None]) -> None:
        """Set the folder to a scene; what ``make`` does is done once and kept."""
        if not (self._kept / name).exists():
            make()
            self.keep(name)

        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self._kept / name, self.folder)

    def keep(self, name: str) -> None:
        """Keep the folder as it is now as a scene."""
        shutil.copytree(self.folder, self._kept / name)

    def configure(self, name: str, **changes: object) -> None:
        """Write a settings file into ``config/``: the usual one with other sections or keys."""
        sections = self.usual()

        for section, values in changes.items():
            merges = isinstance(values, dict) and section in sections
            sections[section] = {**sections[section], **values} if merges else values

        (self.folder / "config").mkdir(exist_ok=True)
        (self.folder / "config" / name).write_text(json.dumps(sections))

    def usual(self, key: str = "MODEL_KEY") -> dict:
        """Return the settings of the guide's session."""
        model = {
            "name": "local",
            "model_name": "m1",
            "base_url": self.server.url,
            "api_key": f"${{{key}}}",
            "price": {"input": 1, "output": 2},
        }

        return {
            "paths": {"input_folder": "input", "output_folder": "output", "checkpoint_file": CHECKPOINT},
            "parallel": {"max_workers": WORKERS, "max_documents_per_batch": BATCH},
            "llm_models": [model],
            "cost_tracking": {"max_cost_threshold": 1_000},  # nobody is there to agree to what it costs
        }

    def shell(self, text: str, *, guide: str, typed: str = "") -> Effect:
        """Run a command as a user's shell would; ``typed`` is what is typed while it runs."""

        def run() -> Ended:
            done = subprocess.run(
                ["bash", "-c", text],
                cwd=self.folder,
                env=_environment(),
                input=typed,
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
            )
            return Ended(done.returncode, done.stdout, done.stderr)

        return self.watched(run, guide=guide)

    def start(self, text: str) -> Command:
        """Start one of our commands so that it can be sent signals."""
        arguments = text.removeprefix("python main.py ").removeprefix("robasync ").split()

        return Command(*arguments, cwd=self.folder, **KEYS)

    def watched(self, deed: Callable[[], Ended], *, guide: str) -> Effect:
        """Return what a deed did to folder and server."""
        before, requests = self._files(), self.server.counts["requests"]
        self.server.new_keys()
        ended = deed()

        return Effect(
            guide=guide,
            code=ended.code,
            out=ended.out,
            err=ended.err,
            asked=self.server.counts["requests"] - requests,
            keys=tuple(self.server.new_keys()),
            before=before,
            files=self._files(),
        )

    def _files(self) -> dict[str, bytes]:
        paths = sorted(self.folder.rglob("*"))

        return {
            f"{path.relative_to(self.folder)}{'/' if path.is_dir() else ''}": b""
            if path.is_dir()
            else path.read_bytes()
            for path in paths
        }


def _environment() -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ROBASYNC_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    return {**clean, **KEYS, "PATH": path}
