"""ui/screens/disposal_holds.py — 冻结: what is held, placing a hold (here, or from a record on screen), lifting one."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from storage.records import Item, Kind, Subject
from storage.records.disposal import Hold
from ui.models.listed import ListedModel
from ui.phrases import name
from ui.screens.disposal_dialogs import Fill
from ui.screens.disposal_rows import HOLDS
from ui.screens.screen import Screen
from ui.widgets.form import Lines
from ui.widgets.layout import button, card, column, label, row, rule
from ui.widgets.states import Shelf
from ui.widgets.table import Table


class HoldsPage(QWidget):
    """The holds in force."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        theme = screen.desk.theme
        self._model = ListedModel(HOLDS)
        self.table = name(Table(self._model, HOLDS, theme), "disposal.holds")
        self.shelf = Shelf(self.table, theme, empty="disposal.no_holds", drawing="lock")
        self.place_button = button("disposal.place_hold", "primary", theme=theme, drawing="lock")
        self.lift_button = button("disposal.lift_hold")
        self.place_button.clicked.connect(self.place)
        self.lift_button.clicked.connect(self.lift)
        self.table.chosen.connect(lambda _row: self.lift())
        frame, inside = card(margins=1, spacing=0)
        top = row(
            column(label("disposal.holds", "heading"), label("disposal.holds_advice", "small", wrap=True), spacing=2),
            self.lift_button, self.place_button,
        )  # fmt: skip
        top.setStretch(0, 1)
        top.setContentsMargins(16, 12, 16, 10)
        inside.addLayout(top)
        inside.addWidget(rule())
        inside.addWidget(self.shelf, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        self.setFocusProxy(self.table)
        self.place_button.setVisible(screen.station.may("place_hold"))
        self.lift_button.setVisible(screen.station.may("lift_hold"))

    def show_holds(self, holds: list[Hold]) -> None:
        self._model.show(holds)
        self.lift_button.setEnabled(bool(holds))
        self.shelf.show_content() if holds else self.shelf.show_empty()

    def reword(self) -> None:
        self._model.reword()
        self.shelf.reword()

    def place(self) -> None:
        ask_hold(self._screen)

    def lift(self) -> None:
        at = self.table.currentIndex().row()
        if not 0 <= at < len(self._model) or not self._screen.station.may("lift_hold"):
            return
        hold = self._model.record(at)
        dialog = Fill(
            self, "lift", {"reason": Lines(60)}, {"reason": "problem.reason_missing"},
            about=f"{hold.reference_code}  {hold.title}".strip(),
        )  # fmt: skip
        dialog.accepted.connect(lambda: self._screen.run(
            "write", lambda _job: self._screen.station.disposal.lift_hold(hold.id, dialog.said("reason")),
            done=lambda _none: self._screen.desk.messages.tell("disposal.lifted"),
        ))  # fmt: skip
        dialog.open()


def ask_hold(screen: Screen, subject: Subject | None = None, called: str = "") -> None:
    """Why this record is to be held; without a subject also which one."""
    fields: dict[str, QWidget] = {} if subject else {"code": QLineEdit()}
    needed = {"code": "problem.code_missing", "reason": "problem.reason_missing"}
    dialog = Fill(
        screen, "hold", fields | {"reason": Lines(60)}, needed if subject is None else {"reason": needed["reason"]},
        about=called,
    )  # fmt: skip

    def place() -> None:
        code, reason = "" if subject else dialog.said("code"), dialog.said("reason")
        disposal = screen.station.disposal
        screen.run(
            "write", lambda _job: disposal.place_hold(subject or disposal.find(code), reason),
            done=lambda _hold: screen.desk.messages.tell("disposal.placed"),
        )  # fmt: skip

    dialog.accepted.connect(place)
    dialog.open()


def hold_record(screen: Screen, item: Item) -> None:
    """From a record on screen. An item of a volume holds its volume."""
    ask_hold(screen, Subject(Kind.ITEM, item.id), item.reference_code)
