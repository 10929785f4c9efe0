"""app/description.py — descriptions, documents, bulk edits and templates of records."""

from __future__ import annotations

from storage.archive import Archive
from storage.records import Agent


class Description:
    """Descriptions, documents, bulk edits and templates of records. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
