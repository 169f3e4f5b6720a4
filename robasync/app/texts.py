"""What a reading process does: small texts by the dozen, each read, looked at and handed over.

The answer is bytes: a list of facts as JSON, then the texts one after the other, as they are.
Of a large file it tells the facts; what is small but no text, or cannot be read, is left to
those who asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import orjson

from robasync.contents import Identified, read
from robasync.errors import DocumentError
from robasync.extract.files import read_text
from robasync.extract.wire import rebuilt
from robasync.extract.worker import limit, shield, step_back
from robasync.front import look
from robasync.model import Document, Extract, Segment
from robasync.screening import Front, Registration, Screening

_LENGTH_BYTES = 8  # of the number, before all else, that says how long the facts are


def prepare(files: Sequence[tuple[str, str]], memory_bytes: int, seconds: float) -> bytes:
    """Return the answer about ``files``, given as pairs of name and path; runs in a process of its own.

    ``memory_bytes`` limits the address space of this process, 0 leaves it alone; ``seconds``
    is what the caller will wait.
    """
    shield()
    step_back()
    limit(memory_bytes, seconds)
    prepared = [_prepared(read(name, Path(path))) for name, path in files]
    facts = orjson.dumps([fact for fact, _ in prepared])

    return b"".join((len(facts).to_bytes(_LENGTH_BYTES, "big"), facts, *(text for _, text in prepared)))


def unpack(answer: bytes, files: Sequence[tuple[str, str]]) -> Iterator[Document | None]:
    """Yield the documents of an answer, in order; None for each that is left to the caller."""
    start = _LENGTH_BYTES + int.from_bytes(answer[:_LENGTH_BYTES], "big")
    facts = orjson.loads(answer[_LENGTH_BYTES:start])
    edges = pairwise(accumulate((fact["length"] for fact in facts), initial=start))

    for (name, path), fact, (first, last) in zip(files, facts, edges, strict=True):
        if not fact["document"]:
            yield None
            continue

        digest, size, mtime_ns, inode = fact["document"]
        yield Document(
            name=name,
            path=Path(path),
            digest=digest,
            size=size,
            mtime_ns=mtime_ns,
            inode=inode,
            extract=_unpacked(fact, answer[first:last].decode()) if fact["extract"] else None,
        )


def _prepared(document: Identified) -> tuple[dict[str, Any], bytes]:
    extract = _extract(document)

    if not isinstance(document, Document) or (extract is None and document.content is not None):
        return {"length": 0, "document": None}, b""

    facts = [document.digest, document.size, document.mtime_ns, document.inode]

    if extract is None:
        return {"length": 0, "document": facts, "extract": None}, b""

    front = look(extract, document.name)
    text = extract.text.encode()

    return {
        "length": len(text),
        "document": facts,
        "extract": replace(extract, text=""),
        "front": [front.study, front.screening, front.digest.hex(), front.registrations],
    }, text


def _extract(document: Identified) -> Extract | None:
    if not isinstance(document, Document):
        return None

    try:
        return read_text(document)
    except DocumentError:
        return None  # said by those who read it again


def _unpacked(fact: dict[str, Any], text: str) -> Extract:
    study, screening, digest, registrations = fact["front"]
    fields = fact["extract"] | {"text": text}
    fields["front"] = Front(
        study=study,
        screening=Screening(**screening) if screening else None,
        digest=bytes.fromhex(digest),
        registrations=tuple(Registration(**one) for one in registrations),
    )

    return rebuilt(fields, tuple([Segment(**segment) for segment in fields["segments"]]))
