"""ui/screens/rotation.py — 更换主密钥: when it helps, the way to it, and how far the files have followed."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from ui.phrases import say
from ui.screens.screen import Screen
from ui.widgets.layout import button, card, column, label, row, text
from ui.widgets.question import Question


class RotationCard(QFrame):
    """A card for whoever may change the master key. The change itself happens at the door: it needs the
    archive closed and the passphrase, so the station locks and the next unlocking does it.
    """

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        frame, inside = card(margins=20, spacing=8)
        self.left = text("small", wrap=True)
        self.change_button = button("rotation.change", theme=screen.desk.theme, drawing="key")
        self.change_button.clicked.connect(self.ask)
        words = column(label("rotation.title", "heading"), label("rotation.advice", "small", wrap=True), spacing=2)
        line = row(words, self.change_button, spacing=24)
        line.setStretch(0, 1)
        inside.addLayout(line)
        inside.addWidget(self.left)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(frame)
        self.left.hide()

    def refresh(self) -> None:
        """How many files are still to follow. Only once the card has its place."""
        allowed = self._screen.station.may("change_master_key")
        self.setVisible(allowed)
        if allowed:
            queries = self._screen.station.archive.queries
            self._screen.run("view", lambda _job: queries.reseal_count(), done=self._show)

    def ask(self) -> None:
        question = Question(self._screen, "rotation.question", danger=True)
        question.close_with_buttons()
        question.accepted.connect(self._screen.desk.rekey)
        question.open()

    def _show(self, left: int) -> None:
        say(self.left, "rotation.left", n=left)
        self.left.setVisible(left > 0)
        self.change_button.setEnabled(not left)
