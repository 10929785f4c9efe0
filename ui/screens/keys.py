"""ui/screens/keys.py — F1: the keys that work, written from the table of actions."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from ui.actions import ACTIONS
from ui.phrases import say
from ui.stylesheet import look
from ui.widgets.layout import button, label, row, text

#: So many that the list fits on the smallest screen.
COLUMNS = 3


class KeysDialog(QDialog):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModal(True)
        say(self, "keys.title", "setWindowTitle")
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(8)
        lines = -(-len(ACTIONS) // COLUMNS)
        for number, action in enumerate(ACTIONS):
            line, side = number % lines, number // lines * 2
            keys = text("key")
            keys.setText(" / ".join(
                QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in action.keys[:2]
            ))
            grid.addWidget(keys, line, side)
            grid.addWidget(label(f"action.{action.id}"), line, side + 1)
            grid.setColumnMinimumWidth(side + 1, 150)
        shut = button("message.close", "primary")
        shut.clicked.connect(self.accept)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(18)
        heading = label("keys.title")
        look(heading, "heading")
        box.addWidget(heading)
        box.addLayout(grid)
        box.addLayout(row(None, shut))
