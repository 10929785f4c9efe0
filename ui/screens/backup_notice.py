"""ui/screens/backup_notice.py — the band that says that there has been no backup for too long; gone while all is well.

Whoever may back up sees it over every screen, with the way there; everybody else sees it on the first screen. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame
from shiboken6 import isValid

from app.backups import Standing
from app.station import Station
from storage.records import Event
from ui import stylesheet
from ui.phrases import say
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import button, drawing, row, text

#: Days pass without an event.
_EVERY_MS = 10 * 60 * 1000
_CONCERNS = frozenset({"back_up", "fail_backup", "restore", "change_setting"})


class BackupNotice(QFrame):
    """`acting`: for those who may back up, with the button that runs `go`; else for those who may not."""

    def __init__(
        self, station: Station, theme: Theme, go: Callable[[], object], failed: Callable[[BaseException], None], *, acting: bool
    ) -> None:
        super().__init__()
        look(self, "notice", state="bad")
        self._station, self._failed = station, failed
        self._acting = acting
        self._mine = station.may("back_up") == acting
        self._text = text("strong", wrap=True)
        self.button = button("backup.band.go", theme=theme, drawing="drive")
        self.button.clicked.connect(lambda: go())
        inside = row(drawing(theme, "warning", "bad", 20), self._text, self.button, spacing=12)
        inside.setContentsMargins(24 if acting else 16, 8, 16 if acting else 12, 8)
        inside.setStretch(1, 1)
        self.setLayout(inside)
        # Only once it has a place: a button shown before would be a window of its own for a moment, and take the focus.
        self.button.setVisible(acting)
        self.hide()
        self._clock = QTimer(self)
        self._clock.setInterval(_EVERY_MS)
        self._clock.timeout.connect(self.refresh)
        self._clock.start()

    def hear(self, events: tuple[Event, ...]) -> None:
        if any(event.type in _CONCERNS for event in events):
            self.refresh()

    def refresh(self) -> None:
        """Look again."""
        if self._mine:
            self._station.jobs.run("view", lambda _job: self._station.backups.state(), done=self._show, failed=self._failed)

    def _show(self, standing: Standing) -> None:
        if not isValid(self):
            return
        where = "band" if self._acting else "card"
        if standing.last is None:
            say(self._text, f"backup.{where}.none")
        else:
            say(self._text, f"backup.{where}.old", n=standing.days)
        self.setAccessibleName(self._text.text())
        stylesheet.state(self, "bad")
        self.setVisible(standing.pressing)
