"""The parts of a Word file and how they lead to each other (Open Packaging Conventions, ECMA-376, part 2)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from lxml import etree

from robasync.errors import Damaged
from robasync.extract.archive import Archive
from robasync.extract.xml_source import parse

from .names import STRICT

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_USUAL_MAIN = "word/document.xml"


class Package:
    """One Word file; parts are parsed when asked for. Raises Damaged where there is no text in it."""

    def __init__(self, content: bytes, name: str) -> None:
        self._archive = Archive(content, name)
        self._name = name
        self._main = next(self.related("officeDocument", of=""), _USUAL_MAIN)

    def body(self) -> etree._Element:
        """Return the main part. Raises Damaged where there is none."""
        root = self.part(self._main)
        if root is None:
            raise Damaged(f"{self._name} is damaged: it has no text part. Get it again from its source.")

        return root

    def part(self, path: str) -> etree._Element | None:
        """Return the root of a part, None where there is no such part. Raises Damaged, TooLarge."""
        content = self._archive.read(path)
        if content is None:
            return None

        for strict, usual in STRICT:
            content = content.replace(strict, usual.strip("{}").encode())

        return parse(content, self._name)[0]

    def parts(self, kind: str) -> Iterator[etree._Element]:
        """Yield the roots of the parts of a kind that the main part leads to, such as "footnotes"."""
        for path in self.related(kind):
            root = self.part(path)
            if root is not None:
                yield root

    def first(self, kind: str) -> etree._Element | None:
        """Return the root of the first such part, None where there is none."""
        return next(self.parts(kind), None)

    def related(self, kind: str, *, of: str | None = None) -> Iterator[str]:
        """Yield the paths of the parts of a kind that a part leads to, by default the main one."""
        source = self._main if of is None else of
        for relation in self._relations(source):
            if relation.get("Type", "").endswith(f"/{kind}") and relation.get("TargetMode") != "External":
                yield _path(source, relation.get("Target", ""))

    def target(self, identity: str) -> etree._Element | None:
        """Return the part to which the main one leads under this identity, None where there is none."""
        for relation in self._relations(self._main):
            if relation.get("Id") == identity and relation.get("TargetMode") != "External":
                return self.part(_path(self._main, relation.get("Target", "")))

        return None

    def _relations(self, source: str) -> Iterator[etree._Element]:
        folder, file = posixpath.split(source)
        root = self.part(posixpath.join(folder, "_rels", f"{file}.rels"))
        return iter(()) if root is None else root.iter(_RELATIONSHIP)


def _path(source: str, target: str) -> str:
    joined = posixpath.join("/", posixpath.dirname(source), target)
    return posixpath.normpath(joined).lstrip("/")
