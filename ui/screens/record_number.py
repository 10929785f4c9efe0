"""ui/screens/record_number.py — 改号: another series, the number to come, and why. The old number stays this record's for ever."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit

from app.jobs import Job
from storage.records import Category, Item, State
from ui.models import choices
from ui.phrases import plain
from ui.screens.record_dialog import RecordDialog
from ui.screens.screen import Screen
from ui.widgets.form import Choice, Field, Fields, Picker
from ui.widgets.layout import column, label, row, text

PAUSE_MS = 200


@dataclass(frozen=True, slots=True)
class _Known:
    item: Item
    categories: list[Category]
    years: list[int]


def fits(item: Item) -> bool:
    return item.volume_id is None and item.state is State.FILED


def open_for(screen: Screen, item: Item) -> None:
    station = screen.station
    screen.run(
        "view", lambda _job: _Known(station.description.raw(item.id), station.categories(), station.years()),
        done=lambda known: RenumberDialog(screen, known).open(),
    )


class RenumberDialog(RecordDialog):
    def __init__(self, screen: Screen, known: _Known) -> None:
        item = known.item
        super().__init__(screen, "renumber.title", item.reference_code, yes="renumber.yes", width=560)
        self._item = item
        self._asked: Job[str] | None = None
        self.category, self.year, self.retention = Picker(), Choice(), Choice()
        self.office, self.reason = QLineEdit(item.office), QLineEdit()
        self.category.fill(choices.categories(known.categories))
        self.year.fill(choices.years([*known.years, item.year]))
        self.retention.fill(choices.retentions())
        self.category.choose(item.category)
        self.year.choose(item.year)
        self.retention.choose(item.retention)
        fields = {
            "category": Field("field.category", self.category), "year": Field("field.year", self.year),
            "retention": Field("field.retention", self.retention), "office": Field("field.office", self.office),
            "reason": Field("field.reason", self.reason, hint="renumber.reason_hint"),
        }
        self.fields = Fields(fields)
        self.code = text("code", selectable=True)
        self.code.setMinimumHeight(22)
        together = row(fields["year"], fields["retention"], fields["office"], spacing=12)
        for place in range(3):
            together.setStretch(place, 1)
        self.arrange(column(
            label("renumber.advice", "muted", wrap=True), fields["category"], together, fields["reason"],
            row(label("renumber.new", "label"), self.code, None, spacing=10), None, spacing=12,
        ))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        for which in ("category", "year", "retention", "office"):
            fields[which].edited.connect(lambda: self._pause.start())
        self.yes.setEnabled(False)
        self.category.setFocus()

    def take(self) -> None:
        item, reason = self._item, self.reason.text()
        category, year, retention, office = self._series()
        self.act(
            lambda: self.station.description.renumber(item.id, category, year, retention, office, reason, item.changed_seq),
            self._on_done, lambda problems: self.fields.show_problems(problems, focus=True),
        )

    def _series(self):  # type: ignore[no-untyped-def]
        return self.category.value() or "", self.year.value() or 0, self.retention.value(), self.office.text()

    def _ask(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
        item, series = self._item, self._series()
        self._asked = self.screen.run(
            "view", lambda _job: self.station.description.renumbered(item, *series), done=self._show_code
        )

    def _show_code(self, code: str) -> None:
        item, (category, year, retention, office) = self._item, self._series()
        same = (category, year, retention, office.strip().upper()) == (
            item.category, item.year, item.retention, item.office
        )
        plain(self.code, "" if same else code)
        self.yes.setEnabled(not same)

    def _on_done(self, item: Item) -> None:
        self.accept()
        self.screen.desk.messages.tell("renumber.done", code=item.reference_code)
