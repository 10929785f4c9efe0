"""ui/screens/record.py — one filed record: its pages with the found words marked, its description, where it stands.

Opening is journaled. Exporting writes clear text to a place the person chooses, printing leaves the house too: both are
journaled before they happen. What else may be done with a record is a line in `ui.screens.record_acts`.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.drafts import Unfinished
from app.jobs import Job
from storage.records import Event, Item, ItemDraft, Kind, Subject
from ui import actions, printing
from ui.desk import Desk
from ui.models import choices
from ui.models.columns import moment
from ui.models.pages import Opened, Place, open_record
from ui.models.pictures import Pictures
from ui.phrases import name
from ui.screens import record_acts
from ui.screens.screen import Screen
from ui.screens.unmask import Unmasking
from ui.stylesheet import look
from ui.widgets import picker
from ui.widgets.dates import show
from ui.widgets.layout import button, card, column, label, row, rule, text
from ui.widgets.page_view import PageView
from ui.widgets.states import Badge, Shelf

FIELDS = ("document_no", "creator", "doc_date", "category", "year", "retention", "security_class", "page_count",
          "office", "remarks")
#: Shown only when they say something.
RARER = ("document_type", "manuscript", "subjects", "attachment_count", "origin", "access_status", "secrecy_period",
         "sub_title", "parallel_title", "abstract")
_PLAIN = ItemDraft()
#: Events of a record that leave it as it is.
LOOKING = frozenset({"view", "print", "export"})


class RecordScreen(Screen):
    title = "record.title"
    needs = frozenset({"view"})
    concerns = frozenset({"pack", "send", "accept_receipt", "refuse_package"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._pictures = Pictures(self.station)
        self._subject: Place | None = None
        self._opened: Opened | None = None
        self._asked: Job[Opened] | None = None
        self._page = 0
        self._stay: int | None = None
        self.view = PageView(desk.theme, fit="width")
        self.view.turned.connect(self._turn)
        self._title = text("heading", wrap=True, selectable=True)
        self._code = text("code", selectable=True)
        self._delivery = Badge()
        self._retention = text("badge")
        self._secrecy = text("badge")
        self._values: dict[str, QLabel] = {}
        self._headings: dict[str, QLabel] = {}
        self._filed = text("small", wrap=True)
        self._marked = text("small")
        self.export_button = button("record.export", theme=desk.theme, drawing="export")
        self.print_button = button("record.print", theme=desk.theme, drawing="print")
        self.back_button = button("record.back", "link", theme=desk.theme, drawing="left")
        self.more_button = button("record.more")
        self._menu = QMenu(self)
        self.more_button.setMenu(self._menu)
        self.act_buttons = {act.key: button(act.key) for act in record_acts.FIRST}
        for act in record_acts.FIRST:
            self.act_buttons[act.key].clicked.connect(lambda _checked=False, act=act: self._do(act))
        self.export_button.clicked.connect(self.export)
        self.print_button.clicked.connect(self.print)
        self.back_button.clicked.connect(self._back)
        self.unmasking = Unmasking(self, self.again)
        self.shelf = Shelf(self._arrange(), desk.theme, empty="record.none", drawing="record")
        # Only once they have a place: a button shown before would be a window of its own for a moment.
        self.export_button.setVisible(self.station.may("export"))
        self.print_button.setVisible(self.station.may("print"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 12, 20, 14)
        whole.addWidget(self.shelf)
        for id, work in (
            ("page_next", lambda: self._turn(1)), ("page_back", lambda: self._turn(-1)), ("print", self.print),
            ("export", self.export), ("back", self._back),
        ):
            actions.make(id, self, work)
        self.setFocusProxy(self.view)
        self.shelf.show_empty()

    def open(self, subject: object) -> None:
        if not isinstance(subject, Place):
            return
        self._subject, self._opened = subject, None
        self.shelf.show_busy()
        if self._asked is not None:
            self._asked.cancel()
        # A look is a write: it goes into the journal.
        self._asked = self.run("write", lambda _job: open_record(self.station, subject), done=self._show,
                               failed=self._on_failed)

    def hear(self, events: tuple[Event, ...]) -> None:
        super().hear(events)
        here = f"item:{self._opened.item.id}" if self._opened else ""
        if any(event.object == here and event.type not in LOOKING for event in events):
            self.mark()

    def whereabouts(self) -> Unfinished:
        if self._opened is None or self._subject is None:
            return super().whereabouts()
        return Unfinished("", f"item:{self._subject.item_id}", {"query": self._subject.query, "page": self._page + 1})

    def refresh(self) -> None:
        opened = self._opened
        if opened is None:
            return

        def show(item: Item) -> None:
            if self._opened is not opened:
                return
            if item.changed_seq == opened.item.changed_seq:
                self._show_state(item)
            else:
                self.again()

        self.run("view", lambda _job: self.station.item(opened.item.id), done=show, failed=self._on_gone)

    def _on_gone(self, error: BaseException) -> None:
        """What was sealed or destroyed meanwhile does not stay on screen."""
        self._opened = self._subject = None
        self._pictures.forget()
        self.view.show_nothing()
        self._on_failed(error)

    def reword(self) -> None:
        self.shelf.reword()
        if self._opened is not None:
            self._describe(self._opened.item)
        self.unmasking.reword()

    def again(self) -> None:
        """Show the record anew, as it is now, on the page that is open."""
        if self._subject is not None:
            self._stay = self._page
            self.open(self._subject)

    def export(self) -> None:
        """A copy of the file on screen into a place the person chooses: the original while the record is shown in full, else
        covered pages.
        """
        if self._opened is None or not self._opened.pages:
            return
        item = self._opened.item
        object_id = self._opened.pages[self._page].object_id
        self.run("view", lambda _job: self.station.copy(item.id, object_id),
                 done=lambda found: self._ask_where(item, *found))

    def print(self) -> None:
        opened = self._opened
        if opened is None or not opened.pages:
            return
        printing.ask(self, opened.item.reference_code, lambda printer: self._fetch_for(printer, opened))

    # -- inside

    def _arrange(self) -> QWidget:
        frame, inside = card(margins=0, spacing=0)
        frame.setFixedWidth(348)
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(18, 16, 18, 12)
        box.setSpacing(10)
        box.addWidget(self._title)
        box.addWidget(self._code)
        box.addLayout(row(self._delivery, self._retention, self._secrecy, None, spacing=6))
        box.addWidget(rule())
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(9)
        grid.setColumnStretch(1, 1)
        for line, field in enumerate(FIELDS + RARER):
            heading = label(f"field.{field}", "label")
            heading.setAlignment(Qt.AlignmentFlag.AlignTop)
            value = text(wrap=True, selectable=True)
            self._headings[field], self._values[field] = heading, value
            grid.addWidget(heading, line, 0)
            grid.addWidget(value, line, 1)
        box.addLayout(grid)
        box.addWidget(rule())
        box.addWidget(self._filed)
        box.addWidget(self._marked)
        box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        name(scroll, "record.description")
        inside.addWidget(scroll, 1)
        inside.addWidget(rule())
        foot = column(
            row(*self.act_buttons.values(), None, self.more_button), row(self.print_button, self.export_button, None)
        )
        foot.setContentsMargins(18, 10, 18, 12)
        inside.addLayout(foot)
        body = QWidget()
        beside = QHBoxLayout()
        beside.setSpacing(12)
        beside.addWidget(self.view, 1)
        beside.addWidget(frame)
        whole = column(row(self.back_button, None, self.unmasking), beside, spacing=6)
        whole.setStretch(1, 1)
        body.setLayout(whole)
        return body

    def _show(self, opened: Opened) -> None:
        self._asked, self._opened, self._page = None, opened, opened.first
        if self._stay is not None:
            self._page, self._stay = min(self._stay, max(0, len(opened.pages) - 1)), None
        # Kept pictures may be masked where the record no longer is, or the other way about.
        self._pictures.forget()
        self.unmasking.show_subject(Subject(Kind.ITEM, opened.item.id))
        self._describe(opened.item)
        self.shelf.show_content()
        self._show_page()
        if self.isVisible():
            self.view.setFocus()

    def _describe(self, item: Item) -> None:
        category = self._opened.category if self._opened else None
        self._title.setText(item.title)
        self._code.setText(item.reference_code)
        self._show_state(item)
        self._offer(item)
        self._retention.setText(choices.retention_word(item.retention))
        self._secrecy.setText(choices.secrecy_word(item.security_class))
        shown = {
            "document_no": item.document_no, "creator": item.creator, "doc_date": show(item.doc_date),
            "category": choices.category_name(category) if category else item.category,
            "year": str(item.year), "retention": choices.retention_word(item.retention),
            "security_class": choices.secrecy_word(item.security_class), "page_count": str(item.page_count),
            "office": item.office, "remarks": item.remarks,
        }
        for field, value in shown.items():
            self._values[field].setText(value or "—")
        for field in RARER:
            value = getattr(item, field)
            told = bool(value) and value != getattr(_PLAIN, field)
            self._headings[field].setVisible(told)
            self._values[field].setVisible(told)
            self._values[field].setText(
                wording.say(f"{field}.{value.value}") if isinstance(value, StrEnum) else str(value)
            )
        self._filed.setText(wording.say("record.filed", at=moment(item.filed_at), by=item.filed_by))
        marked = sum(len(page.boxes) for page in self._opened.pages) if self._opened else 0
        self._marked.setText(wording.say("record.marked", n=marked) if marked else "")

    def _offer(self, item: Item) -> None:
        """The acts that fit this record and this person."""
        for act in record_acts.FIRST:
            self.act_buttons[act.key].setVisible(act.offered(self.station, item))
        self._menu.clear()
        for act in record_acts.ACTS:
            if act.offered(self.station, item):
                self._menu.addAction(wording.say(act.key), lambda act=act: act.work(self, item))  # type: ignore[misc]
        self.more_button.setVisible(not self._menu.isEmpty())

    def _do(self, act: record_acts.Act) -> None:
        if self._opened is not None:
            act.work(self, self._opened.item)

    def _show_state(self, item: Item) -> None:
        self._delivery.show_state("delivery", item.delivery.value)

    def _turn(self, by: int) -> None:
        if self._opened is not None and 0 <= self._page + by < len(self._opened.pages):
            self._page += by
            self._show_page()

    def _show_page(self) -> None:
        opened, place = self._opened, self._page
        if opened is None or not opened.pages:
            self.view.show_nothing()
            return
        page, count = opened.pages[place], len(opened.pages)

        def still() -> bool:
            return self._opened is opened and self._page == place

        def here(image: QImage) -> None:
            if still():
                self.view.show_page(image, place + 1, count, page.boxes)
                if place + 1 < count:
                    following = opened.pages[place + 1]
                    self._pictures.ahead(following.object_id, following.number)

        def failed(error: BaseException) -> None:
            if still():
                self.view.show_trouble(error)

        if not self._pictures.want(page.object_id, page.number, here, failed):
            self.view.show_loading(place + 1, count)

    def _ask_where(self, item: Item, original: str, content: bytes) -> None:
        ending = "." + original.rsplit(".", 1)[-1] if "." in original else ""
        picker.save_file(
            self, self.desk.theme,
            lambda path: self.run(
                "write", lambda _job: self.station.export(content, path, f"item:{item.id}"),
                done=lambda _none: self.desk.messages.tell("record.exported", path=str(path)),
            ),
            suggested=f"{item.reference_code}{ending}".replace("/", "-"),
        )

    def _fetch_for(self, printer: QPrinter, opened: Opened) -> None:
        def fetch(job: Job[list[QImage]]) -> list[QImage]:
            # First, so that what is printed in full is noted so even when the time runs out meanwhile.
            self.station.printed(f"item:{opened.item.id}", len(opened.pages))
            pages = []
            for number, page in enumerate(opened.pages):
                job.step(number, len(opened.pages))
                pages.append(QImage.fromData(self.station.page_picture(page.object_id, page.number)))
            return pages

        self.run("write", fetch, done=lambda pages: printing.hand_over(printer, pages, self.desk.messages))

    def _back(self) -> None:
        self.desk.go("search", None)

    def _on_failed(self, error: BaseException) -> None:
        self._asked = None
        subject = self._subject
        self.shelf.show_trouble(error, lambda: self.open(subject))
