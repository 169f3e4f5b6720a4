"""Put a finished file in its place: readers see the old one or the new one, never half of one.

A place that another program keeps for itself is no reason to lose a report: the file is then
written beside it, as "results (2).csv", and the caller is told.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from robasync.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_TRIES: Final = 99


@dataclass(frozen=True, slots=True)
class Written:
    """A report that was written, and the path it should have had where that was not free."""

    path: Path
    instead_of: Path | None = None


class Draft:
    """A text file in UTF-8 that takes its place when the block ends without an error.

    ``written`` tells where it lies from then on. ``mark`` writes a byte order mark first,
    which Excel needs. A block that raises leaves the old file as it was.
    """

    def __init__(self, target: Path, *, mark: bool = False) -> None:
        self._target = target
        self._path = target.with_name(f".{target.name}.%tmp")
        self._encoding = "utf-8-sig" if mark else "utf-8"
        self._file: IO[str] | None = None
        self.written = Written(target)

    def __enter__(self) -> IO[str]:
        self._file = self._path.open("w", encoding=self._encoding, newline="", errors="backslashreplace")

        return self._file

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None

        try:
            self._file.close()

            if kind is None:
                self.written = put(self._path, self._target)
        finally:
            self._path.unlink(missing_ok=True)


def put(draft: Path, target: Path, *, mark: str = " ") -> Written:
    """Rename ``draft`` to ``target``, or to the first name beside it that is free to use.

    ``mark`` stands before the number in such a name. Raises StorageError where none is free.
    """
    for candidate in _candidates(target, mark):
        with contextlib.suppress(PermissionError, IsADirectoryError):
            draft.replace(candidate)

            return Written(candidate, None if candidate == target else target)

    raise StorageError(f"{target} cannot be written, nor any name beside it. Close the programs that use it.")


@contextlib.contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn the system's refusal to write into ``folder`` into a StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"Reports cannot be written to {folder}: {error.strerror or error}.\n"
            "Free space there, or name another folder: -o FOLDER"
        ) from error


def _candidates(target: Path, mark: str) -> Iterator[Path]:
    yield target

    for number in range(2, _TRIES + 1):
        yield target.with_name(f"{target.stem}{mark}({number}){target.suffix}")
