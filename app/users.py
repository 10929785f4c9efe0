"""app/users.py — class Users: who may unlock the archive, made by one person and given rights by another.

Every method is synchronous and belongs on a worker thread.
"""

from __future__ import annotations

from app import filing
from app.access import require, require_strength
from app.threshold import keychain_of
from storage.archive import Archive
from storage.keys import Cost
from storage.records import Agent, Role


class Users:
    """The users of one archive, as the person at the desk may see and change them."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent

    def all(self) -> list[Agent]:
        """Everybody who was ever admitted."""
        return self._archive.queries.agents()

    def admit(self, own: str, user: str, passphrase: str, cost: Cost | None = None) -> Agent:
        """A further user, without any right yet; `own` is the passphrase of the person who asks. Takes two seconds.

        Raises NotAllowed, Invalid (a name that will not do), WeakPassphrase, WrongPassphrase, UserExists, NoKeychain.
        """
        require(self._archive, self._agent, "admit")
        user = user.strip()
        problems = filing.check_name("user", user)
        if problems:
            raise filing.Invalid(problems)
        require_strength(passphrase, user, self._archive.fonds.station)
        self._archive.admit(
            self._agent, own, user, passphrase, keychain_of(self._archive.folder, self._agent.name), cost
        )
        admitted = self._archive.queries.agent(user)
        assert admitted is not None
        return admitted

    def grant(self, user: Agent, role: Role, reason: str = "") -> None:
        """Raises NotAllowed."""
        require(self._archive, self._agent, "grant")
        with self._archive.write(self._agent) as change:
            change.grant(user.id, role, reason)
