"""The input folder: which files are documents, and in which order."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from robasync.errors import NoDocuments, UsageError

# Endings of files that may be reports. What a file really is, its content decides later;
# a file that ends in none of these is left out and counted, so that a reference list or a
# spreadsheet beside the reports is not a failed study.
REPORT_ENDINGS = frozenset(
    {
        ".pdf",
        ".txt",
        ".text",
        ".md",
        ".markdown",
        ".docx",
        ".docm",
        ".doc",
        ".odt",
        ".rtf",
        ".xml",
        ".nxml",
        ".jats",
        ".htm",
        ".html",
        ".xhtml",
        ".epub",
    }
)
READ = "PDF, DOCX, ODT, JATS XML, saved pages (HTML), text or Markdown"
TEMPORARY_ENDINGS = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".swp", ".bak", "~")
TEMPORARY_STARTS = (".", "~$", "._")
SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})

OUTPUT_FILES = frozenset({"report.html", "results.csv", "summary.json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The documents below ``root`` in a stable order: by name, part by part.

    ``left_out`` counts the files that are no reports, by ending. ``odd`` holds the real
    path of each file whose name is not valid Unicode and is shown with escapes.
    """

    root: Path
    names: tuple[str, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    odd: Mapping[str, Path] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """Return the path of the document called ``name``."""
        return self.odd.get(name) or self.root / name

    def location(self, name: str) -> str:
        """Return the same as text; cheap, for those who look at a million files."""
        return f"{self.root}/{name}" if name not in self.odd else os.fspath(self.odd[name])

    def selected(self, names: Sequence[str]) -> Folder:
        """Return the folder reduced to ``names``."""
        return Folder(root=self.root, names=tuple(names), left_out=self.left_out, odd=self.odd)


def walk(root: Path, *, without: Sequence[Path] = (), shared: Callable[[str], str] = str) -> Folder:
    """Return the documents below ``root``; hidden and temporary files are skipped.

    Links are followed, a link that leads back to a folder above itself is not. A file
    under two names is two documents with the same bytes. ``without`` names folders that
    are our own (output, checkpoints); ``shared`` returns a name as it is in memory already,
    so that no name of a large folder is held twice. Raises NoDocuments when nothing is left.
    """
    if not root.is_dir():
        problem = "is a file, not a folder" if root.exists() else "does not exist"
        raise NoDocuments(
            f"Input folder {problem}: {root}\nName the folder with the reports: robasync run -i FOLDER"
        )

    left_out: Counter[str] = Counter()
    odd: dict[str, Path] = {}
    paths = _reports(_files(os.fspath(root), ancestors=(), without=_identities(without)), left_out)
    names = tuple(map(shared, _named(os.fspath(root), paths, odd)))

    if not names:
        raise NoDocuments(_nothing_found(root, left_out))

    return Folder(root=root, names=names, left_out=dict(left_out), odd=odd)


def only(folder: Folder, wanted: Sequence[str]) -> Folder:
    """Return the folder reduced to the documents named in ``wanted``, in folder order.

    Raises UsageError for a name that the folder does not hold, with the nearest ones.
    """
    known = set(folder.names)

    for name in wanted:
        if name not in known:
            near = get_close_matches(name, folder.names, n=3, cutoff=0.4)
            hint = f"Nearest: {', '.join(near)}" if near else "Names are paths below the input folder."
            raise UsageError(f"No document called {name!r} in {folder.root}\n{hint}")

    chosen = set(wanted)

    return folder.selected([name for name in folder.names if name in chosen])


def sample(folder: Folder, size: int, *, seed: int) -> Folder:
    """Return ``size`` documents drawn with ``seed``, in folder order; the same seed draws the same ones."""
    if size >= len(folder.names):
        return folder

    drawn = random.Random(seed).sample(range(len(folder.names)), size)  # noqa: S311 - a pilot, not a secret

    return folder.selected([folder.names[index] for index in sorted(drawn)])


def _files(
    folder: str, *, ancestors: tuple[tuple[int, int], ...], without: frozenset[tuple[int, int]]
) -> Iterator[str]:
    facts = os.stat(folder)  # noqa: PTH116 - os paths: a million Path objects cost seconds
    here = (facts.st_dev, facts.st_ino)

    if here in ancestors or here in without:
        return

    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)

    except PermissionError as error:
        # Going on without it would make studies vanish in silence.
        raise UsageError(
            f"Folder cannot be read: {folder}\nAllow reading it, or move it out of the input."
        ) from error

    if {entry.name for entry in ordered} >= OUTPUT_FILES:
        return  # results of an earlier run

    for entry in ordered:
        if _is_temporary(entry.name):
            continue

        try:
            is_folder, is_document = entry.is_dir(), entry.is_file() or not _leads_somewhere(entry)
        except OSError:  # a link that leads round to itself
            continue

        if is_folder:
            yield from _files(entry.path, ancestors=(*ancestors, here), without=without)
        elif is_document:
            yield entry.path


def _leads_somewhere(entry: os.DirEntry[str]) -> bool:
    # A link whose target is gone stays in the list, so that the study is named as unreadable.
    return not entry.is_symlink() or os.path.exists(entry.path)  # noqa: PTH110


def _is_temporary(name: str) -> bool:
    lower = name.lower()

    return lower.startswith(TEMPORARY_STARTS) or lower.endswith(TEMPORARY_ENDINGS) or lower in SYSTEM_FILES


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()  # noqa: PTH122 - as above


def _reports(paths: Iterable[str], left_out: Counter[str]) -> Iterator[str]:
    """Yield the paths of reports, and count the others by ending."""
    usual = tuple(REPORT_ENDINGS)

    for path in paths:
        if path.endswith(usual):  # quicker than to take the ending off
            yield path
            continue

        ending = _ending(path)

        if ending in REPORT_ENDINGS or not ending:
            yield path
        else:
            left_out[ending] += 1


def _identities(folders: Sequence[Path]) -> frozenset[tuple[int, int]]:
    facts = []

    for folder in folders:
        with suppress(OSError):  # one that is missing, or lies where nobody may look: no walk gets there
            facts.append(folder.stat())

    return frozenset((fact.st_dev, fact.st_ino) for fact in facts)


def _named(root: str, paths: Iterable[str], odd: dict[str, Path]) -> Iterator[str]:
    """Yield each path's name below ``root``, and note the paths whose names are not Unicode."""
    start = len(root.rstrip(os.sep)) + 1

    for path in paths:
        name = path[start:].replace(os.sep, "/")

        if not name.isascii() and not _is_unicode(name):
            name = os.fsencode(name).decode("utf-8", "backslashreplace")
            odd[name] = Path(path)

        yield name


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False

    return True


def _nothing_found(root: Path, left_out: Mapping[str, int]) -> str:
    if not left_out:
        return f"Input folder is empty: {root}\nPut reports ({READ}) there, or name another folder: -i"

    seen = ", ".join(f"{count} {ending}" for ending, count in sorted(left_out.items()))

    return f"No reports in {root}: it holds only {seen}.\nReports are {READ}."
