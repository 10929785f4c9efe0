"""ui/screens/scheme_page.py — one page of the rules of the house: a list, and beside it the form of the chosen line."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.filing import Invalid
from app.numbering import Profile
from storage.records import Category
from storage.records.scheme import Place, RetentionRule
from storage.records.searches import StationWord
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.phrases import name, say
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.form import Field, Fields
from ui.widgets.layout import button, card, label, row, rule, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Known:
    """What every page needs, fetched in one go."""

    categories: tuple[Category, ...]
    rules: tuple[RetentionRule, ...]
    profiles: tuple[Profile, ...]
    places: tuple[Place, ...]
    paths: dict[int, str]
    words: tuple[StationWord, ...]


class Page(QWidget, Generic[R]):
    """A list and the form of the chosen line. Subclasses say which columns, fields and acts. GUI thread only."""

    title: str
    act: str
    empty: str

    def __init__(self, screen: Screen, columns: tuple[Column[R], ...], fields: dict[str, Field]) -> None:
        super().__init__()
        self.screen = screen
        self.station = screen.station
        self.known: Known | None = None
        self.model: ListedModel[R] = ListedModel(columns)
        theme = screen.desk.theme
        self.table = name(Table(self.model, columns, theme), self.title)
        self.shelf = Shelf(self.table, theme, empty=self.empty, drawing="archive")
        self.fields = Fields(fields)
        self.chosen: R | None = None
        self.table.selectionModel().currentRowChanged.connect(lambda now, _before: self._on_row(now.row()))
        self.new_button = button("scheme.new")
        self.save_button = button("scheme.save", "primary", theme=theme, drawing="check")
        self.end_button = button("scheme.end", "danger")
        self.new_button.clicked.connect(self.begin)
        self.save_button.clicked.connect(self.save)
        self.end_button.clicked.connect(self.end)
        self.heading = text("heading", wrap=True)
        self.note = label(f"{self.title}_advice", "small", wrap=True)
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(18, 16, 18, 12)
        box.setSpacing(9)
        box.addWidget(self.heading)
        box.addWidget(self.note)
        box.addWidget(rule())
        for field in fields.values():
            box.addWidget(field)
        box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        name(scroll, self.title)
        left, list_box = card(margins=0, spacing=0)
        list_box.addWidget(self.shelf, 1)
        right, form_box = card(margins=0, spacing=0)
        right.setFixedWidth(372)
        form_box.addWidget(scroll, 1)
        form_box.addWidget(rule())
        foot = row(self.new_button, None, self.end_button, self.save_button)
        foot.setContentsMargins(18, 10, 18, 12)
        form_box.addLayout(foot)
        beside = QHBoxLayout(self)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(12)
        beside.addWidget(left, 1)
        beside.addWidget(right)
        allowed = self.station.may(self.act)
        for made in (self.new_button, self.save_button, self.end_button):
            made.setVisible(allowed)
        for field in fields.values():
            field.editor.setEnabled(allowed)

    # -- what a page says of itself

    @abstractmethod
    def lines(self, known: Known) -> tuple[R, ...]:
        """What stands in the list."""

    def fill(self, known: Known) -> None:
        """The closed lists of the form."""

    @abstractmethod
    def put(self, line: R | None) -> None:
        """Put a line (None: a new one) into the form."""

    @abstractmethod
    def keep(self) -> Callable[[], object]:
        """The act behind save, with what the form says now; it runs on a worker."""

    # -- what all pages do

    def know(self, known: Known) -> None:
        self.known = known
        self.fill(known)
        lines = self.lines(known)
        before = self.table.currentIndex().row()
        self.model.show(lines)
        self.shelf.show_content() if lines else self.shelf.show_empty()
        if lines:
            self.table.selectRow(min(max(before, 0), len(lines) - 1))
        else:
            self.begin()

    def begin(self) -> None:
        """An empty form for a new line."""
        self.chosen = None
        self.fields.clear()
        self.show_line(None)

    def save(self) -> None:
        self._act(self.keep())

    def end(self) -> None:
        """The chosen line no longer holds."""

    def reword(self) -> None:
        self.model.reword()
        self.shelf.reword()
        if self.known is not None:
            self.fill(self.known)
        self._head()

    def show_line(self, line: R | None) -> None:
        self.put(line)
        self.end_button.setEnabled(line is not None)
        self._head()

    def _on_row(self, number: int) -> None:
        if 0 <= number < len(self.model):
            self.chosen = self.model.record(number)
            self.fields.clear()
            self.show_line(self.chosen)

    def _head(self) -> None:
        say(self.heading, f"{self.title}_change" if self.chosen is not None else f"{self.title}_new")

    def _act(self, work: Callable[[], object]) -> None:
        def failed(error: BaseException) -> None:
            if isinstance(error, Invalid):
                self.fields.show_problems(error.problems, focus=True)
            else:
                self.screen.desk.messages.trouble(error)

        self.screen.run(
            "write", lambda _job: work(), failed=failed, done=lambda _none: self.screen.desk.messages.tell("scheme.saved")
        )
