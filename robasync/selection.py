"""Which documents of a folder a session is about, and which model it asks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from robasync import documents
from robasync.documents import Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """All documents, the ones named, or a drawn sample; ``model`` is the name given on the command line.

    Another selection is another session.
    """

    only: tuple[str, ...] = ()
    sample: int | None = None
    seed: int | None = None
    start_index: int = 0
    model: str | None = None

    def of(self, folder: Folder) -> Folder:
        """Return the folder reduced to the selection. Raises UsageError for an unknown name."""
        if self.only:
            return documents.only(folder, self.only)

        if self.sample is not None:
            return documents.sample(folder, self.sample, seed=self.seed or 0)

        return folder.selected(folder.names[self.start_index :]) if self.start_index else folder

    @property
    def body(self) -> dict[str, Any]:
        """The selection as the journal keeps it."""
        return asdict(self)

    @classmethod
    def from_body(cls, body: Any) -> Selection:
        """Return the selection that a journal holds; anything else is all documents."""
        if not isinstance(body, dict):
            return cls()

        return cls(
            only=tuple(body.get("only") or ()),
            sample=body.get("sample"),
            seed=body.get("seed"),
            start_index=body.get("start_index") or 0,
            model=body.get("model"),
        )
