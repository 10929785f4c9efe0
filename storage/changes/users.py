"""storage/changes/users.py — who may unlock the archive and what they may do there: the events that change it."""

from __future__ import annotations

from storage.changes.base import Writing, now
from storage.errors import UserExists
from storage.records import Role

#: Why the first person holds two duties; every audit report says it until one of them is laid down.
FOUNDING = "founding"


class UserChanges(Writing):
    """Users and their duties."""

    def admit(self, name: str) -> int:
        """A further user of the archive, without any right yet. Returns the agent's id. Raises UserExists."""
        if self._connection.row("SELECT 1 FROM agent WHERE name = ?", (name,)):
            raise UserExists(user=name)
        agent_id = self._new_agent(name, self._agent.id)
        self._note("admit", f"agent:{agent_id}")
        return agent_id

    def grant(self, agent_id: int, role: Role, reason: str = "") -> None:
        """The user holds this role from now on. `reason` says why somebody holds a second of the three duties."""
        self._give_duty(agent_id, role, reason)
        self._note("grant", f"agent:{agent_id}", role=role.value, combined=bool(reason))

    def change_policy(self, name: str, value: str) -> None:
        """A setting that guards the archive; its value names nobody and stands in the event."""
        self._connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))
        self._note("change_policy", f"setting:{name}", value=value)

    def _new_agent(self, name: str, admitted_by: int) -> int:
        at = now()
        return self._insert("agent", name=name, created_at=at, admitted_by=admitted_by, passphrase_at=at)

    def _give_duty(self, agent_id: int, role: Role, reason: str) -> None:
        self._insert(
            "duty", agent_id=agent_id, role=role.value, at=now(), granted_by=self._agent.id,
            granted_name=self._agent.name, reason=reason,
        )  # fmt: skip
