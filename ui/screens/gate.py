"""ui/screens/gate.py — the frame of the screens before the station is open: the name on dark ground, the task on paper.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import wording
from ui import actions, phrases
from ui.phrases import name, say
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import button, drawing, row, text, tool


class Gate(QWidget):
    """`side` and `body` are the columns a gate screen fills. Language and theme can be switched here too."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        look(self, "ground")
        self.theme = theme
        self.choices: dict[str, str] = {}
        left = QFrame()
        look(left, "gate")
        left.setFixedWidth(360)
        self.side = QVBoxLayout(left)
        self.side.setContentsMargins(44, 52, 40, 40)
        self.side.setSpacing(12)
        title = say(QLabel(), "window.product")
        look(title, "display")
        self.side.addLayout(row(drawing(theme, "seal", "accent", 44), title, None, spacing=14))
        motto = say(text(wrap=True), "gate.motto")
        self.side.addWidget(motto)
        self.side.addSpacing(28)
        self.language = say(button("window.language", "quiet", theme=theme, drawing="language"), "window.language")
        name(self.language, "action.language")
        self.language.clicked.connect(self._on_language)
        self.turn = tool("action.theme", theme, "light")
        self.turn.clicked.connect(self._on_theme)
        actions.make("language", self, self._on_language)
        actions.make("theme", self, self._on_theme)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(14)
        centre = QHBoxLayout()
        centre.addStretch(1)
        self.paper = QWidget()
        self.paper.setLayout(self.body)
        self.paper.setFixedWidth(520)
        centre.addWidget(self.paper)
        centre.addStretch(1)
        right = QVBoxLayout()
        right.setContentsMargins(24, 14, 20, 24)
        right.addLayout(row(None, self.language, self.turn))
        right.addLayout(centre, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(left)
        whole.addLayout(right, 1)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._listener = self._reword
        wording.listen(self._listener)
        self.destroyed.connect(lambda _gone=None, listener=self._listener: wording.forget(listener))

    def reworded(self) -> None:
        """The language has changed: write again what is not bound by `ui.phrases`."""

    def kept(self, key: str, value: str) -> None:
        """A choice of language or theme, to be kept for this machine."""
        self.choices[key] = value

    def _on_language(self) -> None:
        language = next(other for other in wording.LANGUAGES if other != wording.language())
        wording.use(language)
        self.kept("language", language)

    def _on_theme(self) -> None:
        self.kept("theme", self.theme.turn())

    def _reword(self) -> None:
        phrases.reword()
        self.reworded()
