"""app/sealing.py — 封存: what is sealed, and who may consult it."""

from __future__ import annotations

from storage.archive import Archive
from storage.records import Agent


class Sealing:
    """封存: what is sealed, and who may consult it. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
