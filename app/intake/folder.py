"""app/intake/folder.py — which files in the scan folder are whole.

Scanners write page by page, close and open again, and rename; a share may stall. A file is whole when its size, its
time and its identity have not changed for a while, nobody has it open for writing, and it ends as its format should;
one whose ending is wrong is given longer, then taken all the same: its bytes are kept and the reader says what is
wrong. Events of the operating system get lost in bursts, so they only hint; looking is the truth.

`Settling` is pure: it is told what is there and what time it is. Not for concurrent use.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

#: How much longer a file with a wrong ending is waited for.
PATIENCE = 10
_LITTER = {"thumbs.db", "desktop.ini", ".ds_store"}
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".download", ".unfinished")
_TAIL_BYTES = 2048
_STRIPS, _STRIP_LENGTHS, _TILES, _TILE_LENGTHS = 273, 279, 324, 325
_TIFF_DATA = {_STRIPS, _STRIP_LENGTHS, _TILES, _TILE_LENGTHS}
_TIFF_MOST = 20_000
_TIFF_WIDTHS = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


@dataclass(frozen=True, slots=True)
class Seen:
    """One state of one path."""

    path: Path
    size_bytes: int
    modified_ns: int
    inode: int


def look(folder: Path, spared: Path | None = None) -> Iterator[Seen]:
    """Every regular file below `folder`, but none of `spared`. Links are not followed; a file that vanishes is left out."""
    if spared is not None and same(folder, spared):
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        # The folder itself is asked about by the caller; one below may vanish or be closed to us at any time.
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    yield from look(Path(entry.path), spared)
                continue
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield Seen(Path(entry.path), status.st_size, status.st_mtime_ns, status.st_ino)


def same(one: Path, other: Path) -> bool:
    """Whether both lead to one existing file or folder."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def litter(name: str) -> str:
    """Why a file of this name is no paper (a reason code), or an empty string."""
    lower = name.lower()
    if lower in _LITTER:
        return "system_file"
    if lower.startswith((".", "~")):
        return "hidden_file"
    if lower.endswith(_UNFINISHED):
        return "unfinished_file"
    return ""


class Settling:
    """Remembers how long each file has been still."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._since: dict[Path, tuple[Seen, float]] = {}

    def still(self, seen: Iterable[Seen], now_s: float) -> list[tuple[Seen, bool]]:
        """Those still long enough, each with whether it has also outlasted the patience for a wrong ending."""
        present: dict[Path, tuple[Seen, float]] = {}
        found = []
        for state in seen:
            before = self._since.get(state.path)
            since = before[1] if before and before[0] == state else now_s
            present[state.path] = (state, since)
            age = now_s - since
            if age >= self._settle_s:
                found.append((state, age >= self._settle_s * (1 + PATIENCE)))
        self._since = present
        return found

    @property
    def waiting(self) -> int:
        """How many files are being waited for."""
        return len(self._since)

    def forget(self, path: Path) -> None:
        self._since.pop(path, None)


def ends_well(path: Path) -> bool:
    """Whether the file ends as its first bytes promise; unknown formats promise nothing. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(16)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
        if head.startswith(b"%PDF"):
            return b"%%EOF" in tail
        if head.startswith(b"\xff\xd8"):
            return b"\xff\xd9" in tail
        if head.startswith(b"\x89PNG"):
            return b"IEND" in tail
        if head.startswith(b"PK\x03\x04"):
            return b"PK\x05\x06" in tail
        if head.startswith(b"RIFF"):
            return size >= int.from_bytes(head[4:8], "little") + 8
        if head[:4] in (b"II*\x00", b"MM\x00*"):
            return _tiff_is_whole(file, size, "little" if head[:2] == b"II" else "big")
    return True


def being_written(path: Path) -> bool:
    """Whether another process has the file open for writing, where the system can tell. Raises OSError."""
    if sys.platform == "linux":
        import fcntl

        descriptor = os.open(path, os.O_RDONLY)
        try:
            # A read lease is refused while anybody has the file open for writing. Who opens it while we hold the lease
            # has the kernel send us a signal: SIGIO would end the program, SIGURG is ignored.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except BlockingIOError:
            return True
        except OSError:
            return False  # a share that knows no leases, or a file of another user: cannot tell
        finally:
            os.close(descriptor)
        return False
    if sys.platform == "win32":
        try:
            os.rename(path, path)
        except PermissionError:
            return True
    return False


class Hints(FileSystemEventHandler):
    """watchdog's events as one flag: something may have happened. Any thread."""

    def __init__(self, folder: Path) -> None:
        self._flag = threading.Event()
        self._observer: BaseObserver | None = Observer()
        try:
            self._observer.schedule(self, str(folder), recursive=True)
            self._observer.start()
        except OSError:
            self._observer = None  # the system has no watch to spare, or the folder has just gone: looking finds all

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in ("opened", "closed_no_write"):
            self._flag.set()

    def taken(self) -> bool:
        """Whether anything was hinted since the last call."""
        hinted = self._flag.is_set()
        self._flag.clear()
        return hinted

    def stop(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()


def _tiff_is_whole(file: BinaryIO, size: int, order: Literal["little", "big"]) -> bool:
    """Whether the chain of directories, and the strips or tiles each of them names, stay inside the file.

    Some scanners write the directory last, some first.
    """

    def numbers(offset: int, width: int, count: int = 1) -> list[int]:
        file.seek(offset)
        data = file.read(width * count)
        return [int.from_bytes(data[n : n + width], order) for n in range(0, len(data), width)]

    if size < 8:
        return False
    (offset,) = numbers(4, 4)
    visited: set[int] = set()
    while offset and len(visited) < _TIFF_MOST:  # beyond that it is no scan, and the reader will say so
        if offset in visited or offset + 2 > size:
            return False
        visited.add(offset)
        (entries,) = numbers(offset, 2)
        after = offset + 2 + entries * 12
        if after + 4 > size:
            return False
        found: dict[int, list[int]] = {}
        for entry in range(offset + 2, after, 12):
            tag, kind = numbers(entry, 2, 2)
            (count,) = numbers(entry + 4, 4)
            width = _TIFF_WIDTHS.get(kind, 1)
            (place,) = (entry + 8,) if width * count <= 4 else numbers(entry + 8, 4)
            if place + width * count > size:
                return False
            if tag in _TIFF_DATA and count < _TIFF_MOST:
                found[tag] = numbers(place, width, count)
        for starts, lengths in ((_STRIPS, _STRIP_LENGTHS), (_TILES, _TILE_LENGTHS)):
            # Some writers leave the lengths out; then the start alone must lie inside.
            known = found.get(lengths, [])
            if any(
                start + (known[n] if n < len(known) else 0) > size for n, start in enumerate(found.get(starts, []))
            ):
                return False
        (offset,) = numbers(after, 4)
    return bool(visited)
