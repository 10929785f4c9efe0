"""ui/screens/search_examples.py — ten questions as they can be typed, each asked by pressing it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from app import wording
from ui.phrases import say
from ui.widgets.layout import button, label, row

EXAMPLES = ("both", "exact", "without", "either", "field", "days", "last_year", "sound", "begins", "roughly")


class Examples(QDialog):
    """`wanted` carries the question that was pressed."""

    wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModal(True)
        say(self, "search.examples.title", "setWindowTitle")
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for line, example in enumerate(EXAMPLES):
            made = button(f"search.example.{example}", "link")
            made.clicked.connect(lambda _on=False, example=example: self._ask(example))
            grid.addWidget(made, line, 0)
            grid.addWidget(label(f"search.example.{example}_says", wrap=True), line, 1)
        shut = button("message.close", "primary")
        shut.clicked.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(12)
        box.addWidget(label("search.examples.title", "heading"))
        box.addWidget(label("search.examples.advice", "muted", wrap=True))
        box.addLayout(grid)
        box.addLayout(row(None, shut))
        self.setMinimumWidth(680)

    def _ask(self, example: str) -> None:
        self.accept()
        self.wanted.emit(wording.say(f"search.example.{example}"))
