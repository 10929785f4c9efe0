"""app/intake/custody.py — from a file to a sealed, journaled arrival, losing nothing on the way.

The order (promise 2): read the file; seal it into the spool and force it to the disk; read back and compare; check that
the file has not changed meanwhile; take the spooled paper into the archive (sealed object, read back; one transaction
for object, arrival and event); only then remove the source, if it still is what was sealed, and say so in the journal.
A cut at any point is made good by doing the same again: a spool entry has a token, a source has a state, and both are
recognised. While the archive is locked the sealed spool entry is the custody entry, and the rest waits for unlocking.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from storage.archive import Archive
from storage.changes import now
from storage.errors import DamagedFile, FileUnreadable
from storage.files import sync_folder
from storage.records import PROGRAM, Arrival
from storage.spool import Custody, Spool, Spooled

#: A larger file is no paper; it stays where it is and is listed as ignored.
LARGEST_BYTES = 512 * 1024 * 1024
_URI = "file://"


class Changing(Exception):
    """The file changed while it was being read; look again later."""


def seal(spool: Spool, path: Path, *, keep_source: bool) -> str:
    """Seals one file into the spool; returns its token. Works while the archive is locked.

    Raises FileUnreadable, Changing, DiskFull, ReadOnly, DamagedFile; then nothing was kept and the file is untouched.
    """
    before, data = _read(path)
    custody = Custody(
        name=printable(path.name),
        path=place(path),
        modified_ns=before.st_mtime_ns,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        seen_at=now(),
        keep_source=keep_source,
    )
    return spool.put(custody, data)


def take_in(archive: Archive, token: str) -> Arrival | None:
    """Takes one spooled paper into the archive; returns what it became, None when it was taken in before.

    Raises DamagedFile when the spool entry itself is damaged (it stays for inspection), DiskFull, ReadOnly.
    """
    spooled = archive.spool.take(token)
    arrival_id = archive.queries.arrival_of_token(token)
    if arrival_id is None and not spooled.custody.keep_source:
        # Sealed twice by a cut between sealing and removing the source: one arrival all the same.
        custody = spooled.custody
        arrival_id = archive.queries.arrival_of_source(custody.path, custody.modified_ns, custody.sha256)
    known = arrival_id is not None
    if arrival_id is None:
        arrival_id = _become(archive, spooled)
    archive.spool.discard(token)
    return None if known else archive.queries.arrival(arrival_id)


def release(archive: Archive, arrival_id: int, path: str, modified_ns: int, sha256: str) -> bool:
    """Removes the source of a sealed arrival if it still is what was sealed; whether the journal now says it is gone.

    A file of that name with other content is a new paper: it stays, and the old one counts as gone. Raises
    FileUnreadable, and DamagedFile, DiskFull, ReadOnly when the sealed copy has suffered and cannot be renewed; then the
    source stays.
    """
    source = file_at(path)
    try:
        status, data = _read(source)
    except FileUnreadable as error:
        if not isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError)):
            raise
    except Changing:
        return False
    else:
        if status.st_mtime_ns == modified_ns and hashlib.sha256(data).hexdigest() == sha256:
            kept = archive.queries.sealed_copy(arrival_id)
            if kept is None:
                raise RuntimeError("an arrival without an original may not release its source")
            # The last look before the only copy in the clear goes: the sealed one opens and is the same.
            try:
                archive.objects.get(kept)
            except DamagedFile:
                archive.objects.put(data)  # seals it anew and proves it, or raises
            try:
                source.unlink()
                sync_folder(source.parent)
            except OSError as error:
                raise FileUnreadable(path=printable(source)) from error
    with archive.write(PROGRAM) as change:
        change.release_source(arrival_id)
    return True


def printable(path: Path | str) -> str:
    """A name or path as text to be shown, also when its bytes are not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def place(path: Path) -> str:
    """A path as text that leads back to the file (`file_at`), also when its bytes are not UTF-8: then a file URI."""
    absolute = path.absolute()
    try:
        str(absolute).encode()
    except UnicodeEncodeError:
        return _URI + quote(os.fsencode(absolute))
    return str(absolute)


def file_at(place: str) -> Path:
    if place.startswith(_URI):
        return Path(os.fsdecode(unquote_to_bytes(place.removeprefix(_URI))))
    return Path(place)


def _become(archive: Archive, spooled: Spooled) -> int:
    existing = archive.queries.object_of(spooled.custody.sha256)
    # Also for a known content: `put` leaves a sound copy alone and heals a damaged one.
    sealed = archive.objects.put(spooled.data)
    with archive.write(PROGRAM) as change:
        if existing is None:
            return change.receive(spooled.token, spooled.custody, sealed)
        return change.recognise_duplicate(spooled.token, spooled.custody, existing.id)


def _read(path: Path) -> tuple[os.stat_result, bytes]:
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            data = file.read(LARGEST_BYTES + 1)
            after = os.fstat(file.fileno())
        on_disk = path.stat()
    except OSError as error:
        raise FileUnreadable(path=printable(path)) from error
    states = [(s.st_size, s.st_mtime_ns, s.st_ino) for s in (before, after, on_disk)]
    if len(set(states)) != 1 or len(data) != before.st_size:
        raise Changing(path)
    return before, data


