"""app/users.py — class Users: who may unlock the archive, made by one person and given rights by another.

The way of a new colleague: `admit` (administrator; no rights yet) -> `grant` (security administrator) -> they unlock and choose
a passphrase of their own. A station of one person becomes one of two by the same steps and a `lay_down`. What a refused
person tried is in the journal. Every method is synchronous and belongs on a worker thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app import filing
from app.access import may, refuse, require
from app.passphrases import policy
from app.settings import Settings
from app.threshold import keychain_of
from storage.archive import Archive
from storage.changes import Changes
from storage.errors import NoRightsYet, NotAllowed, OwnRights, UnknownUser, UserDisabled
from storage.keys import Cost
from storage.records import DUTIES, Agent, Role
from storage.records.users import Combination, Scope, User


@dataclass(frozen=True, slots=True)
class Next:
    """The next step towards duties in separate hands: `admit`, `grant` (to `user`) or `lay_down`; and the `role`."""

    step: str
    role: Role
    user: str = ""


def let_in(archive: Archive, name: str) -> Agent:
    """Who unlocks under this name. Raises UnknownUser, UserDisabled and NoRightsYet; the last two are journaled as refused."""
    agent = archive.queries.agent(name)
    user = archive.queries.user(agent.id) if agent else None
    if agent is None or user is None:
        raise UnknownUser(user=name)
    if user.disabled or agent.role is Role.PENDING:
        with archive.write(agent) as change:
            change.refuse("unlock")
        raise UserDisabled(user=name) if user.disabled else NoRightsYet(user=name)
    return agent


class Users:
    """The users of one archive, as the person at the desk may see and change them."""

    def __init__(self, archive: Archive, agent: Agent, settings: Settings) -> None:
        self._archive = archive
        self._agent = agent
        self._settings = settings

    # -- looking

    def all(self) -> list[User]:
        """Everybody who was ever admitted."""
        return self._archive.queries.users()

    def called(self, name: str) -> User | None:
        """The user of this name."""
        return next((user for user in self.all() if user.name == name), None)

    def combinations(self) -> list[Combination]:
        """Who holds more than one of the three administrative duties, and why."""
        return self._archive.queries.combinations()

    def stale(self, user: User) -> bool:
        """Whether the account should be looked at: it can unlock, and has not for as long as the policy allows."""
        days = int(self._settings.get("stale_days"))
        last = datetime.fromisoformat(user.last_unlock or user.admitted_at)
        return not user.disabled and datetime.now(UTC) - last > timedelta(days=days)

    def hand_over(self) -> Next | None:
        """What to do next so that the person at the desk holds one administrative duty only; None when they do.

        The administrator's duty stays, the others go to somebody else: to a second person first, then laid down here.
        """
        mine = [role for role in (Role.SECURITY, Role.AUDITOR) if role in self._agent.roles]
        if len(DUTIES & self._agent.roles) < 2:
            return None
        role, others = mine[-1], [user for user in self.all() if user.id != self._agent.id and not user.disabled]
        if any(role in user.agent.roles for user in others):
            return Next("lay_down", role)
        free = [user for user in others if not DUTIES & user.agent.roles]
        return Next("grant", role, free[0].name) if free else Next("admit", role)

    def needs_reason(self, user: User, role: Role) -> bool:
        """Whether giving this role puts two of the three administrative duties in one hand."""
        return role in DUTIES and bool(DUTIES & user.agent.roles)

    def may_lay_down(self, role: Role) -> bool:
        """Whether the person at the desk holds the duty, and somebody else does who can unlock."""
        others = (user for user in self.all() if user.id != self._agent.id and not user.disabled)
        return role in DUTIES & self._agent.roles and (role is Role.AUDITOR or any(role in other.agent.roles for other in others))

    # -- acts of the administrator

    def admit(self, own: str, user: str, passphrase: str, cost: Cost | None = None) -> Agent:
        """A further user, without any right yet; `own` is the passphrase of the person who asks. Takes two seconds.

        Raises NotAllowed, Invalid (a name that will not do), PassphraseTooPlain, WeakPassphrase, WrongPassphrase, UserExists,
        NoKeychain.
        """
        require(self._archive, self._agent, "admit")
        user = user.strip()
        problems = filing.check_name("user", user)
        if problems:
            raise filing.Invalid(problems)
        policy(self._settings.get).judge(passphrase, user, self._archive.fonds.station)
        self._archive.admit(
            self._agent, own, user, passphrase, keychain_of(self._archive.folder, self._agent.name), cost
        )
        admitted = self._archive.queries.agent(user)
        assert admitted is not None
        return admitted

    def disable(self, user: Agent) -> None:
        """They cannot unlock any more. Raises NotAllowed, OwnRights, LastOfDuty, NoSuchRecord."""
        self._act("disable", lambda change: change.disable(user.id))

    def enable(self, user: Agent) -> None:
        """They may unlock again. Raises NotAllowed, OwnRights, NoSuchRecord."""
        self._act("enable", lambda change: change.enable(user.id))

    # -- acts of the security administrator

    def grant(self, user: Agent, role: Role, reason: str = "") -> None:
        """Raises NotAllowed, OwnRights, DutyUnchanged, CombinationNeedsReason, NoSuchRecord."""
        self._act("grant", lambda change: change.grant(user.id, role, reason))

    def withdraw(self, user: Agent, role: Role) -> None:
        """Raises NotAllowed, OwnRights, DutyUnchanged, LastOfDuty, NoSuchRecord."""
        self._act("withdraw", lambda change: change.withdraw(user.id, role))

    def keep_scope(self, user: Agent, scope: Scope) -> None:
        """What they may see from their next unlocking on. Raises NotAllowed, OwnRights, NoSuchRecord."""
        self._act("keep_scope", lambda change: change.keep_scope(user.id, scope))

    # -- one's own

    def lay_down(self, role: Role) -> None:
        """Gives up one of one's own administrative duties. The station is to be locked then: what is open was opened with it.

        Raises NotAllowed, DutyUnchanged, LastOfDuty.
        """
        self._act("lay_down", lambda change: change.lay_down(role))

    def may(self, event: str) -> bool:
        return may(self._agent, event)

    def _act(self, event: str, step: Callable[[Changes], None]) -> None:
        """Also what the database refuses, because the person is not what they claim, is journaled as refused."""
        require(self._archive, self._agent, event)
        try:
            with self._archive.write(self._agent) as change:
                step(change)
        except NotAllowed:
            refuse(self._archive, self._agent, event)
        except OwnRights:
            with self._archive.write(self._agent) as change:
                change.refuse(event)
            raise
