"""storage/rotation.py — another master key: the database under it at once; its files follow in their own time.

Who keeps an old copy of `keys.json`, the device secret and a passphrase can open the archive until its master key is
changed; so this is what follows when somebody's key was revoked or a recovery sheet was seen.

`rekey` writes the database anew under a new master key, with a new age identity and a new key for the names of objects,
into a file beside it; then `keys.json` is replaced, which is the moment the change counts; `switch`, at the next opening,
puts the copy in its place. A cut before that moment leaves a copy that nobody can open and that is removed, a cut after it
leaves one that the next opening puts in place. `storage.resealing` then takes the files, one after another.

Backups made before stay as they were: they open with the recovery sheet, and hold what they held.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from storage.changes import Changes
from storage.connection import Database
from storage.errors import DamagedFile, Known
from storage.files import remove, sync_folder
from storage.keys import KeySlots, MasterKey
from storage.objects import Seal
from storage.records import Agent

if TYPE_CHECKING:
    from storage.archive import Archive

Step = Callable[[int, int, str], None]

_NEXT = ".next"
_BESIDE = ("-wal", "-shm", "-journal")


class KeysCannotFollow(Known):
    """Some slots were made by an earlier program and become able to follow when their users next unlock. Facts: users."""

    number = 185


class StillResealing(Known):
    """The files are still being sealed under the key that was changed last. Facts: left."""

    number = 186


def rekey(archive: Archive, agent: Agent, slots: KeySlots, step: Step = lambda *_: None) -> MasterKey:
    """Gives the archive another master key, and returns it. Nobody else may be writing; afterwards `archive` must be closed, and opened
    again with the same passphrases and recovery sheet.

    `slots` have been unlocked. `step(pages, total, "rekey")` may raise to cancel: then nothing has changed. Raises
    KeysCannotFollow, StillResealing, DiskFull, ReadOnly.
    """
    archive.require_whole()
    if slots.first_form:
        raise KeysCannotFollow(users=len(slots.first_form))
    if archive.queries.fact("former_identity"):
        raise StillResealing(left=archive.queries.reseal_count())
    master = MasterKey.generate()
    key = master.derive("archive")
    copy = _next_to(archive.database.path)
    _remove(copy)
    try:
        archive.database.copy_to(copy, key, lambda done, total: step(done, total, "rekey"))
        _turn_over(copy, key, agent, archive.session)
    except BaseException:
        _remove(copy)
        raise
    slots.rewrap(master)
    slots.save(master)
    return master


def switch(path: Path, master: MasterKey) -> None:
    """Puts the copy of the database at `path` in its place if it is the one `master` opens; removes it if `path` is."""
    copy, key = _next_to(path), master.derive("archive")
    if not copy.exists():
        return
    if _opens(copy, key):
        # The former database's log first: beside another database it would be taken for that one's.
        for ending in _BESIDE:
            remove(path.with_name(path.name + ending))
        copy.replace(path)
        sync_folder(path.parent)
    elif _opens(path, key):
        _remove(copy)


def _turn_over(copy: Path, key: bytes, agent: Agent, session: str) -> None:
    """The change itself, and its event, in the copy alone."""
    recipient, identity = Seal.generate()
    database = Database(copy, key)
    try:
        with database.transaction() as connection:
            Changes(connection, agent, session).change_master_key(recipient, identity, MasterKey.generate().secret)
        if database.check():
            raise DamagedFile(file=copy.name)
    finally:
        database.close()
    sync_folder(copy.parent)


def _next_to(path: Path) -> Path:
    return path.with_name(path.name + _NEXT)


def _opens(path: Path, key: bytes) -> bool:
    try:
        Database(path, key).close()
    except DamagedFile:
        return False
    return True


def _remove(path: Path) -> None:
    for ending in (*_BESIDE, ""):
        remove(path.with_name(path.name + ending))
