"""Whether pages that are images are read, and with what."""

from __future__ import annotations

from functools import partial

from robasync.extract import ocr, worker
from robasync.extract.pool import Work
from robasync.settings import Settings
from robasync.settings.environment import Environment


def tessdata(settings: Settings) -> str:
    """Return the folder of Tesseract's data, "" where images are not to be read.

    Raises SettingsError where they are and there is no data.
    """
    if not settings.processing.ocr:
        return ""

    return ocr.tessdata(settings.paths.tessdata, Environment.read().tessdata_prefix)


def work(settings: Settings) -> Work:
    """Return what reads a document in a worker process. Raises as ``tessdata`` does."""
    return partial(worker.read, tessdata=tessdata(settings))
