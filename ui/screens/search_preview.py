"""ui/screens/search_preview.py — the page of the chosen result where the words stand, beside the list.

A look at a page is a look at the record: it is asked for (Space, a click), journaled as opening is, and covered as
everywhere. Walking through the list shows no page. What is shown in full goes away with the time of its purpose.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.jobs import Job
from storage.records import Item, Kind, Subject
from ui import actions
from ui.models.pages import Opened, Place, open_record
from ui.models.pictures import Pictures
from ui.phrases import name, plain, say
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.layout import button, row, text, tool
from ui.widgets.page_view import PageView


class Preview(QFrame):
    """`opened` asks for the whole record, `wanted` for its page, `closed` comes when the pane was put away, `expired` when
    the time has run out in which a record was shown in full.
    """

    opened = Signal()
    expired = Signal()
    wanted = Signal()
    closed = Signal()

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        look(self, "card")
        self._screen = screen
        self._pictures = Pictures(screen.station)
        self._item_id = 0
        self._shown: Opened | None = None
        self._asked: Job[Opened] | None = None
        self._page = self._hit = 0
        self._hits: list[tuple[int, int]] = []
        theme = screen.desk.theme
        self.title = text("strong", wrap=True)
        self.title.setMaximumHeight(44)
        self._code = text("code")
        self.close_button = tool("search.preview_close", theme, "close")
        self.close_button.clicked.connect(self.put_away)
        self.view = _View(theme, fit="near", empty="search.preview_begin")
        self.view.turned.connect(self.turn)
        self.view.stepped.connect(self.step)
        self.look_button = button("search.look", theme=theme, drawing="eye")
        self.look_button.setToolTip(actions.keys("look"))
        self.look_button.clicked.connect(self.wanted)
        self._count = text("small")
        self._back, self._next = tool("search.hit_back", theme, "up"), tool("search.hit_next", theme, "down")
        self._back.clicked.connect(lambda: self.step(-1))
        self._next.clicked.connect(lambda: self.step(1))
        self.open_button = button("search.open", "primary")
        self.open_button.clicked.connect(self.opened)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        head = row(self.title, self.close_button)
        head.setStretch(0, 1)
        head.setAlignment(self.close_button, Qt.AlignmentFlag.AlignTop)
        head.setContentsMargins(16, 8, 6, 0)
        under = row(self._code, None)
        under.setContentsMargins(16, 0, 16, 6)
        foot = row(self._back, self._next, self._count, None, self.look_button, self.open_button, spacing=4)
        foot.setContentsMargins(8, 8, 12, 8)
        look(self.view, "page")
        inside.addLayout(head)
        inside.addLayout(under)
        inside.addWidget(self.view, 1)
        inside.addLayout(foot)
        self._expiry = QTimer(self)
        self._expiry.setSingleShot(True)
        self._expiry.timeout.connect(self._on_expired)
        self.setFocusProxy(self.view)
        name(self.view, "search.preview")
        self.hide()
        self._say_hits()

    @property
    def item_id(self) -> int:
        """The record whose page is shown, 0 while none is."""
        return self._shown.item.id if self._shown is not None else 0

    def stand_for(self, item_id: int, item: Item | None) -> None:
        """This result is the chosen one now; the page of another goes."""
        if item_id != self._item_id:
            self.forget()
            self._item_id = item_id
        if item is not None:
            plain(self.title, item.title)
            plain(self._code, item.reference_code)

    def look(self, place: Place) -> None:
        """Open this record and show it where the words stand; the look goes into the journal."""
        self.stand_for(place.item_id, None)
        self._drop()
        self.show()
        self.view.show_loading(1, 1)
        self._asked = self._screen.run(
            "write", lambda _job: open_record(self._screen.station, place),
            done=lambda opened: self._on_opened(opened, place), failed=self._on_failed,
        )

    def step(self, by: int) -> None:
        """To the next or the last marked place; where nothing is marked, to the next page."""
        if not self._hits:
            self.turn(by)
        elif self._shown is not None:
            self._hit = min(max(self._hit + by, 0), len(self._hits) - 1)
            self._show_page(self._hits[self._hit][0])

    def turn(self, by: int) -> None:
        if self._shown is not None and 0 <= self._page + by < len(self._shown.pages):
            on_page = [number for number, (page, _box) in enumerate(self._hits) if page == self._page + by]
            if on_page:
                self._hit = on_page[0]
            self._show_page(self._page + by)

    def put_away(self) -> None:
        self.forget()
        self.hide()
        self.closed.emit()

    def forget(self) -> None:
        """Let go of the page; the record may not be looked at any more, or another one is chosen."""
        self._drop()
        self._expiry.stop()
        self._shown, self._hits = None, []
        self._pictures.forget()
        self.view.show_nothing("search.preview_begin")
        self._say_hits()

    # -- inside

    def _on_expired(self) -> None:
        self.forget()
        plain(self.title, "")
        self.expired.emit()

    def _drop(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    def _on_opened(self, opened: Opened, place: Place) -> None:
        self._asked = None
        self._pictures.forget()
        self._shown = opened
        self.stand_for(opened.item.id, opened.item)
        self._hits = [(page, box) for page, one in enumerate(opened.pages) for box in range(len(one.boxes))]
        self._hit = next((at for at, (page, _box) in enumerate(self._hits) if page == opened.first), 0)
        people, item = self._screen.station.people, opened.item
        subjects = [Subject(Kind.ITEM, item.id), *([Subject(Kind.VOLUME, item.volume_id)] if item.volume_id else [])]
        if left := max(people.seconds_left(subject) for subject in subjects):
            self._expiry.start(int(1000 * left))
        if opened.pages:
            self._show_page(opened.first)
        else:
            self.view.show_nothing("page.none")
            self._say_hits()

    def _on_failed(self, error: BaseException) -> None:
        self._asked = None
        self.view.show_trouble(error)

    def _show_page(self, number: int) -> None:
        shown = self._shown
        if shown is None:
            return
        self._page = number
        page, count = shown.pages[number], len(shown.pages)
        self._say_hits()

        def still() -> bool:
            return self._shown is shown and self._page == number

        def here(image: QImage) -> None:
            if still():
                self.view.show_page(image, number + 1, count, page.boxes)
                if self._hits and self._hits[self._hit][0] == number:
                    self.view.point_at(self._hits[self._hit][1])

        def failed(error: BaseException) -> None:
            if still():
                self.view.show_trouble(error)

        if not self._pictures.want(page.object_id, page.number, here, failed):
            self.view.show_loading(number + 1, count)

    def _say_hits(self) -> None:
        for part in (self._back, self._next, self._count):
            part.setVisible(bool(self._hits))
        self.look_button.setVisible(self._shown is None)
        if self._hits:
            say(self._count, "search.hit", n=self._hit + 1, m=len(self._hits))


class _View(PageView):
    """Left and Right step from place to place, as they do in the list."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(-1 if event.key() == Qt.Key.Key_Left else 1)
        else:
            super().keyPressEvent(event)
