"""storage/archive.py — class Archive: create, open, close; `with archive.write(agent) as change: ...`

One folder is one archive: `archive.db` (the truth), `index.db` (a copy that may vanish at any time), `objects/` and
`pictures/` (age files), `spool/` (age files not taken in yet), `keys.json` (key slots), `station.json` (public facts).
One process at a time has it open. All methods may be called from any thread.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from storage import digests, holders, rotation, schema
from storage.anchors import (
    ANCHORED,
    KEPT,
    KEYS_SAVED,
    SILENT,
    Anchor,
    Anchors,
    Suspension,
    disagreement,
    keys_disagreement,
    worst,
)
from storage.anchors import verify as verify_anchors
from storage.ballast import Ballast
from storage.changes import Changes
from storage.changes.base import now
from storage.changes.suspension import PASSPHRASE, RECOVERY_SHEET
from storage.connection import Database
from storage.errors import (
    AlreadyAnArchive,
    ArchiveInUse,
    AwaitingAcknowledgement,
    DamagedFile,
    DiskFull,
    FileUnreadable,
    Known,
    NotAnArchive,
    RecoveryKeyNeeded,
    UnknownUser,
)
from storage.files import UNFINISHED, disk_faults, sweep, write_whole
from storage.holders import Holders
from storage.keychain import Keychain
from storage.keys import Cost, KeySlots, MasterKey, public_key
from storage.objects import Objects, Seal
from storage.queries import Queries
from storage.records import PROGRAM, Agent, Category, Event, Finding, Fonds
from storage.records.users import Scope
from storage.search.holder import files_of
from storage.search.index import Index
from storage.spool import Spool

DATABASE, INDEX, STATION, LOCK = "archive.db", "index.db", "station.json", "archive.lock"
OBJECTS, PICTURES, SPOOL, PACKAGES = "objects", "pictures", "spool", "packages"
_FOLDERS = (OBJECTS, PICTURES, SPOOL, PACKAGES)

#: What may still be written while the archive is suspended.
_WHILE_SUSPENDED = frozenset({
    "unlock", "lock", "refuse", "view", "view_volume", "acknowledge", "accept_head", "renew_key", "fail_unlock", "audit",
})  # fmt: skip

Listener = Callable[[tuple[Event, ...]], None]


class StationFile(msgspec.Struct, frozen=True):
    """`station.json`: what anyone may know. Headquarters enrols a station by it; scanning seals with `recipient`."""

    format: str
    station: str
    name: str
    fonds: str
    fonds_name: str
    verify_key: str
    recipient: str
    created: str

    @classmethod
    def load(cls, folder: Path) -> StationFile:
        """Raises NotAnArchive, DamagedFile."""
        try:
            return msgspec.json.decode((folder / STATION).read_bytes(), type=cls)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotAnArchive(folder=str(folder)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DamagedFile(file=STATION) from error


@dataclass(frozen=True, slots=True)
class Founding:
    """What a new archive needs. Without `keychain` the passphrase alone guards it: the person must have agreed."""

    folder: Path
    fonds: Fonds
    administrator: str
    passphrase: str
    keychain: Keychain | None
    categories: Sequence[Category]
    cost: Cost | None = None


class Archive:
    """An open archive. Get one from `create` or `open`; always `close` it."""

    def __init__(self, folder: Path, master: MasterKey, lock: FileLock) -> None:
        self.folder = folder
        self._lock = lock
        self._listeners: list[Listener] = []
        #: What the journal does not bear out: while it stands nothing but looking is possible (`storage.anchors`).
        self.suspension: Suspension | None = None
        #: Who holds a key; knows the keychain and the key file once somebody has entered.
        self.holders = Holders(self)
        #: Names this opening of the archive in every event.
        self.session = uuid.uuid4().hex[:12]
        self.ballast = Ballast(folder)
        self.ballast.make_room()
        self.database = Database(folder / DATABASE, master.derive("archive"))
        try:
            self.queries = Queries(self.database)
            if schema.bring_up_to_date(self.database) == len(schema.STEPS):
                return  # a new file: `create` writes its first facts and opens it again
            self.fonds = self.queries.fonds()
            self.station_id: str = self.queries.fact("station")
            self.epoch: str = self.queries.fact("epoch")
            self.signing_key: bytes = self.queries.fact("signing_key")
            self.verify_key = public_key(self.signing_key)
            self.recipient: str = self.queries.fact("recipient")
            self._renew_station_file()
            seal = Seal(self.recipient, self.queries.fact("identity"), self.queries.fact("former_identity"))
            name_keys = self._name_key(master), self.queries.fact("former_name_key")
            self.anchors = Anchors(folder, self.station_id, self._digest_key(), None)
            self.objects = Objects(folder / OBJECTS, seal, *name_keys)
            self.pictures = Objects(folder / PICTURES, seal, *name_keys)
            self.spool = Spool(folder / SPOOL, seal)
            index_key = master.derive("index")
            self.index = Index(
                folder / INDEX,
                lambda path: Database(path, index_key, synchronous="NORMAL", shrinks=True),
                self.queries,
                lambda: [each.word for each in self.queries.station_words()],
            )
        except BaseException:
            self.database.close()
            raise

    @classmethod
    def create(cls, founding: Founding) -> tuple[Archive, str]:
        """Founds an archive in an empty (or absent) folder. Returns it open, with the recovery key to print.

        `keys.json` is written last: a creation that was cut leaves nothing that counts as an archive, and may be
        repeated. Raises AlreadyAnArchive, NoKeychain, DiskFull, ReadOnly.
        """
        folder = founding.folder
        try:
            with disk_faults(folder):
                folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise AlreadyAnArchive(folder=str(folder)) from error
        if not all(_left_by_a_cut(entry) for entry in folder.iterdir()):
            raise AlreadyAnArchive(folder=str(folder))
        lock = _lock(folder)
        try:
            sweep(folder)
            with disk_faults(folder):
                for file in (*files_of(folder / DATABASE), *files_of(folder / INDEX)):
                    file.unlink(missing_ok=True)
            with disk_faults(folder):
                for name in _FOLDERS:
                    (folder / name).mkdir(mode=0o700, exist_ok=True)
            master = MasterKey.generate()
            station_id = uuid.uuid4().hex
            recipient, identity = Seal.generate()
            signing_key = MasterKey.generate().secret
            empty = cls(folder, master, lock)
            try:
                with empty.write(PROGRAM) as change:
                    change.create_archive(
                        {
                            "station": station_id,
                            "epoch": uuid.uuid4().hex,
                            "recipient": recipient,
                            "identity": identity,
                            "name_key": secrets.token_bytes(32),
                            digests.KEY: secrets.token_bytes(32),
                            "signing_key": signing_key,
                        },
                        founding.fonds,
                        founding.categories,
                        founding.administrator,
                    )
            finally:
                empty.database.close()
            station = StationFile(
                "anjuan-station/1",
                station_id,
                founding.fonds.station,
                founding.fonds.number,
                founding.fonds.name,
                public_key(signing_key).hex(),
                recipient,
                now(),
            )
            write_whole(folder / STATION, msgspec.json.format(msgspec.json.encode(station)))
            slots = KeySlots(folder, station_id)
            slots.add_user(master, founding.administrator, founding.passphrase, founding.keychain, founding.cost)
            recovery_key = slots.add_recovery(master)
            slots.save(master)
            founded = cls(folder, master, lock)
            founded.holders = Holders(founded, founding.keychain)
            founded._hold_to_anchors(slots, founding.keychain)
            return founded, recovery_key
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(
        cls, folder: Path, user: str, passphrase: str, keychain: Keychain | None, key_file: bytes = b""
    ) -> Archive:
        """Unlocks. Raises NotAnArchive, ArchiveInUse, UnknownUser, WrongPassphrase, WaitBefore, LockedOut, NoKeychain,
        DeviceSecretMissing, KeyFileMissing, DamagedFile, NewerArchive, UnsafeCipher.
        """
        slots = KeySlots.load(folder)
        masters: list[MasterKey] = []

        def unlock() -> MasterKey:
            masters.append(holders.unlock(slots, user, passphrase, keychain, key_file))
            return masters[0]

        archive = cls._open(folder, unlock)
        if slots.renewed:
            slots.save(masters[0])
        return archive._entered(slots, keychain if slots.needs_device(user) else None, key_file)

    @classmethod
    def open_with_recovery(cls, folder: Path, recovery_key: str) -> Archive:
        """Unlocks with the key on the recovery sheet. Raises as `open`."""
        slots = KeySlots.load(folder)
        archive = cls._open(folder, lambda: holders.unlock_with_recovery(slots, recovery_key))
        return archive._entered(slots, None)

    @classmethod
    def open_with_master(cls, folder: Path, master: MasterKey) -> Archive:
        """Unlocks with the master key itself: for a restore, whose slots are not written yet. Raises as `open`."""
        return cls._open(folder, lambda: master)

    @classmethod
    def recover(
        cls,
        folder: Path,
        recovery_key: str,
        user: str,
        passphrase: str,
        keychain: Keychain | None,
        cost: Cost | None = None,
        judge: Callable[[Archive, Agent], None] = lambda archive, agent: None,
    ) -> Archive:
        """A way back with the recovery sheet: a forgotten passphrase, a new PC, a lost keychain.

        Gives `user` a new slot under `passphrase` (and this machine's keychain); content and other slots stay. A lock-out
        ends. Raises as `open`, UnknownUser for a name that is not in the archive, and what `judge` raises of the passphrase;
        then nothing was changed.
        """
        slots = KeySlots.load(folder)
        masters: list[MasterKey] = []

        def unlock() -> MasterKey:
            masters.append(holders.unlock_with_recovery(slots, recovery_key))
            return masters[0]

        archive = cls._open(folder, unlock)
        try:
            agent = archive.queries.agent(user)
            if agent is None:
                raise UnknownUser(user=user)
            judge(archive, agent)
            archive._entered(slots, keychain)
            archive.holders.recover(slots, masters[0], agent, passphrase, cost)
        except BaseException:
            archive.close()
            raise
        return archive

    def admit(
        self, by: Agent, own: str, user: str, passphrase: str, keychain: Keychain | None, cost: Cost | None = None
    ) -> None:
        """A further user: `by` opens the master key anew with the passphrase `own`, and `user` gets a slot under
        `passphrase`. Takes two seconds. Raises WrongPassphrase, UserExists, NoKeychain.
        """
        self.holders.admit(by, own, user, passphrase, keychain, cost)

    @classmethod
    def _open(cls, folder: Path, unlock: Callable[[], MasterKey]) -> Archive:
        lock = _lock(folder)
        try:
            sweep(folder)
            database = folder / DATABASE
            # An empty file would pass for a new one.
            if not database.exists() or not database.stat().st_size:
                raise DamagedFile(file=DATABASE)
            ballast = Ballast(folder)
            ballast.make_room()  # the try is written down before it is one
            master = unlock()
            rotation.switch(folder / DATABASE, master)
            archive = cls(folder, master, lock)
            archive.ballast.untold |= ballast.untold
            return archive
        except BaseException:
            lock.release()
            raise

    def _entered(self, slots: KeySlots, keychain: Keychain | None, key_file: bytes = b"") -> Archive:
        """What follows every unlocking, before anything is shown: is the journal whole, and who failed to get in."""
        try:
            self._hold_to_anchors(slots, keychain)
            self.holders = Holders(self, keychain, key_file)
            self.holders.tell()
        except BaseException:
            self.close()
            raise
        return self

    @contextmanager
    def write(self, agent: Agent) -> Iterator[Changes]:
        """One transaction. Commits at the end, then tells the listeners; rolls back on any exception.

        Raises RuntimeError (a bug) when rows changed and no event says so; AwaitingAcknowledgement while the archive is
        suspended.
        """
        try:
            with self.database.transaction() as connection:
                before = connection.total_changes
                change = Changes(connection, agent, self.session)
                yield change
                if connection.total_changes != before and not change.events:
                    raise RuntimeError("rows were changed without an event")
                if self.suspension is not None and not {event.type for event in change.events} <= _WHILE_SUSPENDED:
                    raise AwaitingAcknowledgement()
        except DiskFull:
            self.meet_full_disk(agent)
            raise
        self._let_go()
        events = tuple(change.events)
        if events:
            for listener in self._listeners:
                listener(events)

    def _renew_station_file(self) -> None:
        """What anyone may know is written anew when it does not say what the archive itself says: papers are sealed by it."""
        try:
            found = StationFile.load(self.folder)
        except (NotAnArchive, DamagedFile):
            found = StationFile("", "", "", "", "", "", "", self.queries.events(0, 1)[0].at)
        right = StationFile(
            "anjuan-station/1", self.station_id, self.fonds.station, self.fonds.number, self.fonds.name, self.verify_key.hex(),
            self.recipient, found.created,
        )  # fmt: skip
        if right != found:
            write_whole(self.folder / STATION, msgspec.json.format(msgspec.json.encode(right)))

    def journal(self, agent: Agent, note: Callable[[Changes], None]) -> None:
        """`write` for what must be journaled on a full disk too: an opening, a look, the end. The ballast gives the room."""
        try:
            with self.write(agent) as change:
                note(change)
        except DiskFull:
            with self.write(agent) as change:
                note(change)

    def meet_full_disk(self, agent: Agent) -> None:
        """Releases the ballast; the journal says that `agent` was told that the disk is full. Never raises for that reason."""
        self.ballast.release()
        if self.ballast.untold:
            self.ballast.untold = False
            try:
                with self.write(agent) as change:
                    change.meet_full_disk()
            except Known:  # still no room, or nothing but an acknowledgement may be written now
                self.ballast.untold = True

    def confined(self, scope: Scope) -> Archive:
        """This archive as somebody with that scope sees it; itself when that is everything. Close either."""
        from storage.confined import Confined  # which is an Archive, and needs to know what that is

        return self if scope.everything else Confined(self, scope)

    def _name_key(self, master: MasterKey) -> bytes:
        """The key that names objects. Kept inside the archive: it outlives a change of the master key."""
        key: bytes | None = self.queries.fact("name_key")
        if key is None:
            # An archive from before: its objects are named under a key of the master key.
            key = master.derive("object-names")
            with self.database.transaction() as connection:
                connection.execute("INSERT INTO fact VALUES ('name_key', ?)", (key,))
        return key

    def _digest_key(self) -> bytes:
        """The key of record digests and of the anchor in the folder: kept inside the archive, and never changed."""
        key: bytes | None = self.queries.fact(digests.KEY)
        if key is None:  # an archive from before
            key = secrets.token_bytes(32)
            self._know(digests.KEY, key)
        return key

    def _know(self, name: str, value: object) -> None:
        """A fact about the archive's own keeping. It changes no record and has no event."""
        with self.database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    # -- the journal's head outside the journal

    def anchor(self) -> None:
        """Keeps the journal's present head where the database is not, unless it is kept already. Nothing while the archive
        is suspended: what disagrees with it is evidence.
        """
        if self.suspension is not None:
            return
        head = self.queries.head()
        saved = KeySlots.load(self.folder).saved
        if saved > (self.queries.fact(KEYS_SAVED) or 0):
            self._know(KEYS_SAVED, saved)
        self.anchors.keep(*head, self.epoch)
        known = self.queries.fact(ANCHORED) or ""
        if new := sorted(self.anchors.kept - set(known.split())):
            self._know(ANCHORED, " ".join([*known.split(), *new]))

    def hold_against(self, anchors: Iterable[Anchor]) -> None:
        """Suspends the archive when its journal does not bear one of these out. Does not lift a suspension."""
        reader = self.database.reader()
        found = [one for anchor in anchors if (one := disagreement(reader, anchor))]
        self.suspension = worst([*found, *([self.suspension] if self.suspension else [])])

    def require_whole(self) -> None:
        """For what goes far before it writes: raises AwaitingAcknowledgement while the archive is suspended."""
        if self.suspension is not None:
            raise AwaitingAcknowledgement()

    def acknowledge(self, agent: Agent, recovery_key: str = "") -> bool:
        """`agent` has taken note of the suspension, and of it alone. Once two people have, or the only one who can, with the
        recovery key, the archive goes on from the head it has, in an epoch of its own. Returns whether it does.

        Raises AcknowledgedAlready, RecoveryKeyNeeded (the only one who can, without the key), WrongPassphrase.
        """
        suspension = self.suspension
        if suspension is None:
            return True
        slots = KeySlots.load(self.folder)
        alone = set(self.queries.vouchers()) & set(slots.users()) == {agent.name}
        if alone:
            if not recovery_key:
                raise RecoveryKeyNeeded()
            holders.unlock_with_recovery(slots, recovery_key)
        epoch = ""
        with self.write(agent) as change:
            people = change.acknowledge(suspension.fault, RECOVERY_SHEET if alone else PASSPHRASE)
            if alone or people > 1:
                epoch = uuid.uuid4().hex
                change.accept_head(suspension.fault, suspension.anchor.epoch, epoch, slots.saved)
        if epoch:
            self.epoch, self.suspension = epoch, None
            self.anchor()
        return bool(epoch)

    def _hold_to_anchors(self, slots: KeySlots, keychain: Keychain | None) -> None:
        self.anchors = Anchors(self.folder, self.station_id, self._digest_key(), keychain)
        self.suspension = keys_disagreement(self.database.reader(), slots.saved)
        self.hold_against(self.anchors.found())
        known = (self.queries.fact(ANCHORED) or "").split()
        self.anchors.lost = {
            place: state for place, state in self.anchors.places.items() if state != KEPT and (place in known or state == SILENT)
        }

    def _let_go(self) -> None:
        """What this thread sealed is named in the database by now: only then may it ever be erased."""
        if hasattr(self, "objects"):  # not yet while the archive is being founded
            self.objects.let_go()
            self.pictures.let_go()

    def listen(self, listener: Listener) -> None:
        """`listener(events)` runs after each commit on the thread that committed; it must be quick."""
        self._listeners.append(listener)

    def verify(self, step: Callable[[int, int, str], None] = lambda *_: None) -> Iterator[Finding]:
        """Checks the database file, the journal's chain, every object and picture, the spool, and the index's agreement.

        One finding per check that holds, one per fault that does not. `step(done, total, check)` may raise to cancel.
        """
        damage = self.database.check()
        yield from (Finding("database", False, DATABASE, line) for line in damage)
        if not damage:
            yield Finding("database", True, DATABASE)
        checks: dict[str, Callable[[], Iterable[Finding]]] = {
            "journal": self.queries.verify_journal,
            "anchor": lambda: verify_anchors(self.database.reader(), self.anchors),
            "record": lambda: self._verify_records(step),
            "object": lambda: self._verify_files(
                "object", self.objects, list(self.queries.object_names()), step
            ),
            "picture": lambda: self._verify_files("picture", self.pictures, list(self.queries.picture_names()), step),
            "spool": lambda: self._verify_spool(step),
            "index": self.index.agreement,
        }
        for check, findings in checks.items():
            try:
                yield from findings()
            except DamagedFile:
                # The database's own damage is listed above; what can still be checked is.
                yield Finding(check, False, DATABASE, "unreadable")

    @property
    def closed(self) -> bool:
        return not self._lock.is_locked

    def close(self) -> None:
        self.index.close()
        self.database.close()
        self._lock.release()

    def _verify_files(
        self, check: str, folder: Objects, names: Sequence[str], step: Callable[[int, int, str], None]
    ) -> Iterator[Finding]:
        faults = 0
        for done, name in enumerate(names):
            step(done, len(names), check)
            try:
                folder.get(name)
            except (DamagedFile, FileUnreadable):
                faults += 1
                yield Finding(check, False, name, "damaged" if folder.path(name).exists() else "missing")
        strays = set(folder.names()) - set(names)
        for name in sorted(strays):
            # A cut between sealing and committing leaves one; its spool entry, or its source, is still there.
            yield Finding(check, True, name, "stray")
        if not faults:
            yield Finding(check, True, "", str(len(names)))

    def _verify_records(self, step: Callable[[int, int, str], None]) -> Iterator[Finding]:
        with self.database.snapshot() as reader:
            yield from digests.verify(reader, step)

    def _verify_spool(self, step: Callable[[int, int, str], None]) -> Iterator[Finding]:
        tokens, faults = list(self.spool.tokens()), 0
        for done, token in enumerate(tokens):
            step(done, len(tokens), "spool")
            try:
                self.spool.take(token)
            except (DamagedFile, FileUnreadable):
                if token in self.spool.tokens():  # else it was taken in meanwhile
                    faults += 1
                    yield Finding("spool", False, token, "damaged")
        if not faults:
            yield Finding("spool", True, "", str(len(tokens)))


def _left_by_a_cut(entry: Path) -> bool:
    """Whether a creation that was cut may have left `entry`: nothing that holds a paper, and no key slots."""
    if entry.name in _FOLDERS:
        return entry.is_dir() and not any(entry.iterdir())
    if entry.name in (STATION, LOCK) or entry.name.endswith(UNFINISHED):
        return True
    return entry in {*files_of(entry.with_name(DATABASE)), *files_of(entry.with_name(INDEX))}


def _lock(folder: Path) -> FileLock:
    # Not thread-local: a station is opened on one worker thread and closed on another.
    lock = FileLock(folder / LOCK, mode=0o600, thread_local=False)
    try:
        with disk_faults(folder / LOCK):
            lock.acquire(timeout=0)
    except Timeout as error:
        raise ArchiveInUse(folder=str(folder)) from error
    except FileNotFoundError as error:
        raise NotAnArchive(folder=str(folder)) from error
    return lock
