"""storage/holders.py — who holds a key to the archive: unlocking, and slots changed together with their events.

Every change is asked for with the passphrase of the person who asks: the master key is opened for it and forgotten again.
The event is written first, then `keys.json`: a cut may leave an event too many, never a key that nobody can see.

A slot that is changed or removed no longer opens the archive in this place. It does not undo what somebody has copied:
who kept an old `keys.json`, the device secret and the former passphrase still opens a copy of the archive, until the
master key is changed (`storage.rotation`).

Thread-safe. Everything that opens the master key takes about a second and raises WrongPassphrase, WaitBefore, LockedOut,
NoKeychain, DeviceSecretMissing, KeyFileMissing, DiskFull, ReadOnly.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from storage.attempts import Attempts, Limits
from storage.errors import DeviceSecretMissing, LastKey, LockedOut, PassphraseUsedBefore, WrongPassphrase
from storage.keychain import Keychain
from storage.keys import Cost, KeySlots, MasterKey, normalise_passphrase, verifier, verifies
from storage.records import PROGRAM, Agent, Role

if TYPE_CHECKING:
    from storage.archive import Archive


def unlock(
    slots: KeySlots, user: str, passphrase: str, keychain: Keychain | None, key_file: bytes = b""
) -> MasterKey:
    """One try, counted. Call while the archive's lock is held."""
    attempts = Attempts(slots, slots.device_secret(user, keychain), keychain)
    attempts.begin(user)
    try:
        master = slots.unlock(user, passphrase, keychain, key_file)
    except WrongPassphrase as error:
        raise attempts.wrong(user) from error
    except BaseException:
        attempts.withdraw(user)
        raise
    attempts.right(user)
    return master


def unlock_with_recovery(slots: KeySlots, recovery_key: str) -> MasterKey:
    """One try with the recovery key, counted. Call while the archive's lock is held."""
    attempts = Attempts(slots)
    attempts.begin(None)
    try:
        master = slots.unlock_with_recovery(recovery_key)
    except WrongPassphrase as error:
        raise attempts.wrong(None) from error
    except BaseException:
        attempts.withdraw(None)
        raise
    attempts.right(None)
    return master


def forget(folder: Path, keychain: Keychain) -> None:
    """Takes everything of an archive that is given up out of this machine's keychain. Raises NoKeychain."""
    slots = KeySlots.load(folder)
    for name in (f"device/{slots.archive_id}", f"head/{slots.archive_id}", *Attempts(slots).places()):
        if keychain.fetch(name) is not None:
            keychain.forget(name)


class Holders:
    """The holders of one open archive. `keychain` and `key_file` are those it was opened with."""

    def __init__(self, archive: Archive, keychain: Keychain | None = None, key_file: bytes = b"") -> None:
        self._archive = archive
        self._keychain = keychain
        self._key_file = key_file
        self._lock = threading.Lock()

    def slots(self) -> KeySlots:
        """As they stand in the folder now. Raises DamagedFile."""
        return KeySlots.load(self._archive.folder)

    def tell(self) -> None:
        """Every failure since the last unlock becomes an event of its own; the limits of the policy hold from now on."""
        slots = self.slots()
        secret = self._device_secret(slots)
        attempts, queries = Attempts(slots, secret, self._keychain), self._archive.queries
        ids: dict[str | None, int] = {agent.name: agent.id for agent in queries.agents()} | {None: 0}
        told = queries.failures_told()
        for user, (number, untold) in attempts.untold().items():
            if (agent_id := ids.get(user)) is None:
                continue
            last = told.get(agent_id, 0)
            fresh = [one for one in untold if one.number > last]
            with self._archive.write(PROGRAM) as change:
                if number < last:
                    change.fail_unlock(agent_id, last, "lost")
                if unlisted := max(0, number - last - len(fresh)):
                    change.fail_unlock(agent_id, last + unlisted, "unlisted", count=unlisted)
                for one in fresh:
                    change.fail_unlock(agent_id, one.number, one.reason, one.at)
        told = queries.failures_told()
        attempts.settle({user: told[agent_id] for user, agent_id in ids.items() if agent_id in told}, self._limits())

    def confirm(self, agent: Agent, own: str) -> None:
        """That `own` is the passphrase of `agent`."""
        with self._lock:
            self._open(agent, own)

    def admit(
        self, by: Agent, own: str, user: str, passphrase: str, keychain: Keychain | None, cost: Cost | None = None
    ) -> None:
        """A further user, with a first passphrase that must be changed. Raises UserExists."""
        with self._lock:
            slots, master = self._open(by, own, keychain)
            slots.add_user(master, user, passphrase, keychain if slots.needs_device(by.name) else None, cost)
            with self._archive.write(by) as change:
                change.admit(user)
            self._save(slots, master)

    def change_passphrase(self, agent: Agent, own: str, new: str, remembered: int = 0) -> None:
        """One's own. Raises PassphraseUsedBefore when it is the present one or one of the last `remembered`."""
        with self._lock:
            slots, master = self._open(agent, own)
            former = self._archive.queries.former_passphrases(agent.id, remembered)
            if normalise_passphrase(new) == normalise_passphrase(own) or any(verifies(new, kept) for kept in former):
                raise PassphraseUsedBefore()
            self._remake(slots, master, agent.name, new, self._key_file)
            with self._archive.write(agent) as change:
                change.change_passphrase(agent.id, verifier(own), slots.mark(agent.name))
            self._save(slots, master)

    def change_key_file(self, agent: Agent, own: str, key_file: bytes) -> None:
        """One's own key opens only together with this content of a key file from now on; empty: no longer with any."""
        with self._lock:
            slots, master = self._open(agent, own)
            before = slots.mark(agent.name)
            self._remake(slots, master, agent.name, own, key_file, bind=True)
            with self._archive.write(agent) as change:
                change.change_key_file(agent.id, bound=bool(key_file), slots=(before, slots.mark(agent.name)))
            self._save(slots, master)
            self._key_file = key_file

    def renew_recovery(self, by: Agent, own: str) -> str:
        """A new recovery key, to be printed; the one before it opens this archive no more. Backups made until now still
        open with the one before it, and with nothing else.
        """
        with self._lock:
            slots, master = self._open(by, own)
            recovery_key = slots.add_recovery(master)
            with self._archive.write(by) as change:
                change.renew_recovery()
            self._save(slots, master)
            return recovery_key

    def reset(self, by: Agent, own: str, agent: Agent, first: str, cost: Cost | None = None) -> None:
        """A new key for somebody else, with a first passphrase that must be changed; lifts a lock-out and a revocation.

        Without a key file: whoever must have one is asked for it at the next unlock.
        """
        with self._lock:
            slots, master = self._open(by, own)
            slots.add_user(master, agent.name, first, self._keychain if slots.needs_device(by.name) else None, cost)
            with self._archive.write(by) as change:
                change.reset_key(agent.id, slots.mark(agent.name))
            self._save(slots, master)
            Attempts(slots, slots.device_secret(agent.name, self._keychain), self._keychain).clear(agent.name)

    def recover(
        self, slots: KeySlots, master: MasterKey, agent: Agent, passphrase: str, cost: Cost | None = None
    ) -> None:
        """A new key for whoever holds the recovery sheet that has just opened `slots`."""
        with self._lock:
            slots.add_user(master, agent.name, passphrase, self._keychain, cost)
            with self._archive.write(PROGRAM) as change:
                change.renew_key(agent.id, device=self._keychain is not None, slot=slots.mark(agent.name))
            self._save(slots, master)
            Attempts(slots, slots.device_secret(agent.name, self._keychain), self._keychain).clear(agent.name)

    def revoke(self, by: Agent, own: str, agent: Agent) -> None:
        """This person's key opens the archive no more (see the module for what that does not undo).

        Raises LastKey when nobody else with a key is administrator, or security administrator; UnknownUser.
        """
        with self._lock:
            slots, master = self._open(by, own)
            slots.remove_user(agent.name)
            holding = slots.users()
            left = [one for one in self._archive.queries.users() if one.agent.name in holding and not one.disabled_at]
            for duty in (Role.ADMINISTRATOR, Role.SECURITY):
                if not any(duty in one.agent.roles for one in left):
                    raise LastKey(user=agent.id, duty=duty.value)
            with self._archive.write(by) as change:
                change.revoke_key(agent.id)
            self._save(slots, master)

    # -- inside

    def _open(self, agent: Agent, own: str, keychain: Keychain | None = None) -> tuple[KeySlots, MasterKey]:
        slots = self.slots()
        try:
            return slots, unlock(slots, agent.name, own, keychain or self._keychain, self._key_file)
        except (WrongPassphrase, LockedOut):
            self.tell()
            raise

    def _remake(
        self, slots: KeySlots, master: MasterKey, user: str, passphrase: str, key_file: bytes, *, bind: bool = False
    ) -> None:
        """The user's slot as it was, but for the passphrase or the key file."""
        keychain = self._keychain if slots.needs_device(user) else None
        bound = key_file if bind or slots.needs_key_file(user) else b""
        slots.add_user(master, user, passphrase, keychain, slots.cost(user), bound)

    def _save(self, slots: KeySlots, master: MasterKey) -> None:
        slots.save(master)
        self._archive.anchor()

    def _device_secret(self, slots: KeySlots) -> bytes:
        """What vouches for the counts of those whose slots need it; empty on a machine that does not know it."""
        held = [user for user in slots.users() if slots.needs_device(user)]
        try:
            return slots.device_secret(held[0], self._keychain) if held and self._keychain else b""
        except DeviceSecretMissing:  # the recovery sheet on a new machine: nobody's count was kept here
            return b""

    def _limits(self) -> Limits:
        kept = self._archive.queries.settings()
        count, minutes = (kept.get(name) for name in ("lockout_count", "lockout_min"))
        usual = Limits()
        return Limits(
            msgspec.json.decode(count, type=int) if count else usual.count,
            msgspec.json.decode(minutes, type=int) if minutes else usual.minutes,
        )
