"""app/lending.py — requests, loans, returns."""

from __future__ import annotations

from storage.archive import Archive
from storage.records import Agent


class Lending:
    """Requests, loans, returns. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
