"""What a page holds but does not show: by attribute, by inline style, by simple rules of its own style sheet.

A rule counts where its selector is one class or one id; layouts that show an element later
(tabs, "show more") name it in a second rule, and then it counts as shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from .xml_source import local

LONGEST_SHEET = 1_000_000
TINY = 3.0
"""Points, pixels or percent; a type as small cannot be read."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SIMPLE = re.compile(r"[.#][\w-]+")
_NAMES = re.compile(r"[.#][\w-]+")
_COLOUR = (
    r"(?:white|transparent|#f{3}|#f{6}|#f{8}|rgba?\(\s*255\s*,\s*255\s*,\s*255[^)]*\)|rgba\([^)]*,\s*0\s*\))"
)
_DECLARED = (
    ("not displayed", re.compile(r"(?:^|;)\s*display\s*:\s*none\b")),
    ("not displayed", re.compile(r"(?:^|;)\s*visibility\s*:\s*(?:hidden|collapse)\b")),
    ("invisible text", re.compile(r"(?:^|;)\s*opacity\s*:\s*(?:0?\.0\d*|0)\s*(?:;|!|$)")),
    ("white text", re.compile(rf"(?:^|;)\s*color\s*:\s*{_COLOUR}")),
    (
        "outside the page",
        re.compile(r"(?:^|;)\s*(?:left|top|right|bottom|text-indent|margin-left)\s*:\s*-\d{4,}"),
    ),
    (
        "outside the page",
        re.compile(r"(?:^|;)\s*clip(?:-path)?\s*:\s*(?:rect\(\s*[01](?:px)?[\s,]+[01]|inset\(\s*50%)"),
    ),
)
_SIZE = re.compile(r"(?:^|;)\s*font(?:-size)?\s*:\s*(\d*\.?\d+)\s*(px|pt|%|em|rem)?\s*(?:;|!|/|$)")
_PX = {"px": 1.0, "pt": 1.0, "%": 0.1, "em": 12.0, "rem": 12.0}
_GROUND = re.compile(rf"(?:^|;)\s*background(?:-color|-image)?\s*:(?!\s*{_COLOUR})")
_SCREEN_READERS = frozenset(
    {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "usa-sr-only"}
)


class Styles:
    """The rules of one page's own style sheets that hide something."""

    def __init__(self, root: etree._Element) -> None:
        rules = [*_rules(root)]
        named = Counter(name for selector, _ in rules for name in _NAMES.findall(selector))
        self._hiding = {
            selector: reason
            for selector, declared in rules
            if _SIMPLE.fullmatch(selector) and named[selector] == 1 and (reason := _reason(declared))
        }

    def reason(self, node: etree._Element) -> str:
        """Return why a reader of the page does not see an element, or an empty string."""
        if node.get("hidden") is not None:
            return "not displayed"

        classes = (node.get("class") or "").split()
        if not _SCREEN_READERS.isdisjoint(classes):
            return "for screen readers only"

        if local(node) == "font" and re.fullmatch(_COLOUR, (node.get("color") or "").strip().lower()):
            return "white text"

        for selector in (*(f".{one}" for one in classes), f"#{node.get('id')}"):
            if selector in self._hiding:
                return self._hiding[selector]

        return _reason((node.get("style") or "").lower())


def _rules(root: etree._Element) -> Iterator[tuple[str, str]]:
    for sheet in root.iter("style"):
        text = _COMMENT.sub(" ", (sheet.text or "")[:LONGEST_SHEET])
        for rule in text.split("}"):
            *_, selectors, declared = ("", "", *rule.split("{"))  # the innermost, of rules inside @media
            for selector in selectors.split(","):
                yield selector.strip(), declared.lower()


def _reason(declared: str) -> str:
    if not declared:
        return ""

    for reason, pattern in _DECLARED:
        if pattern.search(declared) and not (reason == "white text" and _GROUND.search(declared)):
            return reason

    size = _SIZE.search(declared)
    if size and float(size[1]) * _PX[size[2] or "px"] < TINY:
        return "tiny text"

    return ""
