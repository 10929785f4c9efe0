"""app/rotation.py — another master key, asked for by the administrator while nobody works in the archive.

The station is stopped first; afterwards it is opened again with the same passphrases, and the files follow while people
work (`storage.resealing`, begun by `Station.start`).
"""

from __future__ import annotations

from pathlib import Path

from app.access import require
from app.threshold import keychain_of
from storage.archive import Archive
from storage.errors import UnknownUser
from storage.keys import KeySlots
from storage.rotation import Step, rekey


def change_master_key(
    folder: Path, user: str, passphrase: str, key_file: bytes = b"", step: Step = lambda *_: None
) -> None:
    """Gives the closed archive in `folder` another master key; `user` must be an administrator.

    Takes two seconds, and one for every 150 MB of database. `step(done, total, note)` may raise to cancel: nothing has
    changed then. Raises what `Archive.open` raises, NotAllowed, KeysCannotFollow, StillResealing, DiskFull, ReadOnly.
    """
    keychain = keychain_of(folder, user)
    archive = Archive.open(folder, user, passphrase, keychain, key_file)
    try:
        agent = archive.queries.agent(user)
        if agent is None:
            raise UnknownUser(user=user)
        require(archive, agent, "change_master_key")
        slots = KeySlots.load(folder)
        slots.unlock(user, passphrase, keychain, key_file)
        master = rekey(archive, agent, slots, step)
    finally:
        archive.close()
    # The copy takes its place at this opening; a cut before it is made good by the next.
    Archive.open_with_master(folder, master).close()
