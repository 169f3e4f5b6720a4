"""Why a document's text could not be obtained."""

from __future__ import annotations

from typing import ClassVar

from robasync.errors.base import AssessmentError


class DocumentError(AssessmentError):
    """The document's text could not be obtained."""

    stage: ClassVar[str] = "extract"


class Unreadable(DocumentError):
    """The file could not be opened or read."""

    may_pass: ClassVar[bool] = True


class Changed(DocumentError):
    """The file's bytes changed while it was being read."""

    may_pass: ClassVar[bool] = True


class TooLarge(DocumentError):
    """The file is larger than the limit."""


class EmptyDocument(DocumentError):
    """The file holds no bytes, or no words."""


class TooLittleText(DocumentError):
    """The document holds a few words, which are no report of a trial."""


class AbstractOnly(DocumentError):
    """The document is a record or page that holds the abstract, not the report itself."""


class NoPages(DocumentError):
    """The PDF opens but has no pages."""


class NoTextLayer(DocumentError):
    """The PDF's pages hold no text, only images or drawings."""


class PasswordNeeded(DocumentError):
    """The document is encrypted and needs a password."""


class Damaged(DocumentError):
    """The file is damaged beyond what the reader can repair."""


class WrongType(DocumentError):
    """The file's content is not what its ending says."""


class UnsupportedType(DocumentError):
    """robasync does not read this type of file."""


class ExtractionTimeout(DocumentError):
    """Reading the file took longer than the limit; its process was ended."""


class ExtractionCrashed(DocumentError):
    """The process that read the file died."""


class ExtractionMemory(DocumentError):
    """Reading the file needed more memory than the limit."""
