"""As much of a record as a session needs of it, without parsing the rest of its body.

The long part of a reply and of an outcome stands behind what the fold takes in. The body is
cut before it, at a name that no text can hold, since quotes inside of texts are escaped.
What cannot be cut there is parsed whole.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from robasync.records import Kind, Record
from robasync.store import codec
from robasync.store.sealing import PLAIN, Seal

_KINDS = {kind.value: kind for kind in Kind}
_CUTS: Mapping[str, bytes] = {
    Kind.INTENT: b',"attempt":',
    Kind.REPLY: b',"raw',
    Kind.OUTCOME: b',"assessment":',
}
_BEHIND_RAW = b',"from_session":'  # the one name behind the raw reply that counts


def glance(line: bytes, head: codec.Head, seal: Seal = PLAIN) -> Record:
    """Return the record of a line, whose head was read, without a raw reply or an assessment.

    Raises ValueError for a body that is not JSON, SealError as ``codec.read_record``.
    """
    cut = _CUTS.get(head.kind)

    if cut is None or seal is not PLAIN:
        return codec.read_record(line, head, seal)

    end = line.find(cut, head.body_from)

    if end > 0 and line.find(_BEHIND_RAW, end) < 0:
        try:
            body = orjson.loads(line[head.body_from : end] + b"}")
        except orjson.JSONDecodeError:
            return codec.read_record(line, head)

        if body.get("status") != "failed":
            return Record(_KINDS[head.kind], body, head.key)

    return codec.read_record(line, head)
