"""storage/search/holder.py — class Holder: the index file that answers; nobody ever sees one that is being exchanged.

Opened when it is first needed. What turns out damaged is thrown away, and work goes on with a new and empty one; a file that
somebody replaced is let go; a successor takes the place of the old one in one step. All three wait for whoever is using the
old one, and whoever comes meanwhile waits. Any thread; nobody may use one file while holding another.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from storage.connection import Database
from storage.errors import DamagedFile, DiskFails, Known
from storage.files import disk_faults, sync_folder
from storage.search.asking import Abandoned
from storage.search.building import Abandon
from storage.search.indexfile import IndexFile, Overtaken, Recipe
from storage.search.postings import BadSegment

#: How often work is begun anew because the index turned out damaged.
TRIES = 3
_ENDINGS = ("", "-wal", "-shm", "-journal")

T = TypeVar("T")


class Closed(RuntimeError):
    """The index has been closed."""


class Damaged(Exception):
    """This index is worth nothing any more."""

    def __init__(self, file: IndexFile) -> None:
        super().__init__()
        self.file = file


def files_of(path: Path) -> list[Path]:
    """Every file that an index, or another database, at this path may have."""
    return [lock_of(path), *(file.with_name(file.name + end) for file in (path, _beside(path)) for end in _ENDINGS)]


def lock_of(path: Path) -> Path:
    """Whoever builds a successor, in whatever process, holds this."""
    return path.with_suffix(".lock")


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.new{path.suffix}")


def remove_database(path: Path) -> None:
    """Removes a database with its logs. Raises DiskFails, ReadOnly."""
    with disk_faults(path):
        for end in _ENDINGS:
            path.with_name(path.name + end).unlink(missing_ok=True)


class Holder:
    def __init__(self, path: Path, open_database: Callable[[Path], Database], recipe: Callable[[], Recipe]) -> None:
        """A new file is made by the `recipe` of the day."""
        self.path = path
        self.successor = _beside(path)
        self.closed = False
        self._open_database = open_database
        self._recipe = recipe
        self._state = threading.Condition(threading.RLock())
        self._users = 0
        self._leaving = False
        self._file: IndexFile | None = None

    @contextmanager
    def using(self) -> Iterator[IndexFile]:
        """The open index; it will not be closed or discarded meanwhile. Raises Closed."""
        with self._state:
            while self._leaving:
                self._state.wait()
            if self.closed:
                raise Closed("the index is closed")
            if self._file is None:
                self._file = self._open()
            file = self._file
            self._users += 1
        try:
            yield file
        finally:
            with self._state:
                self._users -= 1
                self._state.notify_all()

    def guarded(self, work: Callable[[IndexFile], T]) -> T:
        """Does `work`; when the index turns out damaged, once more on a new and empty one."""
        for _ in range(TRIES):
            try:
                with self.using() as file:
                    return on(file, lambda file=file: work(file))  # type: ignore[misc]
            except Damaged as damage:
                self.discard(damage.file)
        with self.using() as file:
            return work(file)

    def discard(self, file: IndexFile) -> None:
        """Throws this index away, unless somebody already has."""
        with self._alone():
            if self._file is file:
                replaced = file.replaced
                self._leave()
                if not replaced:
                    remove_database(self.path)

    def renewed(self) -> bool:
        """Whether somebody deleted or replaced the file under us; whoever comes next opens what is there."""
        with self.using() as file:
            if not file.replaced:
                return False
        with self._alone():
            if self._file is file:
                self._leave()
        return True

    def succeed(self) -> None:
        """The successor, which is closed, takes the place of the old one."""
        with self._alone():
            self._leave()
            with disk_faults(self.path):
                os.replace(self.successor, self.path)
                # A log that another process kept from being folded in belongs to the file that is gone.
                for end in _ENDINGS[1:]:
                    self.path.with_name(self.path.name + end).unlink(missing_ok=True)
                sync_folder(self.path.parent)

    def close(self) -> None:
        """Waits for who is using it."""
        with self._state:
            self.closed = True
        with self._alone():
            self._leave()

    def _open(self) -> IndexFile:
        recipe = self._recipe()
        if not self.path.exists():
            remove_database(self.path)  # a log whose file is gone
        try:
            return IndexFile(self.path, self._open_database, recipe)
        except (BadSegment, DamagedFile, DiskFails):
            remove_database(self.path)
            return IndexFile(self.path, self._open_database, recipe)

    def _leave(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody is using the index; whoever comes now waits. Not while using it oneself."""
        with self._state:
            while self._leaving:
                self._state.wait()
            self._leaving = True
            while self._users:
                self._state.wait()
            try:
                yield
            finally:
                self._leaving = False
                self._state.notify_all()


def on(file: IndexFile, work: Callable[[], T]) -> T:
    """Tells damage of this index from damage of the archive and from bugs: with a sound index, it was neither. Raises Damaged."""
    try:
        return work()
    except BadSegment as error:
        raise Damaged(file) from error
    except (DamagedFile, DiskFails) as error:
        # A disk that fails for this file alone: the folder has been tried out.
        if error.facts.get("file") == file.path.name:
            raise Damaged(file) from error
        raise
    except (Known, Abandoned, Abandon, Overtaken, Closed, Damaged):
        raise
    except Exception as error:
        if file.sound():
            raise
        raise Damaged(file) from error
