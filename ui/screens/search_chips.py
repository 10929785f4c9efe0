"""ui/screens/search_chips.py — the filters in force as chips, each with a cross, and one link that takes all away."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app import wording
from storage.records import Category
from storage.records.search import FACETS
from ui.models.asked import Asked, span, word
from ui.theme import Theme
from ui.widgets.chip import Chip
from ui.widgets.flow import Flow
from ui.widgets.layout import button

LIKE, DATE = "like", "date"


class Chips(QWidget):
    """`dropped` carries the facet (or `like`, `date`) and the value that is to go; hidden while nothing is in force."""

    dropped = Signal(str, str)
    cleared = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._chips: list[Chip] = []
        self.clear_button = button("search.clear_filters", "link")
        self.clear_button.clicked.connect(self.cleared)
        self._flow = Flow()
        self._flow.addWidget(self.clear_button)
        self.setLayout(self._flow)
        self.hide()

    @property
    def chips(self) -> list[Chip]:
        return list(self._chips)

    def show_asked(self, asked: Asked, categories: Mapping[str, Category]) -> None:
        at = next((place for place, chip in enumerate(self._chips) if chip.hasFocus()), None)
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._flow.removeWidget(self.clear_button)
        self._chips = []
        filters = asked.question.filters
        if asked.like is not None:
            self._add(LIKE, "", wording.say("search.like_chip", title=asked.like.title))
        for facet in FACETS:
            for value in getattr(filters, facet):
                self._add(facet, value, wording.say("search.chip", field=wording.say(f"search.by_{facet}"),
                                                    value=word(facet, value, categories)))
        if days := span(filters):
            self._add(DATE, "", wording.say("search.chip", field=wording.say("search.by_date"), value=days))
        self._flow.addWidget(self.clear_button)
        self.setVisible(bool(self._chips))
        self.clear_button.setVisible(len(self._chips) > 1)
        if at is not None and self._chips:
            self._chips[min(at, len(self._chips) - 1)].setFocus()
        self._flow.invalidate()

    def _add(self, facet: str, value: str, words: str) -> None:
        chip = Chip(self._theme, words)
        chip.clicked.connect(lambda: self.dropped.emit(facet, value))
        self._chips.append(chip)
        self._flow.addWidget(chip)
