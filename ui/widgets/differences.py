"""ui/widgets/differences.py — what a change does, field by field: what was, and what is instead."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from app.description import Difference
from ui.models.values import shown
from ui.phrases import name
from ui.stylesheet import look
from ui.widgets.layout import label, text


class DifferenceView(QScrollArea):
    """`show_differences` replaces what stands here; `empty` is the sentence (a key) when nothing differs."""

    def __init__(self, empty: str) -> None:
        super().__init__()
        self._empty = empty
        self.rows: list[tuple[str, str, str]] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        name(self, "description.differences")
        self.show_differences(())

    def show_differences(self, differences: Sequence[Difference]) -> None:
        sheet = QWidget()
        look(sheet, "sheet")
        grid = QGridLayout(sheet)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        self.rows = [(one.field, shown(one.field, one.before), shown(one.field, one.after)) for one in differences]
        if not self.rows:
            grid.addWidget(label(self._empty, "muted", wrap=True), 0, 0, 1, 2)
        for number, (field, before, after) in enumerate(self.rows):
            row = 3 * number
            heading = label(f"field.{field}", "strong")
            grid.addWidget(heading, row, 0, 1, 2)
            for place, (key, value, kind) in enumerate(
                (("description.before", before, "muted"), ("description.after", after, "")), 1
            ):
                what = label(key, "small")
                what.setAlignment(Qt.AlignmentFlag.AlignTop)
                said = text(kind, wrap=True, selectable=True)
                said.setText(value)
                grid.addWidget(what, row + place, 0)
                grid.addWidget(said, row + place, 1)
            grid.setRowMinimumHeight(row + 2, 26)
        grid.setRowStretch(grid.rowCount(), 1)
        self.setWidget(sheet)
