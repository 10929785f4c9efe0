"""app/disposal.py — due dates, holds, appraisal, destruction."""

from __future__ import annotations

from storage.archive import Archive
from storage.records import Agent


class Disposal:
    """Due dates, holds, appraisal, destruction. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
