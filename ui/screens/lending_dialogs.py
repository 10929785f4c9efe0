"""ui/screens/lending_dialogs.py — the short questions of lending: an opinion, a condition, a number of pages, what it was good for.

Each has one primary button; Enter agrees, Esc leaves. They only collect: the screen acts, so a refusal is told there.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QLineEdit, QScrollArea, QWidget

from app import wording
from storage.records import Subject
from storage.records.lending import Loan, LoanSubject
from ui.phrases import name, say
from ui.screens.lending_rows import called
from ui.stylesheet import look
from ui.widgets.dates import DateField, show
from ui.widgets.form import Choice, Field, Fields, Number
from ui.widgets.layout import column, label, text
from ui.widgets.question import Question

_MOST_PAGES = 9999
_LIST_PX = 260


class HandOutDialog(Question):
    """When it must be back, and in what condition each paper goes."""

    def __init__(self, parent: QWidget, loan: Loan, due: date) -> None:
        super().__init__(parent, "lending.hand_out", f"{loan.number}  {loan.draft.person}")
        self.due = DateField()
        self.due.set_value(due.strftime("%Y%m%d"))
        self.fields = Fields({"due_on": Field("lending.field.due_on", self.due, hint="lending.hand_out.due_hint")})
        self.box.addWidget(self.fields["due_on"])
        self._papers = _Papers(loan.subjects, ticked=False, usual=wording.say("lending.condition_good"))
        self.box.addWidget(self._papers)
        self.close_with_buttons()
        self.yes.setFocus()

    @property
    def due_on(self) -> date | None:
        """The day, None for what is none."""
        try:
            return date.fromisoformat(show(self.due.value()))
        except ValueError:
            return None

    @property
    def conditions(self) -> dict[Subject, str]:
        return self._papers.conditions

    def agree(self) -> None:
        if self.due_on is None:
            self.fields["due_on"].show_problem("problem.date_shape")
            self.fields["due_on"].take_focus()
        else:
            self.accept()


class TakeBackDialog(Question):
    """Which papers are back, and in what condition: all of them, unless some are unticked."""

    def __init__(self, parent: QWidget, loan: Loan) -> None:
        super().__init__(parent, "lending.take_back", f"{loan.number}  {loan.draft.person}")
        self._papers = _Papers(
            [record for record in loan.subjects if record.out], ticked=True, usual=wording.say("lending.condition_good")
        )
        self.box.addWidget(self._papers)
        self.problem = text("problem")
        self.problem.hide()
        self.box.addWidget(self.problem)
        self.close_with_buttons()
        self.yes.setFocus()

    @property
    def conditions(self) -> dict[Subject, str]:
        return self._papers.conditions

    def agree(self) -> None:
        if self.conditions:
            self.accept()
        else:
            say(self.problem, "problem.loan_nothing_back")
            self.problem.show()


class CopyDialog(Question):
    """How many pages of which record."""

    def __init__(self, parent: QWidget, loan: Loan) -> None:
        super().__init__(parent, "lending.copy", f"{loan.number}  {loan.draft.person}")
        self.record, self.pages = Choice(), Number(1, _MOST_PAGES)
        self.record.fill([(record.subject, f"{called(record)}  {record.title}") for record in loan.subjects])
        self.box.addWidget(Field("lending.copy.record", self.record))
        self.box.addWidget(Field("lending.copy.pages", self.pages))
        self.close_with_buttons()
        self.pages.setFocus()
        self.pages.selectAll()

    @property
    def answer(self) -> tuple[Subject, int]:
        return self.record.value(), self.pages.value()


class _Papers(QScrollArea):
    """A line for each paper: what it is called, whether it is meant, its condition."""

    def __init__(self, records: list[LoanSubject] | tuple[LoanSubject, ...], *, ticked: bool, usual: str) -> None:
        super().__init__()
        self._lines: list[tuple[Subject, QCheckBox | None, QLineEdit]] = []
        sheet = QWidget()
        look(sheet, "sheet")
        grid = QGridLayout(sheet)
        grid.setContentsMargins(2, 4, 8, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        grid.addWidget(label("lending.paper", "label"), 0, 0)
        grid.addWidget(label("lending.condition", "label"), 0, 1)
        for line, record in enumerate(records, 1):
            tick, title = None, text("small", wrap=True)
            if ticked:
                tick = QCheckBox(called(record))
                tick.setChecked(True)
            code = text("strong")
            code.setText(called(record))
            title.setText(record.title)
            grid.addLayout(column(tick or code, title, spacing=1), line, 0)
            condition = QLineEdit(usual)
            condition.setFixedWidth(170)
            name(condition, "lending.condition_of", code=called(record))
            grid.addWidget(condition, line, 1)
            self._lines.append((record.subject, tick, condition))
        self.setWidget(sheet)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFixedHeight(min(_LIST_PX, sheet.sizeHint().height() + 8))

    @property
    def conditions(self) -> dict[Subject, str]:
        return {
            subject: condition.text().strip()
            for subject, tick, condition in self._lines
            if tick is None or tick.isChecked()
        }
