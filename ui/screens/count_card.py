"""ui/screens/count_card.py — a number on the home screen that asks for something, and the way there; gone while it is zero."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.station import Station
from ui.phrases import name
from ui.screens.screen import Screen
from ui.widgets.layout import button, card, column, drawing, label, row, text


class CountCard(QFrame):
    """`count(station)` runs on a worker. The words are `<place>.card.<what>`, `.look` and `.look_name`; the button opens
    `what` in `place`.
    """

    def __init__(
        self, screen: Screen, place: str, what: str, count: Callable[[Station], int], *, picture: str, colour: str
    ) -> None:
        super().__init__()
        self._screen, self._count = screen, count
        frame, inside = card(margins=14, spacing=0)
        self.number = text("number")
        self.look_button = name(button(f"{place}.card.look", "link"), f"{place}.card.look_name")
        self.look_button.clicked.connect(lambda: screen.desk.go(place, what))
        said = column(self.number, label(f"{place}.card.{what}", "label"), spacing=0)
        inside.addLayout(row(drawing(screen.desk.theme, picture, colour, 26), 6, said, None, self.look_button))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        self.hide()

    def refresh(self) -> None:
        """Look again."""
        self._screen.run("view", lambda _job: self._count(self._screen.station), done=self._show)

    def _show(self, count: int) -> None:
        self.number.setText(f"{count:,}")
        self.setVisible(count > 0)
