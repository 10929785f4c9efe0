"""ui/widgets/passphrase.py — the field for a passphrase: hidden, with an eye, wiped as soon as it has been used."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ui.theme import Theme
from ui.widgets.layout import tool


class Passphrase(QWidget):
    """A hidden line with an eye. `wipe()` empties it as soon as it has been used."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setMaxLength(256)
        self.line.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.eye = tool("passphrase.show", theme, "eye")
        self.eye.setCheckable(True)
        self.eye.toggled.connect(self._on_eye)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(self.line, 1)
        box.addWidget(self.eye)
        self.setFocusProxy(self.line)

    def text(self) -> str:
        return self.line.text()

    def wipe(self) -> None:
        self.line.clear()
        self.eye.setChecked(False)

    def _on_eye(self, seen: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if seen else QLineEdit.EchoMode.Password)
