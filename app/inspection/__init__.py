"""app/inspection/__init__.py — 四性检测: the checks of DA/T 70 as data and functions."""

from __future__ import annotations

from storage.archive import Archive
from storage.records import Agent


class Inspection:
    """四性检测: the checks of DA/T 70 as data and functions. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
