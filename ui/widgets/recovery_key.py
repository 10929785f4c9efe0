"""ui/widgets/recovery_key.py — the recovery key as it stands on the sheet: eight groups of four, typed or pasted.

What is typed becomes what is printed at once (capitals; O is 0, I and L are 1); a full group goes on to the next one, and
whatever is pasted spreads over all of them. A character that no recovery key has is said and not taken.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from app.threshold import recovery_letters
from ui import stylesheet
from ui.phrases import name, say
from ui.stylesheet import look
from ui.widgets.layout import text

GROUPS, GROUP, ACROSS = 8, 4, 4
_SEPARATORS = " -–—_.\u3000\t\r\n"


class RecoveryKey(QWidget):
    """`changed` after every character, `submitted` with Enter."""

    changed = Signal()
    submitted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.groups = [_Group() for _number in range(GROUPS)]
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        for place, group in enumerate(self.groups):
            name(group, "recover.group", n=place + 1)
            group.textEdited.connect(lambda typed, place=place: self._on_typed(place, typed))
            group.returnPressed.connect(self.submitted)
            group.went_back.connect(lambda place=place: self._step(place - 1))
            grid.addWidget(group, place // ACROSS, place % ACROSS)
        self.problem = text("problem", wrap=True)
        self.problem.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addLayout(grid)
        box.addWidget(self.problem)
        self.setFocusProxy(self.groups[0])

    @property
    def complete(self) -> bool:
        return all(len(group.text()) == GROUP for group in self.groups)

    def value(self) -> str:
        return "-".join(group.text() for group in self.groups)

    def wipe(self) -> None:
        for group in self.groups:
            group.clear()
            stylesheet.state(group, "")
        self.problem.hide()

    def check(self, then: Callable[[], None]) -> None:
        """Runs `then` when all groups are full; else the first that is not has the focus."""
        for group in self.groups:
            if len(group.text()) < GROUP:
                self.say_problem("recover.key_short")
                group.setFocus()
                return
        then()

    def refuse(self, key: str) -> None:
        """The whole key will not do."""
        for group in self.groups:
            stylesheet.state(group, "problem")
        self.say_problem(key)
        self.groups[0].setFocus()

    def say_problem(self, key: str, **facts: str | int) -> None:
        say(self.problem, key, **facts)
        self.problem.show()

    def _on_typed(self, place: int, typed: str) -> None:
        letters = recovery_letters(typed)
        strange = next((one for one in typed if one not in _SEPARATORS and not recovery_letters(one)), "")
        if strange:
            self.say_problem("recover.key_letter", letter=strange)
        else:
            self.problem.hide()
        for group in self.groups[place:]:
            at = group.cursorPosition()
            group.setText(letters[:GROUP])
            group.setCursorPosition(min(at, GROUP))
            stylesheet.state(group, "good" if len(letters) >= GROUP else "")
            letters = letters[GROUP:]
            if not letters:
                break
            place += 1
        if len(self.groups[place].text()) == GROUP and self.groups[place].cursorPosition() == GROUP:
            self._step(place + 1)
        self.changed.emit()

    def _step(self, place: int) -> None:
        if 0 <= place < GROUPS:
            self.groups[place].setFocus(Qt.FocusReason.TabFocusReason)


class _Group(QLineEdit):
    went_back = Signal()

    def __init__(self) -> None:
        super().__init__()
        look(self, "group")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hints = Qt.InputMethodHint
        self.setInputMethodHints(
            hints.ImhSensitiveData | hints.ImhNoPredictiveText | hints.ImhPreferUppercase | hints.ImhLatinOnly
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace and not self.text():
            self.went_back.emit()
        else:
            super().keyPressEvent(event)
