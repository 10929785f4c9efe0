"""ui/screens/sealing_card.py — how many records should be sealed, for the home screen; nothing at all while none should."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from ui.phrases import name
from ui.screens.screen import Screen
from ui.widgets.layout import button, card, column, drawing, label, row, text


class ToSealCard(QFrame):
    """`refresh` looks again; the button goes to the list."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        frame, inside = card(margins=14, spacing=0)
        self.number = text("number")
        self.look_button = name(button("sealing.card.look", "link"), "sealing.card.look_name")
        self.look_button.clicked.connect(lambda: screen.desk.go("sealing", "due"))
        said = column(self.number, label("sealing.card.due", "label"), spacing=0)
        inside.addLayout(row(drawing(screen.desk.theme, "sealing", "warn", 26), 6, said, None, self.look_button))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        self.hide()

    def refresh(self) -> None:
        station = self._screen.station
        if station.may("seal"):
            self._screen.run("view", lambda _job: station.sealing.to_be_sealed_count(), done=self._show)

    def _show(self, due: int) -> None:
        self.number.setText(f"{due:,}")
        self.setVisible(due > 0)
