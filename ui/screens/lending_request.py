"""ui/screens/lending_request.py — the form that registers a loan: which records, who wants them, and on what ground.

Records are found by code (typed, or scanned from a cover) or by words of their title; Enter takes the line. What is out is
shown as such and may still be asked for: it waits until it is back. What is sealed comes here only from the consultation it
was opened within, which then stands above the form and goes with the request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.drafts import Unfinished, laid_over, spread
from app.filing import Invalid
from app.jobs import Job
from app.numbering import normalise
from app.sealing import basis_name
from storage.records import Kind, Subject
from storage.records.lending import Loan, LoanDraft, LoanMode, LoanSubject
from storage.records.sealing import Consultation
from ui import actions
from ui.models.listed import ListedModel
from ui.phrases import name, say
from ui.screens.lending_rows import RECORDS, mode_choices, purpose_choices
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.form import Choice, Field, Fields
from ui.widgets.layout import button, card, label, row, rule, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

PAUSE_MS = 200


@dataclass(frozen=True, slots=True)
class Within:
    """A record opened within a consultation that is wanted as a loan."""

    consultation: Consultation
    subject: Subject


class RequestForm(QWidget):
    """`registered` carries the new loan; `left` comes when the person gives up."""

    registered = Signal(object)
    left = Signal()

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        self._station, theme = screen.station, screen.desk.theme
        self._asked: Job[list[LoanSubject]] | None = None
        self._busy = False
        self._consultation: Consultation | None = None
        self._found, self._chosen = ListedModel(RECORDS), ListedModel(RECORDS)
        self.box = _Box()
        say(self.box, "lending.find_hint", "setPlaceholderText")
        name(self.box, "lending.find")
        self.results = name(Table(self._found, RECORDS, theme), "lending.found")
        self.results.chosen.connect(self._take)
        self.chosen = name(Table(self._chosen, RECORDS, theme), "lending.chosen")
        self.chosen.horizontalHeader().hide()
        self.chosen.chosen.connect(lambda _row: self.remove())
        self._shelf = Shelf(self.results, theme, empty="lending.find_begin", drawing="search")
        self._taken = Shelf(self.chosen, theme, empty="lending.none_chosen", drawing="record")
        self.remove_button = button("lending.remove", "quiet", theme=theme, drawing="close")
        self.remove_button.clicked.connect(self.remove)
        self._count = text("heading")
        self._within = text("strong", wrap=True)
        self.problem = text("problem", wrap=True)
        self.problem.hide()
        self._make_fields()
        self.yes = button("lending.register", "primary", theme=theme, drawing="check")
        look(self.yes, "primary", scale="big")
        self.yes.setToolTip(actions.keys("accept"))
        self.yes.clicked.connect(self.register)
        no = button("lending.leave", theme=theme, drawing="left")
        no.clicked.connect(self.left)
        no.setToolTip(actions.keys("back"))
        body = QHBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(12)
        body.addWidget(self._left(), 1)
        body.addWidget(self._right(row(self.yes, no, None)))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.box.textChanged.connect(lambda _text: self._pause.start())
        self.box.returnPressed.connect(self._on_return)
        self.box.went_down.connect(lambda: self.results.setFocus())
        self.setFocusProxy(self.box)
        self.reword()
        self.clear()

    # -- what the screen asks

    def clear(self) -> None:
        """An empty form."""
        for line in (self.person, self.unit, self.document, self.contact, self.basis, self.basis_no, self.remarks, self.box):
            line.clear()
        self.fields.clear()
        self._consultation = None
        self._within.hide()
        self._choose([])
        self._show_found([])

    def begin_with(self, subjects: list[Subject]) -> None:
        """An empty form with these records chosen."""
        self.clear()
        if subjects:
            self._screen.run("view", lambda _job: self._station.lending.subjects(subjects), done=self._choose)

    def begin_within(self, wanted: Within) -> None:
        """A form with a sealed record chosen, and what its consultation says of who asks and why."""
        self.clear()
        self._consultation = wanted.consultation
        asked = wanted.consultation.request
        for line, known in ((self.person, asked.person), (self.unit, asked.unit), (self.basis_no, asked.document_no),
                            (self.basis, basis_name(asked.basis, wording.language()))):  # fmt: skip
            line.setText(known)
        say(self._within, "lending.within", number=wanted.consultation.number)
        self._within.show()
        self._screen.run(
            "view", lambda _job: self._station.lending.subjects([wanted.subject], wanted.consultation.id), done=self._choose
        )

    def reword(self) -> None:
        self.purpose.fill(purpose_choices())
        self.mode.fill(mode_choices())
        self._found.reword()
        self._chosen.reword()
        self._shelf.reword()
        self._taken.reword()

    def register(self) -> None:
        """Check and register; problems stand beside their fields."""
        if self._busy:
            return
        draft, subjects = self.draft(), [self._chosen.record(row).subject for row in range(len(self._chosen))]
        self._busy = True
        self.yes.setEnabled(False)
        self._screen.run(
            "write", lambda _job: self._station.lending.request(draft, subjects, date.today()),
            done=self._on_registered, failed=self._on_refused,
        )  # fmt: skip

    def remove(self) -> None:
        """Take the line at hand out of the request."""
        at = self.chosen.currentIndex().row()
        if at >= 0:
            self._choose([self._chosen.record(row) for row in range(len(self._chosen)) if row != at])

    def draft(self) -> LoanDraft:
        """What the fields say."""
        return LoanDraft(
            person=self.person.text(), unit=self.unit.text(), document=self.document.text(), contact=self.contact.text(),
            purpose=self.purpose.value(), basis=self.basis.text(), basis_no=self.basis_no.text(), mode=self.mode.value(),
            remarks=self.remarks.text(), consultation_id=self._consultation.id if self._consultation else None,
        )  # fmt: skip

    def unfinished(self) -> Unfinished | None:
        """A request within a consultation is about what is sealed, and is not kept."""
        draft, chosen = self.draft(), [str(self._chosen.record(row).subject) for row in range(len(self._chosen))]
        begun = LoanDraft(purpose=draft.purpose, mode=draft.mode)
        if self._consultation is not None or (draft == begun and not chosen):
            return None
        return Unfinished("loan", "", {"fields": spread(draft), "subjects": chosen})

    def take_up(self, one: Unfinished) -> None:
        """What was half written; of its records those that may still be asked for."""
        subjects = [Subject(Kind(kind), int(id)) for kind, _colon, id in (one.partition(":") for one in one.content["subjects"])]
        self.begin_with(subjects)
        draft = laid_over(LoanDraft(), one.content["fields"])
        for line, said in (
            (self.person, draft.person), (self.unit, draft.unit), (self.document, draft.document), (self.contact, draft.contact),
            (self.basis, draft.basis), (self.basis_no, draft.basis_no), (self.remarks, draft.remarks),
        ):  # fmt: skip
            line.setText(said)
        self.purpose.choose(draft.purpose)
        self.mode.choose(draft.mode)

    # -- inside

    def _make_fields(self) -> None:
        lines = [QLineEdit() for _number in range(7)]
        self.person, self.unit, self.document, self.contact, self.basis, self.basis_no, self.remarks = lines
        self.purpose, self.mode = Choice(), Choice()
        self.purpose.fill(purpose_choices())
        self.mode.fill(mode_choices())
        self.mode.choose(LoanMode.LEND)
        made = {
            "person": Field("lending.field.person", self.person),
            "unit": Field("lending.field.unit", self.unit),
            "document": Field("lending.field.document", self.document, hint="lending.hint_document"),
            "contact": Field("lending.field.contact", self.contact),
            "purpose": Field("lending.field.purpose", self.purpose),
            "mode": Field("lending.field.mode", self.mode),
            "basis": Field("lending.field.basis", self.basis, hint="lending.hint_basis"),
            "basis_no": Field("lending.field.basis_no", self.basis_no),
            "remarks": Field("lending.field.remarks", self.remarks),
        }
        self._made = made
        self.fields = Fields(made)

    def _left(self) -> QFrame:
        frame, inside = card(margins=0, spacing=0)
        top = QVBoxLayout()
        top.setContentsMargins(16, 12, 16, 10)
        top.setSpacing(8)
        top.addWidget(self._within)
        top.addWidget(label("lending.which", "heading"))
        top.addWidget(self.box)
        inside.addLayout(top)
        inside.addWidget(self._shelf, 3)
        inside.addWidget(rule())
        head = row(self._count, None, self.remove_button)
        head.setContentsMargins(16, 8, 12, 6)
        inside.addLayout(head)
        inside.addWidget(self._taken, 2)
        inside.addWidget(self.problem)
        self.problem.setContentsMargins(16, 4, 16, 8)
        return frame

    def _right(self, foot: QHBoxLayout) -> QFrame:
        frame = QFrame()
        look(frame, "card")
        frame.setFixedWidth(400)
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(16, 12, 16, 8)
        box.setSpacing(9)
        box.addWidget(label("lending.who", "heading"))
        for line in (("person", "unit"), ("document", "contact"), ("purpose", "mode"), ("basis",), ("basis_no", "remarks")):
            together = row(*(self._made[which] for which in line), spacing=10)
            for place, which in enumerate(line):
                together.setStretch(place, 1)
                together.setAlignment(self._made[which], Qt.AlignmentFlag.AlignTop)
            box.addLayout(together)
        box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        inside.addWidget(scroll, 1)
        inside.addWidget(rule())
        foot.setContentsMargins(16, 10, 16, 12)
        inside.addLayout(foot)
        return frame

    def _ask(self, then: Callable[[list[LoanSubject]], None] | None = None) -> None:
        self._pause.stop()
        if self._asked is not None:
            self._asked.cancel()
        typed = self.box.text()
        if not typed.strip():
            self._show_found([])
            return

        def here(found: list[LoanSubject]) -> None:
            if typed == self.box.text():
                self._show_found(found)
                if then is not None:
                    then(found)

        self._asked = self._screen.run("view", lambda _job: self._station.lending.lendable(typed), done=here)

    def _on_return(self) -> None:
        """A code typed or scanned to its end is taken at once; otherwise the first line is offered."""
        self._ask(self._take_if_certain)

    def _take_if_certain(self, found: list[LoanSubject]) -> None:
        if found and (len(found) == 1 or found[0].reference_code == normalise(self.box.text())):
            self._take(0)
        elif found:
            self.results.setFocus()
            self.results.selectRow(0)

    def _show_found(self, found: list[LoanSubject]) -> None:
        self._found.show(found)
        if found:
            self._shelf.show_content()
        else:
            self._shelf.show_empty("lending.find_nothing" if self.box.text().strip() else "lending.find_begin")

    def _take(self, at: int) -> None:
        record = self._found.record(at)
        chosen = [self._chosen.record(row) for row in range(len(self._chosen))]
        if record.subject not in [one.subject for one in chosen]:
            self._choose([*chosen, record])
        self.box.clear()
        self.box.setFocus()

    def _choose(self, records: list[LoanSubject]) -> None:
        self._chosen.show(records)
        say(self._count, "lending.chosen_count", n=len(records))
        self.remove_button.setVisible(bool(records))
        self._taken.show_content() if records else self._taken.show_empty()
        if records:
            self.chosen.selectRow(0)
            self.problem.hide()

    def _on_registered(self, loan: Loan) -> None:
        self._busy = False
        self.yes.setEnabled(True)
        self.clear()
        self.registered.emit(loan)

    def _on_refused(self, error: BaseException) -> None:
        self._busy = False
        self.yes.setEnabled(True)
        if not isinstance(error, Invalid):
            self._screen.desk.messages.trouble(error)
            return
        for problem in self.fields.show_problems(error.problems, focus=True):
            say(self.problem, problem.key)
            self.problem.show()
            if len(error.problems) == 1:
                self.box.setFocus()


class _Box(QLineEdit):
    """Down goes into the results."""

    went_down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.went_down.emit()
        else:
            super().keyPressEvent(event)
