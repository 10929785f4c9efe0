"""ui/screens/sealing_look.py — looking at sealed records within an approved consultation, under a band that says so.

Only what was approved can be looked up, so that is chosen and not typed. Every opening, page, print and export is journaled
by the station before it is shown. Pictures are kept by nobody: when the person leaves, they are gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app import wording
from app.jobs import Job
from app.privacy import cover
from app.sealing import Opened, basis_name
from storage.records import Kind
from storage.records.sealing import Consultation, Sealed
from ui import actions, printing, stylesheet
from ui.models.listed import ListedModel
from ui.phrases import name, plain, say
from ui.screens.lending_request import Within
from ui.screens.screen import Screen
from ui.screens.sealing_dialogs import UnsealDialog
from ui.screens.sealing_rows import FOUND, Found, local_day
from ui.stylesheet import look
from ui.widgets import picker
from ui.widgets.dates import show
from ui.widgets.form import Choice, Field
from ui.widgets.layout import button, card, column, drawing, row, rule, text
from ui.widgets.page_view import PageView
from ui.widgets.states import Shelf
from ui.widgets.table import Table

T = TypeVar("T")


class SealedLook(QWidget):
    """`left` comes when the person goes back; `begin` shows another consultation."""

    left = Signal()

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        self._station, theme = screen.station, screen.desk.theme
        self._mine: Consultation | None = None
        self._opened: Opened | None = None
        self._page = 0
        self._model = ListedModel(FOUND)
        self.term = Choice()
        self.find_button = button("sealing.look.find", "primary", theme=theme, drawing="search")
        self.find_button.clicked.connect(self.look_up)
        self.table = name(Table(self._model, FOUND, theme), "sealing.look.found")
        self.table.chosen.connect(self._open)
        self.shelf = Shelf(self.table, theme, empty="sealing.look.begin", drawing="search")
        self.view = PageView(theme, empty="sealing.look.no_page", fit="width")
        self.view.turned.connect(self.turn)
        self._band = text("strong", wrap=True)
        self._said = text("small", wrap=True)
        self._title = text("heading", wrap=True, selectable=True)
        self._facts = text("small", wrap=True, selectable=True)
        self.open_button = button("sealing.look.open", theme=theme, drawing="eye")
        self.open_button.clicked.connect(lambda: self._open(self.table.currentIndex().row()))
        self.print_button = button("record.print", theme=theme, drawing="print")
        self.print_button.clicked.connect(self.print)
        self.export_button = button("record.export", theme=theme, drawing="export")
        self.export_button.clicked.connect(self.export)
        self.unseal_button = button("sealing.look.unseal", "quiet", theme=theme, drawing="lock")
        self.unseal_button.clicked.connect(self.unseal)
        self.lend_button = button("lending.new", theme=theme, drawing="loan")
        self.lend_button.clicked.connect(self.lend)
        self.table.selectionModel().currentRowChanged.connect(lambda _now, _before: self._allow())
        self.back_button = button("sealing.look.back", "link", theme=theme, drawing="left")
        self.back_button.setToolTip(actions.keys("back"))
        self.back_button.clicked.connect(self.leave)
        self._arrange()
        self.setFocusProxy(self.term)

    # -- what the screen asks

    def begin(self, consultation: Consultation) -> None:
        self._mine = consultation
        self.term.fill((term, cover(term)) for term in consultation.request.sought)
        self._say_band()
        self._model.show([])
        self.shelf.show_empty("sealing.look.begin")
        self._show_nothing()
        self.find_button.setFocus()

    def leave(self) -> None:
        """Back to the list; nothing of what was seen stays here."""
        self._mine = None
        self._model.show([])
        self._show_nothing()
        self.left.emit()

    def reword(self) -> None:
        self._model.reword()
        self.shelf.reword()
        self._say_band()

    def next_step(self) -> None:
        """What the one big button does."""
        self.look_up()

    def look_up(self) -> None:
        mine, term = self._mine, self.term.value()
        if mine is not None and term:
            self._run(lambda: self._station.sealing.find(mine.id, term), self._show_found)

    def print(self) -> None:
        opened = self._opened
        if opened is None or not opened.pages:
            return

        def fetch(printer: QPrinter) -> None:
            def pictures(_job: Job[list[QImage]]) -> list[QImage]:
                pages = self._station.sealing.pages_to_print(opened.consultation.id, opened.item.id)
                return [QImage.fromData(page) for page in pages]

            self._screen.run(
                "write", pictures, done=lambda pages: printing.hand_over(printer, pages, self._screen.desk.messages)
            )

        printing.ask(self, opened.item.reference_code, fetch)

    def export(self) -> None:
        opened = self._opened
        if opened is None or not opened.pages:
            return
        picker.save_file(
            self, self._screen.desk.theme,
            lambda path: self._screen.run(
                "write", lambda _job: self._station.sealing.export(opened.consultation.id, opened.item.id, path),
                done=lambda _none: self._screen.desk.messages.tell("record.exported", path=str(path)),
            ),
            suggested=f"{opened.item.reference_code}.pdf",
        )  # fmt: skip

    def lend(self) -> None:
        """The form of a loan of the record that was opened, within this consultation."""
        record = self._opened_record()
        if self._mine is not None and record is not None:
            self._screen.desk.go("lending", Within(self._mine, record.subject))

    def unseal(self) -> None:
        """Asks a second administrator to lift the seal of what is open."""
        mine, record = self._mine, self._opened_record()
        if mine is None or record is None:
            return
        dialog = UnsealDialog(self, record.reference_code)

        def ask() -> None:
            basis, document_no = dialog.basis.text(), dialog.document_no.text()
            self._run(
                lambda: self._station.sealing.request_unsealing(mine.id, record.subject, basis, document_no),
                lambda _none: self._screen.desk.messages.tell("sealing.unseal_asked"),
            )

        dialog.accepted.connect(ask)
        dialog.open()

    def turn(self, by: int) -> None:
        """Another page of what is open."""
        if self._opened is not None and 0 <= self._page + by < len(self._opened.pages):
            self._page += by
            self._show_page()

    # -- inside

    def _arrange(self) -> None:
        band = QFrame()
        look(band, "notice")
        stylesheet.state(band, "warn")
        inside = QHBoxLayout(band)
        inside.setContentsMargins(14, 8, 8, 8)
        inside.setSpacing(10)
        inside.addWidget(drawing(self._screen.desk.theme, "sealing", "warn", 22))
        inside.addWidget(self._band, 1)
        inside.addWidget(self.back_button)
        left, box = card(margins=0, spacing=0)
        left.setFixedWidth(486)
        ask = row(Field("sealing.look.term", self.term), self.find_button, spacing=10)
        ask.setStretch(0, 1)
        ask.setContentsMargins(16, 12, 16, 10)
        ask.setAlignment(self.find_button, Qt.AlignmentFlag.AlignBottom)
        box.addLayout(ask)
        box.addWidget(rule())
        box.addWidget(self.shelf, 1)
        box.addWidget(rule())
        told = column(self._title, self._facts, self._said, spacing=5)
        told.setContentsMargins(16, 10, 16, 4)
        box.addLayout(told)
        foot = row(self.open_button, self.print_button, self.export_button, None, spacing=6)
        foot.setContentsMargins(16, 6, 16, 4)
        box.addLayout(foot)
        last = row(self.lend_button, self.unseal_button, None, spacing=6)
        last.setContentsMargins(16, 2, 16, 10)
        box.addLayout(last)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(left)
        body.addWidget(self.view, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addWidget(band)
        whole.addLayout(body, 1)
        self.print_button.setVisible(self._station.may("print"))
        self.export_button.setVisible(self._station.may("export"))
        self.unseal_button.setVisible(self._station.may("request_unsealing"))
        self.lend_button.setVisible(self._station.may("request_loan"))

    def _say_band(self) -> None:
        mine = self._mine
        if mine is not None:
            basis = basis_name(mine.request.basis, wording.language())
            say(self._band, "sealing.look.band", basis=basis, document_no=mine.request.document_no, unit=mine.request.unit,
                number=mine.number, until=mine.ends_on)  # fmt: skip

    def _show_found(self, found: list[Sealed]) -> None:
        self._show_nothing()
        self._model.show([Found(one) for one in found])
        if found:
            self.shelf.show_content()
            self.table.selectRow(0)
            self.table.setFocus()
            say(self._said, "sealing.look.open_hint")
        else:
            self.shelf.show_empty("sealing.look.none")
        self._allow()

    def _open(self, at: int) -> None:
        mine = self._mine
        if mine is None or not 0 <= at < len(self._model):
            return
        subject = self._model.record(at).record.subject
        if subject.kind is Kind.VOLUME:
            self._run(lambda: self._station.sealing.open_volume(mine.id, subject.id),
                      lambda found: self._show_volume(at, *found))
        else:
            self._run(lambda: self._station.sealing.open_item(mine.id, subject.id),
                      lambda opened: self._show_item(at, opened))

    def _show_volume(self, at: int, whole: Sealed, inside: list[Sealed]) -> None:
        rows = [self._model.record(row) for row in range(len(self._model))]
        after = at + 1
        while after < len(rows) and rows[after].inside:
            after += 1
        self._model.show([*rows[:at], Found(whole), *(Found(one, True) for one in inside), *rows[after:]])
        self._show_nothing()
        plain(self._title, whole.title)
        say(self._said, "sealing.look.volume_hint", n=len(inside))
        self.table.selectRow(min(at + 1, len(self._model) - 1))
        self._allow()

    def _show_item(self, at: int, opened: Opened) -> None:
        self._opened, self._page = opened, 0
        row, item = self._model.record(at), opened.item
        shown = Sealed(row.record.subject, item.reference_code, item.title, item.doc_date, item.page_count, True)
        rows = [self._model.record(each) for each in range(len(self._model))]
        rows[at] = Found(shown, row.inside)
        self._model.show(rows)
        plain(self._title, item.title)
        facts = (item.reference_code, item.document_no, item.creator, show(item.doc_date))
        plain(self._facts, "    ".join(fact for fact in facts if fact))
        self._facts.show()
        say(self._said, "sealing.look.sealed", day=local_day(opened.seal.at), basis=opened.seal.basis)
        self.table.selectRow(at)
        self._allow()
        self._show_page()

    def _show_nothing(self) -> None:
        self._opened = None
        for told in (self._title, self._facts, self._said):
            plain(told, "")
        self._facts.hide()
        self.view.show_nothing("sealing.look.no_page")
        self._allow()

    def _allow(self) -> None:
        ready = self._opened is not None and bool(self._opened.pages)
        self.print_button.setEnabled(ready)
        self.export_button.setEnabled(ready)
        self.open_button.setEnabled(len(self._model) > 0)
        opened = self._opened_record() is not None
        self.unseal_button.setEnabled(opened)
        self.lend_button.setEnabled(opened)

    def _opened_record(self) -> Sealed | None:
        """What the current line names, once it was opened within this consultation."""
        at = self.table.currentIndex().row()
        record = self._model.record(at).record if 0 <= at < len(self._model) else None
        return record if record is not None and record.consulted else None

    def _show_page(self) -> None:
        opened, place = self._opened, self._page
        if opened is None or not opened.pages:
            self.view.show_nothing("sealing.look.no_page")
            return
        object_id, page = opened.pages[place]
        self.view.show_loading(place + 1, len(opened.pages))

        def here(image: QImage) -> None:
            if self._opened is opened and self._page == place:
                self.view.show_page(image, place + 1, len(opened.pages))

        self._screen.run(
            "write",
            lambda _job: QImage.fromData(
                self._station.sealing.page(opened.consultation.id, opened.item.id, object_id, page.number)
            ),
            done=here, failed=self.view.show_trouble,
        )  # fmt: skip

    def _run(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """A look is a write: it goes into the journal."""
        self._screen.run("write", lambda _job: work(), done=done)
