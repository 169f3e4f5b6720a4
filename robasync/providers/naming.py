"""Whether the model that answered is the one that was asked.

Only the vendors' own addresses are held to their names: routers, gateways and servers of
one's own rename models at will, and their replies say what they like.
"""

from __future__ import annotations

import re

VENDORS = frozenset(
    {
        "api.openai.com",
        "api.anthropic.com",
        "generativelanguage.googleapis.com",
        "api.mistral.ai",
        "api.x.ai",
    }
)
_WORD = re.compile(r"[a-z]+\d*[a-z]*|\d+[a-z]*")
_ALIASES = frozenset({"latest", "preview", "exp", "models"})


def same(asked: str, returned: str) -> bool:
    """Say whether a returned name may stand for the one asked: dates, versions and order aside.

    "gpt-4o" may come back as "gpt-4o-2024-08-06", never as "gpt-4o-mini". A server that names
    no model is believed.
    """
    wanted, given = _words(asked), _words(returned)
    extra = given - wanted

    return not given or (wanted <= given and all(word.isdecimal() for word in extra))


def _words(name: str) -> set[str]:
    return set(_WORD.findall(name.lower())) - _ALIASES
