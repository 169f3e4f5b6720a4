"""Walks marked-up text (XML, HTML) and writes it down as sections; a dialect says what each element is.

Nothing is lost by default: an element that the dialect does not know is running text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from robasync.errors import Damaged
from robasync.model import Figure, SetAside

from . import formulas, grid, shifts
from .dialect import Dialect, Part
from .sections import OPENING, Sections, tidy
from .xml_source import local

DEEPEST = 150
"""Elements within each other that are followed; articles reach 30, pages 60, and parsers stop at 256."""

LONGEST_NAME = 100

_NUMBERED = re.compile(r"(?:[^\W\d_]+\.? )?(?:fig(?:ure)?\b\.?|table|box|scheme) ?\w+", re.IGNORECASE)
_FLOW = re.compile(r"\b(?:flow|consort|diagram|enrol|allocat|randomi[sz])", re.IGNORECASE)


class Walker:
    """Writes elements to ``sections`` in the order in which one reads them."""

    def __init__(self, dialect: Dialect, sections: Sections) -> None:
        self.sections = sections
        self._dialect = dialect
        self._titles: list[str] = []
        self._waiting: list[etree._Element] = []
        self._paragraphs = 0
        self._listed_at = 0  # rank of the heading under which references stand
        self._depth = 0

    def content(self, node: etree._Element) -> None:
        """Write what an element holds, whatever it is itself."""
        self.sections.text(node.text)
        for child in node:
            self.element(child)
            self.sections.text(child.tail)

    def write(self, part: etree._Element, place: str) -> None:
        """Write a part of a document; ``place`` names what stands in no section of its own there."""
        self.sections.place(place)
        self.content(part)
        self.sections.end()

    def element(self, node: etree._Element) -> None:
        """Write one element. Raises Damaged where elements are nested beyond all sense."""
        name = local(node)
        if not name:
            return

        if reason := self._dialect.hidden(node):
            self._put_aside(node, reason)
            return

        part = self._dialect.part(node, self._dialect.parts.get(name, Part.RUNNING))
        self._depth += 1
        if self._depth > DEEPEST:
            raise Damaged(f"its elements are nested more than {DEEPEST} deep")

        getattr(self, f"_{part.name.lower()}")(node)
        self._depth -= 1

    def flat(self, node: etree._Element) -> str:
        """Return the text of an element as one line."""
        with self.sections.held() as found:
            self.content(node)

        return found[0]

    def heading(self, title: str, level: int) -> None:
        """Begin a section named by its title, after that of the section of the highest level it is in."""
        title = title.rstrip(" .:")
        if not title:
            return

        self._titles[level - 1 :] = [title]
        first = self._titles[0]
        self.sections.place(title if title == first else f"{first}: {title}")

    def _running(self, node: etree._Element) -> None:
        self.content(node)

    def _raised(self, node: etree._Element) -> None:
        self.sections.text(shifts.raised(self._plain(node)))

    def _lowered(self, node: etree._Element) -> None:
        self.sections.text(shifts.lowered(self._plain(node)))

    def _plain(self, node: etree._Element) -> str:
        return self.flat(node) if len(node) else node.text or ""

    def _apart(self, node: etree._Element) -> None:
        self.sections.apart()
        self.content(node)
        self.sections.apart()

    def _listed(self, node: etree._Element) -> None:
        self.sections.apart(", ")
        self.content(node)
        self.sections.apart(", ")

    def _break(self, node: etree._Element) -> None:
        self.sections.text(" ")
        self.content(node)

    def _paragraph(self, node: etree._Element) -> None:
        self.sections.begin()
        self._paragraphs += 1
        self.content(node)
        self._paragraphs -= 1
        self.sections.end()
        self._floats()

    def _block(self, node: etree._Element) -> None:
        self.sections.begin()
        self.content(node)
        self.sections.end()

    def _label(self, node: etree._Element) -> None:
        self.sections.end()
        self.content(node)
        self.sections.glue()

    def _section(self, node: etree._Element) -> None:
        """Write a section: where it has no title, ``names`` may know one."""
        self.sections.end()
        heading, before, after = self._headed(node)
        titles = len(self._titles)
        self.heading(heading or self._dialect.names.get(local(node), ""), titles + 1)
        if heading:
            self.sections.paragraph(heading)

        for text in (node.text, *(child.tail for child in before)):
            self.sections.text(text)

        for child in after:
            self.element(child)
            self.sections.text(child.tail)

        self.sections.end()
        del self._titles[titles:]

    def _heading(self, node: etree._Element) -> None:
        """Write a heading of a page: the first rank is the title of the whole, the second names sections."""
        title, level = self.flat(node), int(local(node)[-1]) - 1
        if level <= self._listed_at:
            self.sections.end_references()
            self._listed_at = 0

        if level == 0:
            self._titles.clear()
            self.sections.place(title or OPENING)
        else:
            self.heading(title, level)

        if level and not self._listed_at and self._dialect.lists(title) and self.sections.begin_references():
            self._listed_at = level

        if title:
            self.sections.paragraph(title)

    def _float(self, node: etree._Element) -> None:
        if self._paragraphs:
            self._waiting.append(node)
            return

        self._block(node)
        self._figure(node)

    def _table(self, node: etree._Element) -> None:
        self.sections.begin()
        rows = [*self._rows(node)]
        if rows:
            for line in grid.lines(rows):
                self.sections.text(line)
                self.sections.line()
        else:
            self.content(node)

        self.sections.end()

    def _rows(self, node: etree._Element) -> Iterator[list[grid.Cell]]:
        """Yield the rows of a table; what stands in it and in no row is one of its own."""
        yield from _stray(node.text)
        for child in self._seen(node):
            if local(child) in self._dialect.rows:
                yield [*self._cells(child)]
            elif any(local(one) in self._dialect.rows for one in child.iter()):
                yield from self._rows(child)
            else:
                yield [grid.Cell(self.flat(child))]

            yield from _stray(child.tail)

    def _cells(self, row: etree._Element) -> Iterator[grid.Cell]:
        across, down = self._dialect.columns
        if stray := tidy(" ".join([row.text or "", *(child.tail or "" for child in row)])):
            yield grid.Cell(stray)

        for child in self._seen(row):
            yield grid.cell(self.flat(child), child.get(across), child.get(down))

    def _seen(self, node: etree._Element) -> Iterator[etree._Element]:
        """Yield the elements within one that a reader sees; put the others aside."""
        for child in node:
            reason = self._dialect.hidden(child) if local(child) else ""
            if reason:
                self._put_aside(child, reason)
            elif local(child) and self._dialect.parts.get(local(child)) is not Part.LEFT_OUT:
                yield child

    def _formula(self, node: etree._Element) -> None:
        self.sections.text(formulas.linear(node))

    def _choice(self, node: etree._Element) -> None:
        forms = [child for child in node if local(child)]
        if forms:
            self.element(min(forms, key=lambda form: formulas.rank(local(form))))

    def _references(self, node: etree._Element) -> None:
        began = self.sections.begin_references()
        self._section(node)
        if began:
            self.sections.end_references()

    def _supplement(self, node: etree._Element) -> None:
        self.sections.supplements.append(_words(node)[:LONGEST_NAME] or _address(node) or "without a name")
        self._float(node)

    def _unseen(self, node: etree._Element) -> None:
        self._put_aside(node, "text in place of an image")

    def _left_out(self, node: etree._Element) -> None:
        """Write nothing."""

    def _headed(self, node: etree._Element) -> tuple[str, list[etree._Element], list[etree._Element]]:
        """Return the title of a section with its number, the elements that make it, and those that follow."""
        children = [*node]
        at = next((at for at, child in enumerate(children) if local(child) != "label"), len(children))
        if at < len(children) and local(children[at]) in self._dialect.titles:
            title = " ".join(self.flat(child) for child in children[: at + 1])
            return title.strip(), children[: at + 1], children[at + 1 :]

        return "", [], children

    def _floats(self) -> None:
        while self._waiting and not self._paragraphs:
            self._float(self._waiting.pop(0))

    def _figure(self, node: etree._Element) -> None:
        """Note an image that may hold numbers: a flow diagram, or a table that is none to a program."""
        parts = {local(one) for one in node.iter()}
        if not parts & self._dialect.images or parts & self._dialect.rows:
            return

        words = _words(node)
        named = _NUMBERED.match(words)
        if local(node).startswith(("table", "tbl")) or _FLOW.search(words):
            self.sections.figures.append(
                Figure(page=self.sections.page, what=named[0] if named else "figure")
            )

    def _put_aside(self, node: etree._Element, reason: str) -> None:
        if text := _words(node):
            self.sections.set_aside.append(SetAside(page=self.sections.page, reason=reason, text=text))


def _stray(text: str | None) -> list[list[grid.Cell]]:
    """Return text that stands between rows as a row."""
    return [[grid.Cell(tidied)]] if (tidied := tidy(text or "")) else []


def _words(node: etree._Element) -> str:
    """Return the text of an element, whatever it is in it."""
    return " ".join(" ".join(map(str, node.itertext())).split())


def _address(node: etree._Element) -> str:
    return next((str(value) for name, value in node.attrib.items() if str(name).endswith("href")), "")
