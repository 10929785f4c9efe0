"""app/keys.py — class Keys: passphrases, key files, the recovery sheet, and whose keys open the archive.

What a person does with their own key, and the administrator with those of others. Every act asks for the passphrase of the
person at the desk and takes two to four seconds; wrong ones are counted as at the door. Every method is synchronous and
belongs on a worker thread.

Taking a key away stops this program from opening the archive with it. Whoever had copied `keys.json`, this machine's
device secret and their passphrase can still open a copy of the archive: only another master key (`app.rotation`) ends that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.access import refuse, require
from app.passphrases import GRADES, USUAL, Policy, policy
from app.settings import Settings
from storage.archive import Archive
from storage.errors import KeyFileRequired, PassphraseExpired, SheetNeeded, UnknownUser
from storage.key_file import make_key_file
from storage.keychain import Keychain
from storage.keys import Cost
from storage.records import DUTIES, Agent, Role

#: The settings that `storage.attempts` goes by.
LIMITS = frozenset({"lockout_count", "lockout_min"})
#: Why a passphrase must be changed before anything else.
AGED, FIRST, POLICY = "aged", "first", "policy"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose key it is, and what it needs beside the passphrase. `days_left` is None where passphrases do not age."""

    agent: Agent
    has_key: bool
    device: bool
    key_file: bool
    set_at: str
    must_change: bool
    days_left: int | None

    @property
    def state(self) -> str:
        """A code for people: `none`, `first` (to be changed), `aged`, `key_file`, `keychain` or `passphrase` (alone)."""
        if not self.has_key:
            return "none"
        if self.must_change:
            return FIRST
        if self.days_left is not None and self.days_left < 0:
            return AGED
        return "key_file" if self.key_file else "keychain" if self.device else "passphrase"


class Keys:
    """The keys of one archive, as the person at the desk may see and change them."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent

    # -- looking

    @property
    def policy(self) -> Policy:
        """What the station asks of passphrases now."""
        return policy_of(self._archive)

    def holders(self) -> list[Holder]:
        """Everybody who was ever admitted, and what opens the archive for them. No secrets."""
        slots, rules = self._archive.holders.slots(), self.policy
        holding = slots.users()
        found = []
        for agent in self._archive.queries.agents():
            state = self._archive.queries.passphrase_state(agent.id)
            has_key = agent.name in holding and not state.revoked
            found.append(Holder(
                agent, has_key, has_key and slots.needs_device(agent.name), has_key and slots.needs_key_file(agent.name),
                state.at, state.must_change, rules.days_left(state.at),
            ))  # fmt: skip
        return found

    def mine(self) -> Holder:
        return next(holder for holder in self.holders() if holder.agent.id == self._agent.id)

    def warning(self) -> int | None:
        """How many days one's own passphrase has left, when it is time to say so."""
        rules = self.policy
        left = rules.days_left(self._archive.queries.passphrase_state(self._agent.id).at)
        return left if left is not None and left <= rules.warn_days else None

    # -- one's own key

    def change_passphrase(self, own: str, new: str) -> None:
        """Raises WrongPassphrase, PassphraseTooPlain, WeakPassphrase, PassphraseUsedBefore, and as every act here."""
        require(self._archive, self._agent, "change_passphrase")
        _change(self._archive, self._agent, own, new)

    def add_key_file(self, own: str, folder: Path) -> Path:
        """Makes a key file in `folder` (a stick); one's own key opens only together with it from now on, and with no earlier
        one. Returns where it is. Raises KeyFileMissing (no such folder), WrongPassphrase, DiskFull, ReadOnly.
        """
        require(self._archive, self._agent, "change_key_file")
        self._archive.holders.confirm(self._agent, own)
        path, key_file = make_key_file(folder, self._archive.station_id)
        self._archive.holders.change_key_file(self._agent, own, key_file)
        return path

    def remove_key_file(self, own: str) -> None:
        """The passphrase is enough again. Raises KeyFileRequired while the policy asks for one, WrongPassphrase."""
        require(self._archive, self._agent, "change_key_file")
        if self.policy.key_file:
            raise KeyFileRequired()
        self._archive.holders.change_key_file(self._agent, own, b"")

    # -- the administrator

    def renew_recovery(self, own: str) -> str:
        """A new recovery key, to be printed at once: the one before it opens this archive no more. Should the sheet get lost
        before it is printed, this is simply done again. Backups made until now open with the sheet before it only, so
        that is kept as long as they are. Raises WrongPassphrase, NotAllowed.
        """
        require(self._archive, self._agent, "renew_recovery")
        return self._archive.holders.renew_recovery(self._agent, own)

    def reset(self, own: str, user: str, first: str, cost: Cost | None = None) -> None:
        """A new key for somebody else, with a first passphrase they must change when they unlock; ends a lock-out.

        Not for oneself: that is `change_passphrase`, or the recovery sheet; nor for whoever watches over the administrator,
        whose first passphrase the administrator would know: that is the recovery sheet. Raises NotAllowed, UnknownUser,
        SheetNeeded, PassphraseTooPlain, WeakPassphrase, WrongPassphrase.
        """
        require(self._archive, self._agent, "reset_key")
        agent = self._other(user, "reset_key")
        if agent.roles & DUTIES - {Role.ADMINISTRATOR}:
            raise SheetNeeded(user=user)
        self.policy.judge(first, user, self._archive.fonds.station)
        self._archive.holders.reset(self._agent, own, agent, first, cost)

    def revoke(self, own: str, user: str) -> None:
        """Somebody else's key opens the archive no more; see the module for what that does not undo.

        Raises NotAllowed, UnknownUser, LastKey, WrongPassphrase.
        """
        require(self._archive, self._agent, "revoke_key")
        self._archive.holders.revoke(self._agent, own, self._other(user, "revoke_key"))

    def _other(self, user: str, event: str) -> Agent:
        agent = self._archive.queries.agent(user)
        if agent is None:
            raise UnknownUser(user=user)
        if agent.id == self._agent.id:
            refuse(self._archive, self._agent, event)
        return agent


def policy_of(archive: Archive) -> Policy:
    """What the station asks of passphrases."""
    return policy(Settings(archive.folder, archive.queries.settings).get)


def judge_founder(passphrase: str, *known: str) -> None:
    """Before there is an archive: what a station begins with asks. Raises PassphraseTooPlain, WeakPassphrase."""
    GRADES[USUAL].judge(passphrase, *known)


def meet_policy(archive: Archive, agent: Agent, own: str, new: str | None, key_file: bytes) -> None:
    """What stands between the right passphrase and an open station: a revoked key, a passphrase that must be changed, a key
    file that must be. Both are seen to when `new`, or a `key_file`, is given.

    Raises UnknownUser, PassphraseExpired, KeyFileRequired, and for a new passphrase as `Keys.change_passphrase`. While the
    archive is suspended nothing can be changed, so nothing is asked.
    """
    state, slots, rules = archive.queries.passphrase_state(agent.id), archive.holders.slots(), policy_of(archive)
    if state.revoked:  # whatever `keys.json` says: older slots may have been put back
        raise UnknownUser(user=agent.name)
    if archive.suspension is not None:
        return
    if new is not None:
        _change(archive, agent, own, new)
    elif state.must_change or (state.slots and slots.mark(agent.name) not in state.slots):
        raise PassphraseExpired(reason=FIRST)  # given by somebody else; or a change was cut off before it counted
    elif (left := rules.days_left(state.at)) is not None and left < 0:
        raise PassphraseExpired(reason=AGED)
    elif not rules.fits(own):
        raise PassphraseExpired(reason=POLICY)
    if rules.key_file and not slots.needs_key_file(agent.name):
        if not key_file:
            raise KeyFileRequired()
        archive.holders.change_key_file(agent, own if new is None else new, key_file)


def recover(
    folder: Path, recovery_key: str, user: str, passphrase: str, keychain: Keychain | None, cost: Cost | None = None
) -> Archive:
    """`Archive.recover` for a passphrase that meets the policy. Raises as that, PassphraseTooPlain, WeakPassphrase."""

    def judge(archive: Archive, agent: Agent) -> None:
        policy_of(archive).judge(passphrase, user, archive.fonds.station)

    return Archive.recover(folder, recovery_key, user, passphrase, keychain, cost, judge)


def _change(archive: Archive, agent: Agent, own: str, new: str) -> None:
    rules = policy_of(archive)
    rules.judge(new, agent.name, archive.fonds.station)
    archive.holders.change_passphrase(agent, own, new, rules.remembered)
