"""ui/screens/volumes.py — all volumes: what is being made, what is due, what is filed; a new one is one button away.

Rows are fetched where somebody looks. Enter opens the volume on its desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app import wording
from app.jobs import Job
from app.reports.volume_contents import ClassWishes
from app.reports.volume_register import DeadlineWishes
from storage.records import Category, State
from storage.records.volumes import VolumeFilter, VolumePart
from ui import actions
from ui.desk import Desk
from ui.models import choices
from ui.models.paged import PagedModel
from ui.phrases import name, say
from ui.screens.screen import Screen
from ui.screens.volumes_form import VolumeDialog
from ui.screens.volumes_print import Form, open_forms
from ui.screens.volumes_rows import VOLUMES, VolumeRow
from ui.stylesheet import look
from ui.widgets.form import Choice
from ui.widgets.layout import button, card, row, rule, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

PAUSE_MS = 250
EVENTS = frozenset({
    "open_volume", "describe_volume", "file_into", "order_volume", "move_item", "number_pages", "split_volume",
    "join_volume", "withdraw_volume", "file_volume", "seal", "unseal", "change_category", "correct",
})


@dataclass(frozen=True, slots=True)
class _Found:
    ids: list[int]
    categories: list[Category]
    years: list[int]
    left: dict[int, int]
    holidays: str


class VolumesScreen(Screen):
    title = "action.volumes"
    needs = frozenset({"view_volume"})
    concerns = EVENTS

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._known: list[Category] = []
        self._years: list[int] = []
        self._left: dict[int, int] = {}
        self._holidays = ""
        self._asked: Job[_Found] | None = None
        self.search = name(QLineEdit(), "volumes.search")
        say(self.search, "volumes.search", "setPlaceholderText")
        self.search.setClearButtonEnabled(True)
        self.state, self.category, self.year = Choice(), Choice(), Choice()
        for choice, key in ((self.state, "volumes.column_state"), (self.category, "field.category"), (self.year, "field.year")):
            name(choice, key)
            choice.currentIndexChanged.connect(self._on_wish)
        self.state.setFixedWidth(126)
        self.category.setFixedWidth(196)
        self.year.setFixedWidth(116)
        self.search.textChanged.connect(self._on_wish)
        self.new_button = button("volumes.new", "primary", theme=desk.theme, drawing="volumes")
        self.print_button = button("volumes.print_lists", theme=desk.theme, drawing="print")
        self.new_button.clicked.connect(self.new)
        self.print_button.clicked.connect(self.print)
        self._model: PagedModel[VolumeRow] = PagedModel(
            self.station.jobs, "view", self._load, VOLUMES, desk.messages.trouble
        )
        self.table = name(Table(self._model, VOLUMES, desk.theme), "volumes.list")
        self.table.chosen.connect(self._open_row)
        self.shelf = Shelf(self.table, desk.theme, empty="volumes.none", drawing="volumes")
        self._count = text("muted")
        self._arrange()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.refresh)
        actions.make("print", self, self.print)
        actions.make("new_volume", self, self.new)
        self.new_button.setToolTip(actions.keys("new_volume"))
        self.new_button.setVisible(self.station.may("open_volume"))
        self.setFocusProxy(self.table)
        self.shelf.show_busy()
        self._fill()

    # -- what the window asks

    def open(self, subject: object) -> None:
        if subject == "new":
            self.new()

    def refresh(self) -> None:
        self._pause.stop()
        if self._asked is not None:
            self._asked.cancel()
        wanted = self._wanted()
        self._asked = self.run("view", lambda _job: self._look(wanted), done=self._show, failed=self._on_failed)

    def reword(self) -> None:
        self._fill()
        self._model.reword()
        self.shelf.reword()
        self._say_count()

    # -- what the person does

    def new(self) -> None:
        if self.station.may("open_volume"):
            VolumeDialog(self, self.desk, self._known, lambda volume: self.desk.go("volume", volume.id)).open()

    def print(self) -> None:
        """The registers of what the filters show, and what is due."""
        wanted, station = self._wanted(), self.station
        category = next((known for known in self._known if known.code == wanted.category), None)
        secret = VolumePart.SECRET in station.volumes.parts
        made: dict[str, Any] = {"prepared_by": station.agent.name, "prepared_on": date.today().isoformat(), "language": wording.language()}
        of_class = ClassWishes(
            wanted.category, choices.category_name(category) if category else "", wanted.year, secret=secret, **made
        )
        due = DeadlineWishes(date.today().isoformat(), self._holidays, secret, **made)
        open_forms(
            self, self.desk,
            [Form("volume_register", of_class), Form("combined_register", of_class), Form("filing_deadline", due)],
            "-".join(filter(None, (wanted.category, str(wanted.year or "")))) or date.today().isoformat(),
        )

    # -- inside

    def _arrange(self) -> None:
        frame, inside = card(margins=0, spacing=0)
        head = row(self.search, self.state, self.category, self.year, spacing=8)
        head.setStretch(0, 1)
        head.setContentsMargins(14, 12, 14, 12)
        foot = row(self._count, None)
        foot.setContentsMargins(16, 8, 16, 8)
        inside.addLayout(head)
        inside.addWidget(rule())
        inside.addWidget(self.shelf, 1)
        inside.addWidget(rule())
        inside.addLayout(foot)
        top = QWidget()
        top.setLayout(row(self.new_button, None, self.print_button))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 14, 20, 14)
        whole.setSpacing(10)
        whole.addWidget(top)
        whole.addWidget(frame, 1)
        look(self._count, "small")

    def _wanted(self) -> VolumeFilter:
        return VolumeFilter(self.state.value(), self.category.value(), self.year.value(), text=self.search.text().strip())

    def _look(self, wanted: VolumeFilter) -> _Found:
        volumes, holidays = self.station.volumes, str(self.station.settings.get("public_holidays"))
        left = {due.volume.id: due.days_left for due in volumes.due(date.today(), holidays)}
        return _Found(volumes.ids(wanted), self.station.categories(), volumes.years(), left, holidays)

    def _load(self, ids: Sequence[int]) -> list[VolumeRow]:
        volumes = self.station.volumes
        found = {volume.id: volume for volume in volumes.covered(list(volumes.by_id(ids).values()))}
        return [VolumeRow(found[id], self._left.get(id)) for id in ids]

    def _show(self, found: _Found) -> None:
        self._asked = None
        changed = (found.categories, found.years) != (self._known, self._years)
        self._known, self._years, self._left = found.categories, found.years, found.left
        self._holidays = found.holidays
        if changed:
            self._fill()
        chosen, before = self._chosen(), self.shelf.showing
        self._model.show(found.ids)
        self._say_count()
        if found.ids:
            self.shelf.show_content()
            self.table.selectRow(found.ids.index(chosen) if chosen in found.ids else 0)
        else:
            self.shelf.show_empty("volumes.none_such" if self._wanted() != VolumeFilter() else "volumes.none")
        self.setFocusProxy(self.table if found.ids or not self.new_button.isVisibleTo(self) else self.new_button)
        if self.isVisible() and before == "busy":
            self.setFocus()

    def _say_count(self) -> None:
        say(self._count, "volumes.count", n=self._model.rowCount(), late=sum(left < 0 for left in self._left.values()))

    def _chosen(self) -> int:
        index = self.table.currentIndex()
        return self._model.id_at(index.row()) if index.isValid() and index.row() < self._model.rowCount() else 0

    def _open_row(self, place: int) -> None:
        if 0 <= place < self._model.rowCount():
            self.desk.go("volume", self._model.id_at(place))

    def _on_wish(self) -> None:
        self._pause.start()

    def _fill(self) -> None:
        everything: list[tuple[object, str]] = [(None, wording.say("volumes.every_state"))]
        states: list[tuple[object, str]] = [(state, wording.say(f"volume_state.{state.value}")) for state in (State.OPEN, State.FILED)]
        self.state.fill(everything + states)
        self.category.fill([(None, wording.say("volumes.every_category")), *choices.categories(self._known)])
        self.year.fill([(None, wording.say("volumes.every_year")), *choices.years_kept(self._years)])

    def _on_failed(self, error: BaseException) -> None:
        self._asked = None
        self.shelf.show_trouble(error, self.refresh)
