"""Checkpoints for programs: list them, find the newest, check one, remove old ones."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from robasync.app.vault import Vault
from robasync.errors import CheckpointError, SessionLocked, StorageError
from robasync.settings import load
from robasync.store import checkpoint, packing, restoring
from robasync.store.catalogue import Catalogue
from robasync.store.files import DiskFiles
from robasync.store.found import look
from robasync.store.lock import held
from robasync.store.places import Place, unpacked
from robasync.store.sealing import PLAIN, Seal

log = logging.getLogger(__name__)

_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    CheckpointError,
)

REQUIRED = ("session_id", "start_time", "total_documents", "completed_documents")  # the guide's


class CheckpointManager:
    """The checkpoints in ``checkpoint_dir``, which need not exist yet; nothing is printed.

    Encrypted ones are read with the key that the environment or the session itself names.
    """

    def __init__(self, checkpoint_dir: str | Path = "checkpoints") -> None:
        self.checkpoint_dir = Path(checkpoint_dir)
        self._files = DiskFiles()

    def list_checkpoints(self) -> list[dict[str, Any]]:
        """Return the checkpoints with what they say of their sessions, the newest start first.

        Each is a dict of ``file``, ``session_id``, ``start_time`` (datetime), ``progress`` (0 to
        1), ``total_documents`` and ``completed_documents``. Files that cannot be read are left out.
        """
        found = [one for path in self._paths() if (one := self._entry(path))]

        return sorted(found, key=lambda one: _wall(one["start_time"]), reverse=True)

    def find_latest_checkpoint(self) -> dict[str, Any] | None:
        """Return the checkpoint whose session began last, None where there is none."""
        return next(iter(self.list_checkpoints()), None)

    def cleanup_old_checkpoints(self, keep_count: int = 5) -> None:
        """Remove checkpoint files beyond the ``keep_count`` newest; what is removed is logged.

        The checkpoint of a session that is unfinished, or that a process writes, is kept, and so
        is every journal: resume and report rebuild a removed checkpoint from it.
        """
        for entry in self.list_checkpoints()[max(keep_count, 0) :]:
            path: Path = entry["file"]

            if self._is_unfinished(path):
                log.info(
                    "Kept, because its session is not finished: %s",
                    path,
                    extra={"event": "checkpoint_kept", "file": str(path)},
                )
                continue

            try:
                with held(self._files, Place(path.with_name(unpacked(path.name)))):
                    self._files.remove(path)
            except (OSError, SessionLocked, StorageError) as error:
                log.warning(
                    "Kept: %s (%s)",
                    path,
                    str(error).splitlines()[0],
                    extra={"event": "checkpoint_kept", "file": str(path)},
                )
            else:
                log.info(
                    "Removed old checkpoint: %s",
                    path,
                    extra={"event": "checkpoint_removed", "file": str(path)},
                )

    def validate_checkpoint(self, checkpoint_file: str | Path) -> tuple[bool, str]:
        """Return whether the file is a whole checkpoint, and a line that says so or why not."""
        path = Path(checkpoint_file)

        try:
            data = self._content(path)
        except json.JSONDecodeError as error:
            return False, f"JSON decode error: {error}"
        except _UNREADABLE as error:
            reason, _, _ = str(error).partition("\n")
            return False, f"Validation error: {reason}"

        if not isinstance(data, dict):
            return False, "Validation error: the file holds no JSON object"

        for field in REQUIRED:
            if field not in data:
                return False, f"Missing required field: {field}"

        if "checksum" in data and not _is_as_written(data):
            return False, "Validation error: the file was changed or damaged after it was written"

        return True, "Checkpoint is valid"

    def _paths(self) -> Iterator[Path]:
        names = self._files.names(self.checkpoint_dir)

        for place in Catalogue(self._files, self.checkpoint_dir).places():
            yield from place.checkpoints(names)

    def _entry(self, path: Path) -> dict[str, Any] | None:
        try:
            data = self._content(path)
            total, completed = data["total_documents"], data["completed_documents"]

            return {
                "file": path,
                "session_id": data["session_id"],
                "start_time": datetime.fromisoformat(data["start_time"]),
                "progress": completed / total if total else 0.0,
                "total_documents": total,
                "completed_documents": completed,
            }
        except _UNREADABLE as error:
            log.info(
                "Left out, because it cannot be read: %s (%s)",
                path,
                error,
                extra={"event": "checkpoint_unreadable", "file": str(path)},
            )

        return None

    def _is_unfinished(self, path: Path) -> bool:
        try:
            data = self._content(path)
            done = data["completed_documents"] + data.get("failed_documents", 0)

            return bool(done < data["total_documents"])
        except _UNREADABLE:
            return True

    def _content(self, path: Path) -> Any:
        data = restoring.whole(self._files, path)
        seal = self._seal(path) if packing.label(data) else PLAIN

        return json.loads(packing.unpack(data, kind="checkpoint", seal=seal, name=path.name))

    def _seal(self, path: Path) -> Seal:
        """Return the seal of the session whose encrypted checkpoint lies at ``path``."""
        found = look(self._files, Place(path.with_name(unpacked(path.name))), Vault(load()).of)

        return found.place.seal if found else PLAIN


def _wall(start: datetime) -> datetime:
    """Return the time without its zone: sessions of other programs may name one, ours name none."""
    return start.replace(tzinfo=None)


def _is_as_written(data: dict[str, Any]) -> bool:
    try:
        return bool(checkpoint.checksum(data) == data["checksum"])
    except TypeError:
        return False  # a number that no checkpoint of ours holds
