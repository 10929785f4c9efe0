"""ui/screens/volumes_papers.py — the papers of a volume in their order: dragged with the mouse, or moved with Alt+Up and Alt+Down.

The table changes nothing itself: it says which row should stand where, and shows the order again once it is kept.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractItemView

from ui.models.listed import ListedModel
from ui.phrases import name
from ui.screens.volumes_rows import PAPERS, PaperRow
from ui.theme import Theme
from ui.widgets.table import Table


class PapersModel(ListedModel[PaperRow]):
    """Rows that may be dragged while the volume is open."""

    def __init__(self) -> None:
        super().__init__(PAPERS)
        self.movable = False

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not self.movable:
            return flags
        return flags | (Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.ItemIsDropEnabled)

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction


class PapersTable(Table):
    """`moved(from, to)`: the row that stood at `from` shall stand at `to`."""

    moved = Signal(int, int)

    def __init__(self, theme: Theme) -> None:
        self.papers = PapersModel()
        super().__init__(self.papers, PAPERS, theme)
        name(self, "volumes.papers")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropOverwriteMode(False)
        self.setDropIndicatorShown(True)

    def show_papers(self, rows: list[PaperRow], *, movable: bool, chosen: int = 0) -> None:
        """The rows; `chosen` is the item that is to be current."""
        self.papers.movable = movable
        mode = QAbstractItemView.DragDropMode
        self.setDragDropMode(mode.InternalMove if movable else mode.NoDragDrop)
        self.setDragEnabled(movable)
        self.papers.show(rows)
        place = next((n for n, row in enumerate(rows) if row.item.id == chosen), 0 if rows else -1)
        if place >= 0 and self.currentIndex().row() != place:
            self.selectRow(place)

    def items(self) -> list[int]:
        """The ids in the order shown."""
        return [self.papers.record(row).item.id for row in range(len(self.papers))]

    def selected(self) -> list[int]:
        """The ids of the selected rows, from the top."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.papers.record(row).item.id for row in rows]

    def dropEvent(self, event: QDropEvent) -> None:
        source, place = self.currentIndex().row(), self._place(event)
        # The model keeps its rows until the station has kept the order.
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        if source >= 0:
            self.moved.emit(source, place - 1 if place > source else place)

    def _place(self, event: QDropEvent) -> int:
        """Before which row the paper was let go."""
        index = self.indexAt(event.position().toPoint())
        if not index.isValid():
            return len(self.papers)
        below = event.position().y() > self.visualRect(index).center().y()
        return index.row() + int(below)
