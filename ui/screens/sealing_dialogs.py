"""ui/screens/sealing_dialogs.py — what sealing asks: a unit's request, the decision, the result, the ground for lifting a seal.

Each has one primary button; Enter agrees, Esc leaves. They only collect: the screen acts, so a refusal is told there, and
problems that the station finds in a request stand beside their fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from app import wording
from app.drafts import Unfinished
from app.filing import Problem
from app.sealing import bases, basis_name, terms
from storage.records.sealing import ConsultationRequest
from ui.phrases import name, say
from ui.widgets.dates import DateField, show
from ui.widgets.form import Choice, Field, Fields, Lines
from ui.widgets.layout import row
from ui.widgets.question import Question

_LINES = ("unit", "person", "document_no", "purpose", "scope")


class RequestDialog(Question):
    """The request of a unit. `work(request, refused)` registers it; `refused(problems)` puts them beside their fields."""

    def __init__(
        self, parent: QWidget, work: Callable[[ConsultationRequest, Callable[[Iterable[Problem]], object]], None]
    ) -> None:
        super().__init__(parent, "sealing.request", width=640)
        self._work = work
        self.unit, self.person, self.document_no, self.purpose, self.scope = (QLineEdit() for _number in range(5))
        self.basis, self.sought = Choice(), Lines(64)
        self.basis.fill((basis.code, basis_name(basis.code, wording.language())) for basis in bases())
        made = {
            "unit": Field("sealing.field.unit", self.unit),
            "person": Field("sealing.field.person", self.person),
            "basis": Field("sealing.field.basis", self.basis),
            "document_no": Field("sealing.field.document_no", self.document_no),
            "purpose": Field("sealing.field.purpose", self.purpose),
            "sought": Field("sealing.field.sought", self.sought, hint="sealing.request.sought_hint"),
            "scope": Field("sealing.field.scope", self.scope, hint="sealing.request.scope_hint"),
        }
        self.fields = Fields(made)
        for line in (("unit", "person"), ("basis", "document_no"), ("purpose",), ("sought",), ("scope",)):
            together = row(*(made[which] for which in line), spacing=12)
            for place in range(len(line)):
                together.setStretch(place, 1)
            self.box.addLayout(together)
        self.sought.submitted.connect(self.agree)
        self.close_with_buttons()
        self.unit.setFocus()

    @property
    def request(self) -> ConsultationRequest:
        return ConsultationRequest(
            self.unit.text(), self.person.text(), self.basis.value() or "", self.document_no.text(), self.purpose.text(),
            terms(self.sought.toPlainText()), self.scope.text(),
        )  # fmt: skip

    def unfinished(self) -> Unfinished | None:
        lines = {which: getattr(self, which).text() for which in _LINES} | {"sought": self.sought.toPlainText()}
        return Unfinished("consultation", "", {**lines, "basis": self.basis.value()}) if any(lines.values()) else None

    def take_up(self, one: Unfinished) -> None:
        """What was half written, in its fields again."""
        for which in _LINES:
            getattr(self, which).setText(one.content[which])
        self.sought.setPlainText(one.content["sought"])
        self.basis.choose(one.content["basis"])

    def agree(self) -> None:
        self._work(self.request, lambda problems: self.fields.show_problems(problems, focus=True))


class ApproveDialog(Question):
    """Until when, an opinion, and that the unit was told to keep it confidential: without that there is no approval."""

    def __init__(self, parent: QWidget, about: str, days: int) -> None:
        super().__init__(parent, "sealing.approve", about)
        self.until, self.opinion = DateField(), QLineEdit()
        self.until.set_value((date.today() + timedelta(days=days)).strftime("%Y%m%d"))
        self.fields = Fields({
            "ends_on": Field("sealing.field.ends_on", self.until, hint="sealing.approve.until_hint"),
            "opinion": Field("sealing.field.opinion", self.opinion),
        })
        self.box.addWidget(self.fields["ends_on"])
        self.box.addWidget(self.fields["opinion"])
        self.notified = say(QCheckBox(), "sealing.approve.notified")
        name(self.notified, "sealing.approve.notified")
        self.notified.toggled.connect(self._on_notified)
        self.box.addWidget(self.notified)
        self.close_with_buttons()
        self.yes.setEnabled(False)
        self.opinion.setFocus()

    @property
    def ends_on(self) -> date | None:
        try:
            return date.fromisoformat(show(self.until.value()))
        except ValueError:
            return None

    def agree(self) -> None:
        if self.ends_on is None or self.ends_on < date.today():
            self.fields["ends_on"].show_problem("problem.consultation_ends_on")
            self.fields["ends_on"].take_focus()
        elif self.notified.isChecked():
            self.accept()

    def _on_notified(self, told: bool) -> None:
        self.yes.setEnabled(told)


class UnsealDialog(Question):
    """On what written ground a seal is to be lifted."""

    def __init__(self, parent: QWidget, about: str) -> None:
        super().__init__(parent, "sealing.unseal", about)
        self.basis, self.document_no = QLineEdit(), QLineEdit()
        self.fields = Fields({
            "basis": Field("sealing.unseal.basis", self.basis), "document_no": Field("sealing.field.document_no", self.document_no),
        })
        self.box.addWidget(self.fields["basis"])
        self.box.addWidget(self.fields["document_no"])
        self.close_with_buttons()
        self.basis.setFocus()

    def agree(self) -> None:
        problems = [
            Problem(which, f"problem.unsealing_{which}")
            for which, line in (("basis", self.basis), ("document_no", self.document_no))
            if not line.text().strip()
        ]
        if problems:
            self.fields.show_problems(problems, focus=True)
        else:
            self.accept()
