"""ui/widgets/form.py — fields with their name above and their problem below, and a form that holds them.

A problem is a plain sentence under its field; it goes away when the field is edited. The form knows its fields by the
names of `ItemDraft` and of the problems the station reports, so nothing needs to be mapped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSpinBox, QVBoxLayout, QWidget

from ui import stylesheet
from ui.phrases import name, plain, say
from ui.widgets.layout import label, text

if TYPE_CHECKING:
    from app.filing import Problem

NUMBER_MARGIN_PX = 9


class Field(QWidget):
    """One named editor. `edited` comes on every change by hand or by program."""

    edited = Signal()

    def __init__(
        self, title: str, editor: QWidget, *, hint: str = "", buddy: QWidget | None = None, **facts: str | int
    ) -> None:
        super().__init__()
        self.editor = editor
        self._input = buddy or editor
        self._title = text("label")
        self._title.setBuddy(self._input)
        self.retitle(title, **facts)
        self.problem = text("problem", wrap=True)
        self.problem.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(3)
        box.addWidget(self._title)
        box.addWidget(editor)
        if hint:
            box.addWidget(label(hint, "small", wrap=True))
        box.addWidget(self.problem)
        if isinstance(self._input, QComboBox):
            self._input.currentIndexChanged.connect(self._on_edited)
        elif isinstance(self._input, QSpinBox):
            self._input.valueChanged.connect(self._on_edited)
        elif isinstance(self._input, QLineEdit | QPlainTextEdit):
            self._input.textChanged.connect(self._on_edited)

    def retitle(self, key: str, **facts: str | int) -> None:
        say(self._title, key, **facts)
        name(self._input, key, **facts)

    def show_problem(self, key: str, **facts: str | int) -> None:
        say(self.problem, key, **facts)
        self.problem.show()
        stylesheet.state(self._input, "problem")
        self._input.setAccessibleDescription(self.problem.text())

    def clear_problem(self) -> None:
        if not self.problem.isHidden():
            plain(self.problem, "")
            self.problem.hide()
            stylesheet.state(self._input, "")
            self._input.setAccessibleDescription("")

    def take_focus(self) -> None:
        self._input.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(self._input, QLineEdit):
            self._input.selectAll()

    def _on_edited(self) -> None:
        self.clear_problem()
        self.edited.emit()


class Fields:
    """The fields of a form by name."""

    def __init__(self, fields: dict[str, Field]) -> None:
        self._fields = fields

    def __getitem__(self, which: str) -> Field:
        return self._fields[which]

    def show_problems(self, problems: Iterable[Problem], *, focus: bool = False) -> list[Problem]:
        """Put each problem under its field, with `focus` on the first. Returns those that belong to no field here."""
        for field in self._fields.values():
            field.clear_problem()
        homeless = []
        first: Field | None = None
        for problem in problems:
            concerned = self._fields.get(problem.field)
            if concerned is None:
                homeless.append(problem)
                continue
            if concerned.problem.isHidden():
                concerned.show_problem(problem.key, **{name: str(fact) for name, fact in problem.facts.items()})
            first = first or concerned
        if focus and first is not None:
            first.take_focus()
        return homeless

    def clear(self) -> None:
        for field in self._fields.values():
            field.clear_problem()


class Lines(QPlainTextEdit):
    """A few lines of text where Tab and Enter move on, as in every other field of a form. Shift+Enter breaks a line."""

    submitted = Signal()

    def __init__(self, height: int) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setFixedHeight(height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                super().keyPressEvent(event)
            elif not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.submitted.emit()
            else:
                event.ignore()
            return
        super().keyPressEvent(event)


class Number(QSpinBox):
    """A number, set off from its frame like the text of every other field; the wheel leaves it alone in passing."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self.setRange(least, most)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # A style sheet's padding does not reach the line inside a spin box.
        self.lineEdit().setTextMargins(NUMBER_MARGIN_PX, 0, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Choice(QComboBox):
    """A short list with values behind it. The wheel does not change it by accident while a form scrolls past."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.installEventFilter(self)
        # Kept here and not as item data: Qt would hand an enum back as plain text.
        self._values: list[Any] = []

    def fill(self, choices: Iterable[tuple[object, str]]) -> None:
        """Replace the list, keeping what was chosen."""
        kept = self.value()
        self.blockSignals(True)
        self.clear()
        self._values = []
        for value, shown in choices:
            self._values.append(value)
            self.addItem(shown)
        self.choose(kept)
        self.blockSignals(False)

    def value(self) -> Any:
        """What is chosen; None when the list is empty."""
        row = self.currentIndex()
        return self._values[row] if 0 <= row < len(self._values) else None

    def has(self, value: object) -> bool:
        return value in self._values

    def choose(self, value: object) -> None:
        """Choose a value; one that is not in the list changes nothing."""
        if value in self._values:
            self.setCurrentIndex(self._values.index(value))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self and event.type() == QEvent.Type.Wheel and not self.hasFocus():
            event.ignore()
            return True
        return False


class Picker(Choice):
    """A long list that can be searched by typing any part of a line."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = self.completer()
        assert completer is not None
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(completer.CompletionMode.PopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._line.editingFinished.connect(self._on_editing_finished)

    @property
    def _line(self) -> QLineEdit:
        line = self.lineEdit()
        assert line is not None
        return line

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._line.selectAll()

    def _on_editing_finished(self) -> None:
        # What was typed must be one of the lines; otherwise the last choice comes back.
        found = self.findText(self._line.text(), Qt.MatchFlag.MatchContains)
        self.setCurrentIndex(found if found >= 0 and self._line.text() else self.currentIndex())
        self.setEditText(self.itemText(self.currentIndex()))
