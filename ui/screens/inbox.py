"""ui/screens/inbox.py — papers that wait: the list, the page picture, the description; one key files and the next is
there.

The form is never overwritten while a person works on a paper: events refresh the list, the paper stays until it is
filed, set aside or gone. The first page of the next papers is fetched ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.drafts import Unfinished
from app.filing import Invalid, Problem
from app.inspection import tell
from app.jobs import Job
from storage.records import Arrival, Category, Item, ItemDraft
from storage.records.inspection import Fault
from storage.records.volumes import Volume
from ui import actions
from ui.desk import Desk
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.models.pictures import Pictures
from ui.phrases import name, plain, say
from ui.screens.inbox_form import InboxForm
from ui.screens.inbox_more import Patterns
from ui.screens.screen import Screen
from ui.screens.set_aside import SetAsideDialog
from ui.screens.volumes_into import IntoVolume
from ui.stylesheet import look
from ui.widgets.layout import button, card, column, label, row, rule, text
from ui.widgets.page_view import PageView
from ui.widgets.states import Shelf
from ui.widgets.table import Table

PAUSE_MS = 250
AHEAD = 2
PAPERS: tuple[Column[Arrival], ...] = (Column("inbox.papers", lambda arrival: _heading(arrival)),)


class InboxScreen(Screen):
    title = "action.inbox"
    needs = frozenset({"file"})
    concerns = frozenset({
        "read", "file", "quarantine", "receive", "recognise_duplicate", "file_into", "open_volume", "describe_volume",
        "file_volume", "split_volume", "join_volume", "withdraw_volume", "split_arrival", "add_document", "replace_document",
    })

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._pictures = Pictures(self.station)
        self._now: Arrival | None = None
        self._page = 1
        self._busy = False
        self._wanted = 0
        # What was changed on papers that were left before they were filed.
        self._written: dict[int, Mapping[str, Any]] = {}
        self._check: Job[tuple[list[Problem], str]] | None = None
        self._model = ListedModel(PAPERS)
        self.form = InboxForm()
        self.patterns = Patterns(self)
        self.into = IntoVolume(self, desk)
        self.into.changed.connect(self._ask_check)
        self.papers = Table(self._model, PAPERS, desk.theme)
        self.papers.horizontalHeader().hide()
        name(self.papers, "inbox.papers")
        self.papers.selectionModel().currentRowChanged.connect(lambda now, _before: self._on_row(now.row()))
        self.papers.chosen.connect(lambda _row: self.form.setFocus())
        self.view = PageView(desk.theme, fit="width")
        self.view.turned.connect(self._turn)
        self.form.edited.connect(self._on_edited)
        self.form.submitted.connect(self.accept)
        self._code = text("code", selectable=True)
        self._code.setMinimumHeight(20)
        self.accept_button = button("inbox.accept", "primary", theme=desk.theme, drawing="check")
        look(self.accept_button, "primary", scale="big")
        self.skip_button = button("inbox.skip", theme=desk.theme, drawing="skip")
        self.aside_button = button("inbox.aside", theme=desk.theme, drawing="return")
        self.accept_button.clicked.connect(self.accept)
        self.skip_button.clicked.connect(self.skip)
        self.aside_button.clicked.connect(self.set_aside)
        for made, id in ((self.accept_button, "accept"), (self.skip_button, "skip"), (self.aside_button, "quarantine")):
            made.setToolTip(actions.keys(id))
        self._work = self._arrange()
        self.shelf = Shelf(self._work, desk.theme, empty="inbox.empty", drawing="done")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 14)
        whole.addWidget(self.shelf)
        for id, work in (
            ("accept", self.accept), ("skip", self.skip), ("quarantine", self.set_aside),
            ("page_next", lambda: self._turn(1)), ("page_back", lambda: self._turn(-1)),
            ("same_as_last", self.patterns.same_as_last),
        ):
            actions.make(id, self, work)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask_check)
        self.setFocusProxy(self.form)
        self.shelf.show_busy()

    # -- what the window asks

    def open(self, subject: object) -> None:
        if isinstance(subject, int):
            self._wanted = subject
            self.mark()
        elif isinstance(subject, Volume):
            self.into.choose_volume(subject)

    def unfinished(self) -> list[Unfinished]:
        self._remember()
        papers = [Unfinished("inbox", f"arrival:{id}", {"fields": fields}) for id, fields in self._written.items()]
        return [*papers, *super().unfinished()]

    def whereabouts(self) -> Unfinished:
        return Unfinished("", f"arrival:{self._now.id}" if self._now else "", {})

    def take_up(self, one: Unfinished) -> None:
        """What was written on a paper comes back with it."""
        self._written[one.about] = one.content["fields"]
        if self._now is not None and self._now.id == one.about:
            self.form.write(self._written[one.about])

    def refresh(self) -> None:
        self.run("view", lambda _job: self._look(), done=self._show, failed=self._on_failed)
        self.into.refresh()

    def reword(self) -> None:
        self.form.reword()
        self.into.reword()
        self.shelf.reword()
        self._ask_check()

    # -- what the person does

    @property
    def now(self) -> Arrival | None:
        """The paper that is being described."""
        return self._now

    def file_together(self, arrival: Arrival, others: Sequence[int], draft: ItemDraft) -> None:
        """The paper and others become one item, here or in the volume that is chosen."""
        if self._busy:
            return
        self._set_busy(True)
        volume = self.into.volume()
        documents = self.station.description.documents

        def file(_job: object) -> Item:
            if volume is None:
                return documents.file_together([arrival.id, *others], draft)
            item = self.station.volumes.file_into(arrival.id, draft, volume.id)
            for other in others:
                documents.add(item.id, other)
            return item

        self.run("write", file, done=lambda item: self._on_filed(arrival, item), failed=self._on_refused)

    def accept(self) -> None:
        """File the paper as the form describes it."""
        arrival, draft = self._now, self.form.draft()
        if arrival is None or self._busy:
            return
        self._set_busy(True)
        volume = self.into.volume()

        def file(_job: object) -> Item:
            if volume is not None:
                return self.station.volumes.file_into(arrival.id, draft, volume.id)
            return self.station.file(arrival.id, draft)

        self.run("write", file, done=lambda item: self._on_filed(arrival, item), failed=self._on_refused)

    def skip(self) -> None:
        """Leave the paper for later and take the next."""
        if self._now is not None and len(self._model) > 1:
            self._select((self._row() + 1) % len(self._model))
            self.form.setFocus()

    def set_aside(self) -> None:
        """Not to be filed: ask why, then quarantine."""
        if self._now is not None and not self._busy:
            dialog = SetAsideDialog(self, self._now.name)
            dialog.accepted.connect(lambda: self._set_aside(dialog.reason))
            dialog.open()

    # -- inside

    def _arrange(self) -> QWidget:
        left, papers = card(margins=0, spacing=0)
        left.setFixedWidth(176)
        self._count = text("heading")
        head = row(self._count)
        head.setContentsMargins(12, 10, 12, 8)
        papers.addLayout(head)
        papers.addWidget(self.papers, 1)
        right = QFrame()
        look(right, "card")
        right.setFixedWidth(364)
        inside = QVBoxLayout(right)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        inside.addWidget(self.patterns)
        inside.addWidget(self.form, 1)
        inside.addWidget(rule())
        into = row(label("volumes.into", "label"), self.into)
        into.setStretch(1, 1)
        foot = column(
            self.form.help,
            into,
            row(label("inbox.code", "label"), self._code, None),
            row(self.accept_button, self.skip_button, self.aside_button),
            spacing=8,
        )
        foot.setContentsMargins(16, 8, 16, 12)
        inside.addLayout(foot)
        body = QWidget()
        line = QHBoxLayout(body)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(left)
        line.addWidget(self.view, 1)
        line.addWidget(right)
        # The order of the hands: the description, what to do with it, then the picture and the list.
        QWidget.setTabOrder(self.form.remarks, self.into)
        QWidget.setTabOrder(self.into, self.accept_button)
        QWidget.setTabOrder(self.accept_button, self.skip_button)
        QWidget.setTabOrder(self.skip_button, self.aside_button)
        return body

    def _look(self) -> tuple[list[Arrival], list[Category], list[int]]:
        return self.station.inbox(), self.station.categories(), self.station.years()

    def _show(self, found: tuple[list[Arrival], list[Category], list[int]]) -> None:
        if self._busy:
            # While a paper is being filed its place is kept: the answer moves on, and a key pressed then is not lost.
            self._stale = True
            return
        papers, categories, years = found
        before = self._row()
        if categories != self.form._known or years != self.form._years:
            self.form.know(categories, years)
        self.papers.selectionModel().blockSignals(True)
        self._model.show(papers)
        self.papers.selectionModel().blockSignals(False)
        say(self._count, "inbox.count", n=len(papers))
        if not papers:
            self._now = None
            self.shelf.show_empty()
            return
        was_here = self.shelf.showing == "content"
        self.shelf.show_content()
        here = self._row()
        wanted = next((row for row, paper in enumerate(papers) if paper.id == self._wanted), -1)
        if wanted >= 0:
            self._wanted = 0
            self._select(wanted)
        elif here >= 0:
            self._mark(here)
        else:
            self._now = None
            self._select(min(max(before, 0), len(papers) - 1))
        if not was_here and self.isVisible():
            self.form.setFocus()
        self._fetch_ahead()

    def _remember(self) -> None:
        """What the form says of the paper at hand, beyond what was suggested."""
        if self._now is not None:
            written = self.form.written()
            if written:
                self._written[self._now.id] = written
            else:
                self._written.pop(self._now.id, None)

    def _row(self) -> int:
        if self._now is None:
            return -1
        return next((n for n in range(len(self._model)) if self._model.record(n).id == self._now.id), -1)

    def _select(self, row: int) -> None:
        self._mark(row)
        self._on_row(row)

    def _mark(self, row: int) -> None:
        index = self._model.index(row, 0)
        selection = self.papers.selectionModel()
        selection.blockSignals(True)
        flags = QItemSelectionModel.SelectionFlag
        selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        selection.blockSignals(False)
        self.papers.scrollTo(index)
        self.papers.viewport().update()

    def _on_row(self, row: int) -> None:
        if not 0 <= row < len(self._model):
            return
        arrival = self._model.record(row)
        if self._now is not None and arrival.id == self._now.id:
            return
        self._remember()
        self._now, self._page = arrival, 1
        self.form.show_draft(arrival.suggestion or ItemDraft(page_count=arrival.page_count))
        if arrival.id in self._written:
            self.form.write(self._written[arrival.id])
        plain(self._code, "")
        self._show_page()
        self._ask_check()
        self._fetch_ahead()

    def _turn(self, by: int) -> None:
        if self._now is not None and 1 <= self._page + by <= self._now.page_count:
            self._page += by
            self._show_page()

    def _show_page(self) -> None:
        arrival, page = self._now, self._page
        if arrival is None or arrival.object_id is None or not arrival.page_count:
            self.view.show_nothing()
            return

        def still() -> bool:
            return self._now is not None and (self._now.id, self._page) == (arrival.id, page)

        def here(image: QImage) -> None:
            if still():
                self.view.show_page(image, page, arrival.page_count)
                if page < arrival.page_count and arrival.object_id is not None:
                    self._pictures.ahead(arrival.object_id, page + 1)

        def failed(error: BaseException) -> None:
            if still():
                self.view.show_trouble(error)

        if not self._pictures.want(arrival.object_id, page, here, failed):
            self.view.show_loading(page, arrival.page_count)

    def _fetch_ahead(self) -> None:
        row = self._row()
        for next_row in range(row + 1, min(row + 1 + AHEAD, len(self._model))):
            arrival = self._model.record(next_row)
            if arrival.object_id is not None and arrival.page_count:
                self._pictures.ahead(arrival.object_id, 1)

    def _on_edited(self) -> None:
        self._pause.start()

    def _ask_check(self) -> None:
        self._pause.stop()
        if self._check is not None:
            self._check.cancel()
        if self._now is None:
            return
        draft, volume = self.form.draft(), self.into.volume()

        def ask(_job: Job[tuple[list[Problem], str]]) -> tuple[list[Problem], str]:
            if volume is not None:
                return self.station.volumes.check_paper(draft), ""
            problems = self.station.check(draft)
            return problems, "" if problems else self.station.next_code(draft)

        self._check = self.run("view", ask, done=self._on_checked)

    def _on_checked(self, answer: tuple[list[Problem], str]) -> None:
        problems, code = answer
        self.form.show_problems(problems)
        if problems:
            say(self._code, "inbox.no_code")
        elif not code:
            say(self._code, "volumes.no_code")
        else:
            plain(self._code, code)
        look(self._code, "code" if code else "muted")

    def _on_filed(self, arrival: Arrival, item: Item) -> None:
        self._set_busy(False)
        self.desk.messages.clear()
        if item.reference_code:
            self.desk.messages.tell("inbox.filed", code=item.reference_code)
        else:
            self.desk.messages.tell("volumes.filed_into", position=item.position)
        self.run("view", lambda _job: self.station.inspection.of_item(item.id), done=self._on_looked_over)
        self.leave_paper(arrival)

    def _on_looked_over(self, faults: list[Fault]) -> None:
        """What the inspection has to say of the record just filed: it is filed, and worth a second look."""
        if faults:
            self.desk.messages.tell("inspection.filed_found", n=len(faults), first=tell(faults[0]).what)

    def _on_refused(self, error: BaseException) -> None:
        self._set_busy(False)
        self._freshen()
        if isinstance(error, Invalid):
            self.form.show_problems(error.problems, focus=True)
        else:
            self.desk.messages.trouble(error)

    def _set_aside(self, reason: str) -> None:
        arrival = self._now
        if arrival is None:
            return
        self._set_busy(True)
        self.run("write", lambda _job: self.station.quarantine(arrival.id, reason),
                 done=lambda _none: self._on_set_aside(arrival), failed=self._on_refused)

    def _on_set_aside(self, arrival: Arrival) -> None:
        self._set_busy(False)
        self.desk.messages.tell("inbox.set_aside_done")
        self.leave_paper(arrival)

    def leave_paper(self, arrival: Arrival) -> None:
        """The paper is done: the next one is shown at once, before the list is asked for again."""
        self._written.pop(arrival.id, None)
        if self._now is None or self._now.id != arrival.id:
            # The event was faster than the answer, and the next paper stands there already.
            if self._now is not None:
                self.form.setFocus()
            return
        row = self._row()
        left = [self._model.record(n) for n in range(len(self._model)) if n != row]
        self._now = None
        self.papers.selectionModel().blockSignals(True)
        self._model.show(left)
        self.papers.selectionModel().blockSignals(False)
        say(self._count, "inbox.count", n=len(left))
        if left:
            self._select(min(row, len(left) - 1))
            self.form.setFocus()
        else:
            self.shelf.show_empty()
        self.mark()

    def _on_failed(self, error: BaseException) -> None:
        self.shelf.show_trouble(error, self.refresh)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        for part in (self.accept_button, self.skip_button, self.aside_button):
            part.setEnabled(not busy)


def _heading(arrival: Arrival) -> str:
    """A paper is known by its title; by its file name as long as nobody has read one."""
    return arrival.suggestion.title if arrival.suggestion and arrival.suggestion.title else arrival.name
