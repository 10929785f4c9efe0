"""ui/screens/search.py — one box, answers while typing, filters with counts, and the page beside the list; Enter opens.

120 ms after the last key the question in the box is asked and the one before it cancelled (`search_asking`); an answer to
anything but what stands there now is dropped. Rows and snippets are fetched only for what is on screen. Enter on what is
shown opens it; before an answer is there it says that the last word is whole, as a blank at the end does.
"""

from __future__ import annotations

import itertools
from typing import Any

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app import wording
from storage.records import Category, Event
from storage.records.search import NO_FILTERS, Order
from storage.records.searches import Question
from ui import actions
from ui.desk import Desk
from ui.models.asked import Asked, Like, asked, spoken
from ui.models.found import COLUMNS, Found, loader
from ui.models.paged import PagedModel
from ui.models.pages import Place
from ui.phrases import name, plain, say
from ui.screens import bulk
from ui.screens.facets import Facets
from ui.screens.screen import SEALING, Screen
from ui.screens.search_asking import BEHIND_MS, Answer, Asking
from ui.screens.search_box import Box
from ui.screens.search_builder import Builder
from ui.screens.search_chips import DATE, LIKE, Chips
from ui.screens.search_examples import Examples
from ui.screens.search_export import Export
from ui.screens.search_notes import Notes
from ui.screens.search_past import Past, SaveDialog
from ui.screens.search_preview import Preview
from ui.screens.search_results import ResultList
from ui.screens.unmask import PurposeDialog
from ui.widgets.form import Choice
from ui.widgets.layout import button, card, row, text, tool
from ui.widgets.states import Shelf

PAUSE_MS = 120
PAGE = 12
#: A screen narrower than this has no room for the filters beside a page.
NARROW_PX = 1000
#: After these what was found may be another, or look different.
CONCERNS = frozenset({
    "file", "file_volume", "accept_receipt", "correct", "renumber", "bulk_edit", "undo_bulk", "split_item", "merge", "destroy",
    "lend", "return_loan",
})  # fmt: skip


class SearchScreen(Screen):
    title = "action.search"
    needs = frozenset({"view"})
    concerns = CONCERNS

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._shown: Asked | None = None
        self._like: Like | None = None
        self._before = Question("")
        self._settled = False
        self._noted: Question | None = None
        self._found = 0
        self._beside = False
        self.box = Box(desk.theme)
        self.builder_button = button("search.build.title", theme=desk.theme, drawing="settings")
        self.builder_button.setToolTip(actions.keys("builder"))
        self.builder_button.clicked.connect(self.build)
        self.examples_button = tool("search.examples.title", desk.theme, "help")
        self.examples_button.clicked.connect(self.show_examples)
        self.people_button = button("people.title", theme=desk.theme, drawing="person")
        self.people_button.setToolTip(actions.keys("people"))
        self.people_button.clicked.connect(self._to_people)
        self.chips = Chips(desk.theme)
        self.chips.dropped.connect(self._on_dropped)
        self.chips.cleared.connect(self._on_clear)
        self.notes = Notes(desk.theme)
        self.notes.wanted.connect(self.open)
        self.notes.purpose.connect(self._ask_purpose)
        self.facets = Facets()
        self.facets.setFixedWidth(196)
        self.facets.changed.connect(self.ask)
        self.model: PagedModel[Found] = PagedModel(
            self.station.jobs, "search", loader(self.station, lambda: self._shown.question.query if self._shown else ""),
            COLUMNS, desk.messages.trouble, page=PAGE,
        )
        self.results = ResultList(self.model, desk.theme)
        self.preview = Preview(self)
        self.shelf = Shelf(self.results, desk.theme, empty="search.begin", drawing="search")
        self._total = text("strong")
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setFixedWidth(60)
        self._total.setMinimumWidth(60)
        name(self._busy, "search.looking")
        self.order = Choice()
        self.order.setMinimumContentsLength(10)
        name(self.order, "search.order_name")
        self.bulk_button = button("bulk.title", "link")
        self.export = Export(self)
        self.asking = Asking(self)
        self.past = Past(self)
        self.past.wanted.connect(self.open)
        self.past.left.connect(self.box.setFocus)
        self._lay_out()
        self._connect()
        self._busy.hide()
        self.people_button.setVisible(self.station.may("look_up_entity"))
        self.setFocusProxy(self.box)
        self._show_begin()
        self.reword()

    # -- what the window asks

    def open(self, subject: object) -> None:
        """A question, as its line alone or whole."""
        if isinstance(subject, Question):
            self.facets.set(subject.filters)
            self.order.choose(subject.order)
        if isinstance(subject, str | Question):
            self._like = None
            self.box.put(subject if isinstance(subject, str) else subject.query)
            self._settled = True
            self.ask()
        self.box.setFocus()
        self.box.selectAll()

    def hear(self, events: tuple[Event, ...]) -> None:
        super().hear(events)
        here = f"item:{self.preview.item_id}"
        if any(event.type in SEALING or (event.object == here and event.type in CONCERNS) for event in events):
            self.preview.forget()

    def refresh(self) -> None:
        self.run("view", lambda _job: self.station.categories(), done=self._on_categories)
        if self._shown is not None:
            self.ask()

    def reword(self) -> None:
        self._fill_orders()
        self.box.reword()
        self.export.reword()
        self.model.reword()
        self.facets.reword()
        self.chips.show_asked(self.wanted(), self.facets.categories)
        self.shelf.reword()

    # -- asking

    def wanted(self) -> Asked:
        """What the box and everything around it ask for now."""
        line = self.box.text()
        settled = self._settled or line != line.rstrip()
        return asked(line.strip(), self.facets.filters, self.order.value() or Order.RELEVANCE, self._like, settled=settled)

    def ask(self) -> None:
        """Ask what is wanted now."""
        self._pause.stop()
        wanted = self.wanted()
        self.chips.show_asked(wanted, self.facets.categories)
        if wanted:
            self.asking.ask(wanted)
        else:
            self.asking.drop()
            self._show_begin()

    def like(self) -> None:
        """Instead of what was found: what is like the chosen record. Taking its chip away leads back."""
        found = self._chosen()
        if found is not None and found.item is not None:
            if self._like is None:
                self._before = self.wanted().question
            self._like = Like(found.item.id, found.item.title)
            self.box.put("")
            self.facets.set(NO_FILTERS)
            self.ask()
            self.results.setFocus()

    def look_at(self) -> None:
        """The page of the chosen result, beside the list; the look is journaled. A second time puts it away."""
        if self.shelf.showing != "content":
            return
        found, item_id = self._chosen(), self.model.id_at(self.results.here)
        if self.preview.isVisible() and self.preview.item_id == item_id:
            self.preview.put_away()
            return
        self._note()
        self.past.hide()
        # Room is made first: a window that once grew for what does not fit stays so.
        self._beside = True
        self._arrange()
        self.preview.look(Place(item_id, self._query(), found.snippet.page if found else 0))
        if found is not None:
            self.preview.stand_for(item_id, found.item)

    def build(self) -> None:
        """The question in the box, as fields to fill in."""
        builder = Builder(self, self.box.text(), self.facets.categories.values(), by_person=self.station.may("look_up_entity"))
        builder.built.connect(self.open)
        builder.open()

    def look_back(self) -> None:
        """What this person has saved and asked before, under the box."""
        if self.station.may("note_search"):
            self.past.open(self.box.geometry(), self._to_save(), self.facets.categories)

    def save(self) -> None:
        """Keep the question in force under a name."""
        question = self._to_save()
        if question is not None and self.station.may("keep_search"):
            SaveDialog(self, question, spoken(question.filters, self.facets.categories)).open()

    def show_examples(self) -> None:
        examples = Examples(self)
        examples.wanted.connect(self.open)
        examples.open()

    def edit_many(self) -> None:
        """The rows that are selected, or all that are listed, to the screen that changes many at once."""
        rows = sorted(index.row() for index in self.results.selectionModel().selectedRows())
        listed = [self.model.id_at(row) for row in (rows if len(rows) > 1 else range(self.model.rowCount()))]
        if listed:
            bulk.open_for(self.desk, listed)
        else:
            self.desk.go("bulk", None)

    # -- the picture

    def _lay_out(self) -> None:
        self.bulk_button.hide()
        frame, inside = card(margins=1, spacing=0)
        head = row(self._total, self._busy, None, self.bulk_button, self.export, self.order, spacing=8)
        head.setContentsMargins(18, 6, 8, 6)
        inside.addLayout(head)
        inside.addWidget(self.shelf, 1)
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(self.facets)
        body.addWidget(frame, 6)
        body.addWidget(self.preview, 5)
        line = row(self.box, self.builder_button, self.people_button, self.examples_button, spacing=8)
        line.setStretch(0, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 16)
        whole.setSpacing(10)
        whole.addLayout(line)
        whole.addWidget(self.notes)
        whole.addWidget(self.chips)
        whole.addLayout(body, 1)
        stops: list[QWidget] = [self.box, self.results, self.preview.view, self.bulk_button, self.export.button, self.order,
                                 self.builder_button, self.people_button, self.examples_button]
        for before, after in itertools.pairwise(stops):
            QWidget.setTabOrder(before, after)
        self.facets.follow(self.results)

    def _connect(self) -> None:
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.ask)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(BEHIND_MS)
        self._again.timeout.connect(lambda: self._shown and self.ask())
        self.box.typed.connect(self._on_typed)
        self.box.looked_back.connect(self.look_back)
        self.box.returnPressed.connect(self._on_return)
        self.box.went_down.connect(self._on_down)
        self.asking.answered.connect(self._show)
        self.asking.meant.connect(self._show_meant)
        self.asking.failed.connect(self._on_failed)
        self.asking.slow.connect(self._busy.setVisible)
        self.order.currentIndexChanged.connect(lambda _at: self.ask())
        self.results.opened.connect(self._open_row)
        self.results.looked.connect(lambda _row: self.look_at())
        self.results.stepped.connect(self.preview.step)
        self.results.left.connect(self.box.setFocus)
        self.results.customContextMenuRequested.connect(self._offer_row)
        self.results.selectionModel().selectionChanged.connect(lambda _on, _off: self._offer_bulk())
        self.results.selectionModel().currentChanged.connect(lambda _now, _before: self._on_row())
        self.model.dataChanged.connect(lambda *_rows: self._on_row())
        self.preview.opened.connect(lambda: self._open_row(self.results.here))
        self.preview.wanted.connect(self.look_at)
        self.preview.closed.connect(self._on_preview_closed)
        self.preview.expired.connect(self.model.refresh)
        self.bulk_button.clicked.connect(self.edit_many)
        self.export.carried.connect(self._note)
        for id, work in (
            ("back", self._on_escape), ("people", self._to_people), ("like", self.like), ("builder", self.build),
            ("past", self.look_back), ("save_search", self.save), ("examples", self.show_examples),
            ("export", self.export.choose),
        ):
            actions.make(id, self, work)

    def _fill_orders(self) -> None:
        self.order.fill([(order, wording.say(f"search.order.{order.value}")) for order in Order])

    def _arrange(self) -> None:
        """What there is room for beside the list."""
        some = bool(self._shown and (self.model.rowCount() or self.facets.filters))
        self.facets.setVisible(some and not (self._beside and self.width() < NARROW_PX))
        self.order.setVisible(some)
        self.export.offer(self._shown.question if some and self._shown and self._shown.like is None and not self._beside else None)
        self._offer_bulk()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # A record may have been unmasked or covered again meanwhile.
        self.model.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.past.hide()
        self._arrange()

    # -- answers

    def _show(self, wanted: Asked, answer: Answer) -> None:
        if wanted != self.wanted():
            return
        results = answer.results
        kept = self.model.id_at(self.results.here) if wanted == self._shown and self.model.rowCount() else 0
        self._shown, self._found = wanted, results.total
        self.notes.show_notes(results.notes, behind=answer.behind, filed=answer.filed)
        self.model.show(tuple(hit.item_id for hit in results.hits))
        self.facets.show_counts(answer.facets)
        if results.total:
            cut = "_cut" if results.total > len(results.hits) else ""
            say(self._total, f"search.total{cut}" if results.exact else f"search.at_most{cut}",
                n=f"{results.total:,}", m=f"{len(results.hits):,}")
            self.shelf.show_content()
            row = next((row for row, hit in enumerate(results.hits) if hit.item_id == kept), 0)
            self.results.setCurrentIndex(self.model.index(row, 0))
        else:
            plain(self._total, "")
            self._say_nothing(wanted)
            self.preview.put_away()
        self._arrange()
        if answer.behind:
            self._again.start()

    def _say_nothing(self, wanted: Asked) -> None:
        if wanted.like is not None:
            self.shelf.show_empty("search.nothing_like")
        elif wanted.question.filters:
            self.shelf.show_empty("search.nothing_filtered")
        else:
            self.shelf.show_empty("search.nothing", query=wanted.question.query)

    def _show_meant(self, wanted: Asked, instead: Any) -> None:
        if wanted == self.wanted():
            self.notes.offer(instead)

    def _show_begin(self) -> None:
        self._shown = None
        self.notes.clear()
        self.model.show(())
        self.facets.show_counts({})
        plain(self._total, "")
        self.shelf.show_empty("search.begin")
        self.preview.put_away()
        self._arrange()

    def _on_failed(self, error: BaseException) -> None:
        plain(self._total, "")
        self.shelf.show_trouble(error, self.ask)

    def _on_categories(self, categories: list[Category]) -> None:
        self.facets.know(categories)
        self.facets.reword()
        self.chips.show_asked(self.wanted(), self.facets.categories)

    def _offer_bulk(self) -> None:
        chosen, listed = len(self.results.selectionModel().selectedRows()), self.model.rowCount()
        self.bulk_button.setVisible(self.station.may("bulk_edit") and (chosen > 1 or not self._beside))
        if chosen > 1:
            say(self.bulk_button, "search.bulk_chosen", n=f"{chosen:,}")
        elif listed:
            say(self.bulk_button, "search.bulk_all", n=f"{listed:,}")
        else:
            say(self.bulk_button, "search.bulk")

    # -- what the person does

    def _on_typed(self) -> None:
        self._like, self._settled = None, False
        self._pause.start()

    def _on_return(self) -> None:
        if self._shown == self.wanted() and self.model.rowCount():
            self._open_row(self.results.here)
        else:
            self._settled = True
            self.ask()

    def _on_down(self) -> None:
        if self.model.rowCount():
            self.results.setFocus()
        elif not self.box.text():
            self.look_back()

    def _on_escape(self) -> None:
        if self.past.isVisible():
            self.past.hide()
            self.box.setFocus()
        elif self.preview.isVisible():
            self.preview.put_away()
        elif self._like is not None:
            self._on_dropped(LIKE, "")
        else:
            self.box.wipe()

    def _on_dropped(self, facet: str, value: str) -> None:
        if facet == LIKE:
            self.open(self._before)
        else:
            self.facets.drop(DATE if facet == DATE else facet, value)

    def _on_clear(self) -> None:
        self._like = None
        self.facets.set(NO_FILTERS)
        self.ask()
        self.box.setFocus()

    def _on_row(self) -> None:
        if self.preview.isVisible() and self.model.rowCount():
            found = self._chosen()
            self.preview.stand_for(self.model.id_at(self.results.here), found.item if found else None)

    def _on_preview_closed(self) -> None:
        self._beside = False
        self._arrange()
        if self.model.rowCount() and not self.box.hasFocus():
            self.results.setFocus()

    def _offer_row(self, at: QPoint) -> None:
        found = self._chosen()
        if found is None or found.item is None:
            return
        item = found.item
        acts = [
            ("search.open", "", lambda: self._open_row(self.results.here)),
            ("search.look", "look", self.look_at),
            ("search.like", "like", self.like),
            ("search.copy_code", "", lambda: QGuiApplication.clipboard().setText(item.reference_code)),
        ]
        if item.volume_id is not None and self.station.may("view_volume"):
            acts.append(("volumes.show", "", lambda: self.desk.go("volume", item.volume_id)))
        self.results.offer_menu(at, acts)

    def _to_people(self) -> None:
        if self.station.may("look_up_entity"):
            self.desk.go("people", self.box.text().strip())

    def _ask_purpose(self) -> None:
        """What papers are searched by name for; then they are."""
        people = self.station.people
        PurposeDialog(self, people.searching, lambda _grant: self.ask(), key="people.by_name").open()

    # -- inside

    def _to_save(self) -> Question | None:
        wanted = self.wanted()
        return wanted.question if wanted and wanted.like is None else None

    def _query(self) -> str:
        return self._shown.question.query if self._shown and self._shown.like is None else ""

    def _chosen(self) -> Found | None:
        return self.model.record(self.results.here)

    def _open_row(self, row: int) -> None:
        self._note()
        found = self.model.record(row)
        page = found.snippet.page if found is not None else 0
        place = Place(self.model.id_at(row), self._query(), page)
        self.preview.put_away()
        self.desk.go("record", place)

    def _note(self) -> None:
        """The person works with this answer: it is worth coming back to."""
        shown = self._shown
        if shown is None or shown.like is not None or shown.question == self._noted or not self.station.may("note_search"):
            return
        self._noted, found = shown.question, self._found
        self.run("write", lambda _job: self.station.searches.note(shown.question, found))
