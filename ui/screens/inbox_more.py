"""ui/screens/inbox_more.py — what saves typing in the inbox: the same as the last one, templates, several files as one item, one
scan as several.

A row above the description. A pattern fills the form and files nothing; what belongs to one paper alone is never taken over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QMenu, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.description import follow
from app.filing import Problem
from storage.records import Arrival, Item, ItemDraft
from storage.records.descriptions import Part, Template
from ui import actions
from ui.phrases import name
from ui.screens import choose_papers
from ui.screens.page_preview import PagePreview
from ui.screens.record_dialog import RecordDialog
from ui.stylesheet import look
from ui.widgets.form import Field, Fields
from ui.widgets.layout import button, column, label, row

if TYPE_CHECKING:
    from ui.screens.inbox import InboxScreen


class Patterns(QWidget):
    """The row. `screen.now` is the paper, `screen.form` its description."""

    def __init__(self, screen: InboxScreen) -> None:
        super().__init__()
        self._screen, self._station = screen, screen.station
        self.same_button = button("patterns.same", "link")
        self.same_button.setToolTip(actions.keys("same_as_last"))
        self.template_button = button("patterns.templates", "link")
        self.more_button = button("patterns.more", "link")
        self.menu = QMenu(self)
        self.same_button.clicked.connect(self.same_as_last)
        self.template_button.clicked.connect(self._ask_templates)
        self.more_button.clicked.connect(self._offer_more)
        line = row(self.same_button, self.template_button, None, self.more_button, spacing=6)
        line.setContentsMargins(12, 4, 12, 2)
        self.setLayout(line)

    def same_as_last(self) -> None:
        """Fill the form from the record this person filed last."""

        def fill(last: Item | None) -> None:
            if last is None:
                self._screen.desk.messages.tell("patterns.none_last")
            else:
                self._fill(last.draft)

        self._screen.run("view", lambda _job: self._station.description.last_filed(), done=fill)

    def join(self) -> None:
        """The paper and others of the inbox become one item."""
        arrival, draft = self._screen.now, self._screen.form.draft()
        if arrival is None:
            return

        def file(others: Sequence[Arrival]) -> None:
            self._screen.file_together(arrival, [one.id for one in others], draft)

        choose_papers.ask(self._screen, "papers.join", file, several=True, without={arrival.id})

    def divide(self) -> None:
        """The paper holds several: pages are dealt out to as many items."""
        arrival = self._screen.now
        if arrival is not None and arrival.page_count > 1:
            DivideScan(self._screen, arrival, self._screen.form.draft()).open()

    # -- inside

    def _fill(self, pattern: ItemDraft) -> None:
        form = self._screen.form
        form.show_draft(follow(pattern, form.draft()))
        form.edited.emit()
        form.setFocus()

    def _ask_templates(self) -> None:
        self._screen.run("view", lambda _job: self._station.description.templates(), done=self._offer_templates)

    def _offer_templates(self, templates: list[Template]) -> None:
        self.menu.clear()
        for one in templates:
            self.menu.addAction(one.name, lambda one=one: self._fill(one.description))  # type: ignore[misc]
        if templates:
            self.menu.addSeparator()
        if self._station.may("keep_template"):
            self.menu.addAction(wording.say("patterns.keep"), self._keep)
        if templates and self._station.may("drop_template"):
            drop = self.menu.addMenu(wording.say("patterns.drop"))
            for one in templates:
                drop.addAction(one.name, lambda one=one: self._drop(one))  # type: ignore[misc]
        self._popup(self.template_button)

    def _offer_more(self) -> None:
        self.menu.clear()
        arrival = self._screen.now
        self.menu.addAction(wording.say("patterns.join"), self.join)
        divide = self.menu.addAction(wording.say("patterns.divide"), self.divide)
        divide.setEnabled(arrival is not None and arrival.page_count > 1 and self._station.may("split_arrival"))
        self._popup(self.more_button)

    def _popup(self, under: QWidget) -> None:
        self.menu.popup(under.mapToGlobal(under.rect().bottomLeft()))

    def _keep(self) -> None:
        KeepTemplate(self._screen, self._screen.form.draft()).open()

    def _drop(self, template: Template) -> None:
        def drop() -> None:
            self._screen.run(
                "write", lambda _job: self._station.description.drop_template(template.id),
                done=lambda _none: self._screen.desk.messages.tell("patterns.dropped", name=template.name),
            )

        self._screen.desk.messages.ask("patterns.drop_one", drop, name=template.name)


class KeepTemplate(RecordDialog):
    """A name for a pattern; one of the same name gives way."""

    def __init__(self, screen: InboxScreen, draft: ItemDraft) -> None:
        super().__init__(screen, "template.title", "", yes="template.yes", width=460)
        self._draft = draft
        self.name = QLineEdit()
        self.name.returnPressed.connect(self.take)
        field = Field("field.name", self.name, hint="template.hint")
        self.fields = Fields({"name": field})
        self.arrange(column(label("template.advice", "muted", wrap=True), field, None, spacing=12))
        self.name.setFocus()

    def take(self) -> None:
        wanted, draft = self.name.text(), self._draft
        self.act(
            lambda: self.station.description.keep_template(wanted, draft), lambda _id: self._on_kept(wanted),
            lambda problems: self.fields.show_problems(problems, focus=True),
        )

    def _on_kept(self, wanted: str) -> None:
        self.accept()
        self.screen.desk.messages.tell("template.done", name=wanted)


class DivideScan(RecordDialog):
    """Pages in order; where one is ticked a new item begins. Every page goes to exactly one."""

    def __init__(self, screen: InboxScreen, arrival: Arrival, draft: ItemDraft) -> None:
        super().__init__(screen, "divide_scan.title", "", yes="divide_scan.yes", width=900)
        self._inbox, self._arrival, self._draft = screen, arrival, draft
        self.titles: list[QLineEdit] = []
        self._typed = {1: draft.title}
        self.list = QListWidget()
        look(self.list, "card")
        name(self.list, "divide_scan.begins")
        for number in range(1, arrival.page_count + 1):
            line = QListWidgetItem(wording.say("files.page", n=number))
            flags = line.flags() | Qt.ItemFlag.ItemIsUserCheckable
            # The first page always begins the first item.
            line.setFlags(flags if number > 1 else flags & ~Qt.ItemFlag.ItemIsUserCheckable)
            line.setCheckState(Qt.CheckState.Checked if number == 1 else Qt.CheckState.Unchecked)
            self.list.addItem(line)
        self.list.setFixedWidth(170)
        self.list.currentRowChanged.connect(self._on_row)
        self.list.itemChanged.connect(lambda _line: self._on_checked())
        self.view = PagePreview(screen.station, screen.desk.theme)
        self.view.turned.connect(lambda by: self.list.setCurrentRow(self.list.currentRow() + by))
        self._parts = QScrollArea()
        self._parts.setWidgetResizable(True)
        self._parts.setFrameShape(QScrollArea.Shape.NoFrame)
        body = row(
            column(label("divide_scan.begins", "strong", wrap=True), self.list), self.view,
            column(label("divide_scan.parts", "strong"), self._parts), spacing=16,
        )
        body.setStretch(1, 1)
        body.setStretch(2, 1)
        content = column(label("divide_scan.advice", "muted", wrap=True), body, spacing=10)
        content.setStretch(1, 1)
        self.arrange(content)
        self.resize(980, 600)
        self.list.setCurrentRow(0)
        self.list.setFocus()
        self._on_checked()

    def parts(self) -> list[Part]:
        """The items as they stand here."""
        begins = self._begins()
        parts = []
        for place, (first, title) in enumerate(zip(begins, self.titles, strict=True)):
            last = begins[place + 1] - 1 if place + 1 < len(begins) else self._arrival.page_count
            draft = replace(self._draft, title=title.text(), page_count=last - first + 1)
            if place:
                draft = replace(draft, document_no="", sub_title="", parallel_title="", abstract="", attachment_count=0)
            parts.append(Part(tuple(range(first, last + 1)), draft))
        return parts

    def take(self) -> None:
        arrival, parts = self._arrival, self.parts()
        self.act(
            lambda: self.station.description.documents.split_arrival(arrival.id, parts), self._on_done, self._show_problems
        )

    def _begins(self) -> list[int]:
        checked = Qt.CheckState.Checked
        return [place + 1 for place in range(self.list.count()) if self.list.item(place).checkState() == checked]

    def _on_row(self, place: int) -> None:
        if place >= 0 and self._arrival.object_id is not None:
            self.view.want(self._arrival.object_id, place + 1, place + 1, self.list.count())

    def _on_checked(self) -> None:
        begins = self._begins()
        sheet = QWidget()
        inside = QVBoxLayout(sheet)
        inside.setContentsMargins(0, 0, 6, 0)
        inside.setSpacing(10)
        self.titles, fields = [], {}
        for place, first in enumerate(begins):
            last = begins[place + 1] - 1 if place + 1 < len(begins) else self._arrival.page_count
            line = QLineEdit(self._typed.get(first, ""))
            line.textChanged.connect(lambda typed, first=first: self._typed.__setitem__(first, typed))
            line.setCursorPosition(0)
            self.titles.append(line)
            fields[str(place)] = Field("divide_scan.part", line, n=place + 1, first=first, last=last)
            inside.addWidget(fields[str(place)])
        inside.addStretch(1)
        self.fields = Fields(fields)
        self._parts.setWidget(sheet)
        self.yes.setEnabled(len(begins) > 1)

    def _show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """The title of the first part that has none; everything else is the form's business."""
        place = next((place for place, title in enumerate(self.titles) if not title.text().strip()), None)
        homeless = [problem for problem in problems if problem.field != "title" or place is None]
        here = [replace(problem, field=str(place)) for problem in problems if problem.field == "title" and place is not None]
        self.fields.show_problems(here, focus=True)
        return homeless

    def _on_done(self, made: list[Item]) -> None:
        self.accept()
        self.screen.desk.messages.tell("divide_scan.done", n=len(made))
        self._inbox.leave_paper(self._arrival)
