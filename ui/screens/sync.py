"""ui/screens/sync.py — headquarters: joined or not, what is still undelivered, send now by line or by stick, receipts.

"Delivered" is only said where headquarters' signed receipt was verified; a receipt is checked again here, each time the
list is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from app import wording
from app.jobs import Job
from app.station import Station
from storage.records import Counts, Package, Receipt
from ui import stylesheet
from ui.desk import Desk
from ui.models.columns import Column, moment, size, word
from ui.models.listed import ListedModel
from ui.phrases import name, plain, say
from ui.screens.screen import Screen
from ui.widgets import picker
from ui.widgets.layout import button, card, column, drawing, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

ENROLMENT_ENDINGS = (".json",)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A receipt as the archive keeps it: verified, a verified refusal, or one that does not verify any more."""

    receipt: Receipt
    state: str


@dataclass(frozen=True, slots=True)
class _State:
    counts: Counts
    headquarters: str
    url: str
    packages: list[Package]
    answers: list[_Answer]


PACKAGES: tuple[Column[Package], ...] = (
    Column("sync.package_made", lambda package: moment(package.created_at), 150),
    Column("sync.package_range", lambda package: f"{package.first_seq}–{package.last_seq}", 100),
    Column("sync.package_records", lambda package: f"{package.records:,}", 76),
    Column("sync.package_size", lambda package: size(package.size_bytes), 90),
    Column("sync.package_reason", lambda package: _reason(package)),
    Column("sync.package_state", lambda package: word("package", package.state.value), 110,
           state=lambda package: package.state.value),
)
RECEIPTS: tuple[Column[_Answer], ...] = (
    Column("sync.receipt_came", lambda answer: moment(answer.receipt.received_at), 150),
    Column("sync.receipt_for", lambda answer: answer.receipt.package_id),
    Column("sync.receipt_mark", lambda answer: word("sync.receipt", answer.state), 130,
           state=lambda answer: answer.state),
)


class SyncScreen(Screen):
    title = "action.sync"
    needs = frozenset({"send"})
    concerns = frozenset({"file", "pack", "send", "fail_sending", "accept_receipt", "refuse_package", "enrol"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._round: Job[Any] | None = None
        self._joined = ""
        self._packages, self._receipts = ListedModel(PACKAGES), ListedModel(RECEIPTS)
        self._headline = text("title")
        self._advice = text("muted", wrap=True)
        self._frame: QFrame
        self.send_button = button("sync.send", "primary", theme=desk.theme, drawing="send")
        self.carry_button = button("sync.carry", theme=desk.theme, drawing="stick")
        self.enrol_button = button("sync.enrol", theme=desk.theme, drawing="key")
        self.cancel_button = button("sync.cancel")
        self.send_button.clicked.connect(lambda: self.send(None))
        self.carry_button.clicked.connect(self._on_carry)
        self.enrol_button.clicked.connect(self._on_enrol)
        self.cancel_button.clicked.connect(self._on_cancel)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        name(self._bar, "sync.progress")
        self._step = text("small")
        self._numbers = {which: text("number") for which in ("undelivered", "delivered", "returned")}
        sent = name(Table(self._packages, PACKAGES, desk.theme), "sync.packages")
        answered = name(Table(self._receipts, RECEIPTS, desk.theme), "sync.receipts")
        packages = Shelf(sent, desk.theme, empty="sync.no_packages", drawing="archive")
        receipts = Shelf(answered, desk.theme, empty="sync.no_receipts", drawing="receipt")
        self._shelves = (packages, receipts)
        lists = QHBoxLayout()
        lists.setSpacing(14)
        for key, shelf, share in (("sync.packages", packages, 3), ("sync.receipts", receipts, 2)):
            frame, inside = card(margins=0, spacing=0)
            head = row(label(key, "heading"), None)
            head.setContentsMargins(16, 12, 16, 8)
            inside.addLayout(head)
            inside.addWidget(shelf, 1)
            lists.addWidget(frame, share)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 16)
        whole.setSpacing(14)
        whole.addWidget(self._line())
        whole.addLayout(lists, 1)
        self.setFocusProxy(self.send_button)
        self._running(False)
        say(self._headline, "state.loading")
        for shelf in self._shelves:
            shelf.show_busy()

    def refresh(self) -> None:
        self.run("view", lambda _job: _look(self.station), done=self._show, failed=self._on_failed)

    def reword(self) -> None:
        self._packages.reword()
        self._receipts.reword()
        for shelf in self._shelves:
            shelf.reword()

    def send(self, carrier: Path | None) -> None:
        """One round, by line or onto a carrier."""
        if self._round is not None:
            return
        self._running(True)
        self._bar.setRange(0, 0)
        say(self._step, "sync.working")
        self._round = self.run(
            "sync", lambda job: self.station.sync(carrier, job.step), done=self._on_round, failed=self._on_round_failed,
            progress=self._on_progress,
        )

    # -- inside

    def _line(self) -> QFrame:
        frame, inside = card(kind="next", margins=20, spacing=12)
        self._frame = frame
        tiles = row(spacing=26)
        for which, number in self._numbers.items():
            tiles.addLayout(column(number, label(f"sync.{which}", "label"), spacing=0))
        said = column(self._headline, self._advice, spacing=4)
        top = row(drawing(self.desk.theme, "send", "accent", 30), said, tiles, spacing=18)
        top.setStretch(1, 1)
        inside.addLayout(top)
        inside.addWidget(self._bar)
        inside.addLayout(row(self.send_button, self.carry_button, self.cancel_button, self._step,
                             self.enrol_button, None))
        return frame

    def _show(self, state: _State) -> None:
        self._joined = state.headquarters
        joined = bool(state.headquarters)
        if joined:
            plain(self._headline, state.headquarters)
            if state.counts.undelivered:
                say(self._advice, "sync.advice_due", n=state.counts.undelivered)
            else:
                say(self._advice, "sync.advice_done")
        else:
            say(self._headline, "sync.not_joined")
            say(self._advice, "sync.advice_join")
        stylesheet.state(self._frame, "good" if joined and not state.counts.undelivered else "")
        for which, number in self._numbers.items():
            number.setText(f"{getattr(state.counts, which):,}")
        for made in (self.send_button, self.carry_button):
            made.setVisible(joined and self.station.may("send"))
            made.setEnabled(self._round is None)
        stylesheet.look(self.enrol_button, "" if joined else "primary")
        self.desk.theme.wear(self.enrol_button, "key", "text" if joined else "on_accent", 18)
        self.enrol_button.setVisible(self.station.may("enrol"))
        self._packages.show(state.packages)
        self._receipts.show(state.answers)
        for shelf, rows in zip(self._shelves, (state.packages, state.answers), strict=True):
            shelf.show_content() if rows else shelf.show_empty()

    def _on_carry(self) -> None:
        picker.folder(self, self.desk.theme, self.send)

    def _on_enrol(self) -> None:
        if self._joined:
            self.desk.messages.ask("sync.replace", self._choose_enrolment, name=self._joined)
        else:
            self._choose_enrolment()

    def _choose_enrolment(self) -> None:
        picker.open_file(
            self, self.desk.theme,
            lambda path: self.run("write", lambda _job: self.station.enrol(path),
                                  done=lambda _none: self.desk.messages.tell("sync.joined")),
            endings=ENROLMENT_ENDINGS,
        )

    def _on_progress(self, done: int, total: int, _note: str) -> None:
        self._bar.setRange(0, 1000 if total else 0)
        if total:
            self._bar.setValue(round(done / total * 1000))
            say(self._step, "sync.sent_so_far", done=size(done), total=size(total))

    def _on_round(self, answer: Any) -> None:
        self._round = None
        self._running(False)
        delivered = sum(1 for one in answer.packages if one.state.value == "delivered")
        refused = [one for one in answer.packages if one.state.value == "refused"]
        if refused:
            self.desk.messages.tell("sync.round_refused", n=len(refused))
        elif delivered:
            self.desk.messages.tell("sync.round_delivered", n=delivered)
        else:
            self.desk.messages.tell("sync.round_done")
        if answer.withheld:
            self.desk.messages.tell("sync_notice.records_withheld", n=len(answer.withheld))
        self.mark()

    def _on_round_failed(self, error: BaseException) -> None:
        self._round = None
        self._running(False)
        self.desk.messages.trouble(error)
        self.mark()

    def _on_cancel(self) -> None:
        if self._round is not None:
            self._round.cancel()
            self._round = None
            self._running(False)
            self.mark()

    def _on_failed(self, error: BaseException) -> None:
        for shelf in self._shelves:
            shelf.show_trouble(error, self.refresh)

    def _running(self, running: bool) -> None:
        self._bar.setVisible(running)
        self._step.setVisible(running)
        self.cancel_button.setVisible(running)
        self.send_button.setEnabled(not running)
        self.carry_button.setEnabled(not running)


def _look(station: Station) -> _State:
    enrolment = station.exchange.enrolment()
    packages = station.packages()
    refused = {package.id for package in packages if package.state.value == "refused"}
    answers = []
    for receipt in station.receipts():
        said = "refused" if receipt.package_id in refused else "verified"
        answers.append(_Answer(receipt, said if station.receipt_holds(receipt) else "invalid"))
    return _State(
        station.counts(), enrolment.name if enrolment else "", enrolment.url if enrolment else "",
        sorted(packages, key=lambda package: package.created_at, reverse=True),
        sorted(answers, key=lambda answer: answer.receipt.received_at, reverse=True),
    )


def _reason(package: Package) -> str:
    if not package.reason:
        return ""
    known = wording.catalogue(wording.language())
    return known.get(f"reason.{package.reason}", package.reason)
