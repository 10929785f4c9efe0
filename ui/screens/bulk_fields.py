"""ui/screens/bulk_fields.py — one field of a change of many records: keep, set, clear; for keywords also add and remove.

Everything is kept until the person chooses otherwise; an empty input is never taken for "clear". Below each field stands what
the records have now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.description.bulk import BULK_FIELDS, CLOSED, MANDATORY, Do, Edit
from app.filing import Problem, terms
from ui.models import choices
from ui.models.values import shown
from ui.phrases import name
from ui.stylesheet import look
from ui.widgets.dates import DateField
from ui.widgets.form import Choice, Field, Fields
from ui.widgets.layout import column, row, text
from ui.widgets.offered import Offered

_OFFERED = {"document_type": "document_types", "manuscript": "manuscripts", "secrecy_period": "secrecy_periods"}
_LISTED = {"security_class": choices.secrecies, "access_status": choices.access_statuses, "origin": choices.origins}


class FieldEdit(QWidget):
    """What is done to one field. `changed` after every change by hand."""

    changed = Signal()

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field
        self.do = Choice()
        self.do.setFixedWidth(92)
        self.value = _editor(field)
        both = QWidget()
        line = row(self.do, self.value, None, spacing=8)
        line.setStretch(1, 100)
        both.setLayout(line)
        self._field = Field(f"field.{field}", both, buddy=self.do)
        name(self.value, f"field.{field}")
        self._now = text("small")
        self._now.hide()
        self.setLayout(column(self._field, self._now, spacing=2))
        self.do.currentIndexChanged.connect(self._on_do)
        if isinstance(self.value, Choice):
            self.value.currentIndexChanged.connect(self.changed)
        else:
            self.value.textChanged.connect(self.changed)
        self.reword()
        self._on_do()

    @property
    def problem(self) -> Field:
        return self._field

    def edit(self) -> Edit:
        do: Do = self.do.value()
        if do in (Do.KEEP, Do.CLEAR):
            return Edit(do)
        if isinstance(self.value, Choice):
            return Edit(do, str(self.value.value() or ""))
        return Edit(do, self.value.value() if isinstance(self.value, DateField) else self.value.text())

    def keep(self) -> None:
        self.do.choose(Do.KEEP)

    def show_common(self, common: Sequence[tuple[str, int]]) -> None:
        """What the records have now: the commonest values."""
        closed = CLOSED.get(self.field)
        said = [
            wording.say("bulk.value", value=shown(self.field, closed(value) if closed else value), n=count)
            for value, count in common
        ]
        told = wording.say("bulk.now", values="、".join(said)) if said else ""
        self._now.setText(self._now.fontMetrics().elidedText(told, Qt.TextElideMode.ElideRight, 270))
        self._now.setToolTip(told)
        self._now.setVisible(bool(told))

    def reword(self) -> None:
        offered = [Do.KEEP, Do.SET]
        if self.field == "subjects":
            offered += [Do.ADD, Do.REMOVE]
        if self.field not in MANDATORY:
            offered.append(Do.CLEAR)
        self.do.fill([(do, wording.say(f"bulk.do_{do.value}")) for do in offered])
        if isinstance(self.value, Choice):
            self.value.fill(_LISTED[self.field]())

    def _on_do(self) -> None:
        self.value.setVisible(self.do.value() not in (Do.KEEP, Do.CLEAR))
        self.changed.emit()


class BulkForm(QScrollArea):
    """Every field that may be changed in many records."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.edits_of = {field: FieldEdit(field) for field in BULK_FIELDS}
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(16, 10, 12, 10)
        box.setSpacing(10)
        for one in self.edits_of.values():
            box.addWidget(one)
            one.changed.connect(self.changed)
        box.addStretch(1)
        self.fields = Fields({field: one.problem for field, one in self.edits_of.items()})
        self.setWidget(sheet)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusProxy(self.edits_of[BULK_FIELDS[0]].do)

    def edits(self) -> dict[str, Edit]:
        return {field: one.edit() for field, one in self.edits_of.items()}

    def chosen(self) -> bool:
        return any(edit.do is not Do.KEEP for edit in self.edits().values())

    def keep_all(self) -> None:
        for one in self.edits_of.values():
            one.keep()

    def show_common(self, common: Mapping[str, Sequence[tuple[str, int]]]) -> None:
        for field, one in self.edits_of.items():
            one.show_common(common.get(field, ()))

    def show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        return self.fields.show_problems(problems, focus=True)

    def reword(self) -> None:
        for one in self.edits_of.values():
            one.reword()


def _editor(field: str) -> Choice | QLineEdit:
    if field in _LISTED:
        return Choice()
    if field in _OFFERED:
        return Offered(terms(_OFFERED[field]))
    return DateField() if field == "doc_date" else QLineEdit()
