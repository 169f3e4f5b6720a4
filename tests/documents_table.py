"""Prints what becomes of every file of the corpus, by folder and format: ``python -m tests.documents_table``.

The table in docs/documents.md is what this prints.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import anyio

from robasync.errors import DocumentError
from robasync.extract.files import FileExtractor
from robasync.model import Extract
from tests import corpus, papers

FOLDERS = ("trials/pdf", "trials/jats", "trials/txt", "jats_samples", "docx", "nasty_pdf")

Ends = Mapping[str, Extract | DocumentError]


async def extracted(folder: Path) -> Ends:
    """Return what becomes of every file below a folder, by name, two worker processes at work."""
    extractor = FileExtractor(processes=2, timeout_seconds=20, memory_limit_gb=1)
    ends: dict[str, Extract | DocumentError] = {}

    async def one(path: Path) -> None:
        name = path.relative_to(folder).as_posix()
        try:
            ends[name] = await extractor.extract(papers.document(path, name=name))
        except DocumentError as error:
            ends[name] = error

    async with anyio.create_task_group() as tasks:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            tasks.start_soon(one, path)

    return dict(sorted(ends.items()))


def rows(name: str, ends: Ends) -> Iterator[str]:
    """Yield a row of the table for each ending of a file's name."""
    for ending in sorted({Path(file).suffix for file in ends}):
        results = [end for file, end in ends.items() if Path(file).suffix == ending]
        texts = [end for end in results if isinstance(end, Extract)]
        failed = Counter(type(end).__name__ for end in results if not isinstance(end, Extract))
        yield (
            f"| `{name}` | {ending} | {len(results)} | {len(texts)} | {len(results) - len(texts)} |"
            f" {_counted(failed.most_common())} |"
        )


def _counted(kinds: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in kinds) or "none"


def main() -> None:
    """Print the table; the names of those that failed go to stderr."""
    print("| folder | ending | files | read | failed | as |\n|---|---|---|---|---|---|")
    for name in FOLDERS:
        ends = anyio.run(extracted, corpus.folder(name))
        print("\n".join(rows(name, ends)))
        for file, end in ends.items():
            if not isinstance(end, Extract):
                print(f"{file}: {type(end).__name__}: {end}", file=sys.stderr)


if __name__ == "__main__":
    main()
