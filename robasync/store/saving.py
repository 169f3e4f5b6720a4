"""What the checkpointer does in its thread: the file, the rotated copies, and what is left over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from robasync.store import backups, checkpoint
from robasync.store.compression import Compression
from robasync.store.files import Files
from robasync.store.packing import Packing
from robasync.store.places import Place
from robasync.store.snapshots import copy_file, replace_file

OLD = 24 * 3600  # seconds after which a temporary file is nobody's any more

_TURN = 16  # pieces after which others get the interpreter
_LEFT_OVER = ".checkpoint.tmp"  # what the names of temporary files end with


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How checkpoints are written. ``backup_interval`` is in documents; 0 means no backups.

    ``automatic`` false writes only those that are asked for (``enable_resume: false``).
    ``clean_up`` removes, after the first one, temporary files of the session or over a day old
    and backups beyond ``max_backups``. ``compression`` is that of checkpoint and backups.
    """

    backup_folder: Path
    backup_interval: int = 50
    max_backups: int = 5
    validate: bool = True
    automatic: bool = True
    clean_up: bool = True
    compression: Compression = Compression.NONE

    @property
    def makes_backups(self) -> bool:
        """Whether there are rotated copies at all."""
        return self.backup_interval > 0 and self.max_backups > 0


class Saving:
    """Writes the checkpoint of the session at ``place``. Used by one thread at a time.

    ``clock`` gives the seconds since the epoch. Every method may raise OSError or StorageError.
    """

    def __init__(
        self, files: Files, place: Place, options: Options, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._files = files
        self._place = place
        self._options = options
        self._clock = clock

    @property
    def path(self) -> Path:
        """Where the checkpoint is written."""
        return self._place.packed(self._packing("").suffix)

    def write(self, view: checkpoint.View) -> None:
        """Replace the checkpoint; one that was packed in another way goes once this one is there."""
        packing = self._packing(view.before["session_id"])
        pieces = packing.pack(_giving_way(checkpoint.encode(view)), kind="checkpoint")
        validate = self._options.validate
        replace_file(self._files, self.path, pieces, temporary=self._place.temporary, validate=validate)
        self._remove(path for path in self._place.checkpoints(self._names()) if path != self.path)

    def back_up(self, sequence: int) -> None:
        """Copy the checkpoint, which stands at ``sequence``, and remove the surplus copies."""
        folder = self._options.backup_folder
        now = datetime.fromtimestamp(self._clock()).astimezone()
        name = backups.backup_name(self._place, sequence=sequence, when=now)
        self._files.make_folder(folder)
        target = folder / f"{name}{self._packing('').suffix}"
        copy_file(self._files, self.path, target, temporary=folder / self._place.temporary.name)
        self._rotate()

    def clean_up(self) -> None:
        """Remove temporary files, this session's and those over a day old, and this one's surplus copies.

        A temporary file is never read again; one that another process writes is not a day old.
        """
        folder = self._options.backup_folder

        for where in {self._place.folder, folder}:
            # Nobody else writes this session, and we are not writing now.
            self._remove(left_over(self._files, where, now=self._clock(), own=self._place.temporary.name))

        self._rotate()

    def _rotate(self) -> None:
        folder, keep = self._options.backup_folder, self._options.max_backups
        backups.rotate(self._files, self._place, folder=folder, keep=keep)

    def _packing(self, session: str) -> Packing:
        seal, compression = self._place.seal, self._options.compression

        return Packing(session=session, seal=seal, compression=compression)

    def _names(self) -> list[str]:
        return self._files.names(self._place.folder)

    def _remove(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self._files.remove(path)


def left_over(files: Files, folder: Path, *, now: float, own: str = "") -> list[Path]:
    """Return the temporary files that are nobody's any more: ``own``, and those over a day old."""
    paths = [folder / name for name in files.names(folder) if name.endswith(_LEFT_OVER)]

    return [path for path in paths if path.name == own or now - files.modified(path) > OLD]


def _giving_way(pieces: Iterable[bytes]) -> Iterator[bytes]:
    # Else the event loop waits up to 5 ms, the interpreter's switch interval, at each turn.
    for number, piece in enumerate(pieces):
        if number % _TURN == 0:
            time.sleep(0)

        yield piece
