"""ui/models/paged.py — a table over a long list of ids whose rows are fetched only where somebody looks.

`show(ids)` resets the list; `data()` answers from pages of `PAGE` rows kept in memory, or "…" while a page is on its
way. An answer that belongs to an older list is dropped. `rowCount`, `flags` and `headerData` never fetch anything, so
selecting 100,000 rows reads none of them. GUI thread only; `load` runs on a worker.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app import wording
from app.jobs import Jobs
from ui.models.columns import Column
from ui.models.listed import STATE_ROLE

R = TypeVar("R")
KEPT_PAGES = 20
PENDING = "…"
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class PagedModel(QAbstractTableModel, Generic[R]):
    """`load(ids)` answers the rows of `ids`, in their order; `failed` hears what went wrong."""

    def __init__(
        self, jobs: Jobs, lane: str, load: Callable[[Sequence[int]], Sequence[R]], columns: Sequence[Column[R]],
        failed: Callable[[BaseException], None], *, page: int = 200,
    ) -> None:
        super().__init__()
        self._jobs, self._lane, self._load = jobs, lane, load
        self._columns, self._failed, self._page = tuple(columns), failed, page
        self._ids: Sequence[int] = ()
        self._pages: OrderedDict[int, Sequence[R]] = OrderedDict()
        self._coming: set[int] = set()
        self._epoch = 0

    def show(self, ids: Sequence[int]) -> None:
        """A new list. Rows of the old one are forgotten, answers still on their way are dropped."""
        self.beginResetModel()
        self._ids = ids
        self._forget()
        self.endResetModel()

    def refresh(self) -> None:
        """The same list, but every row may have changed."""
        self._forget()
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(self._columns) - 1))

    def reword(self) -> None:
        """The language has changed: headings and rows are drawn anew, nothing is fetched."""
        if self._columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._columns) - 1)
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, max(0, len(self._columns) - 1)))

    def id_at(self, row: int) -> int:
        return self._ids[row]

    def record(self, row: int) -> R | None:
        """The row itself, or None while it is on its way (it is then being fetched)."""
        if not 0 <= row < len(self._ids):
            return None
        number = row // self._page
        page = self._pages.get(number)
        if page is None:
            self._fetch(number)
            return None
        self._pages.move_to_end(number)
        return page[row % self._page]

    def _forget(self) -> None:
        self._epoch += 1
        self._pages.clear()
        self._coming.clear()

    def _fetch(self, number: int) -> None:
        if number in self._coming:
            return
        self._coming.add(number)
        ids = tuple(self._ids[number * self._page : (number + 1) * self._page])
        epoch = self._epoch

        def here(rows: Sequence[R]) -> None:
            if epoch != self._epoch:
                return
            self._coming.discard(number)
            self._pages[number] = rows
            while len(self._pages) > KEPT_PAGES:
                self._pages.popitem(last=False)
            first = number * self._page
            self.dataChanged.emit(
                self.index(first, 0), self.index(first + len(rows) - 1, max(0, len(self._columns) - 1))
            )

        def failed(error: BaseException) -> None:
            if epoch == self._epoch:
                self._failed(error)

        self._jobs.run(self._lane, lambda _job: self._load(ids), done=here, failed=failed)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return wording.say(self._columns[section].title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(self._columns[section].side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = self._columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            record = self.record(index.row())
            return PENDING if record is None else column.show(record)
        if role == ROW_ROLE:
            return self.record(index.row())
        if role == STATE_ROLE and column.state is not None:
            record = self.record(index.row())
            return None if record is None else column.state(record)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(column.side | Qt.AlignmentFlag.AlignVCenter)
        return None
