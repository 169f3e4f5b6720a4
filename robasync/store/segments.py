"""The end of the journal: the only place where lines are written. Used by one thread.

Space is allocated ahead of the lines, see ``space``. A segment is left for the next one only
where the next one finds its space: a little over the limit costs less than what was promised.
"""

from __future__ import annotations

from contextlib import suppress

from robasync.errors import StorageError
from robasync.store import space
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.recovery import Tail
from robasync.store.space import Room

SEGMENT_LIMIT = 256 * 1024 * 1024  # bytes after which a new segment begins

NO_SPACE = "not enough space left on device"


class Segment:
    """One file of the journal while lines are appended to it. What opens or writes it may raise OSError.

    ``size`` is what is acknowledged; ``held`` what the disk holds for more than that.
    """

    def __init__(self, files: Files, place: Place, number: int, *, size: int = 0) -> None:
        self.number = number
        self.size = size
        self.held = 0
        self._files = files
        self._place = place
        self._handle: int | None = None

    def append(self, data: bytes) -> int:
        """Return where ``data`` begins once it is on the disk."""
        handle = self._open()
        self._files.write(handle, data)
        self._files.sync(handle)
        offset = self.size
        self.size += len(data)
        self.held = max(self.held - len(data), 0)

        return offset

    def hold(self, more: int) -> bool:
        """Allocate ``more`` bytes beyond ``size``; return whether that is a promise."""
        promised = self._files.allocate(self._open(), self.size + more)
        self.held = more if promised else 0

        return promised

    def give_back(self) -> None:
        """Free what is allocated and not used, and what was written and not acknowledged."""
        if self._handle is not None and self.held:
            self.held = 0
            self._files.truncate(self._handle, self.size)

    def close(self) -> None:
        """Give the handle back; what was appended is on the disk already."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            self._files.close(handle)

    def leave(self) -> None:
        """Give everything back, as far as the disk lets us; raises nothing."""
        with suppress(OSError):
            self.give_back()

        with suppress(OSError):
            self.close()

    def replacement(self) -> Segment:
        """Leave the segment for good and return the one that takes its place.

        It has the same number where nothing in this one is acknowledged and it can be
        removed, so that a disk that refuses for long does not end up full of empty files.
        """
        was_created = self._handle is not None
        self.leave()

        if self.size or (was_created and not self._remove()):
            return Segment(self._files, self._place, self.number + 1)

        return Segment(self._files, self._place, self.number)

    def _open(self) -> int:
        if self._handle is not None:
            return self._handle

        handle = self._files.open(self._place.segment(self.number))

        try:
            self._files.sync_folder(self._place.folder)
        except OSError:
            self._files.close(handle)  # its name is not certain: nothing may be written there yet
            raise

        self._handle = handle

        return handle

    def _remove(self) -> bool:
        try:
            self._files.remove(self._place.segment(self.number))
        except OSError:
            return False

        return True


class SegmentWriter:
    """Appends commit groups to the newest segment and makes each durable.

    ``headroom`` bytes, and the reserve for the last checkpoint, are held ahead of the lines
    as far as the disk has them; 0 holds nothing.
    """

    def __init__(
        self, files: Files, place: Place, *, tail: Tail, limit: int = SEGMENT_LIMIT, headroom: int = 0
    ) -> None:
        self._files = files
        self._place = place
        self._limit = limit
        self._headroom = headroom
        self._segment = Segment(files, place, tail.segment, size=tail.size)
        self._is_spoilt = False
        self._can_hold = True
        self._reserve = 0

    def commit(self, data: bytes) -> tuple[int, int]:
        """Write one group, and return its segment and offset once it is on the disk.

        A segment whose write or sync failed is never trusted again: the group is written
        whole into a new one. Raises StorageError, from the OSError, if the disk refuses that
        too; the same group may be tried again.
        """
        if self._segment.size and self._segment.size + len(data) > self._limit:
            self._turn_over()

        try:
            return self._append(data)
        except OSError:
            self._is_spoilt = True

        try:
            return self._append(data)
        except OSError as error:
            self._is_spoilt = True
            raise StorageError(self._refusal(error)) from error

    def room(self) -> Room:
        """Return how many more bytes are sure to find space, the reserve not counted.

        Allocates ahead where it is due. Raises nothing: a disk that refuses has no room.
        """
        if not self._headroom:
            return Room(space.UNKNOWN)

        try:
            return self._room()
        except OSError as error:
            return Room(max(self._segment.held - self._reserve, 0), error.strerror or str(error))

    def release(self) -> None:
        """Give the disk back what is held, for the last checkpoint; nothing is held from now on."""
        self._headroom = 0

        with suppress(OSError):
            if not self._is_spoilt:  # what lies there unacknowledged may yet be of use
                self._segment.give_back()

    def close(self) -> None:
        """Give everything back; what was committed is on the disk already."""
        self.release()

        with suppress(OSError):
            self._segment.close()

    def _append(self, data: bytes) -> tuple[int, int]:
        if self._is_spoilt:
            self._segment = self._segment.replacement()
            self._is_spoilt = False

        offset = self._segment.append(data)

        return self._segment.number, offset

    def _turn_over(self) -> None:
        """Begin the next segment, if it finds space before this one's is given back."""
        full, following = self._segment, Segment(self._files, self._place, self._segment.number + 1)

        try:
            if self._headroom and not self._extend(following):
                return

        except OSError:
            following.replacement()
            return

        self._segment = following
        full.leave()

    def _room(self) -> Room:
        if self._segment.held < self._needed + space.STEP // 2:
            self._extend(self._segment)

        size = self._segment.held if self._can_hold else self._free()

        return Room(max(size - self._reserve, 0), NO_SPACE)

    @property
    def _needed(self) -> int:
        return self._headroom + self._reserve

    def _extend(self, segment: Segment) -> bool:
        """Allocate a step ahead in ``segment``, or half of one; return whether it has what is needed."""
        self._reserve = space.reserve(self._files, self._place)
        free = self._free()

        if not self._can_hold:
            return free >= self._needed

        for step in (space.STEP, space.STEP // 2):
            # Looked at first: some file systems keep what they found before they ran out.
            if free >= self._needed + step - segment.held:
                self._can_hold = segment.hold(self._needed + step)
                return True

        return segment.held >= self._needed

    def _free(self) -> int:
        return self._files.free(self._place.folder) - space.MARGIN

    def _refusal(self, error: OSError) -> str:
        name = self._place.segment(self._segment.number).name

        return (
            f"the disk of {self._place.folder} does not take the journal {name}: {error.strerror}.\n"
            "Everything recorded so far is safe; make room or repair the disk, then: robasync resume"
        )
