"""Colours of text and of what lies behind it, as WordprocessingML writes them."""

from __future__ import annotations

from lxml import etree

from robasync.extract.faces import AUTOMATIC, PAPER, hexadecimal

from .names import value

_THEME = {"background1": 255, "light1": 255, "text1": 0, "dark1": 0}
_HIGHLIGHTS = {
    "black": 0x000000,
    "blue": 0x0000FF,
    "cyan": 0x00FFFF,
    "green": 0x00FF00,
    "magenta": 0xFF00FF,
    "red": 0xFF0000,
    "yellow": 0xFFFF00,
    "white": PAPER,
    "darkblue": 0x000080,
    "darkcyan": 0x008080,
    "darkgreen": 0x008000,
    "darkmagenta": 0x800080,
    "darkred": 0x800000,
    "darkyellow": 0x808000,
    "darkgray": 0x808080,
    "lightgray": 0xC0C0C0,
}


def text(element: etree._Element | None) -> int | None:
    """Return the colour of ``w:color``, AUTOMATIC for that word, None where there is none."""
    if element is None:
        return None

    found = _stated(element, "val", theme="themeColor", prefix="theme")
    return AUTOMATIC if found is None else found


def ground(element: etree._Element | None) -> int | None:
    """Return the colour of a shading (``w:shd``), None where there is none."""
    kind = value(element)
    if element is None or kind == "nil":
        return None

    if kind == "solid":
        return _stated(element, "color", theme="themeColor", prefix="theme")

    return _stated(element, "fill", theme="themeFill", prefix="themeFill")


def highlight(element: etree._Element | None) -> int | None:
    """Return the colour of a text marker (``w:highlight``), None where there is none."""
    return _HIGHLIGHTS.get(value(element).lower())


def _stated(element: etree._Element, plain: str, *, theme: str, prefix: str) -> int | None:
    """Return a colour that the theme's name decides where it is black or white, else the digits."""
    base = _THEME.get(value(element, theme))
    if base is None:
        return hexadecimal(value(element, plain))

    shade = _part(value(element, f"{prefix}Shade"))
    tint = _part(value(element, f"{prefix}Tint"))
    level = round(base * shade * tint + 255 * (1 - tint))
    return level << 16 | level << 8 | level


def _part(stated: str) -> float:
    """Return a share that the format writes as two digits, 1 where it writes none."""
    try:
        return int(stated, 16) / 255 if stated else 1.0
    except ValueError:
        return 1.0
