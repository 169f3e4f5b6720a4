"""Formulas of a Word file (Office Math, ECMA-376, part 1, 22.1) as one line of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lxml import etree

from .names import M

Parts = Sequence[tuple[str, str]]
"""What a formula consists of, in order: the name of each part and its text."""


def linear(node: etree._Element) -> str:
    """Return a formula on one line; nothing that stands in it is lost."""
    if node.tag == f"{M}t":
        return node.text or ""

    name = _name(node)
    if name.endswith("Pr"):
        return ""

    parts = [(_name(child), linear(child)) for child in node]
    join = _JOINED.get(name)
    if join is not None:
        return join(parts, node)

    return _BETWEEN.get(name, "").join(text for _, text in parts if text)


def _name(node: etree._Element) -> str:
    return node.tag.removeprefix(M) if isinstance(node.tag, str) else ""


def _part(parts: Parts, wanted: str) -> str:
    return "".join(text for name, text in parts if name == wanted)


def _fraction(parts: Parts, _: etree._Element) -> str:
    return f"{_grouped(_part(parts, 'num'))}/{_grouped(_part(parts, 'den'))}"


def _root(parts: Parts, _: etree._Element) -> str:
    degree = _part(parts, "deg")
    return f"√[{degree}]({_part(parts, 'e')})" if degree else f"√({_part(parts, 'e')})"


def _shifted(parts: Parts, _: etree._Element) -> str:
    base = _part(parts, "e")
    return (f"({base})" if "/" in base else base) + _limits(parts)


def _limits(parts: Parts) -> str:
    below, above = _part(parts, "sub"), _part(parts, "sup")
    return (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")


def _below(parts: Parts, _: etree._Element) -> str:
    return f"{_part(parts, 'e')}_{_grouped(_part(parts, 'lim'))} "


def _above(parts: Parts, _: etree._Element) -> str:
    return f"{_part(parts, 'e')}^{_grouped(_part(parts, 'lim'))} "


def _large(parts: Parts, node: etree._Element) -> str:
    return f"{_stated(node, 'naryPr/chr', '∫')}{_limits(parts)} {_part(parts, 'e')}"


def _fenced(parts: Parts, node: etree._Element) -> str:
    inner = ", ".join(text for name, text in parts if name == "e")
    return f"{_stated(node, 'dPr/begChr', '(')}{inner}{_stated(node, 'dPr/endChr', ')')}"


def _stated(node: etree._Element, path: str, usual: str) -> str:
    found = node.find("/".join(M + step for step in path.split("/")))
    return usual if found is None else found.get(f"{M}val", "")


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"


_JOINED: Mapping[str, Callable[[Parts, etree._Element], str]] = {
    "f": _fraction,
    "rad": _root,
    "sSup": _shifted,
    "sSub": _shifted,
    "sSubSup": _shifted,
    "limLow": _below,
    "limUpp": _above,
    "nary": _large,
    "d": _fenced,
}
_BETWEEN = {"mr": " ", "m": "; ", "eqArr": "; ", "oMathPara": " "}
