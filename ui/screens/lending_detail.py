"""ui/screens/lending_detail.py — one loan beside the list: who, why, what, how it stands, and the next step as one button.

What a person may not do is not offered; why a request cannot be approved by this person is said instead.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.station import Station
from storage.records.lending import Loan, LoanState, LoanSubject, Standing
from ui import actions
from ui.models.columns import moment, word
from ui.phrases import name, plain, say
from ui.screens.lending_rows import Row, called, show_badge
from ui.stylesheet import look, state
from ui.theme import Theme
from ui.widgets.layout import button, card, column, label, row, rule, text
from ui.widgets.states import Shelf

FIELDS = ("person", "unit", "document", "contact", "purpose", "mode", "basis", "requested", "approved", "due_on", "effect",
          "remarks")
#: Every step of a loan: its drawing. The wording is `lending.act.<step>`.
STEPS = {
    "approve": "check", "refuse": "close", "hand_out": "export", "take_back": "return", "renew": "clock", "copy": "duplicate",
    "finish": "check", "effect": "record", "slip": "print", "cancel": "close",
}


class LoanCard(QFrame):
    """`step(id)` is called for the button that was pressed; `first` is the step the screen's accept key takes."""

    def __init__(self, station: Station, theme: Theme, step: Callable[[str], None]) -> None:
        super().__init__()
        self._station = station
        self.first = ""
        self.row: Row | None = None
        frame, inside = card(margins=0, spacing=0)
        self._number, self._badge = text("code", selectable=True), text("badge")
        self._values: dict[str, tuple[QLabel, QLabel]] = {}
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(18, 14, 18, 12)
        box.setSpacing(10)
        box.addLayout(row(self._number, None, self._badge))
        box.addLayout(self._facts())
        box.addWidget(rule())
        box.addWidget(label("lending.records", "label"))
        self._records = QVBoxLayout()
        self._records.setSpacing(8)
        box.addLayout(self._records)
        box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        name(scroll, "lending.detail")
        inside.addWidget(scroll, 1)
        inside.addWidget(rule())
        inside.addLayout(self._foot(theme, step))
        self.shelf = Shelf(frame, theme, empty="lending.choose", drawing="loan")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.shelf)
        self.show_nothing()

    def show_nothing(self) -> None:
        self.row, self.first = None, ""
        self.shelf.show_empty()

    def show_row(self, shown: Row) -> None:
        self.row = shown
        loan = shown.loan
        plain(self._number, loan.number)
        show_badge(self._badge, shown.state)
        for field, value in _values(loan).items():
            heading, line = self._values[field]
            line.setText(value)
            for part in (heading, line):
                part.setVisible(bool(value))
        while (old := self._records.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.deleteLater()
        for record in loan.subjects:
            self._records.addWidget(_record(record))
        self._offer(loan, shown.renewable)
        self.shelf.show_content()

    def reword(self) -> None:
        self.shelf.reword()
        if self.row is not None:
            self.show_row(self.row)

    # -- inside

    def _facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        for line, field in enumerate(FIELDS):
            heading = label(f"lending.field.{field}", "label")
            heading.setAlignment(Qt.AlignmentFlag.AlignTop)
            value = text(wrap=True, selectable=True)
            self._values[field] = (heading, value)
            grid.addWidget(heading, line, 0)
            grid.addWidget(value, line, 1)
        return grid

    def _foot(self, theme: Theme, step: Callable[[str], None]) -> QVBoxLayout:
        self._notice = QFrame()
        look(self._notice, "notice")
        state(self._notice, "warn")
        self._why = text("small", wrap=True)
        said = QVBoxLayout(self._notice)
        said.setContentsMargins(12, 8, 12, 8)
        said.addWidget(self._why)
        self.buttons: dict[str, QPushButton] = {}
        for id, drawing in STEPS.items():
            primary = id in ("approve", "hand_out", "take_back", "finish", "effect")
            made = button(f"lending.act.{id}", "primary" if primary else "", theme=theme, drawing=drawing)
            if primary:
                look(made, "primary", scale="big")
                made.setToolTip(actions.keys("accept"))
            made.clicked.connect(lambda _checked=False, id=id: step(id))
            self.buttons[id] = made
        self.buttons["slip"].setToolTip(actions.keys("print"))
        first = row(*(self.buttons[id] for id in ("approve", "hand_out", "take_back", "finish", "effect")))
        others = row(*(self.buttons[id] for id in ("refuse", "renew", "copy", "slip", "cancel")), None, spacing=6)
        foot = column(self._notice, first, others, spacing=8)
        foot.setContentsMargins(18, 10, 18, 12)
        return foot

    def _offer(self, loan: Loan, renewable: bool) -> None:
        """The steps that are open to this loan and this person; the first of them is the next."""
        may, out = self._station.may, loan.state is LoanState.OUT
        obstacle = self._station.lending.obstacle(loan) if loan.state is LoanState.REQUESTED else ""
        undecided = loan.state is LoanState.REQUESTED or _second_missing(loan)
        if _second_missing(loan):
            obstacle = self._station.lending.obstacle(loan)
        decides = undecided and not obstacle
        ready = loan.state is LoanState.APPROVED and not _second_missing(loan)
        hands_out = loan.draft.mode.hands_out
        mine = loan.requested_by == self._station.agent.id
        offered = {
            "approve": decides,
            "refuse": decides and loan.state is LoanState.REQUESTED,
            "hand_out": ready and hands_out and may("lend"),
            "take_back": out and may("return_loan"),
            "renew": out and may("renew_loan") and renewable,
            "copy": (out or (ready and not hands_out)) and may("copy_out"),
            "finish": ready and not hands_out and may("finish_loan"),
            "effect": bool(loan.used_at) and loan.state is LoanState.RETURNED and may("note_use"),
            "slip": (ready or out) and hands_out and may("print"),
            "cancel": (loan.state is LoanState.REQUESTED or loan.state is LoanState.APPROVED) and not loan.used_at
            and (mine or may("lend")),
        }
        for id, made in self.buttons.items():
            made.setVisible(offered[id])
        say(self.buttons["effect"], "lending.act.effect_again" if loan.effect else "lending.act.effect")
        self.first = next((id for id in ("approve", "hand_out", "take_back", "finish", "effect") if offered[id]), "")
        told = f"lending.obstacle.{obstacle}" if undecided and obstacle else ""
        if undecided and not told and loan.approvers_needed > 1:
            told = "lending.two_needed" if not loan.approved_by else "lending.second_needed"
        self._notice.setVisible(bool(told))
        if told:
            say(self._why, told)


def _second_missing(loan: Loan) -> bool:
    """Approved by one person before its records came to need two."""
    return loan.state is LoanState.APPROVED and loan.half_approved


def _values(loan: Loan) -> dict[str, str]:
    draft = loan.draft
    approvals = [
        wording.say("lending.by_at", name=who, at=moment(at))
        for who, at in ((loan.approver, loan.approved_at), (loan.seconder, loan.seconded_at))
        if who
    ]
    if loan.refuser:
        approvals.append(wording.say("lending.refused_by", name=loan.refuser, at=moment(loan.refused_at), why=loan.refusal))
    due = wording.say("lending.due_renewed", day=loan.due_on, n=loan.renewals) if loan.renewals else loan.due_on
    return {
        "person": draft.person,
        "unit": draft.unit,
        "document": draft.document,
        "contact": draft.contact,
        "purpose": word("loan_purpose", draft.purpose),
        "mode": word("loan_mode", draft.mode.value),
        "basis": " ".join(filter(None, (draft.basis, draft.basis_no))),
        "requested": wording.say("lending.by_at", name=loan.requester, at=moment(loan.requested_at)),
        "approved": "\n".join(approvals + [note for note in (loan.opinion, loan.second_opinion) if note]),
        "due_on": due,
        "effect": loan.effect,
        "remarks": draft.remarks,
    }


def _record(record: LoanSubject) -> QWidget:
    """What one paper is called, and where it is."""
    code, title, told = text("code", selectable=True), text(wrap=True), text("small", wrap=True)
    code.setText(called(record))
    if record.standing is not Standing.SHOWN:
        look(code, "muted")
    title.setText(record.title)
    facts = []
    if record.out:
        facts.append(wording.say("lending.record_out", condition=record.condition_out or "–"))
    elif record.returned_at:
        facts.append(wording.say("lending.record_back", at=moment(record.returned_at), condition=record.condition_in or "–"))
    if record.copied_pages:
        facts.append(wording.say("lending.record_copied", n=record.copied_pages))
    told.setText(wording.say("lending.facts_join").join(facts))
    made = QWidget()
    inside = QVBoxLayout(made)
    inside.setContentsMargins(0, 0, 0, 0)
    inside.setSpacing(1)
    for part in (code, title, told):
        inside.addWidget(part)
        part.setVisible(bool(part.text()))
    return made
