"""app/volumes.py — volumes: opened, filled, put in order, filed."""

from __future__ import annotations

from storage.archive import Archive
from storage.records import Agent


class Volumes:
    """Volumes: opened, filled, put in order, filed. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
