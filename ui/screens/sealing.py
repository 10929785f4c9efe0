"""ui/screens/sealing.py — 封存: what should be sealed, who asks to consult what is sealed, and how much is.

Three pages and one behind them: records to be sealed, with one button for all; requests, of which the card says the next
step; what is sealed, as counts by day and nothing else. Looking is done on a page of its own under a band (`SealedLook`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.drafts import Unfinished
from app.filing import Invalid, Problem
from storage.records import Kind, Subject
from storage.records.sealing import Consultation, ConsultationRequest, Proposal, SealedOn, Unsealing
from ui import actions
from ui.desk import Desk
from ui.models.listed import ListedModel
from ui.models.pages import Place
from ui.phrases import name, say
from ui.screens.screen import Screen
from ui.screens.sealing_detail import ConsultationCard
from ui.screens.sealing_dialogs import ApproveDialog, RequestDialog
from ui.screens.sealing_look import SealedLook
from ui.screens.sealing_rows import CONSULTATIONS, PROPOSALS, SEALED_ON, UNSEALINGS
from ui.stylesheet import look
from ui.widgets.layout import button, card, column, label, row, rule, text
from ui.widgets.question import NoteDialog
from ui.widgets.states import Shelf
from ui.widgets.table import Table
from ui.widgets.tabs import Tabs

DUE, CONSULTATIONS_PAGE, SEALED = range(3)
MOST = 500
_PAGES = {"due": DUE, "consultations": CONSULTATIONS_PAGE, "sealed": SEALED}


@dataclass(frozen=True, slots=True)
class _Looked:
    """One look at the archive."""

    due: int
    proposals: list[Proposal]
    consultations: list[Consultation]
    sealed: list[SealedOn]
    unsealings: list[Unsealing]
    days: int


class SealingScreen(Screen):
    """`open` takes the name of a page (due, consultations, sealed)."""

    title = "action.sealing"
    needs = frozenset({"seal", "request_consultation"})
    concerns = frozenset({
        "seal", "unseal", "request_unsealing", "refuse_unsealing", "request_consultation", "approve_consultation",
        "refuse_consultation", "consult", "close_consultation", "file", "file_volume", "correct", "change_setting",
    })

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._first_look = True
        self._due_count = self._days = 0
        self._proposals, self._consultations = ListedModel(PROPOSALS), ListedModel(CONSULTATIONS)
        self._sealed, self._unsealings = ListedModel(SEALED_ON), ListedModel(UNSEALINGS)
        self.pages = Tabs((("sealing.page_due", self._due_page()), ("sealing.page_consultations", self._consultation_page()),
                           ("sealing.page_sealed", self._sealed_page())))  # fmt: skip
        self.look = SealedLook(self)
        self.look.left.connect(self._on_left)
        whole = QWidget()
        inside = QVBoxLayout(whole)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(label("sealing.law_help", "muted", wrap=True))
        inside.addWidget(self.pages, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(whole)
        self._stack.addWidget(self.look)
        frame = QVBoxLayout(self)
        frame.setContentsMargins(20, 14, 20, 14)
        frame.addWidget(self._stack)
        for id, work in (
            ("accept", self.next_step), ("new_consultation", self.request), ("back", self._on_back),
            ("print", self.look.print), ("export", self.look.export), ("page_next", lambda: self.look.turn(1)),
            ("page_back", lambda: self.look.turn(-1)),
        ):  # fmt: skip
            actions.make(id, self, work)
        self.setFocusProxy(self.pages)

    # -- what the window asks

    def open(self, subject: object) -> None:
        if subject in _PAGES:
            self._first_look = False
            self._on_back()
            self.pages.turn(_PAGES[str(subject)])

    def refresh(self) -> None:
        self.run("view", lambda _job: self._look(), done=self._show, failed=self._on_failed)

    def reword(self) -> None:
        for model in (self._proposals, self._consultations, self._sealed, self._unsealings):
            model.reword()
        for shelf in (self.due_shelf, self.consultation_shelf, self.sealed_shelf):
            shelf.reword()
        self.card.reword()
        self.look.reword()

    # -- what the person does

    def next_step(self) -> None:
        """What the one primary button of the page does."""
        if self._stack.currentWidget() is self.look:
            self.look.next_step()
        elif self.pages.here == DUE:
            self.seal_all()
        elif self.pages.here == CONSULTATIONS_PAGE and self.card.first:
            self.step(self.card.first)

    def seal_all(self) -> None:
        count = len(self._proposals)
        if count and self.station.may("seal"):
            self.desk.messages.ask("sealing.seal_all", lambda: self._write(
                lambda: self.station.sealing.seal_all(), lambda n: self.desk.messages.tell("sealing.sealed_all", n=n)),
                n=self._due_count)  # fmt: skip

    def seal_one(self) -> None:
        at = self.due_table.currentIndex().row()
        if 0 <= at < len(self._proposals):
            ask_seal(self, self._proposals.record(at).subject, self._proposals.record(at).reference_code)

    def request(self, half_written: Unfinished | None = None) -> None:
        """Register what a unit asks."""
        if not self.station.may("request_consultation") or self._stack.currentWidget() is self.look:
            return

        def work(request: ConsultationRequest, refused: Callable[[Iterable[Problem]], object]) -> None:
            def failed(error: BaseException) -> None:
                if isinstance(error, Invalid):
                    refused(error.problems)
                else:
                    self.desk.messages.trouble(error)

            def done(made: Consultation) -> None:
                dialog.accept()
                self.desk.messages.tell("sealing.requested", number=made.number)
                self.pages.turn(CONSULTATIONS_PAGE)
                self.card.show_consultation(made)
                self.mark()

            self.run("write", lambda _job: self.station.sealing.request(request), done=done, failed=failed)

        dialog = RequestDialog(self, work)
        dialog.open()
        if half_written is not None:
            dialog.take_up(half_written)

    def step(self, id: str) -> None:
        """One of the steps of the request that is open; asks what must be asked first."""
        shown = self.card.shown
        if shown is not None and not self.card.buttons[id].isHidden():
            {"look": self._look_in, "approve": self._approve, "refuse": self._refuse, "close": self._close}[id](shown)

    # -- the steps

    def _look_in(self, consultation: Consultation) -> None:
        self._stack.setCurrentWidget(self.look)
        self.look.begin(consultation)

    def _approve(self, consultation: Consultation) -> None:
        dialog = ApproveDialog(self, _about(consultation), self._days)

        def approve() -> Consultation:
            assert dialog.ends_on is not None
            return self.station.sealing.approve(consultation.id, dialog.ends_on, dialog.opinion.text(), notified=True)

        self._ask(dialog, lambda: self._write(approve, self._on_decided))

    def _refuse(self, consultation: Consultation) -> None:
        dialog = NoteDialog(
            self, "sealing.refuse", _about(consultation), needed="problem.consultation_opinion", danger=True
        )
        self._ask(dialog, lambda: self._write(
            lambda: self.station.sealing.refuse(consultation.id, dialog.note), self._on_decided))  # fmt: skip

    def _close(self, consultation: Consultation) -> None:
        dialog = NoteDialog(self, "sealing.close", _about(consultation), needed="problem.consultation_result")
        self._ask(dialog, lambda: self._write(
            lambda: self.station.sealing.close(consultation.id, dialog.note), self._on_decided))  # fmt: skip

    # -- inside

    def _due_page(self) -> QFrame:
        frame, inside = card(margins=1, spacing=0)
        self.seal_all_button = button("sealing.seal_all_button", "primary", theme=self.desk.theme, drawing="sealing")
        look(self.seal_all_button, "primary", scale="big")
        self.seal_all_button.setToolTip(actions.keys("accept"))
        self.seal_all_button.clicked.connect(self.seal_all)
        self.seal_one_button = button("sealing.seal_one_button")
        self.seal_one_button.clicked.connect(self.seal_one)
        self._due_said = text("heading")
        head = row(column(self._due_said, label("sealing.due_help", "small", wrap=True), spacing=3), self.seal_one_button,
                   self.seal_all_button, spacing=10)  # fmt: skip
        head.setStretch(0, 1)
        head.setContentsMargins(16, 12, 14, 12)
        self.due_table = name(Table(self._proposals, PROPOSALS, self.desk.theme), "sealing.page_due")
        self.due_table.chosen.connect(self._on_proposal)
        self.due_shelf = Shelf(self.due_table, self.desk.theme, empty="sealing.due_none", drawing="sealing")
        inside.addLayout(head)
        inside.addWidget(rule())
        inside.addWidget(self.due_shelf, 1)
        return frame

    def _consultation_page(self) -> QWidget:
        made = QWidget()
        frame, inside = card(margins=1, spacing=0)
        self.request_button = button("sealing.request_button", "primary", theme=self.desk.theme, drawing="receipt")
        self.request_button.setToolTip(actions.keys("new_consultation"))
        self.request_button.clicked.connect(lambda: self.request())
        head = row(label("sealing.consultations_help", "small", wrap=True), self.request_button, spacing=12)
        head.setStretch(0, 1)
        head.setContentsMargins(16, 10, 14, 10)
        self.consultation_table = name(Table(self._consultations, CONSULTATIONS, self.desk.theme), "sealing.page_consultations")
        self.consultation_table.selectionModel().currentRowChanged.connect(lambda now, _before: self._on_row(now.row()))
        self.consultation_table.chosen.connect(lambda _row: self.next_step())
        self.consultation_shelf = Shelf(
            self.consultation_table, self.desk.theme, empty="sealing.consultations_none", drawing="receipt"
        )
        inside.addLayout(head)
        inside.addWidget(rule())
        inside.addWidget(self.consultation_shelf, 1)
        self.card = ConsultationCard(self.station, self.desk.theme, lambda id: self.step(id))
        self.card.setFixedWidth(372)
        body = QHBoxLayout(made)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(12)
        body.addWidget(frame, 1)
        body.addWidget(self.card)
        return made

    def _sealed_page(self) -> QWidget:
        made = QWidget()
        frame, inside = card(margins=1, spacing=0)
        self._sealed_said = text("heading")
        head = column(self._sealed_said, label("sealing.sealed_help", "small", wrap=True), spacing=3)
        head.setContentsMargins(16, 12, 14, 12)
        self.sealed_table = name(Table(self._sealed, SEALED_ON, self.desk.theme), "sealing.page_sealed")
        self.sealed_shelf = Shelf(self.sealed_table, self.desk.theme, empty="sealing.sealed_none", drawing="sealing")
        inside.addLayout(head)
        inside.addWidget(rule())
        inside.addWidget(self.sealed_shelf, 1)
        self._requests, lower = card(margins=1, spacing=0)
        self.unseal_button = button("sealing.unseal_yes", "danger")
        self.unseal_button.clicked.connect(lambda: self._decide_unsealing(True))
        self.keep_button = button("sealing.unseal_no")
        self.keep_button.clicked.connect(lambda: self._decide_unsealing(False))
        foot = row(column(label("sealing.unsealings", "heading"), label("sealing.unsealings_help", "small", wrap=True),
                          spacing=3), self.keep_button, self.unseal_button, spacing=10)  # fmt: skip
        foot.setStretch(0, 1)
        foot.setContentsMargins(16, 10, 14, 10)
        self.unsealing_table = name(Table(self._unsealings, UNSEALINGS, self.desk.theme), "sealing.unsealings")
        self.unsealing_table.selectionModel().currentRowChanged.connect(lambda now, _before: self._on_unsealing(now.row()))
        lower.addLayout(foot)
        lower.addWidget(rule())
        lower.addWidget(self.unsealing_table, 1)
        self._requests.setMaximumHeight(220)
        whole = QVBoxLayout(made)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addWidget(frame, 1)
        whole.addWidget(self._requests)
        return made

    def _look(self) -> _Looked:
        sealing = self.station.sealing
        return _Looked(sealing.to_be_sealed_count(), sealing.to_be_sealed(MOST), sealing.consultations(limit=MOST),
                       sealing.sealed_on(), sealing.unsealings(), sealing.days())  # fmt: skip

    def _show(self, looked: _Looked) -> None:
        self._due_count, self._days = looked.due, looked.days
        self._proposals.show(looked.proposals)
        say(self._due_said, "sealing.due_count" if looked.due else "sealing.due_zero", n=looked.due)
        self.due_shelf.show_content() if looked.proposals else self.due_shelf.show_empty()
        may_seal = self.station.may("seal")
        for made in (self.seal_all_button, self.seal_one_button):
            made.setVisible(may_seal)
            made.setEnabled(bool(looked.proposals))
        self.request_button.setVisible(self.station.may("request_consultation"))
        self._show_consultations(looked.consultations)
        self._sealed.show(looked.sealed)
        volumes, items = (sum(getattr(day, which) for day in looked.sealed) for which in ("volumes", "items"))
        say(self._sealed_said, "sealing.sealed_count", volumes=volumes, items=items)
        self.sealed_shelf.show_content() if looked.sealed else self.sealed_shelf.show_empty()
        self._unsealings.show(looked.unsealings)
        self._requests.setVisible(bool(looked.unsealings) and self.station.may("unseal"))
        if looked.unsealings and not self.unsealing_table.currentIndex().isValid():
            self.unsealing_table.selectRow(0)
        self._on_unsealing(self.unsealing_table.currentIndex().row())
        if self._first_look:
            self._first_look = False
            self.pages.turn(DUE if looked.due else CONSULTATIONS_PAGE)

    def _show_consultations(self, found: list[Consultation]) -> None:
        kept = self.card.shown.id if self.card.shown else None
        selection = self.consultation_table.selectionModel()
        selection.blockSignals(True)
        self._consultations.show(found)
        selection.blockSignals(False)
        self.consultation_shelf.show_content() if found else self.consultation_shelf.show_empty()
        at = next((n for n, one in enumerate(found) if one.id == kept), 0)
        if found:
            flags = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(self._consultations.index(at, 0), flags.ClearAndSelect | flags.Rows)
            self.card.show_consultation(found[at])
        else:
            self.card.show_nothing()

    def _on_row(self, at: int) -> None:
        if 0 <= at < len(self._consultations):
            self.card.show_consultation(self._consultations.record(at))

    def _on_unsealing(self, at: int) -> None:
        """Nobody decides on their own request."""
        own = 0 <= at < len(self._unsealings) and self._unsealings.record(at).requested_by == self.station.agent.name
        for made in (self.unseal_button, self.keep_button):
            made.setEnabled(at >= 0 and not own)

    def _on_proposal(self, at: int) -> None:
        subject = self._proposals.record(at).subject
        if subject.kind is Kind.VOLUME:
            self.desk.go("volume", subject.id)
        else:
            self.desk.go("record", Place(subject.id, "", 1))

    def _decide_unsealing(self, granted: bool) -> None:
        at = self.unsealing_table.currentIndex().row()
        if not 0 <= at < len(self._unsealings):
            return
        asked = self._unsealings.record(at)
        if granted:
            self.desk.messages.ask("sealing.unseal_grant", lambda: self._write(
                lambda: self.station.sealing.unseal(asked.id, ""), lambda _s: self.desk.messages.tell("sealing.unsealed")),
                document_no=asked.document_no)  # fmt: skip
        else:
            self._write(lambda: self.station.sealing.refuse_unsealing(asked.id, ""),
                        lambda _none: self.desk.messages.tell("sealing.kept_sealed"))

    def _on_decided(self, consultation: Consultation) -> None:
        self.desk.messages.clear()
        self.card.show_consultation(consultation)
        self.desk.messages.tell("sealing.decided", number=consultation.number)

    def _on_back(self) -> None:
        if self._stack.currentWidget() is self.look:
            self.look.leave()

    def _on_left(self) -> None:
        self._stack.setCurrentIndex(0)
        self.consultation_table.setFocus()

    def _on_failed(self, error: BaseException) -> None:
        for shelf in (self.due_shelf, self.consultation_shelf, self.sealed_shelf):
            shelf.show_trouble(error, self.refresh)

    def _ask(self, dialog: QDialog, then: Callable[[], None]) -> None:
        dialog.accepted.connect(then)
        dialog.open()

    def _write(self, work: Callable[[], object], done: Callable[..., object]) -> None:
        def then(answer: object) -> None:
            done(answer)
            self.mark()

        self.run("write", lambda _job: work(), done=then)


def ask_seal(screen: Screen, subject: Subject, called: str) -> None:
    """The act 封存 of a record or a volume on any screen: asks, seals, tells."""

    def seal() -> None:
        screen.run("write", lambda _job: screen.station.sealing.seal(subject),
                   done=lambda _none: screen.desk.messages.tell("sealing.sealed_one", code=called))

    screen.desk.messages.ask("sealing.seal_one", seal, code=called)


def _about(consultation: Consultation) -> str:
    return f"{consultation.number}  {consultation.request.unit}  {consultation.request.person}"
