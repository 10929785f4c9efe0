"""storage/changes/keys.py — key slots, passphrases, failures to unlock: the events that change them.

The slots themselves stand in `keys.json`; `storage.holders` writes both, the event first. `slot` is the mark of the slot
that the change is about to make (`KeySlots.mark`): while it is not there, the change was cut off and does not count.
"""

from __future__ import annotations

from storage.changes.base import Writing, now

#: In the place of a slot's mark: this user's key was revoked, whatever `keys.json` says.
REVOKED = "revoked"


class KeyChanges(Writing):
    """Key slots and passphrases."""

    def renew_key(self, agent_id: int, *, device: bool, slot: str = "") -> None:
        """A user's key slot was made anew with the recovery sheet; with or without a keychain behind it."""
        self._set_key(agent_id, slot, must_change=False)
        self._note("renew_key", f"agent:{agent_id}", device=device)

    def reset_key(self, agent_id: int, slot: str = "") -> None:
        """The administrator gave a user a new key, with a first passphrase that must be changed."""
        self._set_key(agent_id, slot, must_change=True)
        self._note("reset_key", f"agent:{agent_id}")

    def change_passphrase(self, agent_id: int, former: str = "", slot: str = "") -> None:
        """A user's own passphrase; `former` is the verifier of the one it takes the place of."""
        if former:
            self._insert("former_passphrase", agent_id=agent_id, verifier=former, at=now())
        self._set_key(agent_id, slot, must_change=False)
        self._note("change_passphrase", f"agent:{agent_id}")

    def change_key_file(self, agent_id: int, *, bound: bool, slots: tuple[str, str] = ("", "")) -> None:
        """A user's key opens only together with a key file from now on, or no longer needs one; the passphrase is the same.

        `slots` are the marks of the slot before and after: both may be found, should this be cut off.
        """
        self._touch("UPDATE agent SET slot = ? WHERE id = ?", (" ".join(slots).strip(), agent_id))
        self._note("change_key_file", f"agent:{agent_id}", bound=bound)

    def renew_recovery(self) -> None:
        """There is a new recovery sheet; the one before it opens nothing any more."""
        self._note("renew_recovery", "recovery")

    def revoke_key(self, agent_id: int) -> None:
        """A user's key opens the archive no more."""
        self._touch("UPDATE agent SET slot = ? WHERE id = ?", (REVOKED, agent_id))
        self._note("revoke_key", f"agent:{agent_id}")

    def fail_unlock(self, agent_id: int, number: int, reason: str, at: str = "", count: int = 1) -> None:
        """A wrong passphrase (for `agent_id` 0 a wrong recovery key) while the archive was locked; `number` counts them all.

        `reason`: `wrong`; `interrupted` before the answer; `tampered`, the count was forged or taken away; `unlisted`,
        `count` of them were told by their number alone; `lost`, the count itself is behind what was told before.
        """
        self._connection.execute("INSERT OR REPLACE INTO attempt VALUES (?, ?)", (agent_id, number))
        who = f"agent:{agent_id}" if agent_id else "recovery"
        self._note("fail_unlock", who, "failure", reason, number=number, count=count, failed_at=at)

    def _set_key(self, agent_id: int, slot: str, *, must_change: bool) -> None:
        self._touch(
            "UPDATE agent SET passphrase_at = ?, must_change = ?, slot = ? WHERE id = ?",
            (now(), int(must_change), slot, agent_id),
        )
