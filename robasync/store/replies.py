"""What the journals of a checkpoint folder know about call keys, and the replies they hold.

The journals of other sessions are only ever read; what is not whole in them is passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import anyio
import anyio.to_thread

from robasync.errors import ReplyLost, StorageError
from robasync.records import Entry, RecordedReply, Standing
from robasync.store.files import Files
from robasync.store.folding import keys_of
from robasync.store.keys import ASKED, Keys, position, short
from robasync.store.places import Place
from robasync.store.reading import read_known

log = logging.getLogger(__name__)


class RecordedReplies:
    """Implements the gate's ``Replies``. ``own`` is the session's place, ``session`` its id.

    ``keys`` are those of the own journal; without them they are read from it. ``others`` are
    the places and ids of the other sessions whose replies may be reused.
    """

    def __init__(
        self,
        files: Files,
        own: Place,
        *,
        session: str,
        keys: Keys | None = None,
        others: Sequence[tuple[Place, str]] = (),
    ) -> None:
        self._files = files
        self._journals = [(own, session), *others]
        self._known = [] if keys is None else [keys]
        self._keys = [keys or Keys()]
        self._thread = anyio.CapacityLimiter(4)

    async def load(self) -> None:
        """Read what the journals know, in a thread. Call it before the run begins."""
        await anyio.to_thread.run_sync(self._load, limiter=self._thread)

    def observe(self, entries: Iterable[Entry]) -> None:
        """Take in what the own journal has just made durable."""
        self._keys[0].observe(entries)

    def standing(self, key: str) -> Standing:
        """Return what is known of ``key``; does no I/O."""
        return self._find(key)[0]

    async def read(self, key: str) -> RecordedReply:
        """Return the recorded reply of an answered key, from the own journal if it is there.

        Raises ReplyLost where it is damaged; from then on the key is only asked. Raises
        StorageError where the disk does not give it.
        """
        standing, journal, place = self._find(key)

        if standing is not Standing.ANSWERED:
            raise ReplyLost(f"no journal holds a reply to call {key[:12]}.")

        try:
            return await anyio.to_thread.run_sync(self._read, key, journal, place, limiter=self._thread)
        except StorageError as error:
            if isinstance(error.__cause__, OSError):
                raise

            self._keys[journal].lose(short(key))
            log.warning(
                "A recorded answer cannot be read; it is asked for again. %s",
                error,
                extra={"event": "answer_unreadable"},
            )
            raise ReplyLost(str(error)) from error

    def _find(self, key: str) -> tuple[Standing, int, bytes]:
        name, standing = short(key), Standing.UNKNOWN

        for journal, keys in enumerate(self._keys):
            place = keys.get(name)

            if place is not None and place != ASKED:
                return Standing.ANSWERED, journal, place

            if place is not None:
                standing = Standing.ASKED

        return standing, 0, ASKED

    def _load(self) -> None:
        unread = self._journals[len(self._known) :]
        self._keys = [*self._known, *(keys_of(self._files, place) for place, _ in unread)]

    def _read(self, key: str, journal: int, packed: bytes) -> RecordedReply:
        place, session = self._journals[journal]
        where = position(packed)
        record = read_known(self._files, place, where)

        if record.key != key:
            raise StorageError(f"{place.segment(where.segment).name} was replaced while it was in use.")

        return RecordedReply(raw=record.body["raw"], session=session)
