"""ui/screens/disposal.py — 鉴定销毁: what is due, the batches on their way, what is held, and the register of what is gone.

The list on the left is where things stand; what is chosen there stands on the right with its one next step. All five steps of
a batch are on its page. Lists are fetched again after every event of disposal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app import wording
from app.disposal import Outcome
from app.jobs import Job
from app.reports.appraisal_list import BatchWishes
from storage.records import Event, Subject
from storage.records.disposal import (
    Appraisal,
    AppraisalLine,
    AppraisalState,
    DestroyedRecord,
    DueRecord,
    Hold,
    Opinion,
)
from ui import actions
from ui.desk import Desk
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.phrases import name, say
from ui.screens.disposal_batch import BatchPage, Steps
from ui.screens.disposal_dialogs import BatchQuestion, CarryOutQuestion, Fill
from ui.screens.disposal_holds import HoldsPage
from ui.screens.disposal_rows import DESTROYED, DUE
from ui.screens.screen import Screen
from ui.screens.volumes_print import Form, FormsDialog
from ui.widgets.dates import DateField
from ui.widgets.form import Lines
from ui.widgets.layout import button, card, column, label, row, rule, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

#: Rows of a list that are shown; the count above it is of all.
MOST = 2000
LISTS = ("due", "holds", "register")


@dataclass(frozen=True, slots=True)
class _Place:
    """A line of the list on the left: one of LISTS, or a batch."""

    id: str
    count: int = 0
    batch: Appraisal | None = None


@dataclass(frozen=True, slots=True)
class _Looked:
    """One look at the archive: the list on the left and what stands on the right."""

    here: str
    places: list[_Place]
    due: list[DueRecord] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    register: list[DestroyedRecord] = field(default_factory=list)
    batch: Appraisal | None = None
    lines: list[AppraisalLine] = field(default_factory=list)
    deciders: list[str] = field(default_factory=list)
    may_decide: bool = False
    wanted: int = 0


PLACES: tuple[Column[_Place], ...] = (
    Column("disposal.places", lambda place: _called(place)),
    Column("disposal.place_state", lambda place: _standing(place), 96,
           state=lambda place: place.batch.state.value if place.batch else "local"),
)


class DisposalScreen(Screen):
    """`open` takes the name of a list, or the id of a batch."""

    title = "action.disposal"
    needs = frozenset({"open_appraisal", "approve_appraisal"})
    concerns = frozenset({
        "file", "file_volume", "place_hold", "lift_hold", "open_appraisal", "appraise", "submit_appraisal",
        "approve_appraisal", "refuse_appraisal", "begin_disposal", "carry_out", "lend", "return_loan", "accept_receipt",
        "seal", "unseal", "destroy", "extend_retention",
    })  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._here = "due"
        self._wanted = 0
        self._running: Job[Outcome] | None = None
        self._places = ListedModel(PLACES)
        self.places = name(Table(self._places, PLACES, desk.theme), "disposal.places")
        self.places.horizontalHeader().hide()
        self.places.selectionModel().currentRowChanged.connect(lambda now, _before: self._turn(now.row()))
        self._due, self._gone = ListedModel(DUE), ListedModel(DESTROYED)
        self.due_table = name(Table(self._due, DUE, desk.theme), "disposal.due")
        self.due_table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.due_shelf = Shelf(self.due_table, desk.theme, empty="disposal.nothing_due", drawing="check")
        self.cutoff = DateField()
        self.cutoff.setFixedWidth(120)
        self.cutoff.set_value(date.today().strftime("%Y%m%d"))
        self.cutoff.editingFinished.connect(self.mark)
        name(self.cutoff, "disposal.cutoff")
        self._count = text("heading")
        self.open_button = button("disposal.open_batch", "primary", theme=desk.theme, drawing="archive")
        self.open_button.clicked.connect(self.open_batch)
        self.register_table = name(Table(self._gone, DESTROYED, desk.theme), "disposal.register")
        self.register_shelf = Shelf(self.register_table, desk.theme, empty="disposal.register_empty", drawing="reports")
        self.batch = BatchPage(self, self.step)
        self.holds = HoldsPage(self)
        self._pages = QStackedWidget()
        for page in (self._due_page(), self.holds, self._register_page(), self.batch):
            self._pages.addWidget(page)
        left, inside = card(margins=1, spacing=0)
        left.setFixedWidth(222)
        inside.addWidget(self.places)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 14)
        whole.setSpacing(12)
        whole.addWidget(left)
        whole.addWidget(self._pages, 1)
        for id, work in (("accept", self.next_step), ("print", lambda: self.step("print"))):
            actions.make(id, self, work)
        self.setFocusProxy(self.places)
        self.due_shelf.show_busy()

    # -- what the window asks

    def open(self, subject: object) -> None:
        if isinstance(subject, str | int):
            self._here = str(subject)
            self.mark()

    def hear(self, events: tuple[Event, ...]) -> None:
        # While a batch is being carried out each record is an event; what is shown is fetched again at the end.
        if self._running is None:
            super().hear(events)

    def refresh(self) -> None:
        here, cutoff = self._here, self._cutoff()
        self.run("view", lambda _job: self._look(here, cutoff), done=self._show,
                 failed=lambda error: self.due_shelf.show_trouble(error, self.refresh))

    def reword(self) -> None:
        for part in (self._places, self._due, self._gone, self.due_shelf, self.register_shelf, self.batch, self.holds):
            part.reword()
        self.mark()

    # -- what the person does

    def next_step(self) -> None:
        """F9: the primary button of what is shown."""
        if self._pages.currentWidget() is self.batch:
            for which in ("submit", "approve", "carry_out"):
                if not self.batch.buttons[which].isHidden() and self.batch.buttons[which].isEnabled():
                    self.step(which)
                    return
        elif self._here == "due" and self.open_button.isEnabled():
            self.open_batch()

    def open_batch(self) -> None:
        """Who appraises what is due."""
        cutoff = self._cutoff()
        chosen = [self._due.record(index.row()).subject for index in self.due_table.selectionModel().selectedRows()]
        dialog = BatchQuestion(self, self._places.record(0).count, len(chosen), self._wanted)

        def make() -> None:
            subjects: list[Subject] | None = chosen if dialog.some.isChecked() else None
            names = dialog.appraisers
            self.run(
                "write",
                lambda _job: self.station.disposal.open_appraisal(cutoff, names, date.today(), subjects),
                done=lambda batch: self._go_to(batch),
            )

        dialog.accepted.connect(make)
        dialog.open()

    def step(self, which: str) -> None:
        """One of the steps of the batch that is shown."""
        if self._pages.currentWidget() is self.batch and self.batch.batch is not None:
            getattr(self, f"_{which}")(self.batch.batch)

    # -- the steps

    def _submit(self, batch: Appraisal) -> None:
        dialog = Fill(self, "report", {"report": Lines(110)}, {"report": "problem.report_missing"}, about=batch.number)
        self._ask(dialog, lambda: self.station.disposal.submit(batch.id, dialog.said("report")), "disposal.submitted")

    def _approve(self, batch: Appraisal) -> None:
        dialog = Fill(self, "approval", {"opinion": Lines(70)}, {}, about=batch.number, n=batch.to_destroy)
        self._ask(dialog, lambda: self.station.disposal.approve(batch.id, dialog.said("opinion")), "disposal.approved")

    def _refuse(self, batch: Appraisal) -> None:
        dialog = Fill(
            self, "refusal", {"opinion": Lines(70)}, {"opinion": "problem.opinion_missing"}, about=batch.number
        )
        self._ask(dialog, lambda: self.station.disposal.refuse(batch.id, dialog.said("opinion")), "disposal.refused")

    def _carry_out(self, batch: Appraisal) -> None:
        def ask(lines: list[AppraisalLine]) -> None:
            count = sum(line.opinion is Opinion.DESTROY and not line.result for line in lines)
            dialog = CarryOutQuestion(self, batch, self.station.agent.name, count)
            dialog.accepted.connect(lambda: self._begin(batch, dialog, count))
            dialog.open()

        self.run("view", lambda _job: self.station.disposal.lines(batch.id, date.today()), done=ask)

    def _begin(self, batch: Appraisal, dialog: CarryOutQuestion, count: int) -> None:
        place, method, supervisors = dialog.value("place"), dialog.value("method"), dialog.supervisors
        self.batch.running(True)
        self._running = self.run(
            "write",
            lambda job: self.station.disposal.carry_out(
                batch.id, place, method, supervisors, count, date.today(), job.step
            ),
            done=self._on_carried_out, failed=self._on_stopped,
            progress=lambda done, total, _note: self.batch.progress(done, total),
        )

    def _cancel(self, _batch: Appraisal) -> None:
        """Stops before the next record; what is destroyed is destroyed."""
        if self._running is not None:
            self._running.cancel()
            self._running = None
            self.batch.running(False)
            self.desk.messages.tell("disposal.stopped")
            self.mark()

    def _print(self, batch: Appraisal) -> None:
        wishes = BatchWishes(
            batch=batch.number, prepared_by=self.station.agent.name, prepared_on=date.today().isoformat(),
            language=wording.language(),
        )  # fmt: skip
        names = ["appraisal_list"] + (["destruction_register"] if batch.to_destroy else [])
        if batch.state is AppraisalState.DONE:
            names.reverse()
        dialog = FormsDialog(self, self.desk, [Form(report, wishes) for report in names], batch.number)
        dialog.open()

    # -- inside

    def _due_page(self) -> QWidget:
        frame, inside = card(margins=1, spacing=0)
        steps = Steps()
        steps.show_step(0)
        top = column(
            row(self._count, None, label("disposal.cutoff", "label"), self.cutoff, self.open_button),
            steps, label("disposal.due_advice", "muted", wrap=True), spacing=8,
        )  # fmt: skip
        top.setContentsMargins(16, 12, 16, 10)
        inside.addLayout(top)
        inside.addWidget(rule())
        inside.addWidget(self.due_shelf, 1)
        return frame

    def _register_page(self) -> QWidget:
        made = QWidget()
        frame, inside = card(margins=1, spacing=0)
        top = column(label("disposal.register", "heading"), label("disposal.register_advice", "small", wrap=True), spacing=2)
        top.setContentsMargins(16, 12, 16, 10)
        inside.addLayout(top)
        inside.addWidget(rule())
        inside.addWidget(self.register_shelf, 1)
        whole = QVBoxLayout(made)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        made.setFocusProxy(self.register_table)
        return made

    def _cutoff(self) -> date:
        """The day typed; today while that is no day."""
        typed = self.cutoff.value()
        try:
            return date(int(typed[:4]), int(typed[4:6]) or 1, int(typed[6:8]) or 1)
        except ValueError:
            return date.today()

    def _look(self, here: str, cutoff: date) -> _Looked:
        disposal, today = self.station.disposal, date.today()
        batches = disposal.appraisals()
        holds = disposal.holds()
        register = disposal.destroyed(limit=MOST)
        places = [
            _Place("due", disposal.due_count(cutoff)), _Place("holds", len(holds)), _Place("register", len(register)),
            *(_Place(str(batch.id), batch=batch) for batch in batches),
        ]  # fmt: skip
        batch = next((batch for batch in batches if str(batch.id) == here), None)
        if batch is None:
            due = disposal.due(cutoff, limit=MOST) if here == "due" else []
            return _Looked(here, places, due, holds, register, wanted=disposal.appraisers_wanted)
        return _Looked(
            here, places, [], holds, register, batch, disposal.lines(batch.id, today), disposal.deciders(batch),
            disposal.may_decide(batch), disposal.appraisers_wanted,
        )

    def _show(self, looked: _Looked) -> None:
        self._wanted = looked.wanted
        selection = self.places.selectionModel()
        selection.blockSignals(True)
        self._places.show(looked.places)
        at = next((at for at, place in enumerate(looked.places) if place.id == self._here), 0)
        flags = QItemSelectionModel.SelectionFlag
        selection.setCurrentIndex(self._places.index(at, 0), flags.ClearAndSelect | flags.Rows)
        selection.blockSignals(False)
        self.places.viewport().update()
        if looked.here != self._here:
            self.mark()
            return
        if looked.batch is not None:
            self.batch.show_batch(looked.batch, looked.lines, looked.deciders, looked.may_decide)
            self._pages.setCurrentWidget(self.batch)
            return
        self.holds.show_holds(looked.holds)
        self._gone.show(looked.register)
        self.register_shelf.show_content() if looked.register else self.register_shelf.show_empty()
        count = looked.places[0].count
        if self._here == "due":
            self._due.show(looked.due)
            say(self._count, "disposal.due_count", n=count)
            self.due_shelf.show_content() if looked.due else self.due_shelf.show_empty()
            self.open_button.setEnabled(count > 0)
            self.open_button.setVisible(self.station.may("open_appraisal"))
        self._pages.setCurrentIndex(LISTS.index(self._here) if self._here in LISTS else 0)

    def _turn(self, at: int) -> None:
        if 0 <= at < len(self._places) and self._places.record(at).id != self._here:
            self._here = self._places.record(at).id
            self.mark()

    def _go_to(self, batch: Appraisal) -> None:
        self._here = str(batch.id)
        self.mark()
        self.batch.table.setFocus()

    def _ask(self, dialog: Fill, act: Any, told: str) -> None:
        dialog.accepted.connect(
            lambda: self.run("write", lambda _job: act(), done=lambda _none: self.desk.messages.tell(told))
        )
        dialog.open()

    def _on_carried_out(self, outcome: Outcome) -> None:
        self._running = None
        self.batch.running(False)
        self.desk.messages.tell("disposal.carried_out", n=outcome.destroyed, kept=len(outcome.kept))
        self.mark()

    def _on_stopped(self, error: BaseException) -> None:
        self._running = None
        self.batch.running(False)
        self.desk.messages.trouble(error)
        self.mark()


def _called(place: _Place) -> str:
    return place.batch.number if place.batch else wording.say(f"disposal.place_{place.id}")


def _standing(place: _Place) -> str:
    if place.batch is None:
        return f"{place.count:,}"
    returned = place.batch.state is AppraisalState.OPEN and place.batch.decided_at
    return wording.say("appraisal.returned" if returned else f"appraisal.{place.batch.state.value}")
