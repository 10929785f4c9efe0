"""ui/screens/search_builder.py — a question put together from fields, for whoever does not type signs.

What is asked stands below the fields while they are filled in, as it goes into the box: so the signs are learned by the way.
A question that stands in the box already is taken apart into the fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app import wording
from storage.records import Category
from ui.models import choices
from ui.models.question import Parts, read, write
from ui.phrases import name
from ui.stylesheet import look
from ui.widgets import dates
from ui.widgets.dates import DateField
from ui.widgets.form import Choice, Field
from ui.widgets.layout import label, text
from ui.widgets.question import Question

#: The fields, line by line; each over one or two columns of four.
_LINES: tuple[tuple[tuple[str, int], ...], ...] = (
    (("words", 2), ("exact", 2)),
    (("without", 2), ("title", 2)),
    (("creator", 2), ("category", 2)),
    (("number", 2), ("code", 2)),
    (("since", 1), ("until", 1), ("year", 1), ("retention", 1)),
    (("person", 2),),
)
_CHOICES = ("category", "retention")


class Builder(Question):
    """`built` carries the line to ask."""

    built = Signal(str)

    def __init__(self, parent: QWidget, line: str, categories: Iterable[Category], *, by_person: bool) -> None:
        super().__init__(parent, "search.build", width=680)
        self._editors: dict[str, QLineEdit | Choice] = {}
        self._fields: dict[str, Field] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        for column in range(4):
            grid.setColumnStretch(column, 1)
        for at, fields_ in enumerate(_LINES):
            place = 0
            for field, wide in fields_:
                if field != "person" or by_person:
                    grid.addWidget(self._field(field), at, place, 1, wide)
                place += wide
        self._fill(categories)
        self.box.addLayout(grid)
        self._line = text("code", wrap=True, selectable=True)
        name(self._line, "search.build.line")
        self.box.addSpacing(4)
        self.box.addWidget(label("search.build.line", "label"))
        self.box.addWidget(self._line)
        self.close_with_buttons()
        self._show(read(line))
        for field in self._fields.values():
            field.edited.connect(self._say)
        self._say()
        self._fields["words"].take_focus()

    @property
    def line(self) -> str:
        """What the fields ask for."""
        return write(self.parts())

    def parts(self) -> Parts:
        return Parts(**{field: self._value(editor) for field, editor in self._editors.items()})

    def editor(self, field: str) -> QLineEdit | Choice:
        return self._editors[field]

    def agree(self) -> None:
        for field in ("since", "until"):
            editor = self._editors[field]
            if isinstance(editor, DateField) and dates.read(editor.text()) is None:
                self._fields[field].show_problem("search.date_wrong")
                self._fields[field].take_focus()
                return
        self.built.emit(self.line)
        self.accept()

    # -- inside

    def _field(self, field: str) -> Field:
        editor: QLineEdit | Choice
        if field in _CHOICES:
            editor = Choice()
        elif field in ("since", "until"):
            editor = DateField()
            editor.setPlaceholderText("2026-03-05")
        else:
            editor = QLineEdit()
        made = Field(f"search.part.{field}", editor)
        self._editors[field], self._fields[field] = editor, made
        return made

    def _fill(self, categories: Iterable[Category]) -> None:
        anything: tuple[object, str] = ("", wording.say("search.build.any"))
        of_category = [(code, said) for code, said in choices.categories(categories)]
        for field, known in (("category", of_category), ("retention", [(said, said) for _value, said in choices.retentions()])):
            editor = self._editors[field]
            assert isinstance(editor, Choice)
            editor.fill([anything, *known])

    def _show(self, parts: Parts) -> None:
        """What no field here can show stays among the words."""
        for field in (one.name for one in fields(Parts)):
            value, editor = getattr(parts, field), self._editors.get(field)
            if not value or field == "words":
                continue
            if editor is None or (isinstance(editor, Choice) and not editor.has(value)):
                homeless = write(Parts(**{field: value}))
                parts = replace(parts, words=f"{parts.words} {homeless}".strip())
            elif isinstance(editor, Choice):
                editor.choose(value)
            elif isinstance(editor, DateField):
                editor.set_value(value)
            else:
                editor.setText(value)
        words = self._editors["words"]
        assert isinstance(words, QLineEdit)
        words.setText(parts.words)

    def _value(self, editor: QLineEdit | Choice) -> str:
        if isinstance(editor, Choice):
            return str(editor.value() or "")
        if isinstance(editor, DateField):
            return dates.read(editor.text()) or ""
        return editor.text().strip()

    def _say(self) -> None:
        line = self.line
        self._line.setText(line or wording.say("search.build.nothing"))
        look(self._line, "code" if line else "muted")
        self.yes.setEnabled(bool(line))
