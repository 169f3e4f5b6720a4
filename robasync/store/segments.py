"""The end of the journal: the only place where lines are written. Used by one thread."""

from __future__ import annotations

from robasync.errors import StorageError
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.recovery import Tail

SEGMENT_LIMIT = 256 * 1024 * 1024  # bytes after which a new segment begins


class SegmentWriter:
    """Appends commit groups to the newest segment and makes each durable."""

    def __init__(self, files: Files, place: Place, *, tail: Tail, limit: int = SEGMENT_LIMIT) -> None:
        self._files = files
        self._place = place
        self._limit = limit
        self._segment = tail.segment
        self._size = tail.size
        self._handle: int | None = None

    def commit(self, data: bytes) -> tuple[int, int]:
        """Write one group, and return its segment and offset once it is on the disk.

        A segment whose write or sync failed is never trusted again: the group is written
        whole into a new one. Raises StorageError if the disk refuses that too.
        """
        if self._size and self._size + len(data) > self._limit:
            self._begin_next()

        try:
            return self._write(data)
        except OSError:
            self._begin_next()

        try:
            return self._write(data)
        except OSError as error:
            raise StorageError(self._refusal(error)) from error

    def close(self) -> None:
        """Close the segment; what was committed is on the disk already."""
        if self._handle is not None:
            self._files.close(self._handle)
            self._handle = None

    def _write(self, data: bytes) -> tuple[int, int]:
        if self._handle is None:
            self._handle = self._files.open(self._place.segment(self._segment))
            self._files.sync_folder(self._place.folder)

        self._files.write(self._handle, data)
        self._files.sync(self._handle)
        offset = self._size
        self._size += len(data)

        return self._segment, offset

    def _begin_next(self) -> None:
        self.close()
        self._segment += 1
        self._size = 0

    def _refusal(self, error: OSError) -> str:
        name = self._place.segment(self._segment).name

        return (
            f"the disk of {self._place.folder} does not take the journal {name}: {error.strerror}.\n"
            "Everything recorded so far is safe; make room or repair the disk, then: robasync resume"
        )
