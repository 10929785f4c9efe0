"""ui/screens/search_box.py — the search line, with a clock for what was asked before and a cross that empties it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from app import wording
from ui import actions, icons
from ui.phrases import name, say
from ui.stylesheet import look
from ui.theme import Theme


class Box(QLineEdit):
    """`typed` when somebody changed the line, `went_down` with the down arrow, `looked_back` by the clock."""

    typed = Signal()
    went_down = Signal()
    looked_back = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._quiet = False
        look(self, "search")
        say(self, "search.hint", "setPlaceholderText")
        name(self, "search.box")
        self._clock, self._wipe = QAction(self), QAction(self)
        for action in (self._clock, self._wipe):
            self.addAction(action, QLineEdit.ActionPosition.TrailingPosition)
        self._clock.triggered.connect(self.looked_back)
        self._wipe.triggered.connect(self.wipe)
        self._wipe.setVisible(False)
        self.textChanged.connect(self._on_changed)
        theme.changed.connect(self._draw)
        self._draw()
        self.reword()

    def put(self, line: str) -> None:
        """Write the line without taking it for typing."""
        self._quiet = True
        self.setText(line)
        self._quiet = False

    def wipe(self) -> None:
        """An empty line, ready to be typed in."""
        self.clear()
        self.setFocus()

    def reword(self) -> None:
        self._clock.setToolTip(f"{wording.say('search.past.title')} {actions.keys('past')}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.went_down.emit()
        else:
            super().keyPressEvent(event)

    def _on_changed(self, line: str) -> None:
        self._wipe.setVisible(bool(line))
        if not self._quiet:
            self.typed.emit()

    def _draw(self) -> None:
        tokens = self._theme.tokens
        self._wipe.setIcon(icons.icon("close", tokens.muted, tokens.edge))
        self._clock.setIcon(icons.icon("clock", tokens.muted, tokens.edge))
