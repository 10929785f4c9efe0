"""ui/widgets/states.py — badges, and the three things a screen shows instead of its content: empty, loading, trouble.

`Shelf` holds content and swaps it for one of the three; every list and page of the window sits in one, so no screen
is ever just blank.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from app import wording
from ui import stylesheet
from ui.messages import sentence
from ui.phrases import name, plain, say
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import button, text

COLOURS = {
    "filed": "good", "delivered": "good", "done": "good", "verified": "good", "accepted": "good",
    "waiting": "accent", "packed": "accent", "sent": "accent",
    "due": "", "local": "", "duplicate": "", "ignored": "",
    "quarantined": "bad", "failed": "bad", "returned": "bad", "refused": "bad", "invalid": "bad",
    "submitted": "accent", "approved": "good", "executing": "warn", "destroy": "bad", "unjudged": "warn",
    "settling": "warn", "reading": "warn",
    "passed": "good", "warned": "warn", "manual": "accent", "unchecked": "", "blocking": "bad", "warning": "warn", "info": "",
    "proved": "good",
    "active": "good", "stale": "warn", "disabled": "bad", "pending": "accent",
    "open": "accent", "soon": "warn", "late": "bad", "absent": "bad", "lent": "warn",
    "secret": "bad",
}


class Badge(QLabel):
    """A state in one word. The word carries the meaning, the colour only helps."""

    def __init__(self, kind: str = "", value: str = "") -> None:
        super().__init__()
        look(self, "badge")
        if value:
            self.show_state(kind, value)

    def show_state(self, kind: str, value: str) -> None:
        """`kind` is the table of words (outcome, delivery, ...), `value` the state."""
        say(self, f"{kind}.{value}")
        stylesheet.state(self, COLOURS.get(value, ""))


class Shelf(QStackedWidget):
    """Content, or what stands in its place."""

    def __init__(self, content: QWidget, theme: Theme, *, empty: str = "state.empty", drawing: str = "inbox") -> None:
        super().__init__()
        self._content = content
        self._empty = _Notice(theme, drawing)
        self._empty.say(empty)
        self._busy = _Busy()
        self._wrong = _Notice(theme, "warning", "bad")
        for part in (content, self._empty, self._busy, self._wrong):
            self.addWidget(part)

    def show_content(self) -> None:
        self.setCurrentWidget(self._content)

    def show_empty(self, key: str = "", **facts: str | int) -> None:
        if key:
            self._empty.say(key, **facts)
        self.setCurrentWidget(self._empty)

    def show_busy(self, key: str = "state.loading", **facts: str | int) -> None:
        self._busy.say(key, **facts)
        self.setCurrentWidget(self._busy)

    def show_trouble(self, error: BaseException, again: Callable[[], None] | None = None) -> None:
        self._wrong.show_error(error, again)
        self.setCurrentWidget(self._wrong)

    @property
    def showing(self) -> str:
        """content, empty, busy or trouble."""
        return ("content", "empty", "busy", "trouble")[self.currentIndex()]

    def reword(self) -> None:
        self._wrong.reword()


class _Notice(QWidget):
    """A drawing, a sentence, and perhaps a way out."""

    def __init__(self, theme: Theme, drawing: str, colour: str = "muted") -> None:
        super().__init__()
        self._error: BaseException | None = None
        self._again: Callable[[], None] | None = None
        picture = QLabel()
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.wear(picture, drawing, colour, 44)
        self._text = text("muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._button = button("state.again")
        self._button.clicked.connect(self._on_again)
        self._button.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 24, 24, 24)
        box.setSpacing(14)
        box.addStretch(2)
        box.addWidget(picture)
        box.addWidget(self._text)
        box.addWidget(self._button, 0, Qt.AlignmentFlag.AlignCenter)
        box.addStretch(3)

    def say(self, key: str, **facts: str | int) -> None:
        say(self._text, key, **facts)
        name(self, key, **facts)

    def show_error(self, error: BaseException, again: Callable[[], None] | None) -> None:
        self._error, self._again = error, again
        plain(self._text, sentence(error))
        self._button.setVisible(again is not None)

    def reword(self) -> None:
        if self._error is not None:
            self._text.setText(sentence(self._error))

    def _on_again(self) -> None:
        if self._again is not None:
            self._again()


class _Busy(QWidget):
    """Work that goes on, in a sentence over a moving line."""

    def __init__(self) -> None:
        super().__init__()
        self._text = text("muted")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._line = QProgressBar()
        self._line.setRange(0, 0)
        self._line.setTextVisible(False)
        self._line.setFixedWidth(180)
        box = QVBoxLayout(self)
        box.setSpacing(12)
        box.addStretch(2)
        box.addWidget(self._text)
        box.addWidget(self._line, 0, Qt.AlignmentFlag.AlignCenter)
        box.addStretch(3)

    def say(self, key: str, **facts: str | int) -> None:
        say(self._text, key, **facts)
        self._line.setAccessibleName(wording.say(key, **facts))
