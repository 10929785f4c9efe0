"""storage/restore.py — from a backup and the recovery sheet to a whole archive on a machine that has nothing else; the drill.

`restore` works in a folder beside the wanted one and renames it into place last: a cut leaves nothing that counts as an
archive, and the same restore may be begun again. The archive has a new master key, under which the recovery key stays what it
was: the sheet remains valid. One user gets a passphrase; the others are in the archive but without a slot, until the
administrator gives them a first passphrase. The epoch is new, and `restore` is the first event of the new life: headquarters
and every anchor see by it that a former state was put back on purpose.

A generation whose database, list or manifest is damaged is passed over for the one before it, and the answer says so. A single
sealed file that is damaged is left out and named: a newer catalogue with a page less is worth more than an older one.

What the sheet proves is that the backup can be read, not who wrote it: whoever knows the public recipient could lay a backup of
their own there. Headquarters, which knows the station's signing key, would refuse what such an archive sends.

Long work on the caller's thread; `step(done, total, note)` may raise to cancel.
"""

from __future__ import annotations

import base64
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from storage.anchors import FILE_NAME, KEYCHAIN, Anchors
from storage.archive import DATABASE, INDEX, LOCK, OBJECTS, PACKAGES, PICTURES, SPOOL, STATION, Archive
from storage.backup import Opened, Step, opened
from storage.ballast import BALLAST
from storage.errors import AlreadyAnArchive, DamagedFile, DiskFull, Known, UnknownUser, WrongPassphrase
from storage.files import disk_faults, sync_folder, write_whole
from storage.generations import KEYS, BackupDamaged, BackupSet, Manifest, NoBackup, SealedFile
from storage.keychain import Keychain
from storage.keys import Cost, KeySlots, MasterKey
from storage.objects import ENDING
from storage.records import PROGRAM, Agent

_ENDING = ".restoring"
_SCRATCH = "scratch"
#: How the names begin of what a restore makes in its folder.
_OURS = (_SCRATCH, OBJECTS, PICTURES, SPOOL, PACKAGES, STATION, DATABASE, INDEX, LOCK, KEYS, FILE_NAME, BALLAST)
#: How many records a drill opens.
DRILLED = 20


class WrongSheet(Known):
    """The recovery key does not open this backup: mistyped, or the sheet of another time."""

    number = 139


@dataclass(frozen=True, slots=True)
class Survey:
    """What a backup holds, as the recovery sheet shows it. `passed_over` are newer generations that are damaged."""

    station: str
    generation: str
    made_at: str
    files: int
    size_bytes: int
    users: tuple[str, ...]
    passed_over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `damaged` files (`folder/name`) are not in the archive; `others` are users without a slot.

    `known_seq` is the last line this machine's keychain remembers of the journal, 0 when it remembers none: what lies between
    it and `head_seq` is missing.
    """

    folder: Path
    station: str
    user: str
    generation: str
    made_at: str
    head_seq: int
    known_seq: int
    files: int
    size_bytes: int
    damaged: tuple[str, ...]
    others: tuple[str, ...]
    passed_over: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many journal lines this machine knows of that the backup did not have."""
        return max(0, self.known_seq - self.head_seq)


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill found: so many records opened, `faults` of them not what they should be; damaged generations it met."""

    generation: str
    records: int
    files: int
    faults: int
    passed_over: tuple[str, ...]


def survey(
    chosen: Path, recovery_key: str, target: Path, generation: str | None = None, step: Step = lambda *_: None
) -> Survey:
    """Looks before anything is decided: opens the newest sound generation (or the one named) in a scratch beside `target`.

    Raises NoBackup, SeveralBackups, BackupFolderGone, BackupDamaged, WrongSheet, AlreadyAnArchive, DiskFull, ReadOnly.
    """
    with _workshop(target) as shop, _chosen(chosen, generation, recovery_key, shop / _SCRATCH, step) as found:
        manifest, users = found.opened.manifest, [agent.name for agent in found.opened.queries.agents()]
    return Survey(
        manifest.station.name, manifest.generation, manifest.made_at, manifest.files, manifest.size_bytes,
        tuple(users), found.passed_over,
    )  # fmt: skip


def restore(
    chosen: Path,
    recovery_key: str,
    target: Path,
    user: str,
    passphrase: str,
    keychain: Keychain | None,
    *,
    generation: str | None = None,
    cost: Cost | None = None,
    step: Step = lambda *_: None,
) -> Restored:
    """The archive of the newest sound generation (or the one named) in the absent or empty folder `target`; `user` unlocks it
    with `passphrase` (and this machine's keychain). The caller has checked the passphrase's strength.

    Raises as `survey`, and UnknownUser, NoKeychain. Then there is no archive at `target`.
    """
    with _workshop(target) as shop:
        with _chosen(chosen, generation, recovery_key, shop / _SCRATCH, step) as found:
            manifest, agents = found.opened.manifest, found.opened.queries.agents()
            agent = next((agent for agent in agents if agent.name == user), None)
            if agent is None:
                raise UnknownUser(user=user)
            files = found.backups.contents(manifest)
            with disk_faults(target):
                if shutil.disk_usage(shop).free < manifest.size_bytes:
                    raise DiskFull(file=target.name)
            master = MasterKey.generate()
            found.opened.database.copy_to(
                shop / DATABASE, master.derive("archive"), lambda done, total: step(done, total, "database")
            )
        damaged = _bring_files(found.backups, files, shop, step)
        write_whole(shop / STATION, msgspec.json.format(msgspec.json.encode(manifest.station)))
        known = _begin_anew(shop, master, manifest, agent, keychain, len(damaged))
        # The slots last: until they are there, nothing can unlock what lies here.
        slots = found.slots.only_recovery(shop)
        slots.rewrap(master)
        slots.add_user(master, user, passphrase, keychain, cost)
        slots.save(master)
        if KeySlots.load(shop).unlock_with_recovery(recovery_key) != master:
            raise DamagedFile(file="keys.json")
        _put_in_place(shop, target)
    return Restored(
        folder=target,
        station=manifest.station.name,
        user=user,
        generation=manifest.generation,
        made_at=manifest.made_at,
        head_seq=manifest.head_seq,
        known_seq=known,
        files=len(files) - len(damaged),
        size_bytes=manifest.size_bytes,
        damaged=(*manifest.damaged, *damaged),
        others=tuple(one.name for one in agents if one != agent),
        passed_over=found.passed_over,
    )


def drill(archive: Archive, agent: Agent, chosen: Path, recovery_key: str, step: Step = lambda *_: None) -> Drill:
    """Tries a restore with the sheet: the newest generation into scratch, its checks, and twenty records drawn by lot, opened
    and compared with what their digests say. Nothing stays of it but an event.

    Raises as `survey`.
    """
    scratch = archive.folder / _SCRATCH
    backups = BackupSet.of(chosen, archive.station_id).folder
    with _emptied(scratch), _chosen(backups, None, recovery_key, scratch, step) as found:
        queries, manifest = found.opened.queries, found.opened.manifest
        places = {file.place: file for file in found.backups.contents(manifest)}
        drawn = queries.some_items(DRILLED)
        opened_files = faults = 0
        for done, item_id in enumerate(drawn):
            step(done, len(drawn), "drill")
            item = queries.item(item_id)
            originals = [queries.object(object_id) for object_id in item.object_ids]
            wanted = [f"objects/{original.name}" for original in originals]
            wanted += [
                f"pictures/{queries.page_picture(one.id, page.number)}" for one in originals for page in queries.pages(one.id)
            ]
            sound = all(_opens(found.opened, places.get(place)) for place in wanted)
            opened_files += len(wanted)
            faults += not sound
    with archive.write(agent) as change:
        change.drill(manifest.generation, len(drawn), faults)
    return Drill(manifest.generation, len(drawn), opened_files, faults, found.passed_over)


# -- inside


@dataclass(frozen=True, slots=True)
class _Found:
    backups: BackupSet
    slots: KeySlots
    opened: Opened
    passed_over: tuple[str, ...]


@contextmanager
def _chosen(chosen: Path, generation: str | None, recovery_key: str, scratch: Path, step: Step) -> Iterator[_Found]:
    """The newest sound generation, or the one named, opened and checked; what was passed over for it."""
    backups = BackupSet.find(chosen)
    names = [generation] if generation else list(reversed(backups.names()))
    if not names:
        raise NoBackup(folder=str(chosen))
    passed_over: list[str] = []
    with ExitStack() as stack:
        for name in names:
            step(len(passed_over), len(names), "look")
            try:
                manifest = backups.manifest(name)
                slots = backups.slots(manifest)
                key = _database_key(manifest, slots, recovery_key)
                backups.contents(manifest)
                found = stack.enter_context(opened(backups, manifest, key, scratch))
                found.check()
                break
            except BackupDamaged:
                stack.close()
                passed_over.append(name)
                if name == names[-1]:
                    raise
        yield _Found(backups, slots, found, tuple(passed_over))


def _database_key(manifest: Manifest, slots: KeySlots, recovery_key: str) -> bytes:
    """Raises WrongSheet, BackupDamaged."""
    try:
        seal = slots.recovery_seal(recovery_key)
    except WrongPassphrase as error:
        raise WrongSheet() from error
    try:
        key = seal.open(base64.b64decode(manifest.database_key, validate=True), DATABASE)
    except (DamagedFile, ValueError) as error:
        raise BackupDamaged(generation=manifest.generation, part=DATABASE) from error
    if len(key) != 32:
        raise BackupDamaged(generation=manifest.generation, part=DATABASE)
    return key


@contextmanager
def _workshop(target: Path) -> Iterator[Path]:
    """An empty folder beside `target` to work in, gone at the end unless it was put in place.

    Raises AlreadyAnArchive when `target` is anything but absent or an empty folder, DiskFull, ReadOnly.
    """
    target = target.absolute()
    shop = target.with_name(target.name + _ENDING)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise AlreadyAnArchive(folder=str(target))
    with disk_faults(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if shop.exists() and not _left_by_a_cut(shop):
            raise AlreadyAnArchive(folder=str(shop))
        with _emptied(shop):
            for name in (_SCRATCH, OBJECTS, PICTURES, SPOOL, PACKAGES):
                (shop / name).mkdir(mode=0o700)
            yield shop


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """A new folder in the place of what a cut left there; removed at the end."""
    with disk_faults(folder):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        if folder.exists():
            shutil.rmtree(folder)


def _left_by_a_cut(shop: Path) -> bool:
    """Whether all that lies there was made by a restore that was cut: anything else is somebody's."""
    return all(entry.name.startswith(_OURS) for entry in shop.iterdir())


def _bring_files(backups: BackupSet, files: list[SealedFile], shop: Path, step: Step) -> list[str]:
    """Every sealed file into its place, compared with its digest; returns those that are damaged and left out."""
    damaged, touched = [], {shop / OBJECTS, shop / PICTURES, shop / SPOOL, shop / PACKAGES, shop}
    for done, file in enumerate(files):
        step(done, len(files), "restore")
        try:
            data = backups.fetch(file)
        except DamagedFile:
            damaged.append(file.place)
            continue
        folder = shop / file.folder if file.folder == SPOOL else shop / file.folder / file.name[:2]
        with disk_faults(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            touched.add(folder)
            # Nothing counts before the whole folder gets its name: no file needs one of its own first.
            descriptor = os.open(folder / f"{file.name}{ENDING}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as written:
                written.write(data)
                written.flush()
                os.fsync(written.fileno())
    for folder in touched:
        sync_folder(folder)
    return damaged


def _begin_anew(
    shop: Path, master: MasterKey, manifest: Manifest, agent: Agent, keychain: Keychain | None, damaged: int
) -> int:
    """Writes the first events of the new life; returns the last journal line this machine's keychain knows of."""
    known = [] if keychain is None else Anchors(shop, manifest.station.station, bytes(32), keychain).found()
    anchor = next((one for one in known if one.source == KEYCHAIN), None)
    archive = Archive.open_with_master(shop, master)
    try:
        with archive.write(PROGRAM) as change:
            change.restore(manifest.generation, uuid.uuid4().hex, anchor.epoch if anchor else "", damaged)
            change.renew_key(agent.id, device=keychain is not None)
    finally:
        archive.close()
    return anchor.seq if anchor else 0


def _put_in_place(shop: Path, target: Path) -> None:
    with disk_faults(target):
        shutil.rmtree(shop / _SCRATCH)
        sync_folder(shop)
        if target.exists():
            target.rmdir()  # empty, as it was at the beginning; not every system renames over a folder
        os.rename(shop, target)
        sync_folder(target.parent)


def _opens(found: Opened, file: SealedFile | None) -> bool:
    if file is None:
        return False
    try:
        found.content(file)
    except DamagedFile:
        return False
    return True
