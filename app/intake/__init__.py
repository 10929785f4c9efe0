"""app/intake/__init__.py — class Intake: the scan folder, the spool and the reading of what arrived.

All methods belong to the lanes of `app.jobs`: `watch` and `take` to `write`, `read_due` to `read`. Each does a bounded
piece of work, so that a person's filing gets its turn in between.
"""

from __future__ import annotations

import hashlib
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from app.intake import custody
from app.intake.custody import Changing
from app.intake.folder import Hints, Seen, Settling, being_written, ends_well, litter, look, same
from app.intake.suggest import suggest
from app.reading import Cancelled, Readers, Unreadable
from app.scheme import Scheme
from storage.archive import Archive
from storage.changes import now
from storage.errors import DamagedFile, FileUnreadable, NoSuchRecord
from storage.records import PROGRAM, Agent, Arrival
from storage.spool import Custody, Spool

#: Papers sealed or read before others get a turn.
AT_ONCE = 8
#: Events are hints; this often the folder is looked at whatever they say.
RESCAN_S = 5.0


class ScanFolder:
    """Finds the whole files of one folder and seals them into a spool; needs no unlocked archive."""

    def __init__(self, folder: Path, spool: Spool, settle_s: float) -> None:
        self.folder = folder
        self._spool = spool
        self._settling = Settling(settle_s)
        self._hints: Hints | None = None
        self._looked_s = -RESCAN_S
        self._done: dict[Path, Seen] = {}

    def due(self) -> bool:
        """Whether it is time to look: a hint came, files are being waited for, or the last look is long ago."""
        if not self.folder.is_dir():
            return False
        if self._hints is None:
            self._hints = Hints(self.folder)
        hinted = self._hints.taken()
        return hinted or self._settling.waiting > 0 or time.monotonic() - self._looked_s >= RESCAN_S

    def whole(self) -> list[Seen]:
        """The files that are whole now and not done with, litter included, at most AT_ONCE."""
        self._looked_s = time.monotonic()
        present = self._present()
        self._done = {seen.path: seen for seen in present if self._done.get(seen.path) == seen}
        waited_for = (seen for seen in present if seen.path not in self._done)
        found = []
        for seen, patient in self._settling.still(waited_for, self._looked_s):
            try:
                if litter(seen.path.name) or ((patient or ends_well(seen.path)) and not being_written(seen.path)):
                    found.append(seen)
            except OSError:
                continue  # vanished or closed to us just now: the next look sees what it has become
            if len(found) == AT_ONCE:
                break
        return found

    def _present(self) -> list[Seen]:
        # Whatever folder was chosen, the archive's own files are no papers: they would be sealed and removed.
        archive = self._spool.folder.parent
        if any(same(folder, archive) for folder in self.folder.absolute().parents):
            return []
        return list(look(self.folder, archive))

    def seal(self, seen: Seen) -> str | None:
        """Seals a whole file; None when it is changing or cannot be read just now (it is looked at again)."""
        try:
            token = custody.seal(self._spool, seen.path, keep_source=False)
        except (Changing, FileUnreadable):
            self.later(seen.path)
            return None
        self.done(seen)
        return token

    def done(self, seen: Seen) -> None:
        """This state of the file is dealt with: should it stay where it is, it keeps no other from its turn."""
        self._done[seen.path] = seen

    def later(self, path: Path) -> None:
        """Whatever is found there at the next look is new."""
        self._done.pop(path, None)
        self._settling.forget(path)

    def stop(self) -> None:
        if self._hints is not None:
            self._hints.stop()
            self._hints = None


class LockedIntake:
    """Scanning while the archive is locked: seals by public key, removes the source, touches nothing else."""

    def __init__(self, folder: Path, spool: Spool, settle_s: float) -> None:
        self._scan = ScanFolder(folder, spool, settle_s)
        self.sealed = 0

    def watch(self) -> int:
        """One look; how many papers were sealed."""
        if not self._scan.due():
            return 0
        before = self.sealed
        for seen in self._scan.whole():
            if _no_paper(seen.path.name, seen.size_bytes):
                self._scan.done(seen)  # listed as ignored after unlocking
                continue
            if self._scan.seal(seen) is not None:
                self.sealed += 1
                # One that cannot be removed now (another program has it open) is removed after unlocking.
                with suppress(OSError):
                    if _unchanged(seen):
                        seen.path.unlink()
                        self._scan.later(seen.path)
        return self.sealed - before

    def stop(self) -> None:
        self._scan.stop()


class Intake:
    """What arrives at an unlocked station."""

    def __init__(self, archive: Archive, readers: Readers, agent: Agent = PROGRAM) -> None:
        self._archive = archive
        self._readers = readers
        self._agent = agent
        self._scan: ScanFolder | None = None

    def use_folder(self, folder: Path | None, settle_s: float) -> None:
        """The scan folder from now on. Files there are removed once they are sealed and journaled."""
        if self._scan is not None:
            self._scan.stop()
        self._scan = ScanFolder(folder, self._archive.spool, settle_s) if folder else None

    def watch(self) -> list[Arrival]:
        """Finishes what a cut or the lock left in the spool, then takes what is whole in the scan folder."""
        arrivals = self.take_in_spool()
        self.release_sources()
        if self._scan is None or not self._scan.due():
            return arrivals
        for seen in self._scan.whole():
            reason = _no_paper(seen.path.name, seen.size_bytes)
            if reason:
                try:
                    arrivals += self._ignore(seen.path, seen.modified_ns, seen.size_bytes, reason)
                except FileUnreadable:
                    self._scan.later(seen.path)  # a temporary file got its final name just now, or is closed to us
                else:
                    self._scan.done(seen)
                continue
            token = self._scan.seal(seen)
            if token is not None:
                arrival = custody.take_in(self._archive, token)
                if arrival is not None:
                    arrivals.append(arrival)
        self.release_sources()
        return arrivals

    def take(self, path: Path) -> Arrival:
        """Takes one file named by a person; it stays where it is. Raises FileUnreadable, DiskFull, ReadOnly."""
        self._archive.ballast.require()
        try:
            status = path.stat()
        except OSError as error:
            raise FileUnreadable(path=custody.printable(path)) from error
        if not stat.S_ISREG(status.st_mode):
            raise FileUnreadable(path=custody.printable(path))  # a pipe would be read for ever
        reason = _no_paper(path.name, status.st_size)
        if reason:
            return self._ignore(path, status.st_mtime_ns, status.st_size, reason, again=True)[0]
        for _attempt in range(3):
            try:
                token = custody.seal(self._archive.spool, path, keep_source=True)
            except Changing:
                continue
            arrival = custody.take_in(self._archive, token)
            assert arrival is not None
            return arrival
        raise FileUnreadable(path=custody.printable(path))

    def take_in_spool(self) -> list[Arrival]:
        """Takes in what waits in the spool. A damaged entry stays there for `verify` and the next backup to name."""
        arrivals = []
        for token in self._archive.spool.tokens():
            try:
                arrival = custody.take_in(self._archive, token)
            except (DamagedFile, FileUnreadable):
                continue
            if arrival is not None:
                arrivals.append(arrival)
        return arrivals

    def release_sources(self) -> None:
        """Removes the sources of sealed arrivals. One that is locked by another program is tried again next time."""
        for arrival_id, path, modified_ns, sha256 in self._archive.queries.sources_present():
            try:
                released = custody.release(self._archive, arrival_id, path, modified_ns, sha256)
            except (FileUnreadable, DamagedFile):
                continue  # the source stays; `verify` names a damaged object
            if released and self._scan is not None:
                self._scan.later(custody.file_at(path))

    def read_due(self, cancelled: Callable[[], bool] = lambda: False) -> int:
        """Reads arrivals that wait for it, oldest first, at most AT_ONCE; how many came to an end."""
        due = self._archive.queries.reading_due(AT_ONCE)
        for count, arrival in enumerate(due):
            if cancelled():
                return count
            try:
                self.read(arrival, cancelled)
            except Cancelled:
                return count
        return len(due)

    def read(self, arrival: Arrival, cancelled: Callable[[], bool] = lambda: False) -> Arrival:
        """Reads one arrival: pages, pictures, suggestion; or quarantines it with the reader's reason.

        Raises Cancelled and ReadingUnavailable; then it is still to be read.
        """
        assert arrival.object_id is not None
        kept = self._archive.queries.object(arrival.object_id)
        try:
            reading = self._readers.read(self._archive.objects.get(kept.name), arrival.name, cancelled)
        except Unreadable as error:
            return self._set_aside(arrival.id, error.reason, error.format)
        except (DamagedFile, FileUnreadable):
            return self._set_aside(arrival.id, "original_damaged", "")
        suggestion = suggest(
            reading,
            arrival.name,
            today=date.today(),
            station=self._archive.fonds.station,
            categories=Scheme(self._archive, self._agent).offered(),
        )
        pages = []
        for page in reading.pages:
            picture = self._archive.pictures.put(page.picture)
            pages.append((replace(page, picture=b""), picture.name))
        with self._archive.write(PROGRAM) as change:
            change.read(arrival.object_id, reading.format, pages, suggestion)
        return self._archive.queries.arrival(arrival.id)

    def quarantine(self, arrival_id: int, reason: str) -> None:
        """A person sets a waiting paper aside. Raises NoSuchRecord when it is not waiting."""
        with self._archive.write(self._agent) as change:
            change.quarantine(arrival_id, reason)

    def stop(self) -> None:
        if self._scan is not None:
            self._scan.stop()
            self._scan = None

    def _set_aside(self, arrival_id: int, reason: str, format: str) -> Arrival:
        with suppress(NoSuchRecord), self._archive.write(PROGRAM) as change:
            change.quarantine(arrival_id, reason, format)  # unless a person did so while it was being read
        return self._archive.queries.arrival(arrival_id)

    def _ignore(
        self, path: Path, modified_ns: int, size_bytes: int, reason: str, *, again: bool = False
    ) -> list[Arrival]:
        """Lists a file as ignored, once for each state of it unless asked `again`. Raises FileUnreadable."""
        place = custody.place(path)
        if not again and self._archive.queries.ignored(place, modified_ns):
            return []
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if size_bytes <= custody.LARGEST_BYTES else ""
        except OSError as error:
            raise FileUnreadable(path=custody.printable(path)) from error
        entry = Custody(custody.printable(path.name), place, modified_ns, size_bytes, digest, now(), True)
        with self._archive.write(PROGRAM) as change:
            arrival_id = change.ignore(entry, reason)
        return [self._archive.queries.arrival(arrival_id)]


def _no_paper(name: str, size_bytes: int) -> str:
    """Why a file of this name and size is not taken in (a reason code), or an empty string."""
    return litter(name) or ("too_large" if size_bytes > custody.LARGEST_BYTES else "")


def _unchanged(seen: Seen) -> bool:
    try:
        status = seen.path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns, status.st_ino) == (seen.size_bytes, seen.modified_ns, seen.inode)
