"""ui/screens/audit_line.py — one line of the journal in full, in words, with its digests, and where it leads. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.audit import words
from storage.records.journal import JournalLine
from storage.records.lending import Standing
from ui.phrases import name, plain
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import button, column, label, rule, text
from ui.widgets.states import Shelf

#: Where a line leads: its wording is `audit.follow_<which>`.
FOLLOWED = ("record", "person", "day", "session")
#: So many characters of a digest stand together.
_GROUP = 8
_DIGEST = 32


class LineCard(QFrame):
    """`follow(which, line)` is called for the button that was pressed."""

    def __init__(self, theme: Theme, follow: Callable[[str, JournalLine], None]) -> None:
        super().__init__()
        self.line: JournalLine | None = None
        frame = QFrame()
        look(frame, "card")
        self._head = text("heading", wrap=True)
        sheet = QWidget()
        look(sheet, "sheet")
        self._grid = QGridLayout(sheet)
        self._grid.setContentsMargins(16, 4, 12, 12)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        name(scroll, "audit.line")
        self.buttons: dict[str, QPushButton] = {}
        for which in FOLLOWED:
            made = button(f"audit.follow_{which}", "link")
            made.clicked.connect(lambda _checked=False, which=which: self.line is not None and follow(which, self.line))
            self.buttons[which] = made
        foot = column(*self.buttons.values(), spacing=0)
        foot.setContentsMargins(12, 6, 12, 8)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        head = column(label("audit.line", "label"), self._head, spacing=2)
        head.setContentsMargins(16, 12, 12, 8)
        inside.addLayout(head)
        inside.addWidget(scroll, 1)
        inside.addWidget(rule())
        inside.addLayout(foot)
        self.shelf = Shelf(frame, theme, empty="audit.choose", drawing="audit")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.shelf)
        self.show_line(None)

    def show_line(self, line: JournalLine | None) -> None:
        self.line = line
        if line is None:
            self.shelf.show_empty()
            return
        plain(self._head, words.what(line))
        while (old := self._grid.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.deleteLater()
        for place, (named, value) in enumerate(words.details(line)):
            heading, shown = text("small", wrap=True), text(wrap=True, selectable=True)
            heading.setText(named)
            heading.setAlignment(Qt.AlignmentFlag.AlignTop)
            heading.setFixedWidth(84)
            shown.setText(_grouped(value))
            self._grid.addWidget(heading, place, 0)
            self._grid.addWidget(shown, place, 1)
        self._grid.setRowStretch(len(words.details(line)), 1)
        self.buttons["record"].setVisible(line.standing in (Standing.SHOWN, Standing.GONE) and bool(line.code))
        self.buttons["session"].setVisible(bool(line.event.session))
        self.shelf.show_content()

    def reword(self) -> None:
        self.shelf.reword()
        self.show_line(self.line)


def _grouped(value: str) -> str:
    """A digest in groups, so that it can be read and a line can end in it."""
    if len(value) >= _DIGEST and value.isalnum() and value.isascii():
        return " ".join(value[start : start + _GROUP] for start in range(0, len(value), _GROUP))
    return value
