"""results/<document name>.json: what became of one document, readable by hand and provable later.

The checksum is over the outcome's values: indenting or reordering the file keeps it valid,
changing any value does not. One file costs about 0.3 ms of CPU, most of it the system's
(open, write, rename), in one crossing to a thread. Of an encrypted session the file is
results/<document name>.json.sealed; ``robasync unseal`` shows what it holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiofiles.ospath import wrap  # type: ignore[attr-defined]  # public, but not in the stubs

from robasync.errors import CheckpointError, StorageError
from robasync.model import AssessorKind
from robasync.reports import names, place, rows, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from robasync.model import Outcome

FORMAT: Final = 1
LARGEST: Final = 64 * 1024 * 1024  # bytes of a result file that is read back


def _as_it_is(data: bytes) -> bytes:
    return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """What stands around a result file's content: ``close`` encrypts it, ``open`` undoes that.

    ``suffix`` is added to the file's name.
    """

    suffix: str = ""
    close: Callable[[bytes], bytes] = _as_it_is
    open: Callable[[bytes], bytes] = _as_it_is

    def path(self, folder: Path, document: str, *, crowded: frozenset[str] = frozenset()) -> Path:
        """Return where the file of ``document`` lies; ``crowded`` is ``names.crowded`` of all of them."""
        path = folder / names.path(document, crowded=crowded)

        return path.with_name(f"{path.name}{self.suffix}") if self.suffix else path


async def write(
    folder: Path,
    outcomes: Sequence[Outcome],
    *,
    crowded: frozenset[str] = frozenset(),
    wrapping: Wrapping | None = None,
) -> list[place.Written]:
    """Write outcomes below ``folder``, each replacing an older one of the same document.

    ``crowded`` is ``names.crowded`` of all documents. Raises StorageError at the first file
    that cannot be written.
    """
    # One crossing to a thread for all of them.
    written: list[place.Written] = await wrap(_write_all)(folder, outcomes, crowded, wrapping or Wrapping())

    return written


def _write_all(
    folder: Path, outcomes: Sequence[Outcome], crowded: frozenset[str], wrapping: Wrapping
) -> list[place.Written]:
    written = []

    for outcome in outcomes:
        path = wrapping.path(folder, outcome.document, crowded=crowded)
        written.append(_write(path, wrapping.close(encode(outcome))))

        if wrapping.suffix:  # an older one in clear would go on telling what is encrypted now
            with place.translated(folder):
                path.with_name(path.name.removesuffix(wrapping.suffix)).unlink(missing_ok=True)

    return written


def encode(outcome: Outcome) -> bytes:
    """Return the file's content."""
    content = {
        "format": FORMAT,
        "notice": _notice(outcome),
        "checksum": _checksum(outcome),
        "outcome": outcome,
    }

    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def decode(raw: bytes) -> Outcome:
    """Return the outcome that a result file proves; raises StorageError for a changed or foreign file."""
    content = _content(raw)
    outcome = rows.outcome(content.get("outcome"))

    given = _as_given(orjson.loads(orjson.dumps(outcome)), content["outcome"])

    if content.get("format") != FORMAT or content.get("checksum") != _checksum(given):
        raise StorageError(f"The result file of {outcome.document!r} was changed: its checksum does not fit.")

    return outcome


def tells(path: Path, outcome: Outcome, *, wrapping: Wrapping) -> bool:
    """Return whether the file at ``path`` can be read, is whole, and tells that outcome."""
    try:
        return decode(wrapping.open(path.read_bytes())) == outcome
    except (OSError, CheckpointError, StorageError):
        return False


def _content(raw: bytes) -> dict[str, Any]:
    if len(raw) <= LARGEST:
        with suppress(orjson.JSONDecodeError):
            content = orjson.loads(raw)

            if isinstance(content, dict):
                return content

    raise StorageError("This is not a result file of robasync.")


def _as_given(full: Any, given: Any) -> Any:
    """Return ``full`` without the keys that ``given`` lacks: a file of an earlier version has fewer."""
    if isinstance(full, dict) and isinstance(given, dict):
        return {key: _as_given(value, given[key]) for key, value in full.items() if key in given}

    if isinstance(full, list) and isinstance(given, list):
        return [_as_given(*pair) for pair in zip(full, given, strict=True)]

    return full


def _checksum(outcome: object) -> str:
    return "sha256:" + hashlib.sha256(orjson.dumps(outcome)).hexdigest()


def _notice(outcome: Outcome) -> str:
    if outcome.assessment is None:
        return f"Not assessed. {wording.advice(outcome)}"

    is_baseline = outcome.assessment.assessor_kind is AssessorKind.BASELINE

    return wording.BASELINE if is_baseline else wording.PROPOSED


def _write(target: Path, raw: bytes) -> place.Written:
    draft = target.with_name(f".{target.name}.%tmp")

    with place.translated(target.parent):
        try:
            draft.write_bytes(raw)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(raw)

        return place.put(draft, target, mark=names.MARK)
