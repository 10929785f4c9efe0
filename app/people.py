"""app/people.py — whom and what the papers name, and who looked."""

from __future__ import annotations

from storage.archive import Archive
from storage.records import Agent


class People:
    """Whom and what the papers name, and who looked. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
