"""What a run is given, and the objects that live as long as it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from robasync.app import assembly, boards
from robasync.app.vault import wrapping
from robasync.batches import Batch
from robasync.documents import Folder
from robasync.records import Entry, Kind, Record
from robasync.reports import names, results
from robasync.service.narrator import Narrator
from robasync.service.newest import Newest
from robasync.service.results import ResultFiles
from robasync.settings import Settings
from robasync.store import space
from robasync.store.checkpointer import Checkpointer, Options
from robasync.store.compression import Compression, best
from robasync.store.files import Files
from robasync.store.index import Index
from robasync.store.journal import Journal
from robasync.store.opening import Opened
from robasync.store.places import Place
from robasync.store.replies import RecordedReplies
from robasync.store.triggers import Triggers

CALLS = frozenset({Kind.INTENT, Kind.REPLY, Kind.CALL_FAILED})  # only the books look at these


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that a run is given. ``first`` is the record it begins with.

    ``batches`` yields the work, ``due`` documents; ``others`` are the places and ids of the
    sessions whose replies may be reused; ``cores`` bounds the processes that read PDFs. A run that
    ``is_mute`` sends nothing: a document that needs an answer that is not recorded stays as it is.
    """

    settings: Settings
    plan: assembly.Plan
    folder: Folder
    files: Files
    opened: Opened
    session_id: str
    first: Record
    batches: Iterator[Batch]
    due: int
    others: Sequence[tuple[Place, str]]
    workers: int
    cores: int
    is_mute: bool = False


class Live:
    """The objects of a run that live inside the event loop, and the one feed that they share.

    What becomes durable is folded into the session first; everything else looks at the
    same records after it.
    """

    def __init__(self, job: Job) -> None:
        settings, place = job.settings, job.opened.place
        self.session = job.opened.session
        self._due = job.due
        self.narrator = Narrator()
        self.newest = Newest(boards.board(job.plan))
        self.replies = RecordedReplies(
            job.files, place, session=job.session_id, keys=job.opened.keys, others=job.others
        )
        self.checkpointer = Checkpointer(
            job.files,
            place,
            self.session,
            options=_options(settings),
            on_saved=self.narrator.saved,
            on_failed=self.narrator.failed,
            caches=[
                Index(
                    job.files,
                    place,
                    session=self.session,
                    keys=job.opened.keys,
                    damage=job.opened.damage,
                )
            ],
        )
        self.triggers = Triggers(
            self.checkpointer.mark,
            interval=settings.parallel.checkpoint_interval,
            on_batch_complete=settings.parallel.checkpoint_on_batch_complete,
            on_error=settings.parallel.checkpoint_on_error,
        )
        self.result_files = ResultFiles(
            partial(
                results.write,
                settings.paths.output_folder / "results",
                crowded=names.crowded(job.folder.names),
                wrapping=wrapping(place, session=job.session_id),
            )
        )
        self.journal = Journal(
            job.files,
            place,
            tail=job.opened.tail,
            on_commit=self._committed,
            on_trouble=self.narrator.trouble,
            on_relief=self.narrator.relief,
            headroom=_headroom(job, place),
        )

    @property
    def is_done(self) -> bool:
        """Whether nothing that is known of is left to do."""
        return not (self.session.left or self.undone)

    @property
    def undone(self) -> int:
        """How many of the documents that were to be done have no outcome of this run."""
        return max(self._due, 0)

    def _committed(self, entries: Sequence[Entry]) -> None:
        self.replies.observe(entries)

        for entry in entries:
            self.session.apply(entry)

            if entry.record.kind is Kind.OUTCOME:
                self._due -= 1
            elif entry.record.kind is Kind.BATCH_STARTED and "total" in entry.record.body:
                self._due += len(entry.record.body["documents"])  # they came while it runs

            if entry.record.kind not in CALLS:
                self.triggers.observe(entry)
                self.result_files.observe(entry)
                self.narrator.observe(entry)
                self.newest.observe(entry)


def _options(settings: Settings) -> Options:
    system, parallel = settings.checkpoint_system, settings.parallel

    return Options(
        backup_folder=settings.paths.checkpoint_backup_dir,
        backup_interval=system.backup_interval,
        clean_up=system.auto_cleanup_old,
        compression=best() if system.compression else Compression.NONE,
        max_backups=parallel.max_checkpoint_backups,
        validate=system.validation_on_save,
        automatic=settings.processing.enable_resume,
    )


def _headroom(job: Job, place: Place) -> int:
    model = job.plan.model
    max_tokens = model.max_tokens if model else 0

    return space.headroom(calls=job.workers, max_tokens=max_tokens, is_sealed=place.is_sealed)
