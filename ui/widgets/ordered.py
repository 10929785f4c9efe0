"""ui/widgets/ordered.py — a short list that is put in order by dragging, or by Alt with the up and down arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDropEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from ui.stylesheet import look


class Ordered(QListWidget):
    """`fill` takes (value, words); `values` gives the values in the order that stands there. `moved` after every move."""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        look(self, "card")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setWordWrap(True)
        self._kept: dict[int, Any] = {}

    def fill(self, lines: Sequence[tuple[Any, str]]) -> None:
        self.blockSignals(True)
        self.clear()
        self._kept = dict(enumerate(value for value, _words in lines))
        for number, (_value, words) in enumerate(lines):
            line = QListWidgetItem(words)
            line.setData(Qt.ItemDataRole.UserRole, number)
            self.addItem(line)
        self.blockSignals(False)
        if lines:
            self.setCurrentRow(0)

    def values(self) -> list[Any]:
        return [self._value(self.item(row)) for row in range(self.count())]

    def value(self) -> Any:
        """The one that is chosen; None when there is none."""
        return self._value(self.currentItem()) if self.currentItem() is not None else None

    def step(self, by: int) -> None:
        """Choose the line so many places on."""
        self.setCurrentRow(min(max(self.currentRow() + by, 0), self.count() - 1))

    def shift(self, by: int) -> None:
        """Move the chosen line by so many places."""
        row = self.currentRow()
        if row < 0 or not 0 <= row + by < self.count():
            return
        self.blockSignals(True)
        line = self.takeItem(row)
        self.insertItem(row + by, line)
        self.setCurrentItem(line)
        self.blockSignals(False)
        self.moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in steps:
            self.shift(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        super().dropEvent(event)
        self.moved.emit()

    def _value(self, line: QListWidgetItem) -> Any:
        return self._kept[line.data(Qt.ItemDataRole.UserRole)]
