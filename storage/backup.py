"""storage/backup.py — makes a backup and proves it: restored into scratch and compared before it counts.

`back_up` copies the spool, then the database of one moment under a key of its own (online, while people work), then every
sealed file that moment names; only what the set does not hold is written. Then the generation is read back from the medium:
its database is restored into a scratch folder, both of SQLCipher's checks and the journal's chain hold, the head is the
anchor of the manifest, every table has its number of rows, and every sealed file opens with the identity found in the
restored database and is what its name says. Only then the manifest gets its name, and the event says so.

A file that the archive itself cannot open any more is taken from the generation before, where it lay sound; where there is
none the backup says how many are damaged, and still counts: it is equal to the archive. `index.db` is never in a backup.

Long work on the caller's thread; people go on working meanwhile. `step(done, total, note)` may raise to cancel. One backup
at a time per archive. `app.bench.open` measures `back_up` by the seconds in its answer.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.archive import Archive, StationFile
from storage.changes.base import now
from storage.connection import Database
from storage.errors import DamagedFile, FileUnreadable, Known
from storage.files import disk_faults
from storage.generations import (
    DATABASE,
    FORMAT,
    KEYS,
    UNPROVED,
    BackupDamaged,
    BackupSet,
    Manifest,
    SealedFile,
    time_of,
)
from storage.keys import KeySlots, public_key
from storage.objects import ENDING, Objects, Seal
from storage.queries import Queries
from storage.records import Agent

SCRATCH = "scratch"
#: Why a backup did not succeed.
REASONS = (
    "sheet_of_first_form", "backup_within", "backup_folder_gone", "backup_folder_full", "backup_folder_read_only",
    "backup_not_proved", "disk_full", "read_only", "cancelled", "other",
)  # fmt: skip
_OBJECTS, _PICTURES, _SPOOL = "objects", "pictures", "spool"
#: How often a record may be destroyed under the hands of one backup before it gives up.
_TRIES = 3

#: What is kept of proved generations: so many of the latest, and of so many last days, weeks and months the newest one each.
LATEST, DAILY, WEEKLY, MONTHLY = 3, 7, 4, 12

Step = Callable[[int, int, str], None]


class SheetOfFirstForm(Known):
    """The recovery sheet is one that backups cannot be sealed to: a new one must be made first."""

    number = 136


class BackupWithin(Known):
    """The folder chosen for backups lies within the archive itself."""

    number = 137


class BackupNotProved(Known):
    """What was written did not stand its proof, or the archive changed too much under it."""

    number = 138


@dataclass(frozen=True, slots=True)
class Made:
    """A proved backup. `damaged` are files the archive itself could not open; `sound_again` those taken from the generation
    before. Sizes in bytes; `copied_bytes` in `copy_s` seconds, `size_bytes` in `proof_s`.
    """

    id: int
    generation: str
    files: int
    copied: int
    damaged: int
    sound_again: int
    size_bytes: int
    copied_bytes: int
    copy_s: float
    proof_s: float


@dataclass(frozen=True, slots=True)
class Pruned:
    """What left the backup folder."""

    generations: tuple[str, ...]
    files: int
    size_bytes: int


# -- making


def back_up(archive: Archive, agent: Agent, chosen: Path, program: str, step: Step = lambda *_: None) -> Made:
    """A new generation below the folder `chosen`, proved and counted.

    Raises SheetOfFirstForm, BackupWithin, BackupFolderGone, BackupFolderFull, BackupFolderReadOnly, BackupNotProved,
    DiskFull (no room for the scratch), and what `step` raises. Then no generation was added; every failure but cancelling
    leaves an event.
    """
    archive.require_whole()
    began_at = now()
    try:
        slots = KeySlots.load(archive.folder)
        if not slots.recovery_recipient:
            raise SheetOfFirstForm()
        if archive.folder.resolve() in (chosen.resolve(), *chosen.resolve().parents):
            raise BackupWithin(folder=str(chosen))
        backups = BackupSet.of(chosen, archive.station_id)
        backups.prepare()
        generation = backups.begin(datetime.now(UTC))
        try:
            with _scratch(archive) as scratch:
                making = _Making(archive, backups, generation, scratch, step)
                manifest, key = making.make(slots, program)
                proof_s = prove(backups, manifest, key, scratch, step)
            backups.count(generation)
        except BaseException:
            backups.give_up(generation)
            raise
    except Known as error:
        with archive.write(agent) as change:
            change.fail_backup(str(chosen), reason_of(error), began_at)
        raise
    with archive.write(agent) as change:
        backup_id = change.back_up(
            str(chosen), generation, manifest.epoch, (manifest.head_seq, manifest.head_hash), files=manifest.files,
            copied=making.copied, damaged=len(manifest.damaged), size_bytes=manifest.size_bytes, began_at=began_at,
        )  # fmt: skip
    return Made(
        backup_id, generation, manifest.files, making.copied, len(manifest.damaged), making.sound_again,
        manifest.size_bytes, making.copied_bytes, making.seconds, proof_s,
    )  # fmt: skip


def reason_of(error: Known) -> str:
    """The code under which the journal keeps a failure: one of `REASONS`."""
    code = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(error).__name__).strip("_")
    return code if code in REASONS else "other"


class _Making:
    """One generation on its way."""

    def __init__(self, archive: Archive, backups: BackupSet, generation: str, scratch: Path, step: Step) -> None:
        self._archive = archive
        self._set = backups
        self._generation = generation
        self._scratch = scratch
        self._step = step
        self._former = self._last_proved()
        self._files: list[SealedFile] = []
        self._damaged: list[str] = []
        self.copied = self.copied_bytes = self.sound_again = 0
        self.seconds = 0.0

    def make(self, slots: KeySlots, program: str) -> tuple[Manifest, bytes]:
        """Writes everything; the manifest does not count yet. Returns it and the key of the database's copy."""
        began = time.monotonic()
        key = secrets.token_bytes(32)
        # First: what is taken in after this stands in the database that is copied next.
        for token in list(self._archive.spool.tokens()):
            file = self._archive.spool.folder / f"{token}{ENDING}"
            self._copy(_SPOOL, token, file, lambda _data, name: self._archive.spool.take(name))
        spooled, unreadable = list(self._files), list(self._damaged)
        for _attempt in range(_TRIES):
            self._files, self._damaged = list(spooled), list(unreadable)
            copy = self._scratch / DATABASE
            copy.unlink(missing_ok=True)
            with self._archive.database.snapshot():
                head_seq, head_hash = self._archive.queries.head()
                rows = self._archive.queries.row_counts_digest()
                names = named_files(self._archive.queries)
                self._archive.database.copy_to(copy, key, lambda done, total: self._step(done, total, "database"))
            if self._copy_all(names):
                break
        else:
            raise BackupNotProved(reason="changing", count=_TRIES)
        database = self._set.write_database(self._generation, copy)
        copy.unlink()
        manifest = Manifest(
            format=FORMAT,
            station=StationFile.load(self._archive.folder),
            generation=self._generation,
            made_at=now(),
            program=program,
            epoch=self._archive.epoch,
            head_seq=head_seq,
            head_hash=head_hash,
            rows=rows,
            files=len(self._files),
            size_bytes=database.size_bytes + sum(file.size_bytes for file in self._files),
            damaged=tuple(self._damaged),
            keys=self._set.write(self._generation, KEYS, slots.recovery_file()),
            database=database,
            contents=self._set.write_contents(self._generation, self._files),
            database_key=base64.b64encode(Seal(slots.recovery_recipient).close(key)).decode(),
        )
        self._set.write_manifest(manifest, self._archive.signing_key)
        self.seconds = time.monotonic() - began
        return manifest, key

    def _last_proved(self) -> dict[str, SealedFile]:
        """What the newest generation that can be read lists, by its place in the archive."""
        for name in reversed(self._set.names()):
            try:
                return {file.place: file for file in self._set.contents(self._set.manifest(name))}
            except BackupDamaged:
                continue  # the one before it will do
        return {}

    def _copy_all(self, names: Sequence[tuple[str, str]]) -> bool:
        """Whether every file was there. False: some were destroyed since, and a later moment must be taken."""
        folders = {_OBJECTS: self._archive.objects, _PICTURES: self._archive.pictures}
        absent = []
        for done, (folder, name) in enumerate(names):
            self._step(done, len(names), "copy")
            objects = folders[folder]
            if not self._copy(folder, name, objects.path(name), objects.opened):
                absent.append((folder, name))
        still = set(named_files(self._archive.queries)) if absent else set()
        self._damaged += [f"{folder}/{name}" for folder, name in absent if (folder, name) in still]
        return all(one in still for one in absent)

    def _copy(self, folder: str, name: str, path: Path, opened: Callable[[bytes, str], object]) -> bool:
        """One sealed file into the set. False when it is not in the archive's folder."""
        former = self._former.get(f"{folder}/{name}")
        try:
            data = path.read_bytes()
            file = SealedFile(folder, name, hashlib.sha256(data).hexdigest(), len(data))
            if file != former:
                opened(data, name)  # only what is sound may stand for this name from now on
        except (FileNotFoundError, FileUnreadable):
            if folder == _SPOOL:
                return True  # taken in meanwhile: the database says where it went
            return self._sound_before(former)
        except (DamagedFile, OSError):
            if not self._sound_before(former):
                self._damaged.append(f"{folder}/{name}")
            return True
        fresh = self._set.keep(file, data)
        self._files.append(file)
        self.copied += fresh
        self.copied_bytes += fresh * file.size_bytes
        return True

    def _sound_before(self, former: SealedFile | None) -> bool:
        if former is None or not self._set.holds(former):
            return False
        self._files.append(former)
        self.sound_again += 1
        return True


def named_files(queries: Queries) -> list[tuple[str, str]]:
    """(folder, name) of every sealed file the database names."""
    objects = [(_OBJECTS, name) for name in queries.object_names()]
    return objects + [(_PICTURES, name) for name in queries.picture_names() if name]


# -- proving


class Opened:
    """A generation whose database was restored into scratch: what it holds can be read and compared."""

    def __init__(self, backups: BackupSet, manifest: Manifest, database: Database) -> None:
        self.manifest = manifest
        self.database = database
        self.queries = Queries(database)
        self._set = backups
        fact = self.queries.fact
        self._seal = Seal(fact("recipient"), fact("identity"), fact("former_identity"))
        self._objects = Objects(backups.folder, self._seal, fact("name_key"), fact("former_name_key"))

    def content(self, file: SealedFile) -> bytes:
        """The clear content of one file, from the medium. Raises DamagedFile."""
        data = self._set.fetch(file)
        if file.folder == _SPOOL:
            return self._seal.open(data, file.place)
        return self._objects.opened(data, file.name)

    def check(self) -> None:
        """The database is whole, its journal ends at the anchor, and no row is missing. Raises BackupDamaged."""
        manifest = self.manifest
        if self.database.check():
            raise BackupDamaged(generation=manifest.generation, part=DATABASE)
        findings = self.queries.verify_journal()
        anchored = (manifest.head_seq, manifest.head_hash) == self.queries.head()
        if not anchored or not all(finding.ok for finding in findings):
            raise BackupDamaged(generation=manifest.generation, part="journal")
        if self.queries.row_counts_digest() != manifest.rows or self.queries.fact("epoch") != manifest.epoch:
            raise BackupDamaged(generation=manifest.generation, part="rows")
        if public_key(self.queries.fact("signing_key")).hex() != manifest.station.verify_key:
            raise BackupDamaged(generation=manifest.generation, part="signature")


@contextmanager
def opened(backups: BackupSet, manifest: Manifest, key: bytes, scratch: Path) -> Iterator[Opened]:
    """Restores the generation's database into `scratch`, from the medium. Raises BackupDamaged, DiskFull."""
    path = scratch / DATABASE
    path.unlink(missing_ok=True)
    backups.copy_database(manifest, path)
    try:
        database = Database(path, key)
    except DamagedFile as error:
        raise BackupDamaged(generation=manifest.generation, part=DATABASE) from error
    try:
        yield Opened(backups, manifest, database)
    except DamagedFile as error:
        if error.facts.get("file") != DATABASE:
            raise
        raise BackupDamaged(generation=manifest.generation, part=DATABASE) from error
    finally:
        database.close()


def prove(backups: BackupSet, made: Manifest, key: bytes, scratch: Path, step: Step = lambda *_: None) -> float:
    """Reads the whole generation back and compares it; returns the seconds it took. Raises BackupNotProved.

    A sealed file that is not what its name says is removed, so that the next backup brings it again.
    """
    began = time.monotonic()
    step(0, 0, "prove")
    try:
        if (manifest := backups.manifest(made.generation, UNPROVED)) != made:
            raise BackupDamaged(generation=made.generation, part="manifest.json")
        backups.slots(manifest)
        files = backups.contents(manifest)
        with opened(backups, manifest, key, scratch) as restored:
            restored.check()
            listed = {(file.folder, file.name) for file in files if file.folder != _SPOOL}
            damaged = {(folder, name) for folder, _, name in (one.partition("/") for one in manifest.damaged)}
            if listed | {one for one in damaged if one[0] != _SPOOL} != set(named_files(restored.queries)):
                raise BackupDamaged(generation=manifest.generation, part="contents")
            _prove_files(backups, restored, files, step)
    except BackupDamaged as error:
        raise BackupNotProved(reason=str(error.facts["part"]), count=1) from error
    return time.monotonic() - began


def _prove_files(backups: BackupSet, restored: Opened, files: Sequence[SealedFile], step: Step) -> None:
    wrong = 0
    for done, file in enumerate(files):
        step(done, len(files), "prove")
        try:
            restored.content(file)
        except DamagedFile:
            backups.discard(file)
            wrong += 1
    if wrong:
        raise BackupNotProved(reason="sealed", count=wrong)


@contextmanager
def _scratch(archive: Archive) -> Iterator[Path]:
    folder = archive.folder / SCRATCH
    clear_scratch(archive.folder)
    with disk_faults(folder):
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        clear_scratch(archive.folder)


def clear_scratch(folder: Path) -> None:
    """Removes what a proof that was cut has left beside the archive (sealed, but as large as its database)."""
    if (folder / SCRATCH).exists():
        with disk_faults(folder / SCRATCH):
            shutil.rmtree(folder / SCRATCH)


# -- generations


def to_keep(made: Iterable[datetime], at: datetime) -> set[datetime]:
    """Which generations stay: the latest ones, and the newest of each of the last days, weeks and months that have one.

    What the clock says is still to come is kept and not counted. Pure.
    """
    times = sorted(set(made), reverse=True)
    kept = {one for one in times if one > at}
    past = [one for one in times if one <= at]
    kept.update(past[:LATEST])
    for count, period in (
        (DAILY, lambda one: one.date()),
        (WEEKLY, lambda one: one.isocalendar()[:2]),
        (MONTHLY, lambda one: (one.year, one.month)),
    ):
        newest: dict[object, datetime] = {}
        for one in past:
            newest.setdefault(period(one), one)
        kept.update(list(newest.values())[:count])
    return kept


def prune(archive: Archive, agent: Agent, chosen: Path, at: datetime | None = None) -> Pruned:
    """Removes the generations the rule does not keep, and every sealed file that no other generation lists.

    To be called after a backup was proved; without a proved generation nothing is removed. The last one proved stays, whatever
    the clock says. So what was destroyed in the archive leaves its backups with the last monthly generation that holds it.
    """
    backups = BackupSet.of(chosen, archive.station_id)
    names = backups.names()
    if not names:
        return Pruned((), 0, 0)
    kept = to_keep((time_of(name) for name in names), at or datetime.now(UTC))
    gone = tuple(name for name in names[:-1] if time_of(name) not in kept)
    for name in gone:
        backups.remove(name)
    try:
        files, size = backups.release()
    except BackupDamaged:
        files = size = 0  # while one list cannot be read, nobody knows what it names: nothing is removed
    if gone or files:
        with archive.write(agent) as change:
            change.prune_backup(str(chosen), gone, files, size)
    return Pruned(gone, files, size)
