"""ui/screens/scheme_words.py — the words of the station: names and places that the search takes for one word."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QLineEdit

from storage.records.searches import StationWord
from ui.models.columns import Column
from ui.phrases import say
from ui.screens.scheme_page import Known, Page
from ui.screens.screen import Screen
from ui.widgets.form import Field


class WordPage(Page[StationWord]):
    """Words come and go; none is changed."""

    title, act, empty = "scheme.words", "add_station_word", "scheme.no_words"

    def __init__(self, screen: Screen) -> None:
        self.word = QLineEdit()
        columns: tuple[Column[StationWord], ...] = (
            Column("scheme.word", lambda one: one.word),
            Column("scheme.word_at", lambda one: one.at[:10], 120),
            Column("scheme.word_by", lambda one: one.agent_name, 160),
        )
        super().__init__(screen, columns, {"word": Field("scheme.word", self.word, hint="scheme.word_hint")})
        self.word.returnPressed.connect(lambda: self.save() if self.chosen is None else None)
        say(self.end_button, "scheme.word_drop")
        say(self.save_button, "scheme.word_add")

    def lines(self, known: Known) -> tuple[StationWord, ...]:
        return tuple(reversed(known.words))

    def put(self, line: StationWord | None) -> None:
        self.word.setText(line.word if line else "")
        self.word.setReadOnly(line is not None)

    def show_line(self, line: StationWord | None) -> None:
        super().show_line(line)
        allowed = self.station.may(self.act)
        self.save_button.setVisible(allowed and line is None)
        for of_chosen in (self.new_button, self.end_button):
            of_chosen.setVisible(allowed and line is not None)

    def know(self, known: Known) -> None:
        """Adding is what one comes for: a word is chosen only to remove it."""
        super().know(known)
        self.begin()

    def begin(self) -> None:
        super().begin()
        self.table.setCurrentIndex(QModelIndex())

    def keep(self) -> Callable[[], object]:
        words = self.word.text().replace("，", " ").replace("、", " ").replace(",", " ").split() or [""]
        return lambda: self.station.searches.add_words(words)

    def end(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            self._act(lambda: self.station.searches.drop_word(chosen.word))
