"""ui/widgets/chip.py — something that is in force, with a cross: pressing it takes it away."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QPushButton

from app import wording
from ui.stylesheet import look
from ui.theme import Theme

WIDEST_PX = 260


class Chip(QPushButton):
    def __init__(self, theme: Theme, words: str) -> None:
        super().__init__()
        look(self, "chip")
        self.setAutoDefault(True)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross stands behind the words
        theme.wear(self, "close", "accent", 12)
        self.setText(QFontMetrics(self.font()).elidedText(words, Qt.TextElideMode.ElideRight, WIDEST_PX))
        self.setToolTip(wording.say("search.chip_off", what=words))
        self.setAccessibleName(self.toolTip())
