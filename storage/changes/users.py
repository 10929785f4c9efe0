"""storage/changes/users.py — who may unlock the archive and what they may do there: the events that change it.

The administrator makes users and disables them; the security administrator says what they may do and see. Neither does it
for themselves. The database is asked what the acting person holds: what an `Agent` says of itself is only a claim.
"""

from __future__ import annotations

import msgspec

from storage.changes.base import Writing, now
from storage.changes.keys import REVOKED
from storage.changes.searches import forget_of
from storage.errors import (
    CombinationNeedsReason,
    DutyUnchanged,
    LastOfDuty,
    NoSuchRecord,
    NotAllowed,
    OwnRights,
    UserExists,
)
from storage.records import DUTIES, PROGRAM, Role
from storage.records.users import FOUNDING, Scope

__all__ = ["FOUNDING", "UserChanges"]

#: Without one of each who can unlock, nobody could make users, or give them rights.
_KEPT = (Role.ADMINISTRATOR, Role.SECURITY)


class UserChanges(Writing):
    """Users and their duties."""

    def admit(self, name: str) -> int:
        """A further user of the archive, without any right yet, whose passphrase must be changed at the first unlock.

        Returns the agent's id. Raises UserExists, NotAllowed.
        """
        self._require_role(Role.ADMINISTRATOR)
        if self._connection.row("SELECT 1 FROM agent WHERE name = ?", (name,)):
            raise UserExists(user=name)
        agent_id = self._new_agent(name, self._agent.id)
        self._connection.execute("UPDATE agent SET must_change = 1 WHERE id = ?", (agent_id,))
        self._note("admit", f"agent:{agent_id}")
        return agent_id

    def grant(self, agent_id: int, role: Role, reason: str = "") -> None:
        """The user holds this role from now on. `reason` says why somebody holds a second of the three duties.

        Raises OwnRights, DutyUnchanged, CombinationNeedsReason, NotAllowed, NoSuchRecord.
        """
        self._require_somebody_else(agent_id)
        if role is Role.PENDING:
            raise ValueError("pending is the lack of a role")
        held = self._duties_of(agent_id)
        if role in held:
            raise DutyUnchanged(user=self._user_name(agent_id), role=role.value)
        combined = role in DUTIES and bool(DUTIES & held)
        if combined and not reason.strip():
            raise CombinationNeedsReason(role=role.value)
        self._give_duty(agent_id, role, reason.strip() if combined else "")
        self._note("grant", f"agent:{agent_id}", role=role.value, combined=combined)

    def withdraw(self, agent_id: int, role: Role) -> None:
        """The user holds this role no more. Raises OwnRights, DutyUnchanged, LastOfDuty, NotAllowed, NoSuchRecord."""
        self._require_somebody_else(agent_id)
        self._end_duty(agent_id, role)
        self._note("withdraw", f"agent:{agent_id}", role=role.value)

    def lay_down(self, role: Role) -> None:
        """One's own administrative duty is given up, because somebody else holds it.

        Raises DutyUnchanged (also for a role that is none of the three), LastOfDuty, NotAllowed.
        """
        self._require_role(role)
        if role not in DUTIES:
            raise DutyUnchanged(user=self._agent.name, role=role.value)
        self._end_duty(self._agent.id, role)
        self._note("lay_down", f"agent:{self._agent.id}", role=role.value)

    def disable(self, agent_id: int) -> None:
        """The user cannot unlock any more; what they did keeps their name, what they last searched for is forgotten. Raises
        OwnRights, LastOfDuty, NotAllowed, NoSuchRecord.
        """
        self._require_role(Role.ADMINISTRATOR)
        if agent_id == self._agent.id:
            raise OwnRights()
        for role in _KEPT:
            if role in self._duties_of(agent_id):
                self._require_successor(agent_id, role)
        self._touch("UPDATE agent SET disabled_at = ? WHERE disabled_at = '' AND id = ?", (now(), agent_id))
        forget_of(self._connection, agent_id)
        self._note("disable", f"agent:{agent_id}")

    def enable(self, agent_id: int) -> None:
        """The user may unlock again, with the roles they held. Raises OwnRights, NotAllowed, NoSuchRecord."""
        self._require_role(Role.ADMINISTRATOR)
        if agent_id == self._agent.id:
            raise OwnRights()
        self._touch("UPDATE agent SET disabled_at = '' WHERE disabled_at <> '' AND id = ?", (agent_id,))
        self._note("enable", f"agent:{agent_id}")

    def keep_scope(self, agent_id: int, scope: Scope) -> None:
        """What of the records the user may see from their next unlocking on. Raises OwnRights, NotAllowed, NoSuchRecord."""
        self._require_somebody_else(agent_id)
        categories = msgspec.json.encode(sorted(scope.categories)).decode() if scope.categories else ""
        highest = scope.highest_class.value if scope.highest_class else ""
        self._touch("UPDATE agent SET categories = ?, highest_class = ? WHERE id = ?", (categories, highest, agent_id))
        self._note("keep_scope", f"agent:{agent_id}", categories=len(scope.categories), highest_class=highest)

    def change_policy(self, name: str, value: str) -> None:
        """A setting that guards the archive; its value names nobody and stands in the event. Raises NotAllowed."""
        self._require_role(Role.SECURITY)
        self._connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))
        self._note("change_policy", f"setting:{name}", value=value)

    # -- inside

    def _new_agent(self, name: str, admitted_by: int) -> int:
        at = now()
        return self._insert("agent", name=name, created_at=at, admitted_by=admitted_by, passphrase_at=at)

    def _give_duty(self, agent_id: int, role: Role, reason: str) -> None:
        self._insert(
            "duty", agent_id=agent_id, role=role.value, at=now(), granted_by=self._agent.id,
            granted_name=self._agent.name, reason=reason,
        )  # fmt: skip

    def _end_duty(self, agent_id: int, role: Role) -> None:
        if role not in self._duties_of(agent_id):
            raise DutyUnchanged(user=self._user_name(agent_id), role=role.value)
        if role in _KEPT:
            self._require_successor(agent_id, role)
        self._touch(
            "UPDATE duty SET ended_at = ?, ended_by = ?, ended_name = ? WHERE ended_at = '' AND role = ? AND agent_id = ?",
            (now(), self._agent.id, self._agent.name, role.value, agent_id),
        )

    def _require_somebody_else(self, agent_id: int) -> None:
        """That the security administrator acts, and on somebody else."""
        self._require_role(Role.SECURITY)
        if agent_id == self._agent.id:
            raise OwnRights()
        self._user_name(agent_id)

    def _require_role(self, role: Role) -> None:
        """That the acting person is in the database, may unlock, and holds this role and whatever else they claim."""
        if self._agent == PROGRAM:
            raise NotAllowed(event="grant", role=PROGRAM.name)
        known = self._connection.row(
            "SELECT 1 FROM agent WHERE id = ? AND name = ? AND disabled_at = ''", (self._agent.id, self._agent.name)
        )
        if not known or not {role, *self._agent.roles} <= self._duties_of(self._agent.id):
            raise NotAllowed(event=role.value, role=self._agent.standing)

    def _require_successor(self, agent_id: int, role: Role) -> None:
        """That somebody else holds this role and can unlock."""
        if not self._connection.row(
            "SELECT 1 FROM duty JOIN agent ON agent.id = agent_id WHERE ended_at = '' AND role = ? AND disabled_at = ''"
            " AND slot <> ? AND agent_id <> ?",
            (role.value, REVOKED, agent_id),
        ):
            raise LastOfDuty(role=role.value)

    def _duties_of(self, agent_id: int) -> set[Role]:
        rows = self._connection.rows("SELECT role FROM duty WHERE agent_id = ? AND ended_at = ''", (agent_id,))
        return {Role(row[0]) for row in rows}

    def _user_name(self, agent_id: int) -> str:
        row = self._connection.row("SELECT name FROM agent WHERE id = ?", (agent_id,))
        if row is None:
            raise NoSuchRecord(record=f"agent:{agent_id}")
        return str(row[0])
