"""ui/screens/interchange_choose.py — the first and the last page of an import: which file, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app import wording
from app.interchange import Taken
from storage.records.interchange import ImportRun
from ui.models.columns import Column, moment
from ui.models.listed import ListedModel
from ui.phrases import name, say
from ui.theme import Theme
from ui.widgets.layout import button, card, column, drawing, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

RUNS: tuple[Column[ImportRun], ...] = (
    Column("interchange.run_at", lambda run: moment(run.at), 170),
    Column("interchange.run_kind", lambda run: wording.say(f"interchange.sheet_{run.kind.value}"), 150),
    Column("interchange.run_rows", lambda run: f"{run.rows:,}", 110),
    Column("interchange.run_by", lambda run: run.agent_name),
)


class ChoosePage(QWidget):
    """`go_on` when the person is done with the path."""

    go_on = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._runs = ListedModel(RUNS)
        self.path = QLineEdit()
        self.path.setClearButtonEnabled(True)
        name(self.path, "interchange.path")
        say(self.path, "interchange.path_example", "setPlaceholderText")
        self.browse = button("interchange.browse", theme=theme, drawing="folder")
        self.next = button("interchange.next", "primary")
        self.path.returnPressed.connect(self.go_on)
        self.next.clicked.connect(self.go_on)
        asked, inside = card(kind="next", margins=20, spacing=12)
        said = column(label("interchange.choose", "title"), label("interchange.choose_advice", "muted", wrap=True), spacing=4)
        top = row(drawing(theme, "import", "accent", 30), said, spacing=18)
        top.setStretch(1, 1)
        inside.addLayout(top)
        line = row(self.path, self.browse, self.next)
        line.setStretch(0, 1)
        inside.addLayout(line)
        listed, below = card(margins=0, spacing=0)
        head = row(label("interchange.runs", "heading"), None)
        head.setContentsMargins(16, 12, 16, 8)
        below.addLayout(head)
        self._shelf = Shelf(
            name(Table(self._runs, RUNS, theme), "interchange.runs"), theme, empty="interchange.no_runs", drawing="import"
        )
        below.addWidget(self._shelf, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(asked)
        whole.addWidget(listed, 1)
        self.setFocusProxy(self.path)
        self._shelf.show_busy()

    def show_runs(self, runs: Sequence[ImportRun]) -> None:
        self._runs.show(runs)
        self._shelf.show_content() if runs else self._shelf.show_empty()

    def reword(self) -> None:
        self._runs.reword()
        self._shelf.reword()


class DonePage(QWidget):
    """How many records there are now, and where."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._taken: Taken | None = None
        self._count, self._codes = text("display"), text("muted", selectable=True)
        self.show_records = button("interchange.show_records", "primary", theme=theme, drawing="search")
        self.again = button("interchange.another")
        frame, inside = card(kind="next", margins=28, spacing=14)
        frame.setProperty("state", "good")
        top = row(drawing(theme, "done", "good", 40), column(self._count, self._codes, spacing=4), spacing=20)
        top.setStretch(1, 1)
        inside.addLayout(top)
        inside.addWidget(label("interchange.done_advice", "muted", wrap=True))
        inside.addLayout(row(self.show_records, self.again, None))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame, 0, Qt.AlignmentFlag.AlignTop)
        self.setFocusProxy(self.show_records)

    def show_taken(self, taken: Taken) -> None:
        self._taken = taken
        self.reword()

    def reword(self) -> None:
        if self._taken is not None:
            key = f"interchange.taken_{self._taken.run.kind.value}"
            self._count.setText(wording.say(key, n=f"{self._taken.run.rows:,}"))
            self._codes.setText(
                wording.say("interchange.taken_codes", first=self._taken.first_code, last=self._taken.last_code)
            )
            self.show_records.setVisible(self._taken.run.kind.value == "item")
