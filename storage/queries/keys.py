"""storage/queries/keys.py — passphrases and their age, failures that were told: the reads."""

from __future__ import annotations

from dataclasses import dataclass

from storage.changes.keys import REVOKED
from storage.errors import NoSuchRecord
from storage.queries.base import Reading


@dataclass(frozen=True, slots=True)
class PassphraseState:
    """When somebody's passphrase was set, and whether its holder must choose another before anything else.

    `slots` are the marks of the slots that may be theirs; none of them known while it is empty.
    """

    at: str
    must_change: bool
    slots: tuple[str, ...]

    @property
    def revoked(self) -> bool:
        return self.slots == (REVOKED,)


class KeyReads(Reading):
    """Passphrases and failures to unlock."""

    def passphrase_state(self, agent_id: int) -> PassphraseState:
        """Raises NoSuchRecord."""
        row = self._row("SELECT passphrase_at, must_change, slot FROM agent WHERE id = ?", (agent_id,))
        if row is None:
            raise NoSuchRecord(agent=agent_id)
        at, must_change, slot = row
        return PassphraseState(at, bool(must_change), tuple(slot.split()))

    def former_passphrases(self, agent_id: int, limit: int) -> list[str]:
        """The verifiers of the last ones, newest first."""
        rows = self._rows(
            "SELECT verifier FROM former_passphrase WHERE agent_id = ? ORDER BY id DESC LIMIT ?", (agent_id, limit)
        )
        return [verifier for (verifier,) in rows]

    def failures_told(self) -> dict[int, int]:
        """Up to which number the journal tells whose failures to unlock; 0 is the recovery key."""
        return dict(self._rows("SELECT agent_id, number FROM attempt"))
