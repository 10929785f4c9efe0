"""app/scheme.py — categories, numbering profiles, rules of retention, storage places."""

from __future__ import annotations

from storage.archive import Archive
from storage.records import Agent


class Scheme:
    """Categories, numbering profiles, rules of retention, storage places. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
