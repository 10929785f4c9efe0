"""storage/records/users.py — who may unlock the archive, why somebody holds two duties, and what a person may see."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import Agent, Role, SecurityClass

#: Reasons for two duties in one hand that nobody typed: the first person of an archive, and archives older than duties.
FOUNDING, BEFORE_SEPARATION = "founding", "before_separation"


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the records a person may see: `categories` with their branches (empty: all), up to a class (None: any).

    `nothing`: no record, no paper in the inbox, no loan: the person is there for something else.
    """

    categories: tuple[str, ...] = ()
    highest_class: SecurityClass | None = None
    nothing: bool = False

    @property
    def everything(self) -> bool:
        return not (self.categories or self.highest_class or self.nothing)

    @property
    def classes(self) -> tuple[SecurityClass, ...]:
        """The classes within."""
        every = tuple(SecurityClass)
        return every if self.highest_class is None else every[: every.index(self.highest_class) + 1]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who was admitted. Times are empty when it never happened."""

    agent: Agent
    admitted_at: str
    disabled_at: str
    last_unlock: str
    must_change: bool
    scope: Scope

    @property
    def id(self) -> int:
        return self.agent.id

    @property
    def name(self) -> str:
        return self.agent.name

    @property
    def disabled(self) -> bool:
        return bool(self.disabled_at)


@dataclass(frozen=True, slots=True)
class Combination:
    """Two or more of the three administrative duties in one hand (兼任). `reason` is what was typed, or a code above."""

    agent: Agent
    duties: tuple[Role, ...]
    reason: str
    since: str
    by: str

