"""ui/screens/search_results.py — the list of what was found: rows, the keys that work on them, and the menu of a row.

Enter opens, Space looks at the page, Left and Right step from one marked place to the next, Up from the first row leads
back to the box. A click looks too, a double click opens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu

from app import wording
from ui import actions
from ui.models.found import Found
from ui.models.paged import PagedModel
from ui.phrases import name
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.result_row import ResultRow


class ResultList(QListView):
    """`opened` and `looked` carry a row, `stepped` -1 or +1; `left` when the person goes back above the first row."""

    opened = Signal(int)
    looked = Signal(int)
    stepped = Signal(int)
    left = Signal()

    def __init__(self, model: PagedModel[Found], theme: Theme) -> None:
        super().__init__()
        look(self, "bare")
        self.setModel(model)
        self.setItemDelegate(ResultRow(theme, self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(34)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        name(self, "search.results")
        # One click looks; the first click of a double click does not.
        self._click = QTimer(self)
        self._click.setSingleShot(True)
        self._click.setInterval(QGuiApplication.styleHints().mouseDoubleClickInterval())
        self._click.timeout.connect(lambda: self.looked.emit(self.here))
        self.activated.connect(self._on_activated)

    @property
    def here(self) -> int:
        """The row that is chosen; the first one when none is."""
        return max(0, self.currentIndex().row())

    def offer_menu(self, at: QPoint, acts: Sequence[tuple[str, str, Callable[[], object]]]) -> QMenu:
        """The menu of the chosen row: (wording key, action whose key is shown or "", work)."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for key, action, work in acts:
            said = wording.say(key)
            made = menu.addAction(f"{said}\t{actions.keys(action)}" if action else said)
            made.triggered.connect(lambda _on=False, work=work: work())
        menu.popup(self.viewport().mapToGlobal(at))
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        key = event.key()
        if plain and key == Qt.Key.Key_Space and self.model().rowCount():
            self.looked.emit(self.here)
        elif plain and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(-1 if key == Qt.Key.Key_Left else 1)
        elif plain and key == Qt.Key.Key_Up and self.here == 0:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters typed here look for nothing: rows that nobody has seen are not fetched for it."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        on_row = self.indexAt(event.position().toPoint()).isValid()
        if on_row and event.button() is Qt.MouseButton.LeftButton and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._click.start()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._click.stop()
        super().mouseDoubleClickEvent(event)

    def _on_activated(self, index: QModelIndex) -> None:
        self._click.stop()
        self.opened.emit(index.row())
