"""The parts of an OpenDocument file."""

from __future__ import annotations

from lxml import etree

from robasync.errors import Damaged, PasswordNeeded
from robasync.extract.archive import Archive
from robasync.extract.xml_source import parse

_ENCRYPTED = b"encryption-data"


class Package:
    """One OpenDocument file. Raises Damaged, TooLarge, and PasswordNeeded where it is encrypted."""

    def __init__(self, content: bytes, name: str) -> None:
        self._archive = Archive(content, name)
        self._name = name
        if _ENCRYPTED in (self._archive.read("META-INF/manifest.xml") or b""):
            raise PasswordNeeded(f"{name} is encrypted and needs a password. Save a copy without one.")

    def part(self, path: str) -> etree._Element | None:
        """Return the root of a part, None where there is none of this name."""
        content = self._archive.read(path.removeprefix("./"))
        return None if content is None else parse(content, self._name)[0]

    def needed(self, path: str) -> etree._Element:
        """Return the root of a part. Raises Damaged where there is none."""
        root = self.part(path)
        if root is None:
            raise Damaged(f"{self._name} is damaged: it has no {path}. Get it again from its source.")

        return root
