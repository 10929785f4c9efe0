"""storage/files.py — writing a file so that it is whole or absent, also after a power cut."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.errors import DiskFails, DiskFull, ReadOnly

#: The ending of a file that is still being written. Leftovers of a cut are removed by `sweep`.
UNFINISHED = ".unfinished"
#: What a broken disk, a pulled stick and a lost share answer.
_FAILING = {getattr(errno, name) for name in ("EIO", "ENXIO", "ENODEV", "ESTALE", "EREMOTEIO") if hasattr(errno, name)}


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turns a full, read-only or failing disk into `Known` errors."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(file=path.name) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ReadOnly(file=path.name) from error
        if error.errno in _FAILING:
            raise DiskFails(file=path.name) from error
        raise


def write_whole(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Writes `data` beside `path`, forces it to the disk, then renames it into place and forces the folder.

    Raises DiskFull, ReadOnly or DiskFails; then nothing named `path` was changed.
    """
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}{UNFINISHED}")
    with disk_faults(path):
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def try_out(folder: Path) -> None:
    """Writes a page into `folder`, forces it to the disk and removes it. Raises DiskFull, ReadOnly or DiskFails when that is
    not possible; says nothing of a folder that is not there.
    """
    trial = folder / f"trial{UNFINISHED}"
    with suppress(FileNotFoundError):
        write_whole(trial, bytes(4096))
        remove(trial)


def remove(path: Path) -> None:
    """Removes a file, and forces the removal to the disk. A file already gone is no error."""
    with disk_faults(path):
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Forces a folder's entries to the disk, where the system can (Windows cannot open folders)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard_unfinished(path: Path) -> None:
    """Removes what earlier cuts left of writing `path`; for names that only one process writes."""
    with disk_faults(path):
        for leftover in path.parent.glob(f"{path.name}.*{UNFINISHED}"):
            leftover.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Removes what a cut left unfinished below `folder`; returns how many files."""
    leftovers = list(folder.rglob(f"*{UNFINISHED}"))
    with disk_faults(folder):
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
    return len(leftovers)
