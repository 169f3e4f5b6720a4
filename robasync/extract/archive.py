"""ZIP archives from strangers: what is read of one is bounded, whatever it says of itself.

Nothing is unpacked to the disk, and no archive within an archive is opened, so neither a bomb
(D. Fifield, "A better zip bomb", WOOT 2019) nor an archive that contains itself grows.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from itertools import pairwise

from robasync.errors import Damaged, PasswordNeeded, TooLarge

MOST_MEMBERS = 20_000
MOST_BYTES = 200_000_000
"""Bytes that all members read together may have once they are unpacked."""

_ENCRYPTED = 0x1
_LOCAL_HEADER_BYTES = 30
_FAULTS = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError)


class Archive:
    """The members of one archive, by name without regard to case.

    Raises Damaged where the list of members cannot be read, names one twice or has two share
    their bytes, TooLarge where it is too long.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self._name = name
        self._left = MOST_BYTES
        try:
            self._file = zipfile.ZipFile(io.BytesIO(content))
        except _FAULTS as error:
            raise self._damaged("its list of parts cannot be read") from error

        members = self._file.infolist()
        if len(members) > MOST_MEMBERS:
            raise TooLarge(
                f"{name} has {len(members)} parts; at most {MOST_MEMBERS} are read. Print it to a PDF."
            )

        self._members = {member.filename.lower(): member for member in members}
        if len(self._members) < len(members):
            twice, _ = Counter(member.filename.lower() for member in members).most_common(1)[0]
            raise self._damaged(f"it has two parts called {twice[:80]}")

        if _overlap(members):
            raise self._damaged("its parts overlap")

    def read(self, member: str) -> bytes | None:
        """Return the bytes of a member, None where there is none of this name.

        Raises TooLarge where it is larger than what may still be read, PasswordNeeded, Damaged.
        """
        found = self._members.get(member.lower())
        if found is None:
            return None

        if found.flag_bits & _ENCRYPTED:
            raise PasswordNeeded(f"{self._name} is encrypted and needs a password. Save a copy without one.")

        try:
            with self._file.open(found) as stream:
                content = stream.read(self._left + 1)
        except _FAULTS as error:
            raise self._damaged(f"its part {member[:80]} cannot be unpacked") from error

        if len(content) > self._left:
            raise TooLarge(
                f"{self._name} unpacks to more than {MOST_BYTES / 1e6:.0f} MB of text. Print it to a PDF."
            )

        self._left -= len(content)
        return content

    def _damaged(self, what: str) -> Damaged:
        return Damaged(f"{self._name} is damaged: {what}. Get it again from its source.")


def _overlap(members: list[zipfile.ZipInfo]) -> bool:
    """Whether two members take their bytes from the same place: the mark of a bomb."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    return any(
        one.header_offset + _LOCAL_HEADER_BYTES + one.compress_size > other.header_offset
        for one, other in pairwise(ordered)
    )
