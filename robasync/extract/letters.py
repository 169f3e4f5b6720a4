"""Characters that stand for letters but are not: ligatures, soft hyphens, odd spaces."""

from __future__ import annotations

import re

SOFT_HYPHEN = "\u00ad"

_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
_SPACES = dict.fromkeys(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
)
_NOTHING = dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", "")
_PLAIN = {**_LIGATURES, **_SPACES, **_NOTHING, "\u2010": "-", "\u2011": "-"}
_SPLIT_WORD = re.compile("([^\\W_]*)([\ufb00-\ufb04]) +(?=[a-z])")
_ENDING_SO = re.compile(
    r"(?:o|sta|stu|tari|cli|blu|cut-?o|tu|cu|sti|sni|she?ri|bu|pu|sco|lay-?o|pay-?o)$", re.IGNORECASE
)
_TABLE = str.maketrans(_PLAIN)
_ENCODED = {character: (character.encode(), plain.encode()) for character, plain in _PLAIN.items()}
_ASCII = bytes(range(128))


def plain(text: str) -> str:
    """Return ``text`` with ligatures spelt out, odd spaces as spaces and nothing invisible.

    Soft hyphens stay: at the end of a line they say that a word goes on.
    """
    return text if text.isascii() else text.translate(_TABLE)


def mended(text: str) -> str:
    """Return ``text`` without the space that some typesetters leave inside a ligature.

    "di\ufb00 erent" is one word; no English word but a few in -ff ends in a ligature.
    """
    return text if text.isascii() else _SPLIT_WORD.sub(_mend, text)


def _mend(match: re.Match[str]) -> str:
    ends_here = match[2] == "\ufb00" and _ENDING_SO.search(match[1])
    return match[0] if ends_here else match[1] + match[2]


def plain_utf8(content: bytes) -> bytes:
    """Do what ``plain`` does to valid UTF-8, at memory speed.

    What is left when the ASCII bytes are deleted shows in one pass which characters
    there are to replace: mostly none.
    """
    if content.isascii():
        return content

    foreign = set(content.translate(None, _ASCII).decode())
    for character in foreign & _PLAIN.keys():
        content = content.replace(*_ENCODED[character])

    return content


def well_formed(text: str) -> str:
    """Return ``text`` with lone surrogates replaced, so that it can be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
