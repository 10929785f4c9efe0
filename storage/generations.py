"""storage/generations.py — what lies in a backup folder: generations, their manifests and lists, the sealed files they share.

Below the folder a person chose:

    anjuan-backup-<station>/
        sealed/ab/<sha256>.age              originals, pictures and spool as they are, named by their own digest
        generations/<number>-<time>/
            keys.json                       the recovery slot of that day: each generation opens with the sheet of its day
            archive.db                      SQLCipher under a random key, one file without a log
            contents                        every sealed file of this generation: digest, size, where it stands
            manifest.json                   signed; says what the others must be, and holds the sealed key of archive.db

A sealed file named by its digest is either right or damaged, is shared by every generation that lists it, and survives a
change of keys: a former generation keeps what it listed. The manifest gets its name last, after the proof: a folder under
`generations` without one is what a cut left. Nothing here is clear text but the public facts of `station.json` and sizes.

Faults of the place a person chose (full, read-only, pulled out) leave here as `Known` errors that speak of that place.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from storage.archive import StationFile
from storage.errors import DamagedFile, Known, NewerArchive
from storage.files import UNFINISHED, disk_faults, sweep, sync_folder
from storage.keys import KeySlots, sign, signed_by

FORMAT = "anjuan-backup/1"
_FOLDER = "anjuan-backup-"
GENERATIONS, SEALED = "generations", "sealed"
MANIFEST, UNPROVED = "manifest.json", "manifest.unproved"
DATABASE, CONTENTS, KEYS = "archive.db", "contents", "keys.json"

_NAME = re.compile(r"(\d{6})-(\d{8}T\d{6}\.\d{3})Z")
_LINE = re.compile(r"([0-9a-f]{64}) (\d+) (objects|pictures|spool)/([0-9a-f]{1,64})")
_NEWER = re.compile(r"anjuan-backup/([2-9]|[1-9]\d+)")
_CHUNK = 1 << 20


class BackupFolderGone(Known):
    """The folder chosen for backups is not there, or the stick does not answer any more."""

    number = 130


class NoBackup(Known):
    """The folder holds no backup that may be used."""

    number = 131


class SeveralBackups(Known):
    """The folder holds backups of several stations: one of them must be chosen."""

    number = 132


class BackupDamaged(Known):
    """A part of a backup is not what its manifest says, or the manifest is not what its station signed."""

    number = 133


class BackupFolderFull(Known):
    """No space left where the backups go."""

    number = 134


class BackupFolderReadOnly(Known):
    """Nothing can be written where the backups go."""

    number = 135


class Part(msgspec.Struct, frozen=True):
    """What a file of a generation must be."""

    sha256: str
    size_bytes: int


class Manifest(msgspec.Struct, frozen=True):
    """One generation. `head_seq` and `head_hash` anchor the journal. `rows` is the digest of every table's count.

    `damaged` names what the archive itself could not open any more when this was made, as `folder/name`.
    """

    format: str
    station: StationFile
    generation: str
    made_at: str
    program: str
    epoch: str
    head_seq: int
    head_hash: str
    rows: str
    files: int
    size_bytes: int
    damaged: tuple[str, ...]
    keys: Part
    database: Part
    contents: Part
    database_key: str


class _Signed(msgspec.Struct, frozen=True):
    manifest: msgspec.Raw
    signature: str


@dataclass(frozen=True, slots=True)
class SealedFile:
    """One line of `contents`: which file of the archive, and the digest and size of its sealed bytes."""

    folder: str
    name: str
    sha256: str
    size_bytes: int

    @property
    def place(self) -> str:
        return f"{self.folder}/{self.name}"


@contextmanager
def target_faults(folder: Path) -> Iterator[None]:
    """Turns the faults of the place a person chose into `Known` errors; what is merely absent stays FileNotFoundError."""
    try:
        yield
    except FileNotFoundError as error:
        if folder.is_dir():
            raise
        raise BackupFolderGone(folder=str(folder)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise BackupFolderFull(folder=str(folder)) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise BackupFolderReadOnly(folder=str(folder)) from error
        raise BackupFolderGone(folder=str(folder)) from error


class BackupSet:
    """All backups of one station in one place. One writer at a time; reads from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, chosen: Path, station_id: str) -> BackupSet:
        """The set of a station below the folder a person chose; it need not exist yet."""
        return cls(chosen / f"{_FOLDER}{station_id[:8]}")

    @classmethod
    def find(cls, chosen: Path) -> BackupSet:
        """The set in the folder a person points at: itself, or the only one below it.

        Raises NoBackup, SeveralBackups, BackupFolderGone.
        """
        with target_faults(chosen):
            found = [chosen] if (chosen / GENERATIONS).is_dir() else []
            found = found or sorted(one for one in chosen.glob(f"{_FOLDER}*") if (one / GENERATIONS).is_dir())
        if not found:
            if not chosen.is_dir():
                raise BackupFolderGone(folder=str(chosen))
            raise NoBackup(folder=str(chosen))
        if len(found) > 1:
            raise SeveralBackups(folder=str(chosen), count=len(found))
        return cls(found[0])

    # -- reading

    def names(self) -> list[str]:
        """The generations that count, oldest first: in the order they were made, whatever the clock said."""
        with target_faults(self.folder):
            return sorted(
                one.name for one in self._entries() if _NAME.fullmatch(one.name) and (one / MANIFEST).is_file()
            )

    def path(self, generation: str) -> Path:
        return self.folder / GENERATIONS / generation

    def manifest(self, generation: str, file: str = MANIFEST) -> Manifest:
        """Its manifest, signed by the station it names. Raises BackupDamaged, NewerArchive, BackupFolderGone."""
        try:
            with target_faults(self.folder):
                content = (self.path(generation) / file).read_bytes()
            signed = msgspec.json.decode(content, type=_Signed)
            if _NEWER.fullmatch(found := msgspec.json.decode(signed.manifest, type=_Format).format):
                raise NewerArchive(version=found, known=FORMAT)
            manifest = msgspec.json.decode(signed.manifest, type=Manifest)
            key, signature = bytes.fromhex(manifest.station.verify_key), bytes.fromhex(signed.signature)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
            raise BackupDamaged(generation=generation, part=MANIFEST) from error
        sound = signed_by(key, bytes(signed.manifest), signature)
        if not sound or (manifest.format, manifest.generation) != (FORMAT, generation):
            raise BackupDamaged(generation=generation, part=MANIFEST)
        return manifest

    def slots(self, manifest: Manifest) -> KeySlots:
        """The recovery slot that opens the generation. Raises BackupDamaged."""
        self._whole(manifest, KEYS, manifest.keys)
        slots = KeySlots.load(self.path(manifest.generation))
        if slots.archive_id != manifest.station.station:
            raise BackupDamaged(generation=manifest.generation, part=KEYS)
        return slots

    def contents(self, manifest: Manifest) -> list[SealedFile]:
        """Raises BackupDamaged."""
        data = self._whole(manifest, CONTENTS, manifest.contents)
        found = [_LINE.fullmatch(line) for line in data.decode("ascii", "replace").splitlines()]
        if len(found) != manifest.files or None in found:
            raise BackupDamaged(generation=manifest.generation, part=CONTENTS)
        return [SealedFile(one[3], one[4], one[1], int(one[2])) for one in found if one]

    def copy_database(self, manifest: Manifest, path: Path) -> None:
        """The generation's `archive.db` into a new file `path`, compared on the way. Raises BackupDamaged, DiskFull."""
        digest, size = hashlib.sha256(), 0
        try:
            with target_faults(self.folder), (self.path(manifest.generation) / DATABASE).open("rb") as source:
                _from_the_medium(source.fileno())
                with disk_faults(path), path.open("xb") as file:
                    os.chmod(path, 0o600)
                    while chunk := source.read(_CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
                        file.write(chunk)
        except FileNotFoundError as error:
            raise BackupDamaged(generation=manifest.generation, part=DATABASE) from error
        if Part(digest.hexdigest(), size) != manifest.database:
            raise BackupDamaged(generation=manifest.generation, part=DATABASE)

    def fetch(self, file: SealedFile) -> bytes:
        """The sealed bytes, as they are on the medium. Raises DamagedFile when they are gone or not what they were."""
        path = self._sealed(file.sha256)
        try:
            with target_faults(self.folder), path.open("rb") as source:
                _from_the_medium(source.fileno())
                data = source.read()
        except FileNotFoundError as error:
            raise DamagedFile(file=file.place) from error
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise DamagedFile(file=file.place)
        return data

    # -- writing

    def prepare(self) -> None:
        """Makes the folders, and removes what a cut left."""
        with target_faults(self.folder.parent):
            if not self.folder.parent.is_dir():
                raise BackupFolderGone(folder=str(self.folder.parent))
            for folder in (self.folder, self.folder / SEALED, self.folder / GENERATIONS):
                folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.folder.parent)
            sync_folder(self.folder)
            sweep(self.folder)
            for entry in self._entries():
                if _NAME.fullmatch(entry.name) and not (entry / MANIFEST).exists():
                    shutil.rmtree(entry)

    def begin(self, at: datetime) -> str:
        """A new generation's folder; its number follows every one before it."""
        with target_faults(self.folder):
            taken = [int(found[1]) for one in self._entries() if (found := _NAME.fullmatch(one.name))]
            name = name_of(max(taken, default=0) + 1, at)
            self.path(name).mkdir(mode=0o700)
            sync_folder(self.folder / GENERATIONS)
        return name

    def keep(self, file: SealedFile, data: bytes) -> bool:
        """Puts a sealed file of the archive here, unless it is here already; whether it was written."""
        path = self._sealed(file.sha256)
        with target_faults(self.folder):
            if self.holds(file):
                return False
            if not path.parent.is_dir():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                sync_folder(self.folder / SEALED)
            _write(path, [data])
        return True

    def holds(self, file: SealedFile) -> bool:
        """Whether a file of this digest and size lies here; what is in it, the proof reads."""
        with target_faults(self.folder):
            try:
                return self._sealed(file.sha256).stat().st_size == file.size_bytes
            except FileNotFoundError:
                return False

    def discard(self, file: SealedFile) -> None:
        """Removes a sealed file that is not what its name says: the next backup brings it again."""
        with target_faults(self.folder):
            self._sealed(file.sha256).unlink(missing_ok=True)

    def write(self, generation: str, file: str, data: bytes) -> Part:
        with target_faults(self.folder):
            return _write(self.path(generation) / file, [data])

    def write_database(self, generation: str, source: Path) -> Part:
        with source.open("rb") as file, target_faults(self.folder):
            return _write(self.path(generation) / DATABASE, iter(lambda: file.read(_CHUNK), b""))

    def write_contents(self, generation: str, files: Iterable[SealedFile]) -> Part:
        lines = sorted(f"{file.sha256} {file.size_bytes} {file.place}\n" for file in files)
        return self.write(generation, CONTENTS, "".join(lines).encode())

    def write_manifest(self, manifest: Manifest, seed: bytes) -> None:
        """Signs it and writes it under a name that does not count yet."""
        body = msgspec.json.encode(manifest)
        signed = _Signed(msgspec.Raw(body), sign(seed, body).hex())
        self.write(manifest.generation, UNPROVED, msgspec.json.encode(signed))

    def count(self, generation: str) -> None:
        """From here on the generation counts."""
        folder = self.path(generation)
        with target_faults(self.folder):
            os.replace(folder / UNPROVED, folder / MANIFEST)
            sync_folder(folder)
            sync_folder(folder.parent)

    def give_up(self, generation: str) -> None:
        """Removes a generation that never counted. What a failing medium does not let go of, `prepare` removes later."""
        with suppress(OSError):
            shutil.rmtree(self.path(generation))

    def remove(self, generation: str) -> None:
        """The manifest first: cut or not, it does not count any more."""
        with target_faults(self.folder):
            (self.path(generation) / MANIFEST).unlink()
            sync_folder(self.path(generation))
            shutil.rmtree(self.path(generation))

    def release(self) -> tuple[int, int]:
        """Removes every sealed file that no generation lists. (files, bytes) removed.

        Raises BackupDamaged, and removes nothing, while the list of a generation cannot be read.
        """
        listed = {file.sha256 for name in self.names() for file in self.contents(self.manifest(name))}
        files = size = 0
        with target_faults(self.folder):
            for path in (self.folder / SEALED).glob("??/*.age"):
                if path.stem not in listed:
                    files, size = files + 1, size + path.stat().st_size
                    path.unlink()
        return files, size

    # -- inside

    def _entries(self) -> list[Path]:
        folder = self.folder / GENERATIONS
        return list(folder.iterdir()) if folder.is_dir() else []

    def _sealed(self, sha256: str) -> Path:
        return self.folder / SEALED / sha256[:2] / f"{sha256}.age"

    def _whole(self, manifest: Manifest, file: str, part: Part) -> bytes:
        try:
            with target_faults(self.folder), (self.path(manifest.generation) / file).open("rb") as source:
                _from_the_medium(source.fileno())
                data = source.read()
        except FileNotFoundError as error:
            raise BackupDamaged(generation=manifest.generation, part=file) from error
        if Part(hashlib.sha256(data).hexdigest(), len(data)) != part:
            raise BackupDamaged(generation=manifest.generation, part=file)
        return data


class _Format(msgspec.Struct, frozen=True):
    format: str


def name_of(number: int, at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{number:06d}-{at:%Y%m%dT%H%M%S}.{at.microsecond // 1000:03d}Z"


def time_of(generation: str) -> datetime:
    """When it was made, by the clock of that day; raises ValueError for what is no name of a generation."""
    found = _NAME.fullmatch(generation)
    if found is None:
        raise ValueError(generation)
    return datetime.strptime(found[2], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)


def _write(path: Path, chunks: Iterable[bytes]) -> Part:
    """Beside `path`, forced to the disk, then in its place."""
    digest, size = hashlib.sha256(), 0
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}{UNFINISHED}")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):  # a medium that fails: `prepare` sweeps
            part.unlink()
        raise
    return Part(digest.hexdigest(), size)


def _from_the_medium(descriptor: int) -> None:
    """What is read next comes from the medium and not from memory, where the system can be told so."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
