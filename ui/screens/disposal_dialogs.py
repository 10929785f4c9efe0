"""ui/screens/disposal_dialogs.py — the questions of disposal: who appraises, a reason, a report, who watches and how many.

Each has one primary button and only collects; the screen acts, so what the station refuses is told there. The number of
records to be destroyed is typed, not clicked: it is the last look before something that cannot be taken back.
"""

from __future__ import annotations

import re

from PySide6.QtWidgets import QLineEdit, QRadioButton, QWidget

from storage.records.disposal import Appraisal, AppraisalState
from ui.phrases import name, say
from ui.widgets.form import Field, Fields, Lines
from ui.widgets.layout import text
from ui.widgets.question import Question


class Fill(Question):
    """Fields one under the other. `needed` fields may not be empty."""

    def __init__(
        self, parent: QWidget, key: str, fields: dict[str, QWidget], needed: dict[str, str], *, about: str = "",
        danger: bool = False, **facts: str | int,
    ) -> None:
        super().__init__(parent, f"disposal.{key}", about, danger=danger, width=520, **facts)
        self._editors, self._needed = fields, needed
        self.fields = Fields({field: Field(f"disposal.field.{field}", editor) for field, editor in fields.items()})
        for field in fields:
            self.box.addWidget(self.fields[field])
        self.close_with_buttons()
        for editor in fields.values():
            if isinstance(editor, Lines):
                editor.submitted.connect(self.agree)
        if fields:
            next(iter(fields.values())).setFocus()

    def said(self, field: str) -> str:
        editor = self._editors[field]
        typed = editor.toPlainText() if isinstance(editor, Lines) else editor.text()  # type: ignore[attr-defined]
        return str(typed).strip()

    def missing(self) -> dict[str, str]:
        """Field and sentence of what is lacking."""
        return {field: key for field, key in self._needed.items() if not self.said(field)}

    def agree(self) -> None:
        missing = self.missing()
        self.fields.clear()
        for field, key in missing.items():
            self.fields[field].show_problem(key)
        if missing:
            self.adjustSize()
            self.fields[next(iter(missing))].take_focus()
        else:
            self.accept()


class BatchQuestion(Fill):
    """A new batch: of all that is due, or of the rows chosen in the list; and who appraises."""

    def __init__(self, parent: QWidget, due: int, chosen: int, wanted: int) -> None:
        self._wanted = wanted
        super().__init__(
            parent, "batch", {"appraisers": Lines(60)}, {"appraisers": "problem.appraisers_missing"}, wanted=wanted
        )
        self.all = say(QRadioButton(), "disposal.batch.all", n=due)
        self.some = say(QRadioButton(), "disposal.batch.some", n=chosen)
        for choice, key, count in ((self.all, "all", due), (self.some, "some", chosen)):
            name(choice, f"disposal.batch.{key}", n=count)
        self.some.setVisible(chosen > 0)
        (self.some if chosen > 1 else self.all).setChecked(True)
        for place, choice in enumerate((self.all, self.some)):
            self.box.insertWidget(2 + place, choice)
        self._few = text("problem", wrap=True)
        self._few.hide()
        self.box.insertWidget(5, self._few)
        self.fields["appraisers"].edited.connect(self._count)

    @property
    def appraisers(self) -> list[str]:
        return [name for name in re.split(r"[\s,，、;；]+", self.said("appraisers")) if name]

    def _count(self) -> None:
        few = 0 < len(self.appraisers) < self._wanted
        if few:
            say(self._few, "disposal.few_appraisers", wanted=self._wanted)
        if few is self._few.isHidden():
            self._few.setVisible(few)
            self.adjustSize()


class CarryOutQuestion(Fill):
    """Place, method, the two who watch, and the number of records typed out."""

    def __init__(self, parent: QWidget, batch: Appraisal, executor: str, count: int) -> None:
        self._count, self._executor = count, executor
        self._begun = batch.state is AppraisalState.EXECUTING
        fields: dict[str, QWidget] = {}
        if not self._begun:
            fields = {field: QLineEdit() for field in ("place", "method", "supervisor_one", "supervisor_two")}
        if count:
            fields["confirm"] = QLineEdit()
        needed = {
            "place": "problem.place_missing", "method": "problem.method_missing",
            "supervisor_one": "problem.supervisor", "supervisor_two": "problem.supervisor",
        }  # fmt: skip
        super().__init__(
            parent, "carry_out" if count else "carry_out_only", fields,
            {field: key for field, key in needed.items() if field in fields}, about=batch.number, danger=bool(count),
            n=count,
        )  # fmt: skip

    @property
    def supervisors(self) -> list[str]:
        return [] if self._begun else [self.said("supervisor_one"), self.said("supervisor_two")]

    def value(self, field: str) -> str:
        return "" if self._begun else self.said(field)

    def missing(self) -> dict[str, str]:
        found = super().missing()
        if not self._begun:
            one, two = self.supervisors
            if one and one == self._executor:
                found.setdefault("supervisor_one", "problem.supervisor_other")
            if two and two in (one, self._executor):
                found.setdefault("supervisor_two", "problem.supervisor_other")
        if self._count and self.said("confirm") != str(self._count):
            found["confirm"] = "problem.confirm_number"
        return found
