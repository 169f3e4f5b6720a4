"""The sessions of a checkpoint folder: which there are, and which one a name means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

from robasync.errors import SessionNotFound, StorageError
from robasync.store.copies import rotated_of
from robasync.store.files import Files
from robasync.store.found import Found, look, names_in
from robasync.store.places import Place, split_segment, stem_of, unpacked
from robasync.store.sealing import PLAIN, Seals, unsealed

_LISTED = 5  # sessions named in a message


class Catalogue:
    """Looks sessions up in ``folder``; of a journal it reads the two ends only.

    ``seals`` finds the seals of those that are encrypted.
    """

    def __init__(self, files: Files, folder: Path, seals: Seals = unsealed) -> None:
        self._files = files
        self._folder = folder
        self._seals = seals

    def sessions(self) -> list[Found]:
        """Return the sessions in the folder, the one with the newest record first.

        A copy of a checkpoint whose session lies here with its journal is no session.
        """
        found = [session for place in self.places() if (session := self._look(place))]
        whole = {session.id for session in found if session.has_journal}
        sessions = [session for session in found if session.has_journal or session.id not in whole]

        return sorted(sessions, key=lambda session: (session.newest, session.id), reverse=True)

    def places(self) -> list[Place]:
        """Return where sessions lie in the folder, by name."""
        return list(self._places(self._folder).values())

    def find(self, name: str | None = None) -> Found:
        """Return the session that ``name`` means: a path, a file name in the folder, or an id.

        None means the one with the newest record. A checkpoint without its journal beside it
        is followed to the journal. Raises SessionNotFound, which names what there is instead.
        """
        if name is None:
            sessions = self.sessions()

            if not sessions:
                raise self._not_found(str(self._folder / "*.checkpoint.json"))

            return sessions[0]

        found = [session for place in _places_named(name, self._folder) if (session := self._look(place))]
        found += [session for session in self.sessions() if session.id == name]
        found += [followed for session in found if (followed := self._follow(session))]
        with_journal = [session for session in found if session.has_journal]

        if not found:
            raise self._not_found(name)

        return (with_journal or found)[0]

    def home(self, found: Found) -> Place:
        """Return where the session that was found lies; of a rotated backup alone: where it lay."""
        stem = "" if found.has_journal else rotated_of(found.place.checkpoint.name)

        return (
            replace(found.place, checkpoint=self._folder / f"{stem}.checkpoint.json") if stem else found.place
        )

    def new_id(self, now: datetime) -> str:
        """Return an id, unused in the folder, for a session that starts ``now`` (local time)."""
        first = f"rob_session_{now:%Y%m%d_%H%M%S}"
        taken = {found.id for found in self.sessions()}
        taken.update(name.split(".")[0] for name in names_in(self._files, self._folder))
        number, name = 1, first

        while name in taken:
            number += 1
            name = f"{first}_{number}"

        return name

    def make_way(self, place: Place, *, session: str) -> Place | None:
        """Rename another session's files at ``place`` to ``STEM.SESSION_ID.*``.

        Returns their new place; None if nothing is there or it is ``session`` itself. Raises
        StorageError, and then what was not renamed yet is where it was.
        """
        found = self._look(place)

        if found is None or found.id == session:
            return None

        moved = self._free(f"{place.stem}.{found.id}", place.folder)

        try:
            self._move(place, moved)
        except OSError as error:
            raise StorageError(
                f"The files of session {found.id} cannot be renamed to {moved.stem}.*: {error.strerror}.\n"
                "Name another place for the new session with paths.checkpoint_file."
            ) from error

        return moved

    def _free(self, stem: str, folder: Path) -> Place:
        """Return the place of that stem, or one with a number: no other session's files are replaced."""
        names = names_in(self._files, folder)
        stems = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
        free = next(one for one in stems if not any(name.startswith(f"{one}.") for name in names))

        return Place(folder / f"{free}.checkpoint.json")

    def _move(self, place: Place, moved: Place) -> None:
        names = names_in(self._files, place.folder)

        for path in place.checkpoints(names):
            suffix = path.name.removeprefix(place.checkpoint.name)
            self._files.rename(path, moved.packed(suffix))

        for number in place.segments(names):
            self._files.rename(place.segment(number), moved.segment(number))

        if place.index.name in names:
            self._files.rename(place.index, moved.index)

        self._files.sync_folder(place.folder)

    def _places(self, folder: Path) -> dict[str, Place]:
        """Return the places in ``folder`` by stem, in order."""
        names = names_in(self._files, folder)
        segments = filter(None, map(split_segment, names))
        files = {stem: f"{stem}.checkpoint.json" for stem, _ in segments}

        for name in map(unpacked, names):
            if name.endswith(".checkpoint.json") or (name.endswith(".json") and stem_of(name) in files):
                files[stem_of(name)] = name

        return {stem: Place(folder / name) for stem, name in sorted(files.items())}

    def _look(self, place: Place) -> Found | None:
        return look(self._files, place, self._seals)

    def _follow(self, found: Found) -> Found | None:
        """Return the session of a checkpoint that was copied, moved or renamed."""
        is_known = found.checkpoint is not None or found.place.seal is not PLAIN

        if found.has_journal or not is_known:
            return None

        for segment in found.checkpoint.segments[:1] if found.checkpoint else ():
            # What a file says is looked for beside it, and nowhere else.
            if (split := split_segment(Path(segment).name)) is not None:
                place = self._places(found.place.folder).get(split[0])
                beside = self._look(place) if place is not None else None

                if beside is not None and beside.id == found.id:
                    return beside

        return next((session for session in self.sessions() if session.id == found.id), None)

    def _not_found(self, name: str) -> SessionNotFound:
        sessions = [found.id for found in self.sessions()][:_LISTED]
        there = (
            f"sessions in {self._folder}: {', '.join(sessions)}" if sessions else "there is no session yet"
        )

        return SessionNotFound(
            f"Checkpoint file not found: {name} ({there}).\n"
            "Name one with: robasync resume -s SESSION; or begin with: robasync run -i FOLDER"
        )


def _places_named(name: str, folder: Path) -> Iterator[Place]:
    for path in (Path(name), folder / name):
        split = split_segment(path.name)

        if split is not None:
            yield Place(path.parent / f"{split[0]}.checkpoint.json")
        elif unpacked(path.name).endswith(".json"):
            yield Place(path.with_name(unpacked(path.name)))

    yield Place(folder / f"{name}.checkpoint.json")
