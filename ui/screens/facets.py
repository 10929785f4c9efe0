"""ui/screens/facets.py — the filters beside the results: every value with its exact count, and the days of the papers.

Several values of one facet are alternatives. The values are one stop of the Tab key: Up and Down walk through them,
Space or Enter sets one and takes it off.
"""

from __future__ import annotations

import itertools
from calendar import monthrange
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import wording
from storage.records import Category, Retention, SecurityClass
from storage.records.search import FACETS, NO_FILTERS, Filters
from ui import stylesheet
from ui.models.asked import word
from ui.phrases import name
from ui.stylesheet import look
from ui.widgets.dates import DateField, read
from ui.widgets.layout import button, label, text

#: So many values of a facet stand there at first (a few more are shown at once), and so many at most.
FEW, SPARE, MOST = 5, 2, 60
#: Facets whose values have an order of their own.
_ORDERS: dict[str, tuple[str, ...]] = {
    "retention": tuple(Retention), "secrecy": tuple(SecurityClass), "state": ("filed", "lent", "open"),
}


class Facets(QScrollArea):
    """`changed` when a filter was set or taken off. A chosen value stays visible even when it has no hits left."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.filters = NO_FILTERS
        self.categories: Mapping[str, Category] = {}
        self._counts: Mapping[str, Mapping[str, int]] = {}
        self._wide: set[str] = set()
        self._here = ""
        self._before: QWidget | None = None
        self._columns: dict[str, QVBoxLayout] = {}
        self._headings: dict[str, QLabel] = {}
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(2)
        for facet in FACETS:
            self._headings[facet] = label(f"search.by_{facet}", "label")
            box.addWidget(self._headings[facet])
            column = QVBoxLayout()
            column.setSpacing(0)
            column.setContentsMargins(0, 0, 0, 10)
            self._columns[facet] = column
            box.addLayout(column)
        self.since, self.until = DateField(), DateField()
        box.addWidget(label("search.by_date", "label"))
        days = QGridLayout()
        days.setSpacing(6)
        days.setColumnStretch(1, 1)
        box.addLayout(days)
        for line, (field, key) in enumerate(((self.since, "search.since"), (self.until, "search.until"))):
            name(field, f"{key}_name")
            field.setPlaceholderText("2026-03-05")
            field.editingFinished.connect(self._on_dates)
            days.addWidget(label(key, "small"), line, 0)
            days.addWidget(field, line, 1)
        self._wrong = text("problem", wrap=True)
        self._wrong.hide()
        box.addWidget(self._wrong)
        box.addStretch(1)
        self.setWidget(sheet)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.show_counts({})

    def know(self, categories: Sequence[Category]) -> None:
        self.categories = {category.code: category for category in categories}

    def show_counts(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """The values of the current answer: years newest first, others in their own order or the most frequent first."""
        self._counts = counts
        held = next((made.property("place") for made in self.buttons if made.hasFocus()), None)
        for facet in FACETS:
            self._fill(facet)
        places = {made.property("place"): made for made in self.buttons}
        if held in places:
            places[held].setFocus()
        self._rest_on(places.get(self._here) or next(iter(places.values()), None))

    def reword(self) -> None:
        self.show_counts(self._counts)
        self._on_dates()

    def set(self, filters: Filters) -> None:
        """These and no others, without telling of it."""
        self.filters = filters
        self.since.set_value(filters.since)
        self.until.set_value(filters.until)
        self._mark(self.since, "")

    def drop(self, facet: str, value: str) -> None:
        """Take one value off; `date` takes both days."""
        if facet == "date":
            self._choose(since="", until="")
        elif value in getattr(self.filters, facet):
            self._turn(facet, value)

    def follow(self, before: QWidget) -> None:
        """Tab comes here from this one."""
        self._before = before

    @property
    def buttons(self) -> list[QPushButton]:
        """The values and the links that show more of them, from above."""
        found = []
        for column in self._columns.values():
            for at in range(column.count()):
                made = column.itemAt(at).widget()
                if isinstance(made, QPushButton):
                    found.append(made)
        return found

    # -- inside

    def _fill(self, facet: str) -> None:
        column = self._columns[facet]
        while (old := column.takeAt(0)) is not None:
            gone = old.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        chosen: tuple[str, ...] = getattr(self.filters, facet)
        values = dict(self._counts.get(facet, {}))
        for value in chosen:
            values.setdefault(value, 0)
        ordered = _ordered(facet, values)
        self._headings[facet].setVisible(bool(ordered))
        wide = facet in self._wide
        few = FEW if len(ordered) > FEW + SPARE else FEW + SPARE
        shown = ordered[:MOST] if wide else [v for at, v in enumerate(ordered) if at < few or v in chosen]
        for value in shown:
            column.addWidget(self._value(facet, value, values[value], value in chosen))
        if len(ordered) > few:
            more = button("search.fewer", "link") if wide else button("search.more", "link")
            more.setProperty("place", f"{facet}+")
            more.clicked.connect(lambda: self._widen(facet))
            more.installEventFilter(self)
            column.addWidget(more)

    def _value(self, facet: str, value: str, count: int, chosen: bool) -> QPushButton:
        shown = word(facet, value, self.categories)
        made = QPushButton()
        look(made, "facet")
        made.setCheckable(True)
        made.setAutoDefault(True)
        made.setChecked(chosen)
        made.setProperty("place", f"{facet}={value}")
        made.setAccessibleName(
            wording.say("search.facet_name", field=wording.say(f"search.by_{facet}"), value=shown, n=f"{count:,}")
        )
        made.setToolTip(shown)
        made.clicked.connect(lambda: self._turn(facet, value))
        made.installEventFilter(self)
        number = text("small")
        number.setText(f"{count:,}")
        number.adjustSize()
        room = self.width() - number.sizeHint().width() - 44
        made.setText(made.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, room).replace("&", "&&"))
        inside = QHBoxLayout(made)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.addStretch(1)
        inside.addWidget(number)
        return made

    def _widen(self, facet: str) -> None:
        self._wide ^= {facet}
        self.show_counts(self._counts)

    def _turn(self, facet: str, value: str) -> None:
        chosen: tuple[str, ...] = getattr(self.filters, facet)
        left = tuple(one for one in chosen if one != value)
        self._choose(**{facet: left if value in chosen else (*chosen, value)})

    def _choose(self, **changed: object) -> None:
        known = {field: getattr(self.filters, field) for field in (*FACETS, "since", "until")}
        self.set(Filters(**(known | changed)))  # type: ignore[arg-type]
        self.changed.emit()

    def _on_dates(self) -> None:
        first, last = read(self.since.text()), read(self.until.text())
        since, until = first and _first_day(first), last and _last_day(last)
        for field, wrong in ((self.since, since is None), (self.until, until is None or bool(since and until and until < since))):
            if wrong:
                self._mark(field, "search.date_wrong" if read(field.text()) is None else "search.date_order")
                return
        self._mark(self.since, "")
        if (since, until) != (self.filters.since, self.filters.until):
            self._choose(since=since, until=until)

    def _mark(self, field: DateField, problem: str) -> None:
        for each in (self.since, self.until):
            stylesheet.state(each, "problem" if problem and each is field else "")
        self._wrong.setText(wording.say(problem) if problem else "")
        self._wrong.setVisible(bool(problem))

    # -- keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QPushButton):
            self._rest_on(watched)
            self.ensureWidgetVisible(watched, 0, 20)
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and isinstance(watched, QPushButton):
            buttons = self.buttons
            here = buttons.index(watched) if watched in buttons else 0
            to = {Qt.Key.Key_Down: here + 1, Qt.Key.Key_Up: here - 1, Qt.Key.Key_Home: 0,
                  Qt.Key.Key_End: len(buttons) - 1}.get(Qt.Key(event.key()))
            if to is not None:
                buttons[min(max(to, 0), len(buttons) - 1)].setFocus()
                return True
        return False

    def _rest_on(self, here: QPushButton | None) -> None:
        """The Tab key finds this one, and none of the others."""
        if here is None:
            return
        self._here = str(here.property("place"))
        for made in self.buttons:
            made.setFocusPolicy(Qt.FocusPolicy.StrongFocus if made is here else Qt.FocusPolicy.ClickFocus)
        stops = [*([self._before] if self._before else []), here, self.since, self.until]
        for before, after in itertools.pairwise(stops):
            QWidget.setTabOrder(before, after)


def _ordered(facet: str, values: Mapping[str, int]) -> list[str]:
    if facet == "year":
        return sorted(values, reverse=True)
    if own := _ORDERS.get(facet):
        return sorted(values, key=lambda value: own.index(value) if value in own else len(own))
    return sorted(values, key=lambda value: (-values[value], value))


def _first_day(date: str) -> str:
    """A date of the archive with what is not known (00) at its beginning."""
    return f"{date[:4]}{max(date[4:6], '01')}{max(date[6:], '01')}"


def _last_day(date: str) -> str:
    year, month = int(date[:4]), int(date[4:6]) or 12
    day = int(date[6:]) or monthrange(year, month)[1]
    return f"{year:04d}{month:02d}{day:02d}"
