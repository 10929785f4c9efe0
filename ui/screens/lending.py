"""ui/screens/lending.py — 借阅利用: what is to be decided, handed out, had back; one box for the slip's bar code; one next step.

A slip scanned (or its number typed) into the box opens its loan, and asks what is back when the papers are out. Lists are
fetched again after every event of lending; the loan beside the list stays the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.drafts import Unfinished
from storage.records import Subject
from storage.records.lending import Loan, LoanState
from ui import actions
from ui.desk import Desk
from ui.models.listed import ListedModel
from ui.phrases import name, say
from ui.screens.lending_detail import LoanCard
from ui.screens.lending_dialogs import CopyDialog, HandOutDialog, TakeBackDialog
from ui.screens.lending_papers import RegisterDialog, print_slip
from ui.screens.lending_request import RequestForm, Within
from ui.screens.lending_rows import LISTS, LOANS, Row, list_of, row_of
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.layout import button, card, row, rule
from ui.widgets.question import NoteDialog
from ui.widgets.states import Shelf
from ui.widgets.table import Table

LENDING_EVENTS = frozenset({
    "request_loan", "approve_loan", "second_loan", "refuse_loan", "lend", "renew_loan", "return_loan", "copy_out",
    "finish_loan", "note_use", "cancel_loan",
})
MOST = 500


@dataclass(frozen=True, slots=True)
class _Looked:
    """One look at the archive: how many are in each list, the rows of one, and the loan that is open."""

    counts: dict[str, int]
    which: str
    rows: list[Row]
    open: Row | None


class LendingScreen(Screen):
    """`open` takes a loan's id, the name of a list, or what somebody wants to borrow: a Subject, several, or a Within."""

    title = "action.lending"
    concerns = LENDING_EVENTS | {"change_setting"}
    needs = LENDING_EVENTS

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._which = next(iter(LISTS))
        self._open_id: int | None = None
        self._model = ListedModel(LOANS)
        self.box = QLineEdit()
        look(self.box, "search")
        say(self.box, "lending.box_hint", "setPlaceholderText")
        name(self.box, "lending.box")
        self.box.returnPressed.connect(self.look_up)
        self.new_button = button("lending.new", "primary", theme=desk.theme, drawing="loan")
        look(self.new_button, "primary", scale="big")
        self.new_button.setToolTip(actions.keys("new_loan"))
        self.new_button.clicked.connect(lambda: self.begin([]))
        self.new_button.setVisible(False)
        self.registers_button = button("lending.registers", theme=desk.theme, drawing="print")
        self.registers_button.clicked.connect(self.registers)
        self.table = name(Table(self._model, LOANS, desk.theme), "lending.loans")
        self.table.selectionModel().currentRowChanged.connect(lambda now, _before: self._on_row(now.row()))
        self.table.chosen.connect(lambda _row: self.next_step())
        self.shelf = Shelf(self.table, desk.theme, empty="lending.empty_requested", drawing="loan")
        self.card = LoanCard(self.station, desk.theme, self.step)
        self.card.setFixedWidth(384)
        self.form = RequestForm(self)
        self.form.registered.connect(self._on_registered)
        self.form.left.connect(self.leave_form)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._desk())
        self._pages.addWidget(self.form)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 14)
        whole.addWidget(self._pages)
        self.new_button.setVisible(self.station.may("request_loan"))
        self.registers_button.setVisible(self.station.may("print") or self.station.may("export"))
        for id, work in (
            ("accept", self.next_step), ("new_loan", lambda: self.begin([])), ("print", lambda: self.step("slip")),
            ("back", self.leave_form),
        ):  # fmt: skip
            actions.make(id, self, work)
        self.setFocusProxy(self.box)
        self.shelf.show_busy()

    # -- what the window asks

    def open(self, subject: object) -> None:
        if isinstance(subject, Subject):
            self.begin([subject])
        elif isinstance(subject, list | Within):
            self.begin(subject)
        elif isinstance(subject, str):
            self.turn(subject)
        elif isinstance(subject, int):
            self.run("view", lambda _job: self._fetch(lambda: self.station.lending.loan(subject)), done=self._go_to)

    def refresh(self) -> None:
        which, open_id = self._which, self._open_id
        self.run("view", lambda _job: self._look(which, open_id), done=self._show,
                 failed=lambda error: self.shelf.show_trouble(error, self.refresh))

    def reword(self) -> None:
        self._model.reword()
        self.shelf.reword()
        self.card.reword()
        self.form.reword()
        self.mark()

    # -- what the person does

    def turn(self, which: str) -> None:
        """Show another list."""
        self._leave_for_list()
        self._which, self._open_id = which, None
        self._tabs[which].setChecked(True)
        self.mark()

    def look_up(self) -> None:
        """The loan of the slip that was scanned or typed; what is out is asked back at once."""
        typed = self.box.text()
        if typed.strip():
            self.run("view", lambda _job: self._fetch(lambda: self.station.lending.find(typed, date.today())),
                     done=self._on_found)
            self.box.selectAll()

    def begin(self, subjects: list[Subject] | Within) -> None:
        """The form of a new loan."""
        if self.station.may("request_loan"):
            if isinstance(subjects, Within):
                self.form.begin_within(subjects)
            else:
                self.form.begin_with(subjects)
            self._pages.setCurrentWidget(self.form)
            self.setFocusProxy(self.form.person if subjects else self.form.box)
            self.setFocus()

    def unfinished(self) -> list[Unfinished]:
        written = self.form.unfinished() if self._pages.currentWidget() is self.form else None
        return [*([written] if written else []), *super().unfinished()]

    def take_up(self, one: Unfinished) -> None:
        """The form of a request that was half written."""
        if self.station.may("request_loan"):
            self.begin([])
            self.form.take_up(one)

    def leave_form(self) -> None:
        self.form.clear()  # what is sealed does not stay in a form that nobody looks at
        self._leave_for_list()
        self.setFocus()

    def next_step(self) -> None:
        """What the one big button does."""
        if self._pages.currentWidget() is self.form:
            self.form.register()
        elif self.card.first:
            self.step(self.card.first)

    def step(self, id: str) -> None:
        """One of the steps of the loan that is open; asks what must be asked first."""
        shown = self.card.row
        # The keys reach steps whose button is not offered.
        if shown is not None and not self.card.buttons[id].isHidden() and self._pages.currentWidget() is not self.form:
            getattr(self, f"_{id}")(shown.loan)

    def registers(self) -> None:
        RegisterDialog(self).open()

    # -- the steps

    def _approve(self, loan: Loan) -> None:
        dialog = NoteDialog(self, "lending.approve", _about(loan))
        self._ask(dialog, lambda: self._act("approved", lambda: self.station.lending.approve(loan.id, dialog.note)))

    def _refuse(self, loan: Loan) -> None:
        dialog = NoteDialog(self, "lending.refuse", _about(loan), needed="problem.loan_refusal", danger=True)
        self._ask(dialog, lambda: self._act("refused", lambda: self.station.lending.refuse(loan.id, dialog.note)))

    def _hand_out(self, loan: Loan) -> None:
        def ask(due: date) -> None:
            dialog = HandOutDialog(self, loan, due)
            self._ask(dialog, lambda: self._act("handed_out", lambda: self.station.lending.lend(
                loan.id, dialog.due_on or due, dialog.conditions, date.today())))  # fmt: skip

        self.run("view", lambda _job: self.station.lending.due(loan.draft.mode, date.today()), done=ask)

    def _take_back(self, loan: Loan) -> None:
        dialog = TakeBackDialog(self, loan)
        self._ask(dialog, lambda: self._act("taken_back", lambda: self.station.lending.take_back(
            loan.id, dialog.conditions)))  # fmt: skip

    def _renew(self, loan: Loan) -> None:
        self._act("renewed", lambda: self.station.lending.renew(loan.id, date.today()))

    def _copy(self, loan: Loan) -> None:
        dialog = CopyDialog(self, loan)
        self._ask(dialog, lambda: self._act("copied", lambda: self.station.lending.copied(loan.id, *dialog.answer)))

    def _finish(self, loan: Loan) -> None:
        self._act("finished", lambda: self.station.lending.finish(loan.id))

    def _effect(self, loan: Loan) -> None:
        dialog = NoteDialog(self, "lending.effect", _about(loan), before=loan.effect)
        self._ask(dialog, lambda: self._act("effect_kept", lambda: self.station.lending.effect(loan.id, dialog.note)))

    def _slip(self, loan: Loan) -> None:
        print_slip(self, loan)

    def _cancel(self, loan: Loan) -> None:
        self.desk.messages.ask(
            "lending.cancel", lambda: self._act("cancelled", lambda: self.station.lending.cancel(loan.id)), number=loan.number
        )

    # -- inside

    def _desk(self) -> QWidget:
        made = QWidget()
        top = row(self.box, self.new_button, spacing=12)
        top.setStretch(0, 1)
        self._tabs: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        tabs = QHBoxLayout()
        tabs.setContentsMargins(12, 8, 12, 6)
        tabs.setSpacing(4)
        for which in LISTS:
            tab = say(QPushButton(), f"lending.list_{which}", n="")
            look(tab, "quiet")
            tab.setCheckable(True)
            tab.setChecked(which == self._which)
            tab.clicked.connect(lambda _checked=False, which=which: self.turn(which))
            group.addButton(tab)
            tabs.addWidget(tab)
            self._tabs[which] = tab
        tabs.addStretch(1)
        tabs.addWidget(self.registers_button)
        frame, inside = card(margins=1, spacing=0)
        inside.addLayout(tabs)
        inside.addWidget(rule())
        inside.addWidget(self.shelf, 1)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(frame, 1)
        body.addWidget(self.card)
        whole = QVBoxLayout(made)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addLayout(top)
        whole.addLayout(body, 1)
        return made

    def _leave_for_list(self) -> None:
        self._pages.setCurrentIndex(0)
        self.setFocusProxy(self.box)

    def _look(self, which: str, open_id: int | None) -> _Looked:
        lending, today = self.station.lending, date.today()
        counts = lending.counts(today)
        counts["closed"] = sum(counts[state.value] for state in LISTS["closed"])
        loans = lending.overdue(today) if which == "overdue" else lending.loans(*LISTS[which], limit=MOST)
        if which == "out":
            loans.sort(key=lambda loan: loan.due_on)
        elif which == "requested":
            loans.reverse()
        allowed = lending.renewals_allowed
        rows = [row_of(loan, today, allowed) for loan in loans]
        kept = row_of(lending.loan(open_id), today, allowed) if open_id is not None else None
        return _Looked(counts, which, rows, kept)

    def _fetch(self, find: Callable[[], Loan]) -> Row:
        return row_of(find(), date.today(), self.station.lending.renewals_allowed)

    def _show(self, looked: _Looked) -> None:
        for which, tab in self._tabs.items():
            count = looked.counts[which]
            say(tab, f"lending.list_{which}", n=f" {count}" if count else "")
            name(tab, f"lending.list_{which}", n=f" {count}" if count else "")
        if looked.which != self._which:
            return
        selection = self.table.selectionModel()
        selection.blockSignals(True)
        self._model.show(looked.rows)
        selection.blockSignals(False)
        self.shelf.show_content() if looked.rows else self.shelf.show_empty(f"lending.empty_{self._which}")
        at = next((n for n, shown in enumerate(looked.rows) if shown.loan.id == self._open_id), -1)
        if at < 0 and looked.open is not None and looked.open.loan.id == self._open_id:
            self.card.show_row(looked.open)  # it has gone to another list; it stays in sight
            self._mark(-1)
        elif looked.rows:
            self._mark(max(at, 0))
            self._show_loan(looked.rows[max(at, 0)])
        else:
            self._open_id = None
            self.card.show_nothing()

    def _mark(self, at: int) -> None:
        selection = self.table.selectionModel()
        selection.blockSignals(True)
        flags = QItemSelectionModel.SelectionFlag
        selection.setCurrentIndex(self._model.index(at, 0), flags.ClearAndSelect | flags.Rows)
        selection.blockSignals(False)
        self.table.viewport().update()

    def _on_row(self, at: int) -> None:
        if 0 <= at < len(self._model):
            self._show_loan(self._model.record(at))

    def _show_loan(self, shown: Row) -> None:
        self._open_id = shown.loan.id
        self.card.show_row(shown)

    def _go_to(self, shown: Row) -> None:
        """Show a loan in its list."""
        self._leave_for_list()
        self._which, self._open_id = list_of(shown.loan, date.today()), shown.loan.id
        self._tabs[self._which].setChecked(True)
        self.card.show_row(shown)
        self.mark()

    def _on_found(self, shown: Row) -> None:
        self.desk.messages.clear()
        self._go_to(shown)
        if shown.loan.state is LoanState.OUT and self.station.may("return_loan"):
            self._take_back(shown.loan)

    def _on_registered(self, loan: Loan) -> None:
        self.desk.messages.clear()
        self.desk.messages.tell("lending.registered", number=loan.number)
        self.run("view", lambda _job: self._fetch(lambda: self.station.lending.loan(loan.id)), done=self._go_to)

    def _ask(self, dialog: QDialog, then: Callable[[], None]) -> None:
        dialog.accepted.connect(then)
        dialog.open()

    def _act(self, told: str, work: Callable[[], Loan]) -> None:
        def done(shown: Row) -> None:
            self.desk.messages.clear()
            self.desk.messages.tell(f"lending.{told}", number=shown.loan.number)
            self._open_id = shown.loan.id
            self.card.show_row(shown)
            self.mark()
            self.box.setFocus()

        self.run("write", lambda _job: self._fetch(work), done=done)


def _about(loan: Loan) -> str:
    return f"{loan.number}  {loan.draft.person}  {loan.draft.unit}"
