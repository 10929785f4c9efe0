"""ui/screens/search.py — one box, answers while typing, filters with counts; Enter opens the record where the word
stands.

120 ms after the last key the earlier question is cancelled and the new one asked; an answer to anything but what is
in the box now is dropped. Rows and snippets are fetched only for what is on screen.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QVBoxLayout

from app.jobs import Job
from storage.records import Category
from storage.records.search import Filters, Results
from ui import actions, icons
from ui.desk import Desk
from ui.models.found import COLUMNS, Found, loader
from ui.models.paged import PagedModel
from ui.models.pages import Place
from ui.phrases import name, plain, say
from ui.screens import bulk
from ui.screens.facets import Facets
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.layout import button, card, row, text
from ui.widgets.result_row import ResultRow
from ui.widgets.states import Shelf

PAUSE_MS = 120
MOST = 5000
PAGE = 12


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    filters: tuple[tuple[str, str], ...]


class SearchScreen(Screen):
    title = "action.search"
    needs = frozenset({"view"})
    concerns = frozenset({"file", "accept_receipt", "correct", "renumber", "bulk_edit", "undo_bulk"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._asked: Job[Results] | None = None
        self._shown: Question | None = None
        self.box = _Box()
        look(self.box, "search")
        say(self.box, "search.hint", "setPlaceholderText")
        name(self.box, "search.box")
        self._wipe = QAction(self.box)
        self._wipe.triggered.connect(self._on_escape)
        self._wipe.setVisible(False)
        self.box.addAction(self._wipe, QLineEdit.ActionPosition.TrailingPosition)
        self.box.textChanged.connect(lambda typed: self._wipe.setVisible(bool(typed)))
        self._draw()
        desk.theme.changed.connect(self._draw)
        self.facets = Facets()
        self.facets.setFixedWidth(188)
        self.facets.changed.connect(self.ask)
        self.model: PagedModel[Found] = PagedModel(
            self.station.jobs, "search", loader(self.station, lambda: self._shown.text if self._shown else ""),
            COLUMNS, desk.messages.trouble, page=PAGE,
        )
        self.results = QListView()
        look(self.results, "bare")
        self.results.setModel(self.model)
        self.results.setItemDelegate(ResultRow(desk.theme, self.results))
        self.results.setUniformItemSizes(True)
        self.results.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.results.verticalScrollBar().setSingleStep(34)
        name(self.results, "search.results")
        self.results.activated.connect(lambda index: self._open_row(index.row()))
        self._total = text("strong")
        self._clear = button("search.clear_filters", "link")
        self._clear.clicked.connect(self._on_clear)
        self._clear.hide()
        self.results.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.bulk_button = button("bulk.title", "link")
        self.bulk_button.clicked.connect(self.edit_many)
        self.bulk_button.hide()
        self.results.selectionModel().selectionChanged.connect(lambda _on, _off: self._offer_bulk())
        self.shelf = Shelf(self.results, desk.theme, empty="search.begin", drawing="search")
        frame, inside = card(margins=1, spacing=0)
        self.people_button = button("people.title", "link", theme=desk.theme, drawing="person")
        self.people_button.setToolTip(actions.keys("people"))
        self.people_button.clicked.connect(self._to_people)
        head = row(self._total, None, self.bulk_button, self._clear, self.people_button)
        head.setContentsMargins(18, 8, 12, 6)
        inside.addLayout(head)
        inside.addWidget(self.shelf, 1)
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(self.facets)
        body.addWidget(frame, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 16)
        whole.setSpacing(14)
        whole.addWidget(self.box)
        whole.addLayout(body, 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.ask)
        self.box.textChanged.connect(lambda _text: self._pause.start())
        self.box.returnPressed.connect(self._on_return)
        self.box.went_down.connect(self._into_results)
        actions.make("back", self, self._on_escape)
        actions.make("people", self, self._to_people)
        self.people_button.setVisible(self.station.may("look_up_entity"))
        self.setFocusProxy(self.box)
        self._show_begin()

    def open(self, subject: object) -> None:
        if isinstance(subject, str):
            self.box.setText(subject)
            self.ask()
        self.box.setFocus()
        self.box.selectAll()

    def refresh(self) -> None:
        self.run("view", lambda _job: self.station.categories(), done=self._on_categories)
        if self._shown is not None:
            self.ask()

    def reword(self) -> None:
        self.model.reword()
        self.facets.reword()
        self.shelf.reword()

    def ask(self) -> None:
        """Ask what is in the box now."""
        self._pause.stop()
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
        question = self._question()
        if not question.text:
            self._show_begin()
            return
        filters = Filters(**{facet: (value,) for facet, value in question.filters})
        self._asked = self.run(
            "search",
            lambda job: self.station.search(
                question.text, filters=filters, limit=MOST, typing=True, cancelled=lambda: job.cancelled
            ),
            done=lambda results: self._show(question, results), failed=self._on_failed,
        )

    def edit_many(self) -> None:
        """The rows that are selected, or all that are listed, to the screen that changes many at once."""
        listed = self._for_bulk()
        if listed:
            bulk.open_for(self.desk, listed)
        else:
            self.desk.go("bulk", None)

    def _for_bulk(self) -> list[int]:
        rows = sorted(index.row() for index in self.results.selectionModel().selectedRows())
        return [self.model.id_at(row) for row in (rows if len(rows) > 1 else range(self.model.rowCount()))]

    def _offer_bulk(self) -> None:
        chosen, listed = len(self.results.selectionModel().selectedRows()), self.model.rowCount()
        self.bulk_button.setVisible(self.station.may("bulk_edit"))
        if chosen > 1:
            say(self.bulk_button, "search.bulk_chosen", n=f"{chosen:,}")
        elif listed:
            say(self.bulk_button, "search.bulk_all", n=f"{listed:,}")
        else:
            say(self.bulk_button, "search.bulk")

    def _draw(self) -> None:
        tokens = self.desk.theme.tokens
        self._wipe.setIcon(icons.icon("close", tokens.muted, tokens.edge))

    def _question(self) -> Question:
        return Question(self.box.text().strip(), tuple(sorted(self.facets.chosen.items())))

    def _show(self, question: Question, results: Results) -> None:
        if question != self._question():
            return
        self._asked = None
        kept = self.results.currentIndex().row() if question == self._shown else 0
        self._shown = question
        self.model.show(tuple(hit.item_id for hit in results.hits))
        self.facets.show_counts(results.facets)
        self.facets.setVisible(bool(results.total or question.filters))
        self._clear.setVisible(bool(question.filters))
        if results.total:
            say(self._total, "search.total", n=f"{results.total:,}")
            self.shelf.show_content()
            self.results.setCurrentIndex(self.model.index(min(max(kept, 0), len(results.hits) - 1), 0))
            self._offer_bulk()
        else:
            plain(self._total, "")
            self._offer_bulk()
            self.shelf.show_empty("search.nothing", query=question.text)

    def _show_begin(self) -> None:
        self._shown = None
        self.model.show(())
        self.facets.clear()
        self.facets.show_counts({})
        self.facets.hide()
        self._clear.hide()
        self._offer_bulk()
        plain(self._total, "")
        self.shelf.show_empty("search.begin")

    def _on_categories(self, categories: list[Category]) -> None:
        self.facets.know(categories)
        self.facets.reword()

    def _on_failed(self, error: BaseException) -> None:
        self._asked = None
        self.shelf.show_trouble(error, self.ask)

    def _on_clear(self) -> None:
        self.facets.clear()
        self.ask()
        self.box.setFocus()

    def _to_people(self) -> None:
        if self.station.may("look_up_entity"):
            self.desk.go("people", self.box.text().strip())

    def _on_return(self) -> None:
        if self._shown == self._question() and self.model.rowCount():
            self._open_row(max(0, self.results.currentIndex().row()))
        else:
            self.ask()

    def _on_escape(self) -> None:
        self.box.clear()
        self.box.setFocus()

    def _into_results(self) -> None:
        if self.model.rowCount():
            self.results.setFocus()

    def _open_row(self, row: int) -> None:
        found = self.model.record(row)
        query = self._shown.text if self._shown else ""
        page = found.snippet.page if found is not None else 0
        self.desk.go("record", Place(self.model.id_at(row), query, page))


class _Box(QLineEdit):
    """The search line; the down arrow steps into the results."""

    went_down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.went_down.emit()
        else:
            super().keyPressEvent(event)
