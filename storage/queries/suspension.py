"""storage/queries/suspension.py — who may take note of a suspension, and who has: the reads."""

from __future__ import annotations

from dataclasses import dataclass

from storage.queries.base import Reading
from storage.records import Role

#: Whose duty it is to know when the journal is not what it was.
VOUCHING = (Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`means` is passphrase or recovery_sheet."""

    agent_id: int
    agent_name: str
    means: str
    at: str


class SuspensionReads(Reading):
    """Who may take note of a suspension, and who has."""

    def vouchers(self) -> list[str]:
        """The names of those whose duty it is and who are not disabled."""
        rows = self._rows(
            "SELECT DISTINCT agent.name FROM agent JOIN duty ON duty.agent_id = agent.id"
            " WHERE duty.ended_at = '' AND agent.disabled_at = '' AND duty.role IN (?, ?, ?)",
            [role.value for role in VOUCHING],
        )
        return [row[0] for row in rows]

    def newest_receipts(self, limit: int) -> list[bytes]:
        """The documents of the last answers that headquarters gave, the newest first."""
        return [row[0] for row in self._rows("SELECT document FROM receipt ORDER BY received_at DESC LIMIT ?", (limit,))]

    def acknowledgements(self, fault: str) -> list[Acknowledgement]:
        """Of this fault, the oldest first."""
        rows = self._rows(
            "SELECT agent_id, agent_name, means, at FROM acknowledgement WHERE fault = ? ORDER BY at, agent_id", (fault,)
        )
        return [Acknowledgement(*row) for row in rows]
