"""What reads a document in worker processes: with text recognition where it is wanted and there."""

from __future__ import annotations

from functools import partial

from robasync.extract import drawing, ocr, worker
from robasync.extract.asking import Wish
from robasync.extract.files import FileExtractor
from robasync.settings import Settings
from robasync.settings.environment import Environment


def tessdata(settings: Settings) -> str:
    """Return the folder of Tesseract's data, "" where images are not to be read.

    Raises SettingsError where they are and there is no data.
    """
    return ocr.tessdata(*_places(settings)) if settings.processing.ocr else ""


def extractor(settings: Settings, *, processes: int) -> FileExtractor:
    """Return what reads documents, at most ``processes`` at once. Raises as ``tessdata`` does.

    A scan's own text is compared with its image wherever Tesseract's data are, asked for or not.
    """
    limits = settings.parallel
    folder = tessdata(settings) or ocr.found(*_places(settings))
    wish = Wish(recognises=settings.processing.ocr, compares=bool(folder))

    return FileExtractor(
        processes=processes,
        timeout_seconds=limits.timeout_seconds,
        memory_limit_gb=limits.memory_limit_gb,
        read=partial(worker.read, wish=wish),
        look=partial(drawing.look, tessdata=folder),
    )


def _places(settings: Settings) -> tuple[str | None, ...]:
    named = settings.paths.tessdata
    return str(named) if named else None, Environment.read().tessdata_prefix
