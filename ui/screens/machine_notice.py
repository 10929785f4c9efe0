"""ui/screens/machine_notice.py — the band that says what this computer is short of; gone while all is well. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame
from shiboken6 import isValid

from app.station import Station
from storage.records import Event
from ui.phrases import say
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import drawing, row, text

#: A disk fills up without an event.
_EVERY_MS = 10 * 60 * 1000


class MachineNotice(QFrame):
    """The first warning of the self-test that lasts, over every screen."""

    def __init__(self, station: Station, theme: Theme, failed: Callable[[BaseException], None]) -> None:
        super().__init__()
        look(self, "notice", state="warn")
        self._station, self._failed = station, failed
        self._text = text("strong", wrap=True)
        inside = row(drawing(theme, "warning", "warn", 20), self._text, spacing=12)
        inside.setContentsMargins(24, 8, 16, 8)
        inside.setStretch(1, 1)
        self.setLayout(inside)
        self.hide()
        self._clock = QTimer(self)
        self._clock.setInterval(_EVERY_MS)
        self._clock.timeout.connect(self.refresh)
        self._clock.start()

    def hear(self, events: tuple[Event, ...]) -> None:
        if any(event.type == "meet_full_disk" for event in events):
            self.refresh()

    def refresh(self) -> None:
        """Look again."""
        self._station.jobs.run("view", lambda _job: self._station.warnings(), done=self._show, failed=self._failed)

    def _show(self, reasons: list[str]) -> None:
        if not isValid(self):
            return
        if reasons:
            say(self._text, f"reason.{reasons[0]}")
            self.setAccessibleName(self._text.text())
        self.setVisible(bool(reasons))
