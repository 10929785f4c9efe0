"""ui/widgets/tabs.py — pages side by side under a row of names; Left and Right move between them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from ui.phrases import name, say
from ui.stylesheet import look


class Tabs(QWidget):
    """`turned` carries the number of the page that is shown now."""

    turned = Signal(int)

    def __init__(self, pages: Sequence[tuple[str, QWidget]]) -> None:
        """`pages` are (wording key, page)."""
        super().__init__()
        self._stack = QStackedWidget()
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        head = QFrame()
        names = QHBoxLayout(head)
        names.setContentsMargins(0, 0, 0, 0)
        names.setSpacing(4)
        for number, (key, page) in enumerate(pages):
            made = say(QPushButton(), key)
            look(made, "quiet")
            made.setCheckable(True)
            name(made, key)
            made.installEventFilter(self)
            self._group.addButton(made, number)
            self._stack.addWidget(page)
            names.addWidget(made)
        names.addStretch(1)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self.turn)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addWidget(head)
        whole.addWidget(self._stack, 1)
        self.setFocusProxy(self._group.button(0))

    @property
    def here(self) -> int:
        return self._stack.currentIndex()

    def turn(self, number: int) -> None:
        """Show that page."""
        self._group.button(number).setChecked(True)
        self._stack.setCurrentIndex(number)
        self.turned.emit(number)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
            number = self.here + by
            if by and 0 <= number < self._stack.count():
                self.turn(number)
                self._group.button(number).setFocus()
                return True
        return False
