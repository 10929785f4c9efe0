"""ui/screens/record_history.py — 历史: every change of a description, who made it, when and why, and what was changed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

from app import wording
from app.description import Revision
from storage.records import Item
from storage.records.descriptions import FormerCode
from ui.models.columns import Column, moment
from ui.models.listed import ListedModel
from ui.phrases import name, say
from ui.screens.record_dialog import RecordDialog
from ui.screens.screen import Screen
from ui.widgets.differences import DifferenceView
from ui.widgets.layout import column, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

REVISIONS: tuple[Column[Revision], ...] = (
    Column("history.when", lambda one: moment(one.at), 132),
    Column("history.who", lambda one: one.agent_name, 110),
    Column("history.what", lambda one: wording.event(one.event)),
)


@dataclass(frozen=True, slots=True)
class _Past:
    revisions: list[Revision]
    codes: list[FormerCode]


def open_for(screen: Screen, item: Item) -> None:
    HistoryDialog(screen, item).open()


class HistoryDialog(RecordDialog):
    def __init__(self, screen: Screen, item: Item) -> None:
        super().__init__(screen, "history.title", item.reference_code, yes="history.close", width=860)
        self.no.hide()
        theme = screen.desk.theme
        self._model = ListedModel(REVISIONS)
        self.table = Table(self._model, REVISIONS, theme)
        name(self.table, "history.title")
        self.table.selectionModel().currentRowChanged.connect(lambda now, _before: self._on_row(now.row()))
        self._codes = text("small", wrap=True, selectable=True)
        self._codes.hide()
        self._reason = text(wrap=True, selectable=True)
        self.view = DifferenceView("history.nothing")
        self.shelf = Shelf(self.table, theme, empty="history.none", drawing="clock")
        self.shelf.setFixedWidth(430)
        said = row(label("field.reason", "label"), self._reason, spacing=10)
        said.setStretch(1, 1)
        said.setAlignment(Qt.AlignmentFlag.AlignTop)
        right = column(said, self.view, spacing=12)
        right.setStretch(1, 1)
        content = column(self._codes, row(self.shelf, right, spacing=18), spacing=10)
        content.setStretch(1, 1)
        self.arrange(content)
        self.resize(900, 520)
        self.shelf.show_busy()
        station = self.station.description
        screen.run(
            "view", lambda _job: _Past(station.history(item.id), station.former_codes(item.id)), done=self._show,
            failed=self.shelf.show_trouble,
        )

    def _show(self, past: _Past) -> None:
        if past.codes:
            codes = "、".join(one.reference_code for one in past.codes)
            say(self._codes, "history.codes", codes=codes)
            self._codes.show()
        self._model.show(past.revisions)
        if past.revisions:
            self.shelf.show_content()
            self.table.setCurrentIndex(self._model.index(0, 0))
            self.table.setFocus()
        else:
            self.shelf.show_empty()

    def _on_row(self, row: int) -> None:
        if 0 <= row < len(self._model):
            revision = self._model.record(row)
            self._reason.setText(revision.reason or wording.say("description.empty"))
            self.view.show_differences(revision.differences)
