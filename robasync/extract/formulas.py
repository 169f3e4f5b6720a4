"""Formulas as one line of text: from MathML (https://www.w3.org/TR/mathml3/), else from TeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from lxml import etree

from .xml_source import local

_TEX = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_FORMS = ("math", "tex-math", "textual-form", "table", "text")
DEEPEST = 60


def linear(node: etree._Element) -> str:
    """Return a formula on one line; nothing that stands in it is lost."""
    if local(node) == "math":
        return _math(node, 0)

    text = "".join(map(str, node.itertext()))
    found = _TEX.search(text)
    return (found[1] if found else text).strip().strip("$")


def rank(name: str) -> int:
    """Return how well one of several forms of the same thing reads, 0 the best."""
    return _FORMS.index(name) if name in _FORMS else len(_FORMS)


def _math(node: etree._Element, depth: int) -> str:
    if depth > DEEPEST:
        return "".join(map(str, node.itertext()))

    parts = [_math(child, depth + 1) for child in node if local(child)]
    if not parts:
        return " ".join((node.text or "").split())

    join = _JOINED.get(local(node))
    stray = "".join([node.text or "", *(child.tail or "" for child in node)]).strip()
    return (join(parts) if join else "".join(parts)) + stray


def _fraction(parts: Sequence[str]) -> str:
    return "/".join(part if len(part) < 2 or part.isalnum() else f"({part})" for part in parts)


def _between(sign: str) -> Callable[[Sequence[str]], str]:
    return sign.join


_JOINED: Mapping[str, Callable[[Sequence[str]], str]] = {
    "mfrac": _fraction,
    "msup": _between("^"),
    "msqrt": lambda parts: f"√({''.join(parts)})",
    "mroot": lambda parts: f"√[{''.join(parts[1:])}]({parts[0]})",
    "munder": _between("_"),
    "munderover": _between("_"),
    "mtr": _between(" "),
    "mtable": _between("; "),
    "mfenced": lambda parts: f"({', '.join(parts)})",
}
