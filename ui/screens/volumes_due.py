"""ui/screens/volumes_due.py — the card on the first screen: closed cases whose volume must be filed, and the way to the most
urgent one. It is not there when nothing is due.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame

from app.privacy import cover
from app.volumes.workdays import Due
from storage.records.volumes import Volume
from ui import stylesheet
from ui.phrases import say
from ui.screens.volumes_rows import SOON
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import button, drawing, row, text


class DueCard(QFrame):
    """`go(volume)` opens the most urgent one."""

    def __init__(self, theme: Theme, go: Callable[[Volume], object]) -> None:
        super().__init__()
        look(self, "notice")
        self._go = go
        self._first: Volume | None = None
        self._text = text("strong", wrap=True)
        self.button = button("volumes.due_go", theme=theme, drawing="volumes")
        self.button.clicked.connect(self._on_go)
        inside = row(drawing(theme, "clock", "text", 20), self._text, self.button, spacing=12)
        inside.setContentsMargins(16, 8, 12, 8)
        inside.setStretch(1, 1)
        self.setLayout(inside)
        self.hide()

    def _on_go(self) -> None:
        if self._first is not None:
            self._go(self._first)

    def show_due(self, due: Sequence[Due]) -> None:
        """The most urgent first, as the station gives them."""
        pressing = [one for one in due if one.days_left <= SOON]
        self.setVisible(bool(pressing))
        if not pressing:
            return
        first = pressing[0]
        self._first = first.volume
        late = sum(one.days_left < 0 for one in pressing)
        key = "volumes.due_late" if first.days_left < 0 else "volumes.due_soon"
        say(self._text, key, n=late or len(pressing), days=abs(first.days_left), title=cover(first.volume.title))
        stylesheet.state(self, "bad" if first.days_left < 0 else "warn")
