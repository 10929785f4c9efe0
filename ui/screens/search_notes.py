"""ui/screens/search_notes.py — what is to be said about a question, one quiet line each, with what to ask instead.

A half-typed question is never scolded: the lines only offer. What needs a purpose has a link that asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.privacy import cover
from storage.records.search import Note
from ui.phrases import name, plain, say
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.flow import Flow
from ui.widgets.layout import button, drawing, text

#: The note of a question that asks for people before a purpose was given.
PURPOSE = "purpose_needed"


class Notes(QWidget):
    """`wanted` carries the question a link offers; `purpose` says that somebody wants to give one."""

    wanted = Signal(str)
    purpose = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._notes: Sequence[Note] = ()
        self._instead: Sequence[str] = ()
        self._behind = (0, 0)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(4, 0, 4, 0)
        self._box.setSpacing(2)
        self.hide()

    def show_notes(self, notes: Sequence[Note], *, behind: int, filed: int) -> None:
        """What an answer says of its question; `behind` of `filed` records are not in the index yet (0: nothing to say)."""
        self._notes, self._instead, self._behind = notes, (), (behind, filed)
        self._draw()

    def offer(self, instead: Sequence[str]) -> None:
        """Questions that may have been meant."""
        self._instead = instead
        self._draw()

    def clear(self) -> None:
        self.show_notes((), behind=0, filed=0)

    @property
    def links(self) -> list[QPushButton]:
        return [link for link in self.findChildren(QPushButton) if not link.isHidden()]

    def _draw(self) -> None:
        while (old := self._box.takeAt(0)) is not None:
            if (gone := old.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        behind, filed = self._behind
        if behind:
            self._line("clock", "search.rebuilding", n=f"{max(0, filed - behind):,}", m=f"{filed:,}")
        for note in self._notes:
            inside = self._line("info", f"search.note.{note.key}", **note.facts)
            if note.key == PURPOSE:
                link = button("search.give_purpose", "link")
                link.clicked.connect(self.purpose)
                inside.addWidget(link)
            elif note.instead:
                inside.addWidget(self._link(note.instead))
        if self._instead:
            inside = self._line("search", "search.did_you_mean")
            for one in self._instead:
                inside.addWidget(self._link(one))
        self.setVisible(self._box.count() > 0)

    def _line(self, picture: str, key: str, **facts: str | int) -> Flow:
        line = QWidget()
        said = say(text("small"), key, **facts)
        inside = Flow(4)
        inside.addWidget(said)
        whole = QHBoxLayout(line)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(drawing(self._theme, picture, "muted", 16))
        whole.addLayout(inside, 1)
        self._box.addWidget(line)
        return inside

    def _link(self, question: str) -> QPushButton:
        link = QPushButton()
        look(link, "inline")
        link.setAutoDefault(True)
        shown = cover(question)
        plain(link, shown.replace("&", "&&"))
        name(link, "search.ask_instead", question=shown)
        link.clicked.connect(lambda: self.wanted.emit(question))
        return link
