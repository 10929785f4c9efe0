"""ui/screens/disposal_batch.py — one appraisal batch: where it stands, its lines, the opinions, and the one next step.

Opinions are given with the digits 1 to 5 to the chosen lines; the next line without one is chosen then. What can be done is
what the batch's state and the person's rights allow; the sentence below the steps says what is waited for and for whom.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from storage.records import Subject
from storage.records.disposal import Appraisal, AppraisalLine, AppraisalState, Opinion
from ui import stylesheet
from ui.models.listed import ListedModel
from ui.phrases import name, plain, say
from ui.screens.disposal_rows import LINES, hint
from ui.screens.screen import Screen
from ui.widgets.dates import DateField
from ui.widgets.form import Field, Fields
from ui.widgets.layout import button, card, column, row, rule, text
from ui.widgets.states import Badge, Shelf
from ui.widgets.table import Table

STEPS = ("due", "judge", "decide", "carry_out", "register")
#: Which step is being done, by the state of the batch.
_HERE = {
    AppraisalState.OPEN: 1, AppraisalState.SUBMITTED: 2, AppraisalState.APPROVED: 3, AppraisalState.EXECUTING: 3,
    AppraisalState.DONE: 4,
}  # fmt: skip
OPINIONS = (Opinion.KEEP, Opinion.EXTEND, Opinion.PERMANENT, Opinion.DESTROY, Opinion.TRANSFER)
EXTEND_YEARS = 10


class Steps(QWidget):
    """The five steps in a row; the one at hand and those behind it stand out."""

    def __init__(self) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        self._parts: list[QLabel] = []
        for number, step in enumerate(STEPS, 1):
            part = say(text("badge"), f"disposal.step_{step}", n=number)
            line.addWidget(part)
            self._parts.append(part)
        line.addStretch(1)

    def show_step(self, here: int) -> None:
        for number, part in enumerate(self._parts):
            stylesheet.state(part, "accent" if number == here else "good" if number < here else "")


class BatchPage(QWidget):
    """`act(name)` is asked for submit, approve, refuse, carry_out, print and cancel."""

    def __init__(self, screen: Screen, act: Callable[[str], None]) -> None:
        super().__init__()
        self._screen = screen
        self.batch: Appraisal | None = None
        theme = screen.desk.theme
        self._model = ListedModel(LINES)
        self.table = name(Table(self._model, LINES, theme), "disposal.lines")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.shelf = Shelf(self.table, theme, drawing="archive")
        # A cell has room for a few words; what there is to say of the line at hand stands here in full.
        self._detail = text("small", wrap=True, selectable=True)
        self._detail.setContentsMargins(16, 6, 16, 8)
        self.table.selectionModel().currentRowChanged.connect(lambda now, _before: self._show_detail(now.row()))
        self._number, self._state = text("title"), Badge()
        self._state.setFixedHeight(24)
        self._counts, self._advice = text("small"), text("muted", wrap=True)
        self._steps = Steps()
        self.buttons = {
            "submit": button("disposal.submit", "primary", theme=theme, drawing="send"),
            "approve": button("disposal.approve", "primary", theme=theme, drawing="check"),
            "refuse": button("disposal.refuse"),
            "carry_out": button("disposal.carry_out_button", "danger", theme=theme, drawing="archive"),
            "print": button("disposal.print", theme=theme, drawing="print"),
            "cancel": button("disposal.stop"),
        }
        for which, made in self.buttons.items():
            made.clicked.connect(lambda _checked=False, which=which: act(which))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        name(self._bar, "disposal.progress")
        self._judging = self._opinions()
        frame, inside = card(margins=1, spacing=0)
        acts = row(self.buttons["print"], self.buttons["refuse"], self.buttons["approve"], self.buttons["submit"],
                   self.buttons["carry_out"], self.buttons["cancel"])
        head = column(
            row(self._number, self._state, self._counts, None, acts, spacing=10), self._steps, self._advice, self._bar,
            spacing=8,
        )
        head.setContentsMargins(16, 12, 16, 10)
        inside.addLayout(head)
        inside.addWidget(rule())
        inside.addWidget(self.shelf, 1)
        inside.addWidget(rule())
        inside.addWidget(self._detail)
        inside.addWidget(self._judging)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        self.setFocusProxy(self.table)
        self.running(False)

    # -- what is shown

    def show_batch(self, batch: Appraisal, lines: list[AppraisalLine], deciders: list[str], may_decide: bool) -> None:
        fresh = self.batch is None or self.batch.id != batch.id
        self.batch = batch
        plain(self._number, batch.number)
        state = "returned" if batch.state is AppraisalState.OPEN and batch.decided_at else batch.state.value
        self._state.show_state("appraisal", state)
        self._steps.show_step(_HERE[batch.state])
        if batch.state is AppraisalState.DONE:
            say(self._counts, "disposal.counts_done", lines=batch.lines, destroyed=batch.destroyed)
        else:
            say(self._counts, "disposal.counts", lines=batch.lines, judged=batch.judged, destroy=batch.to_destroy)
        self._advise(batch, deciders, may_decide)
        chosen = set() if fresh else set(self.chosen())
        self._model.show(lines)
        self._choose([at for at, line in enumerate(lines) if line.subject in chosen] or [self._next_unjudged(0)])
        self._show_detail(self.table.currentIndex().row())
        self.shelf.show_content()
        may = self._screen.station.may
        offered = {
            "submit": batch.state is AppraisalState.OPEN and may("submit_appraisal"),
            "approve": batch.state is AppraisalState.SUBMITTED and may_decide,
            "refuse": batch.state is AppraisalState.SUBMITTED and may_decide,
            "carry_out": batch.state in (AppraisalState.APPROVED, AppraisalState.EXECUTING) and may("destroy"),
            "print": True,
        }
        for which, shown in offered.items():
            self.buttons[which].setVisible(shown)
        self.buttons["submit"].setEnabled(batch.judged == batch.lines)
        say(self.buttons["carry_out"], "disposal.go_on" if batch.state is AppraisalState.EXECUTING else "disposal.carry_out_button")
        self._judging.setVisible(batch.state is AppraisalState.OPEN and may("appraise"))

    def reword(self) -> None:
        self._model.reword()
        self.shelf.reword()
        self._show_detail(self.table.currentIndex().row())

    def running(self, running: bool) -> None:
        """A batch is being carried out: progress, and a way to stop between two records."""
        self._bar.setVisible(running)
        self.buttons["cancel"].setVisible(running)
        for which in ("carry_out", "print"):
            self.buttons[which].setEnabled(not running)
        if running:
            self._bar.setRange(0, 0)

    def progress(self, done: int, total: int) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    def chosen(self) -> list[Subject]:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self._model.record(at).subject for at in rows if at < len(self._model)]

    # -- inside

    def _show_detail(self, at: int) -> None:
        known = 0 <= at < len(self._model)
        self._detail.setText(hint(self._model.record(at)).replace("\n", "　·　") if known else "")

    def _opinions(self) -> QWidget:
        """The bar below the lines: what to say of the chosen ones."""
        made = QWidget()
        self.reason = QLineEdit()
        self.until = DateField()
        self.until.set_value(f"{date.today().year + EXTEND_YEARS + 1}0101")
        self.until.setFixedWidth(120)
        self.fields = Fields({
            "reason": Field("disposal.field.reason_of_lines", self.reason),
            "kept_until": Field("disposal.field.kept_until", self.until),
        })  # fmt: skip
        self.opinion_buttons = {}
        for number, opinion in enumerate(OPINIONS, 1):
            key = f"disposal.opinion_{opinion.value}"
            judge = button(key)
            judge.clicked.connect(lambda _checked=False, opinion=opinion: self.judge(opinion))
            self.opinion_buttons[opinion] = judge
            # Digits work while the lines have the focus, so that a reason can have digits in it.
            QShortcut(QKeySequence(str(number)), self.table, lambda opinion=opinion: self.judge(opinion))
        fields = row(self.fields["reason"], self.fields["kept_until"], spacing=12)
        fields.setStretch(0, 1)
        whole = QVBoxLayout(made)
        whole.setContentsMargins(16, 8, 16, 12)
        whole.setSpacing(8)
        whole.addWidget(rule())
        whole.addLayout(fields)
        whole.addLayout(row(*self.opinion_buttons.values(), None, say(text("small"), "disposal.judge_hint")))
        return made

    def judge(self, opinion: Opinion) -> None:
        """This opinion for the chosen lines."""
        batch, subjects = self.batch, self.chosen()
        if batch is None or batch.state is not AppraisalState.OPEN or not subjects or self._judging.isHidden():
            return
        reason, until = self.reason.text().strip(), self.until.value()
        last = max(index.row() for index in self.table.selectionModel().selectedRows())

        def done(_none: object) -> None:
            self.fields.clear()
            self._choose([self._next_unjudged(last + 1, but=set(subjects))])
            self.table.setFocus()

        def refused(error: BaseException) -> None:
            problems = getattr(error, "problems", None)
            if problems is None:
                self._screen.desk.messages.trouble(error)
            else:
                self.fields.show_problems(problems, focus=True)

        self._screen.run(
            "write",
            lambda _job: self._screen.station.disposal.appraise(batch.id, subjects, opinion, date.today(), reason, until),
            done=done, failed=refused,
        )

    def _next_unjudged(self, start: int, but: Collection[Subject] = ()) -> int:
        """The row of the next line without an opinion, else where we are."""
        rows: list[int] = [*range(start, len(self._model)), *range(min(start, len(self._model)))]
        for at in rows:
            line = self._model.record(at)
            if line.opinion is None and line.subject not in but:
                return at
        return max(0, min(start, len(self._model) - 1))

    def _choose(self, rows: list[int]) -> None:
        selection = self.table.selectionModel()
        flags = QItemSelectionModel.SelectionFlag
        for number, at in enumerate(rows):
            index = self._model.index(at, 0)
            selection.select(index, (flags.ClearAndSelect if number == 0 else flags.Select) | flags.Rows)
            if number == 0:
                selection.setCurrentIndex(index, flags.NoUpdate)
                self.table.scrollTo(index)

    def _advise(self, batch: Appraisal, deciders: list[str], may_decide: bool) -> None:
        """What is to be done now, and by whom."""
        if batch.state is AppraisalState.OPEN and batch.decided_at:
            say(self._advice, "disposal.advice_returned", opinion=batch.opinion)
        elif batch.state is AppraisalState.SUBMITTED and may_decide:
            say(self._advice, "disposal.advice_decide")
        elif batch.state is AppraisalState.SUBMITTED and not deciders:
            say(self._advice, "disposal.advice_nobody")
        elif batch.state is AppraisalState.SUBMITTED:
            say(self._advice, "disposal.advice_submitted", names="、".join(deciders))
        elif batch.state is AppraisalState.DONE:
            say(self._advice, "disposal.advice_done", n=batch.destroyed, names="、".join(batch.supervisors) or "—",
                place=batch.place or "—", method=batch.method or "—")
        else:
            say(self._advice, f"disposal.advice_{batch.state.value}")


