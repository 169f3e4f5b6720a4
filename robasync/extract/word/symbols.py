"""Characters that a Word file writes as a place in a symbol font."""

from __future__ import annotations

UNKNOWN = "\ufffd"

_SYMBOL = dict(
    zip(
        range(0x41, 0x5B),
        "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ",
        strict=True,
    )
)
_SYMBOL |= dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
_SYMBOL |= {
    0x2D: "−",
    0x40: "≅",
    0xA2: "′",
    0xA3: "≤",
    0xA5: "∞",
    0xAC: "←",
    0xAD: "↑",
    0xAE: "→",
    0xAF: "↓",
    0xB0: "°",
    0xB1: "±",
    0xB2: "″",
    0xB3: "≥",
    0xB4: "×",
    0xB5: "∝",
    0xB7: "•",
    0xB8: "÷",
    0xB9: "≠",
    0xBA: "≡",
    0xBB: "≈",
    0xBC: "…",
    0xC5: "⊕",
    0xCE: "∈",
    0xD2: "®",
    0xD3: "©",
    0xD4: "™",
    0xD6: "√",
    0xD7: "⋅",
    0xE5: "∑",
}
_WINGDINGS = {
    0x6F: "☐",
    0x71: "☐",
    0xA8: "☐",
    0xA7: "▪",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
    0xE0: "→",
}
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS}


def character(code: str, font: str) -> str:
    """Return the character that stands at ``code`` (hexadecimal) of a font; UNKNOWN where that is not known.

    The places F000 to F0FF are those of the font itself (ECMA-376, part 1, 17.3.3.30).
    """
    try:
        place = int(code, 16)
    except ValueError:
        return UNKNOWN

    if 0xF000 <= place <= 0xF0FF:
        place -= 0xF000

    known = _FONTS.get(font.strip().lower())
    if known is not None:
        return known.get(place) or (chr(place) if 0x20 <= place < 0x40 and known is _SYMBOL else UNKNOWN)

    return chr(place) if 0x20 <= place < 0xD800 else UNKNOWN
