"""storage/ballast.py — a file without meaning, let go when the disk is full, so that the journal can still say so.

On a full disk not even the refusal of an act can be written down, nor that somebody looked at a record, and without that
nobody may look (promise 5). The ballast gives the journal room for months of single events. What takes more than an event
(papers, pages, packages, the index) waits until the ballast is whole again, which is tried whenever something asks.

Thread-safe. Sizes in bytes.
"""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path

from storage.errors import DiskFails, DiskFull, ReadOnly
from storage.files import disk_faults, remove, sync_folder

BALLAST = "ballast"
SIZE = 16 * 1024 * 1024
#: The ballast is made only where this much is left beside it: it must not itself fill the disk.
BESIDE = 2 * SIZE
#: Opening an archive takes this much: its log, the index's, and the events of the unlocking.
TO_OPEN = 1024 * 1024


class Ballast:
    """The ballast of one archive folder. It is only kept where somebody `keep`s it: a station that was started."""

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        self._path = folder / BALLAST
        self._size = size
        self._lock = threading.Lock()
        self._kept = False
        #: It was released, and the journal does not say so yet.
        self.untold = False

    @property
    def whole(self) -> bool:
        """Whether all of it is there, as space that is really taken."""
        try:
            status = self._path.stat()
        except OSError:
            return False
        taken = getattr(status, "st_blocks", None)
        return status.st_size == self._size and (taken is None or taken * 512 >= self._size)

    @property
    def free(self) -> int:
        """What is left on the disk of the archive."""
        return shutil.disk_usage(self._path.parent).free

    def keep(self) -> bool:
        """From now on there shall be ballast. Whether it is there: on a disk that is nearly full it is made later."""
        self._kept = True
        return self.ready()

    def ready(self) -> bool:
        """Whether something large may be written: not while what is left belongs to the journal. Makes the ballast again when
        there is room for it.
        """
        return not self._kept or self._make()

    def require(self) -> None:
        """Raises DiskFull unless `ready`."""
        if not self.ready():
            raise DiskFull(file=BALLAST)

    def make_room(self) -> None:
        """Before an archive is opened: a database cannot even be read where its log cannot be begun."""
        with suppress(OSError):
            if self.free < TO_OPEN:
                self.release()

    def release(self) -> None:
        """Gives the room back, if there is any to give."""
        with self._lock, suppress(OSError, ReadOnly, DiskFails):
            if self._path.stat().st_size:
                remove(self._path)
                self.untold = True

    def _make(self) -> bool:
        with self._lock:
            if self.whole:
                return True
            with suppress(OSError, DiskFull, ReadOnly, DiskFails), disk_faults(self._path):
                if self.free < self._size + BESIDE:
                    return False
                self._write()
            if self.whole:
                return True
            with suppress(OSError):
                self._path.unlink(missing_ok=True)  # a part of it helps nobody
            return False

    def _write(self) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        try:
            if allocate := getattr(os, "posix_fallocate", None):
                allocate(descriptor, 0, self._size)
            else:
                block = b"\0" * (1024 * 1024)
                for _ in range(self._size // len(block)):
                    os.write(descriptor, block)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self._path.parent)
