"""ui/screens/facets.py — the filters beside the results: category, year, retention, each value with its exact count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import wording
from storage.records import Category, Retention
from ui.models import choices
from ui.stylesheet import look
from ui.widgets.layout import label, text

FIELDS = ("category", "year", "retention")
MOST = 8


class Facets(QScrollArea):
    """`changed` when a filter was set or taken off. A chosen value stays visible even when it has no hits left."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.chosen: dict[str, str] = {}
        self._counts: Mapping[str, Mapping[str, int]] = {}
        self._categories: dict[str, Category] = {}
        self._columns: dict[str, QVBoxLayout] = {}
        self._headings: dict[str, QLabel] = {}
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(2)
        for field in FIELDS:
            self._headings[field] = label(f"search.by_{field}", "label")
            box.addWidget(self._headings[field])
            column = QVBoxLayout()
            column.setSpacing(0)
            self._columns[field] = column
            box.addLayout(column)
            box.addSpacing(12)
        box.addStretch(1)
        self.setWidget(sheet)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.show_counts({})

    def know(self, categories: Sequence[Category]) -> None:
        self._categories = {category.code: category for category in categories}

    def show_counts(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """The values of the current answer, the most frequent first; years newest first."""
        self._counts = counts
        focused = self.focusWidget()
        place = focused.property("place") if focused is not None and self.isAncestorOf(focused) else None
        for field in FIELDS:
            self._fill(field)
        if place:
            for button in self.findChildren(QPushButton):
                if button.property("place") == place:
                    button.setFocus()

    def reword(self) -> None:
        self.show_counts(self._counts)

    def clear(self) -> None:
        self.chosen.clear()

    def _fill(self, field: str) -> None:
        column = self._columns[field]
        while (old := column.takeAt(0)) is not None:
            gone = old.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        values = dict(self._counts.get(field, {}))
        if field in self.chosen:
            values.setdefault(self.chosen[field], 0)
        ordered = sorted(values, reverse=True) if field == "year" else sorted(values, key=lambda v: (-values[v], v))
        self._headings[field].setVisible(bool(ordered))
        for value in ordered[:MOST]:
            button = QPushButton(self._word(field, value))
            look(button, "facet")
            button.setCheckable(True)
            button.setAutoDefault(True)
            button.setChecked(self.chosen.get(field) == value)
            button.setProperty("place", f"{field}={value}")
            button.setAccessibleName(
                wording.say("search.facet_name", field=wording.say(f"search.by_{field}"),
                            value=self._word(field, value), n=values[value])
            )
            button.clicked.connect(lambda _checked=False, field=field, value=value: self._on_clicked(field, value))
            count = text("small")
            count.setText(f"{values[value]:,}")
            inside = QHBoxLayout(button)
            inside.setContentsMargins(0, 0, 10, 0)
            inside.addStretch(1)
            inside.addWidget(count)
            column.addWidget(button)

    def _word(self, field: str, value: str) -> str:
        if field == "category" and value in self._categories:
            return choices.category_name(self._categories[value])
        if field == "retention" and value in set(Retention):
            return choices.retention_word(Retention(value))
        return value

    def _on_clicked(self, field: str, value: str) -> None:
        if self.chosen.get(field) == value:
            del self.chosen[field]
        else:
            self.chosen[field] = value
        self.changed.emit()
