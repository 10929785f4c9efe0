"""ui/screens/volumes_choose.py — into which open volume: the last used first, found by typing, or a new one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout

from storage.records import State
from storage.records.volumes import Volume, VolumeFilter
from ui.desk import Desk
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.phrases import name, say
from ui.screens.screen import Screen
from ui.screens.volumes_rows import counts, heading
from ui.widgets.layout import button, label, row
from ui.widgets.states import Shelf
from ui.widgets.table import Table

SHOWN = 100
PAUSE_MS = 200
COLUMNS: tuple[Column[Volume], ...] = (
    Column("volumes.column_title", heading),
    Column("volumes.column_category", lambda volume: volume.category, 92),
    Column("volumes.column_counts", counts, 164),
)


class ChooseVolumeDialog(QDialog):
    """`done(volume)` with the open volume that was chosen; `without` is left out of the list."""

    def __init__(self, screen: Screen, desk: Desk, done: Callable[[Volume], object], *, title: str, without: int = 0) -> None:
        super().__init__(screen)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(640, 460)
        say(self, title, "setWindowTitle")
        self._screen, self._desk, self._done, self._without = screen, desk, done, without
        self._round = 0
        self._model = ListedModel(COLUMNS)
        self.search = name(QLineEdit(), "volumes.search")
        say(self.search, "volumes.search", "setPlaceholderText")
        self.table = name(Table(self._model, COLUMNS, desk.theme), "volumes.list")
        self.table.chosen.connect(self._choose)
        self.shelf = Shelf(self.table, desk.theme, empty="volumes.none_open", drawing="volumes")
        self.yes, self.no = button("volumes.choose", "primary"), button("message.no")
        self.yes.clicked.connect(lambda: self._choose(self.table.currentIndex().row()))
        self.no.clicked.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(22, 20, 22, 18)
        box.setSpacing(10)
        box.addWidget(label(title, "heading"))
        box.addWidget(self.search)
        box.addWidget(self.shelf, 1)
        box.addLayout(row(None, self.no, self.yes))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.shelf.show_busy()
        self._look()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.search.hasFocus():
            self.table.setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.table.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _look(self) -> None:
        wanted = VolumeFilter(State.OPEN, text=self.search.text().strip())
        volumes = self._desk.station.volumes
        self._round += 1
        mine, alive = self._round, []
        self.destroyed.connect(lambda: alive.append(False))
        self._screen.run(
            "view", lambda _job: volumes.covered(volumes.volumes(wanted, limit=SHOWN)),
            done=lambda found: None if alive or mine != self._round else self._show(found),
        )

    def _show(self, found: list[Volume]) -> None:
        shown = [volume for volume in found if volume.id != self._without]
        self._model.show(shown)
        self.yes.setEnabled(bool(shown))
        if shown:
            self.shelf.show_content()
            self.table.selectRow(0)
        else:
            self.shelf.show_empty()

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._model):
            volume = self._model.record(place)
            self.accept()
            self._done(volume)
