"""storage/queries/users.py — who may unlock the archive, with which duties, and what they may see: the reads."""

from __future__ import annotations

from storage.queries.base import Reading
from storage.records import Agent, Role


class UserReads(Reading):
    """Users and their duties."""

    def agent(self, name: str) -> Agent | None:
        """The user of this name with the roles in force, whether disabled or not."""
        found = [agent for agent in self.agents() if agent.name == name]
        return found[0] if found else None

    def agents(self) -> list[Agent]:
        """Everybody who was ever admitted, in that order."""
        held: dict[int, list[Role]] = {}
        for agent_id, role in self._rows("SELECT agent_id, role FROM duty WHERE ended_at = ''"):
            held.setdefault(agent_id, []).append(Role(role))
        return [Agent.of(id, name, held.get(id, ())) for id, name in self._rows("SELECT id, name FROM agent ORDER BY id")]
