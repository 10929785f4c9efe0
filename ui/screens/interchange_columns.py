"""ui/screens/interchange_columns.py — the second page of an import: what each column means, shown with its first values.

What counts for every row where the catalogue says nothing is chosen at the side.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from unicodedata import east_asian_width

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.interchange import Catalogue, ColumnMapping, columns
from app.privacy import cover
from storage.records import Category, Kind
from ui.models import choices
from ui.phrases import name, plain
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.form import Choice
from ui.widgets.layout import button, card, label, row, rule, text

SAMPLE_WIDTH = 64   # half-width letters in the line of first values
SAMPLE_GAP = "　·　"


class ColumnsPage(QWidget):
    """`mapping()` is what the person has said."""

    kind_changed = Signal(object)
    sheet_changed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.known: list[Category] = []
        self._catalogue: Catalogue | None = None
        self._mapping = ColumnMapping()
        self._remembered = False
        self.choices: list[Choice] = []
        self._about = text("muted", wrap=True)
        self.kind, self.sheet = Choice(), Choice()
        self.kind.activated.connect(lambda _row: self.kind_changed.emit(self.kind.value()))
        self.sheet.activated.connect(lambda _row: self.sheet_changed.emit(self.sheet.value()))
        self.given = {name_: Choice() for name_ in ("category", "retention", "year", "security_class")}
        self.back = button("interchange.back")
        self.check = button("interchange.check", "primary", theme=theme, drawing="check")
        listed, inside = card(margins=0, spacing=0)
        head = row(label("interchange.columns", "heading"), None)
        head.setContentsMargins(16, 12, 16, 8)
        inside.addLayout(head)
        self._sheet = QWidget()
        look(self._sheet, "sheet")
        self._grid = QGridLayout(self._sheet)
        self._grid.setContentsMargins(16, 0, 16, 14)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setWidget(self._sheet)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside.addWidget(self._scroll, 1)
        side, box = card(margins=18, spacing=10)
        side.setFixedWidth(300)
        box.addWidget(self._about)
        self._sheet_line = _line("interchange.sheet", self.sheet)
        box.addWidget(_line("interchange.kind", self.kind))
        box.addWidget(self._sheet_line)
        box.addWidget(rule())
        box.addWidget(label("interchange.given", "heading"))
        box.addWidget(label("interchange.given_advice", "small", wrap=True))
        for which, choice in self.given.items():
            box.addWidget(_line(f"column.{which}", choice))
        box.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(listed, 1)
        body.addWidget(side)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addLayout(body, 1)
        whole.addLayout(row(self.back, None, self.check))
        self.setFocusProxy(self.check)

    def know(self, known: Sequence[Category]) -> None:
        self.known = list(known)
        self._fill()

    def show_catalogue(self, catalogue: Catalogue, mapping: ColumnMapping, remembered: bool) -> None:
        self._catalogue, self._mapping, self._remembered = catalogue, mapping, remembered
        self.choices = []
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for number, heading in enumerate(catalogue.header):
            title, samples = _elided(heading or "—", "strong"), _elided(_samples(catalogue, number), "small")
            choice = Choice()
            choice.setFixedWidth(190)
            name(choice, "interchange.column_name", heading=heading)
            choice.currentIndexChanged.connect(self._on_changed)
            self.choices.append(choice)
            self._grid.addWidget(title, number, 0)
            self._grid.addWidget(samples, number, 1)
            self._grid.addWidget(choice, number, 2)
        self._grid.setRowStretch(len(catalogue.header), 1)
        self._fill()
        for choice, field in zip(self.choices, mapping.columns, strict=True):
            choice.choose(field)
        for which, choice in self.given.items():
            choice.choose(mapping.given.get(which, ""))
        self._order()
        self._mark()

    def mapping(self) -> ColumnMapping:
        given = {which: str(choice.value()) for which, choice in self.given.items() if choice.value()}
        return ColumnMapping(
            self._mapping.kind, tuple(choice.value() for choice in self.choices), given, self._mapping.words
        )

    def decide(self, words: dict[str, dict[str, str]]) -> None:
        """What the person said the words of closed lists mean."""
        self._mapping = ColumnMapping(
            self._mapping.kind, self._mapping.columns, self._mapping.given,
            {field: {**self._mapping.words.get(field, {}), **words.get(field, {})} for field in {*self._mapping.words, *words}},
        )

    def reword(self) -> None:
        self._fill()

    # -- inside

    def _fill(self) -> None:
        everything: list[tuple[object, str]] = [("", wording.say("interchange.left_out"))]
        fields = columns.FIELDS[self._mapping.kind]
        for choice in self.choices:
            choice.fill(everything + [(field, wording.say(f"column.{field}")) for field in fields])
        nothing: list[tuple[object, str]] = [("", wording.say("interchange.as_told"))]
        self.given["category"].fill(nothing + choices.categories(self.known))
        self.given["retention"].fill(nothing + [(kept.value, word) for kept, word in choices.retentions()])  # type: ignore[attr-defined]
        self.given["year"].fill(nothing + [(str(year), word) for year, word in choices.years()])
        kept = choices.secrecies()[:2]
        self.given["security_class"].fill(nothing + [(one.value, word) for one, word in kept])  # type: ignore[attr-defined]
        self.kind.fill([(kind, wording.say(f"interchange.sheet_{kind.value}")) for kind in Kind])
        self.kind.choose(self._mapping.kind)
        if self._catalogue is None:
            return
        self.sheet.fill([(sheet, sheet) for sheet in self._catalogue.sheets])
        self.sheet.choose(self._catalogue.sheet)
        self._sheet_line.setVisible(len(self._catalogue.sheets) > 1)
        key = "interchange.remembered" if self._remembered else "interchange.suggested"
        plain(self._about, wording.say(key, file=self._catalogue.name, n=f"{len(self._catalogue.rows):,}"))

    def _on_changed(self) -> None:
        self._mark()

    def _mark(self) -> None:
        """A field may be named by one column only; the title is needed."""
        named = [choice.value() for choice in self.choices if choice.value() and choice.value() != columns.REMARKS]
        self.check.setEnabled("title" in named and len(named) == len(set(named)))
        if len(named) != len(set(named)):
            plain(self._about, wording.say("interchange.twice"))
        elif "title" not in named:
            plain(self._about, wording.say("interchange.no_title"))
        elif self._catalogue is not None:
            key = "interchange.remembered" if self._remembered else "interchange.suggested"
            plain(self._about, wording.say(key, file=self._catalogue.name, n=f"{len(self._catalogue.rows):,}"))

    def _order(self) -> None:
        """Tab walks down the columns, then the side, then on."""
        chain: list[QWidget] = [*self.choices, self.kind, self.sheet, *self.given.values(), self.back, self.check]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)


def _line(key: str, choice: Choice) -> QWidget:
    """A choice with its name beside it."""
    made = QWidget()
    told = label(key, "label")
    told.setBuddy(choice)
    name(choice, key)
    choice.setFixedWidth(160)
    made.setLayout(row(told, None, choice))
    return made


def _samples(catalogue: Catalogue, number: int) -> str:
    """The first different values of a column, as many as stand in one line."""
    found = [cells[number] for _row, cells in catalogue.rows[:40] if number < len(cells) and cells[number]]
    shown, room = "", SAMPLE_WIDTH
    for cell in dict.fromkeys(" ".join(one.split()) for one in found):
        width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in cell) + 5
        if shown and width > room:
            break
        room -= width
        shown += f"{SAMPLE_GAP if shown else ''}{cell if room >= 0 else cell[: SAMPLE_WIDTH // 2 - 1] + '…'}"
    return cover(shown)


def _elided(content: str, kind: str) -> QLabel:
    made = text(kind)
    made.setText(content)
    made.setMinimumWidth(60)
    if kind == "strong":
        made.setMaximumWidth(170)
    made.setToolTip(content)
    return made
