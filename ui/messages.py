"""ui/messages.py — the one place that tells the person something.

Every screen gets `Messages` and calls `tell` (it worked), `trouble` (an exception: a Known fault becomes its sentence,
everything else the report of a bug) and `ask` (before something that cannot be taken back). `Window` puts a
`Speaker` behind it; tests put a recorder. GUI thread only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import wording
from storage.errors import Known
from ui.phrases import name, say
from ui.stylesheet import look
from ui.theme import Theme

TOAST_MS = 4000
log = logging.getLogger("desk")


class Messages(Protocol):
    def tell(self, key: str, **facts: str | int) -> None:
        """It worked: a line that goes away by itself."""

    def trouble(self, error: BaseException) -> None:
        """It did not: a line that stays until it is closed or something works again."""

    def ask(self, key: str, then: Callable[[], None], **facts: str | int) -> None:
        """A question before a step. `then` runs when the person agrees. Keys: `key`.question and `key`.yes."""

    def clear(self) -> None:
        """Close the line of trouble: the person is past it."""


def sentence(error: BaseException) -> str:
    """What the person reads for an error."""
    if isinstance(error, Known):
        return wording.sentence(error)
    return wording.say("message.bug", kind=type(error).__name__)


class Speaker:
    """Messages on a window: toasts at the lower edge, a banner where the window wants it."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        self._window = window
        self.banner = Banner(theme)
        self._toast = _Toast(window)

    def tell(self, key: str, **facts: str | int) -> None:
        self._toast.show_text(wording.say(key, **facts))

    def trouble(self, error: BaseException) -> None:
        if isinstance(error, Known):
            log.warning("trouble %s", error.number)
        else:
            log.error("bug %s", type(error).__name__, exc_info=error)
        self.banner.show_error(error)

    def ask(self, key: str, then: Callable[[], None], **facts: str | int) -> None:
        dialog = Question(self._window, key, facts)
        dialog.accepted.connect(then)
        dialog.open()

    def clear(self) -> None:
        self.banner.hide()


class Banner(QFrame):
    """A line of trouble above the screen. Hidden when there is none; rewritten when the language changes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        look(self, "banner")
        self._error: BaseException | None = None
        picture = QLabel()
        theme.wear(picture, "warning", "bad")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.number = QLabel()
        self.close_button = QPushButton()
        look(self.close_button, "quiet")
        theme.wear(self.close_button, "close", "bad")
        name(self.close_button, "message.close")
        say(self.close_button, "message.close", "setToolTip")
        self.close_button.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 12, 8)
        row.setSpacing(10)
        row.addWidget(picture)
        row.addWidget(self.text, 1)
        row.addWidget(self.number)
        row.addWidget(self.close_button)
        self.hide()

    def show_error(self, error: BaseException) -> None:
        self._error = error
        self._write()
        self.show()

    def reword(self) -> None:
        if self._error is not None:
            self._write()

    def _write(self) -> None:
        assert self._error is not None
        self.text.setText(sentence(self._error))
        number = getattr(self._error, "number", 0)
        self.number.setText(wording.say("message.number", number=number) if number else "")
        self.setAccessibleName(self.text.text())


class Question(QDialog):
    """A yes or a no. No is the default, as for everything that cannot be taken back."""

    def __init__(self, parent: QWidget, key: str, facts: dict[str, str | int]) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        say(self, "message.question", "setWindowTitle")
        text = say(QLabel(), f"{key}.question", **facts)
        text.setWordWrap(True)
        text.setMinimumWidth(360)
        self.yes = say(QPushButton(), f"{key}.yes")
        self.no = say(QPushButton(), "message.no")
        look(self.yes, "primary")
        self.no.setDefault(True)
        self.yes.clicked.connect(self.accept)
        self.no.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 20)
        column.setSpacing(20)
        column.addWidget(text)
        column.addLayout(buttons)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.no.setFocus()


class _Toast(QFrame):
    """A dark line over the lower edge of the window that leaves by itself."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        look(self, "toast")
        self._window = window
        self._text = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 10, 18, 10)
        row.addWidget(self._text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TOAST_MS)
        self._timer.timeout.connect(self.hide)
        window.installEventFilter(self)
        self.hide()

    def show_text(self, text: str) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        area = self._window.rect()
        self.move((area.width() - self.width()) // 2, area.height() - self.height() - 48)
