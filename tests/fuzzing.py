"""Documents changed at random, with regard to their structure, read by the real pool of workers.

    scripts/fuzz --minutes 10 --seed 1

Each must end as an extract or a DocumentError, within the limit of time and a margin; no other
exception, no death of this process, and its own memory must stay what it was. What breaks a
rule is written below ``--keep`` with the seed that makes it again; so is what a reader did not
foresee (ExtractionCrashed), which breaks none.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import resource
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio

from robasync.errors import DocumentError, ExtractionCrashed
from robasync.extract.files import FileExtractor
from tests import papers, poison
from tests.corpus import CORPUS

SECONDS, MARGIN_SECONDS, GIGABYTES = 5.0, 20.0, 1.0
PARENT_MEGABYTES = 400
"""By which the memory of this process may grow."""

MOST_BYTES = 20_000_000
LARGEST = 400_000  # bytes of a file that is changed: small ones are read more often
STRANGE = (b"\x00", b"\xff\xfe", b"<", b"&", b"%PDF-", b"endobj", b"PK\x03\x04", b"]]>", b"\xf3\xa0\x81\x81")
NUMBERS = (b"-1", b"0", b"4294967296", b"99999999999999999999", b"1e308", b"NaN")
ENTITIES = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'

Change = Callable[[bytes, random.Random], bytes]


def _bytes(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 30)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)

    return bytes(changed)


def _cut(content: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[:start] if chance.random() < 0.5 else content[:start] + content[end:]


def _repeat(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    piece = content[start : start + chance.randint(1, 2_000)]
    return content[:start] + piece * chance.choice((2, 10, 200)) + content[start:]


def _insert(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(STRANGE) * chance.choice((1, 3, 5_000)) + content[at:]


def _numbers(content: bytes, chance: random.Random) -> bytes:
    found = [*re.finditer(rb"\d+", content)]
    for match in sorted(chance.sample(found, min(len(found), 5)), key=re.Match.start, reverse=True):
        content = content[: match.start()] + chance.choice(NUMBERS) + content[match.end() :]

    return content


def _streams(content: bytes, chance: random.Random) -> bytes:
    """Change what is packed in a PDF's stream, and pack it again."""
    found = [*re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)]
    if not found:
        return _bytes(content, chance)

    match = chance.choice(found)
    try:
        plain = zlib.decompress(match[1].rstrip()) or b" "
    except zlib.error:
        return _bytes(content, chance)

    change = chance.choice((_bytes, _cut, _repeat, _numbers))
    packed = zlib.compress(change(plain, chance)[:5_000_000])
    return content[: match.start(1)] + packed + b"\n" + content[match.end(1) :]


def _members(content: bytes, chance: random.Random) -> bytes:
    """Change one member of a ZIP archive as markup, or drop it, or name it otherwise."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        return _bytes(content, chance)

    name = chance.choice(sorted(members))
    deed = chance.random()
    if deed < 0.1:
        del members[name]
    elif deed < 0.2:
        members[f"../{name}"] = members.pop(name)
    elif members[name]:
        members[name] = chance.choice(MARKUP)(members[name], chance)

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, held in members.items():
            archive.writestr(each, held)

    return file.getvalue()


def _elements(content: bytes, chance: random.Random) -> bytes:
    """Drop, double, nest or rename elements."""
    tags = [*re.finditer(rb"</?[A-Za-z][^<>]*>", content)]
    if not tags:
        return _bytes(content, chance)

    first, second = sorted((chance.choice(tags), chance.choice(tags)), key=lambda match: match.start())
    piece = content[first.start() : second.end()]
    new = chance.choice((b"", piece * 2, first[0] * chance.choice((5, 3_000)), piece.replace(b"p", b"td", 5)))
    return content[: first.start()] + new + content[second.end() :]


def _entities(content: bytes, chance: random.Random) -> bytes:
    at = content.find(b"?>") + 2 if b"?>" in content[:200] else 0
    start = chance.randrange(at, len(content) + 1)
    return (
        content[:at]
        + ENTITIES
        + content[at:start]
        + chance.choice((b"&b;", b"&x;", b"&#0;"))
        + content[start:]
    )


def _encoding(content: bytes, chance: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-be", "latin-1", "utf-8-sig", "utf-32")), "replace")


ANY: tuple[Change, ...] = (_bytes, _cut, _repeat, _insert)
MARKUP: tuple[Change, ...] = (*ANY, _elements, _elements, _entities, _numbers)
BY_ENDING: dict[str, tuple[Change, ...]] = {
    ".pdf": (*ANY, _numbers, _numbers, _streams, _streams, _streams),
    ".docx": (_members, _members, _members, *ANY),
    ".odt": (_members, _members, _members, *ANY),
    ".xml": (*MARKUP, _encoding),
    ".nxml": (*MARKUP, _encoding),
    ".html": (*MARKUP, _encoding),
    ".txt": (*ANY, _encoding, _encoding),
}


def originals() -> list[tuple[str, bytes]]:
    """Return names and contents of what is changed: examples, poisoned variants, small corpus files."""
    found = [(name, content) for name, _, content in poison.variants()]
    files = [*poison.EXAMPLES.iterdir(), *CORPUS.rglob("*")]
    for path in sorted(path for path in files if path.suffix in BY_ENDING and path.is_file()):
        if 0 < path.stat().st_size <= LARGEST:
            found.append((path.name, path.read_bytes()))

    return found


def changed(seed: int, files: Sequence[tuple[str, bytes]], kinds: Sequence[str]) -> tuple[str, bytes]:
    """Return the file that a seed makes: of one of the kinds, changed one to three times."""
    chance = random.Random(seed)
    kind = chance.choice(kinds)
    name, content = chance.choice([file for file in files if file[0].endswith(kind)])
    for _ in range(chance.randint(1, 3)):
        if content:
            content = chance.choice(BY_ENDING[kind])(content, chance)[:MOST_BYTES]

    return f"{seed}-{name}", content or b" "


class Round:
    """One run: what became of the files, what broke a rule, and what nobody foresaw."""

    def __init__(self, folder: Path, keep: Path | None) -> None:
        self.ends: Counter[str] = Counter()
        self.finds: list[str] = []
        self.unforeseen: list[str] = []
        self._folder = folder
        self._keep = keep
        self._extractor = FileExtractor(processes=2, timeout_seconds=SECONDS, memory_limit_gb=GIGABYTES)

    async def read(self, name: str, content: bytes) -> None:
        """Read one file and judge how it ends."""
        path = self._folder / name
        path.write_bytes(content)
        began = time.monotonic()
        try:
            with anyio.fail_after(SECONDS + MARGIN_SECONDS):
                await self._extractor.extract(papers.document(path))

            self._count(name, "extract")
        except ExtractionCrashed as error:
            self._count(name, type(error).__name__)
            self.unforeseen.append(f"{name}: {error}")
            self._hold(name, content)
        except DocumentError as error:
            self._count(name, type(error).__name__)
        except Exception as error:  # what this looks for
            self._find(
                name, content, f"{type(error).__name__} after {time.monotonic() - began:.1f} s: {error}"
            )
        finally:
            path.unlink()

    def _count(self, name: str, end: str) -> None:
        self.ends[f"{Path(name).suffix}: {end}"] += 1

    def _find(self, name: str, content: bytes, what: str) -> None:
        self._count(name, "FOUND")
        self.finds.append(f"{name}: {what[:300]}")
        self._hold(name, content)

    def _hold(self, name: str, content: bytes) -> None:
        if self._keep:
            self._keep.mkdir(parents=True, exist_ok=True)
            (self._keep / name).write_bytes(content)


async def fuzz(*, seed: int, seconds: float, most: int = sys.maxsize, keep: Path | None = None) -> Round:
    """Read changed files for so long, or so many of them, two at a time."""
    files = originals()
    kinds = sorted({Path(name).suffix for name, _ in files})
    until = time.monotonic() + seconds
    seeds = iter(range(seed * 1_000_000, seed * 1_000_000 + most))
    with tempfile.TemporaryDirectory() as folder:
        result = Round(Path(folder), keep)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        async def work() -> None:
            for each in seeds:
                if time.monotonic() > until:
                    return

                await result.read(*changed(each, files, kinds))

        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(work)

    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if grown > PARENT_MEGABYTES:
        result.finds.append(f"this process grew by {grown:.0f} MB")

    return result


def main() -> int:
    """Fuzz, print what became of the files, and end with 1 where a rule was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-finds"))
    given = parser.parse_args()
    result = anyio.run(lambda: fuzz(seed=given.seed, seconds=60 * given.minutes, keep=given.keep))
    for end, count in sorted(result.ends.items()):
        print(f"{count:6} {end}")

    print(f"{len(result.unforeseen)} not foreseen by a reader", *result.unforeseen, sep="\n")
    print(f"{result.ends.total()} files, {len(result.finds)} finds", *result.finds, sep="\n")
    return 1 if result.finds else 0


if __name__ == "__main__":
    sys.exit(main())
