"""storage/queries/users.py — who may unlock the archive, with which duties, and what they may see: the reads."""

from __future__ import annotations

import msgspec

from storage.queries.base import Reading
from storage.records import DUTIES, Agent, Role, SecurityClass
from storage.records.users import Combination, Scope, User


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

    def user(self, agent_id: int) -> User | None:
        """Somebody who was admitted."""
        return next((user for user in self.users() if user.id == agent_id), None)

    def users(self) -> list[User]:
        """Everybody who was ever admitted, in that order, with what they may see and when they last unlocked."""
        agents = {agent.id: agent for agent in self.agents()}
        return [
            User(agents[id], admitted_at, disabled_at, last or "", bool(must_change), _scope(categories, highest))
            for id, admitted_at, disabled_at, must_change, categories, highest, last in self._rows(
                "SELECT id, created_at, disabled_at, must_change, categories, highest_class, (SELECT at FROM event WHERE agent"
                " = agent_row.id AND type = 'unlock' ORDER BY seq DESC LIMIT 1) FROM agent AS agent_row ORDER BY id"
            )
        ]

    def combinations(self) -> list[Combination]:
        """Who holds two or all of the three administrative duties, and why: every audit report shows it."""
        found = []
        for agent in self.agents():
            duties = tuple(role for role in Role if role in DUTIES & agent.roles)
            if len(duties) < 2:
                continue
            reason, since, by = self._row(
                "SELECT reason, at, granted_name FROM duty WHERE agent_id = ? AND ended_at = '' AND reason <> ''"
                " ORDER BY id DESC LIMIT 1",
                (agent.id,),
            )
            found.append(Combination(agent, duties, reason, since, by))
        return found


def _scope(categories: str, highest: str) -> Scope:
    """As `keep_scope` wrote it."""
    return Scope(tuple(msgspec.json.decode(categories)) if categories else (), SecurityClass(highest) if highest else None)
