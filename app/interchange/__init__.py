"""app/interchange/__init__.py — what comes in from and goes out to other systems as catalogues."""

from __future__ import annotations

from storage.archive import Archive
from storage.records import Agent


class Interchange:
    """What comes in from and goes out to other systems as catalogues. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
