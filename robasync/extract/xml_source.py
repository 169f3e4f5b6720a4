"""XML from strangers: parsed without its DTD, without the network, without entities of its own.

The document type declaration is taken out before the parser sees the file, so nothing that
is declared there can be fetched or expanded. What it would have brought are names of
characters (``&nbsp;``, ``&alpha;``): those of ISO 8879, ISO 9573-13 and MathML are all among
the names of HTML (https://html.spec.whatwg.org/multipage/named-characters.html), so that
table replaces them. A short text declared in the file itself is used once looked up, never
expanded further. Any other name stays as it is written, with a note.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.entities import html5

from lxml import etree

from robasync.errors import Damaged

LONGEST_ENTITY = 200

_PREDEFINED = frozenset({"lt", "gt", "amp", "quot", "apos"})
_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_ENCODING = re.compile(rb"""\A(\s*<\?xml[^>]*?)\s+encoding\s*=\s*["'][^"']*["']""")
# Each part may end with the file instead, so that one without an end is looked through only once.
_PASSED = rb"<\?(?:[^?]|\?(?!>))*+(?:\?>|\Z)|<!--(?:[^-]|-(?!->))*+(?:-->|\Z)"
_QUOTED = rb"""\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)"""
_PROLOG = rb"(?:\s++|" + _PASSED + rb")*+"
_SUBSET = rb"\[(?:" + _PASSED + rb"|" + _QUOTED + rb"""|[^\]"'])*+\]\s*+"""
_DOCTYPE = re.compile(
    rb"(" + _PROLOG + rb")(<!DOCTYPE(?:" + _QUOTED + rb"""|[^\[>"'])*+(?:""" + _SUBSET + rb")?>)"
)
_DECLARED = re.compile(rb"""<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(?:"([^"]*)"|'([^']*)')""")
_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:([A-Za-z_][\w.:-]*);|#x?[0-9A-Fa-f]+;)?", re.DOTALL
)
_NOT_PLAIN = re.compile("[<%]|&(?!#)")
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})


@dataclass(slots=True)
class _Names:
    declared: dict[str, str]
    unknown: set[str] = field(default_factory=set)

    def replace(self, match: re.Match[bytes]) -> bytes:
        """Return what stands for one entity; an unknown one is noted, and kept as its name."""
        whole = match[0]
        if whole == b"&":
            return b"&amp;"

        name = (match[1] or b"").decode("ascii", "replace")
        if not name or name in _PREDEFINED:
            return whole

        characters = self.declared.get(name) or html5.get(f"{name};")
        if characters is None:
            self.unknown.add(name)
            return b"&amp;" + whole[1:]

        return "".join(f"&#{ord(character)};" for character in characters).encode()


def parse(content: bytes, name: str) -> tuple[etree._Element, tuple[str, ...]]:
    """Return the root of a document and notes on what could not be made out.

    Raises Damaged where the file is no well-formed XML, is cut off, or is nested too deeply.
    """
    content = _utf8(content).translate(None, _CONTROLS)
    content, doctype = _without_doctype(content)
    names = _Names(_declared(doctype))
    content = _AMPERSAND.sub(names.replace, content) if b"&" in content else content

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Damaged(f"{name} is damaged XML: {_fault(error)}. Get it again from its source.") from error

    unknown = ", ".join(f"&{one};" for one in sorted(names.unknown)[:5])
    return root, (f"characters that the file names but does not define: {unknown}",) if unknown else ()


def local(node: etree._Element) -> str:
    """Return an element's name without its namespace; "" for what is no element."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _utf8(content: bytes) -> bytes:
    """Return the file in UTF-8 if it is in UTF-16, in which no name would be found below."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _ENCODING.sub(rb"\1", content[2:].decode(encoding, "replace").encode("utf-8", "replace"))

    return content.removeprefix(b"\xef\xbb\xbf")


def _without_doctype(content: bytes) -> tuple[bytes, bytes]:
    """Return the file without its document type declaration, and that; line numbers stay."""
    found = _DOCTYPE.match(content)
    if found is None:
        return content, b""

    return found[1] + b"\n" * found[2].count(b"\n") + content[found.end() :], found[2]


def _declared(doctype: bytes) -> dict[str, str]:
    """Return the short plain texts that the file itself gives names; no text may name another."""
    found = {}
    for name, double, single in _DECLARED.findall(doctype):
        text = (double or single).decode("utf-8", "replace")
        if len(text) <= LONGEST_ENTITY and not _NOT_PLAIN.search(text):
            found[name.decode("ascii", "replace")] = html.unescape(text)

    return found


def _fault(error: etree.XMLSyntaxError) -> str:
    said = (error.msg or "no XML").split(", line ")[0].split("\n")[0][:120]
    return f"{said} (line {error.lineno or 1})"
