"""ui/screens/record_divide.py — 拆件 and 并件: pages of a record become a new one; two items of an open volume become one.

The new record takes over the description but for its title, date, number and page count; the rest is corrected afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from app import wording
from app.description.documents import Paper
from storage.records import Item, State
from ui.models.pages import Place
from ui.phrases import name, say
from ui.screens.page_preview import PagePreview
from ui.screens.record_dialog import RecordDialog
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.dates import DateField
from ui.widgets.form import Choice, Field, Fields, Lines
from ui.widgets.layout import column, label, row, text


@dataclass(frozen=True, slots=True)
class _Whole:
    item: Item
    papers: list[Paper]


def fits_divide(item: Item) -> bool:
    return item.state is State.OPEN or item.volume_id is None


def fits_merge(item: Item) -> bool:
    return item.state is State.OPEN and item.volume_id is not None


def divide(screen: Screen, item: Item) -> None:
    station = screen.station.description
    screen.run(
        "view", lambda _job: _Whole(station.raw(item.id), station.documents.of(item.id)),
        done=lambda whole: DivideDialog(screen, whole).open(),
    )


def merge(screen: Screen, item: Item) -> None:
    assert item.volume_id is not None
    volume = item.volume_id
    screen.run(
        "view", lambda _job: screen.station.volumes.items(volume),
        done=lambda items: MergeDialog(screen, item, items).open(),
    )


class DivideDialog(RecordDialog):
    def __init__(self, screen: Screen, whole: _Whole) -> None:
        item = whole.item
        super().__init__(screen, "divide.title", item.reference_code, yes="divide.yes", width=860)
        self._item = item
        self._places = [
            (paper.document.id, paper.document.object_id, number) for paper in whole.papers for number in paper.pages
        ]
        self.list = QListWidget()
        name(self.list, "divide.pages")
        for place in range(len(self._places)):
            line = QListWidgetItem(wording.say("files.page", n=place + 1))
            line.setFlags(line.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            line.setCheckState(Qt.CheckState.Unchecked)
            self.list.addItem(line)
        look(self.list, "card")
        self.list.setFixedWidth(150)
        self.list.currentRowChanged.connect(self._on_row)
        self.list.itemChanged.connect(lambda _line: self._on_checked())
        self.view = PagePreview(screen.station, screen.desk.theme)
        self.view.turned.connect(lambda by: self.list.setCurrentRow(self.list.currentRow() + by))
        self.heading, self.date, self.document_no = Lines(56), DateField(), QLineEdit()
        self.date.set_value(item.doc_date)
        self.heading.submitted.connect(self.take)
        fields = {
            "title": Field("field.title", self.heading, hint="help.title"),
            "doc_date": Field("field.doc_date", self.date), "document_no": Field("field.document_no", self.document_no),
        }
        self.fields = Fields(fields)
        self._told = text("muted", wrap=True)
        right = column(*fields.values(), self._told, None, spacing=12)
        body = row(column(label("files.pages", "strong"), self.list), self.view, right, spacing=16)
        body.setStretch(1, 1)
        body.setStretch(2, 1)
        content = column(label("divide.advice", "muted", wrap=True), body, spacing=10)
        content.setStretch(1, 1)
        self.arrange(content)
        self.resize(940, 580)
        if self._places:
            self.list.setCurrentRow(0)
        self.list.setFocus()
        self._on_checked()

    def take(self) -> None:
        item, taken = self._item, self._taken()
        draft = replace(
            item.draft, title=self.heading.toPlainText(), doc_date=self.date.value(), document_no=self.document_no.text(),
            page_count=sum(len(pages) for pages in taken.values()), attachment_count=0, sub_title="", parallel_title="",
            abstract="",
        )
        self.act(
            lambda: self.station.description.documents.split_item(item.id, taken, draft, item.changed_seq), self._on_done,
            lambda problems: self.fields.show_problems(problems, focus=True),
        )

    def _taken(self) -> dict[int, list[int]]:
        taken: dict[int, list[int]] = {}
        for place, (document_id, _object_id, number) in enumerate(self._places):
            if self.list.item(place).checkState() == Qt.CheckState.Checked:
                taken.setdefault(document_id, []).append(number)
        return taken

    def _on_row(self, row: int) -> None:
        _document, object_id, number = self._places[row]
        self.view.want(object_id, number, row + 1, len(self._places))

    def _on_checked(self) -> None:
        count = sum(len(pages) for pages in self._taken().values())
        say(self._told, "divide.told", taken=count, left=len(self._places) - count)
        self.yes.setEnabled(0 < count < len(self._places))

    def _on_done(self, made: Item) -> None:
        self.accept()
        self.screen.desk.messages.tell("divide.done", code=made.reference_code or wording.say("ties.unnumbered"))


class MergeDialog(RecordDialog):
    def __init__(self, screen: Screen, item: Item, others: list[Item]) -> None:
        super().__init__(screen, "merge.title", "", yes="merge.yes", width=560)
        self._item = item
        others = [one for one in others if one.id != item.id]
        self.target = Choice()
        self.target.fill([(one, wording.say("merge.line", position=one.position, title=one.title)) for one in others])
        self.reason = QLineEdit()
        which = text("strong", wrap=True)
        which.setText(item.title)
        self.arrange(column(
            which, label("merge.advice", "muted", wrap=True), Field("merge.target", self.target),
            Field("field.reason", self.reason, hint="merge.reason_hint"), None, spacing=12,
        ))
        self.yes.setEnabled(bool(others))
        self.target.setFocus()

    def take(self) -> None:
        source, target, reason = self._item, self.target.value(), self.reason.text()
        self.act(
            lambda: self.station.description.documents.merge(
                source.id, target.id, reason, (source.changed_seq, target.changed_seq)
            ),
            lambda _item: self._on_done(target),
        )

    def _on_done(self, target: Item) -> None:
        self.accept()
        self.screen.desk.messages.tell("merge.done")
        # The record on screen is no more: the one it went into takes its place.
        self.screen.desk.go("record", Place(target.id, "", 0))
