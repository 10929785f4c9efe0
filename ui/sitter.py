"""ui/sitter.py — a station seen through jobs whose answers come to the GUI thread, whoever opened it and however.

The commands open a station whose jobs answer on the worker that did the work. The window must not be touched there: a
`Sitter` is that station with jobs and events that go through a bridge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.jobs import Jobs
from app.station import Station
from storage.records import Event
from ui.bridge import Bridge


class Sitter:
    """Everything but `jobs` and `listen` is the station's own."""

    def __init__(self, station: Station, bridge: Bridge, failed: Callable[[BaseException], None]) -> None:
        self._station, self._bridge = station, bridge
        self.jobs = Jobs(bridge.post, failed)

    def listen(self, listener: Callable[[tuple[Event, ...]], None]) -> None:
        self._station.listen(lambda events: self._bridge.post(lambda: listener(events)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._station, name)
