"""storage/changes/keys.py — key slots, passphrases, the master key: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class KeyChanges(Writing):
    """Key slots and the master key."""

    def renew_key(self, agent_id: int, *, device: bool) -> None:
        """A user's key slot was made anew with the recovery sheet; with or without a keychain behind it."""
        self._note("renew_key", f"agent:{agent_id}", device=device)
