"""ui/screens/lending_card.py — how many loans are overdue, for the home screen; nothing at all while none is."""

from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QFrame, QVBoxLayout

from ui.phrases import name
from ui.screens.screen import Screen
from ui.widgets.layout import button, card, column, drawing, label, row, text


class OverdueCard(QFrame):
    """`refresh` looks again; the button goes to the list."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        frame, inside = card(margins=14, spacing=0)
        self.number = text("number")
        self.look_button = name(button("lending.card.look", "link"), "lending.card.look_name")
        self.look_button.clicked.connect(lambda: screen.desk.go("lending", "overdue"))
        said = column(self.number, label("lending.card.overdue", "label"), spacing=0)
        inside.addLayout(row(drawing(screen.desk.theme, "loan", "bad", 26), 6, said, None, self.look_button))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        self.hide()

    def refresh(self) -> None:
        station = self._screen.station
        self._screen.run("view", lambda _job: station.lending.counts(date.today())["overdue"], done=self._show)

    def _show(self, overdue: int) -> None:
        self.number.setText(f"{overdue:,}")
        self.setVisible(overdue > 0)
