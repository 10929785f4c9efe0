"""ui/screens/my_keys.py — my passphrase and my key file; for administrators also whose keys open the archive, and the sheet.

Everybody changes their own key here. What is done to the keys of others stands below, for those who may.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from app import wording
from app.keys import Holder
from ui import actions
from ui.desk import Desk
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.phrases import name, plain, say
from ui.screens.my_keys_dialogs import (
    ChangePassphrase,
    MakeKeyFile,
    NewSheet,
    RemoveKeyFile,
    ResetKey,
    RevokeKey,
    SheetDialog,
)
from ui.screens.rotation import RotationCard
from ui.screens.screen import Screen
from ui.widgets import picker
from ui.widgets.layout import button, card, column, drawing, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

#: The colour of a holder's state, by the names the badges know.
_LOOKS = {"none": "disabled", "first": "pending", "aged": "stale", "key_file": "active", "keychain": "active", "passphrase": "soon"}

COLUMNS: tuple[Column[Holder], ...] = (
    Column("my_keys.column_name", lambda one: one.agent.name, 200),
    Column("my_keys.column_state", lambda one: wording.say(f"holders.state.{one.state}"), state=lambda one: _LOOKS[one.state]),
    Column("my_keys.column_set", lambda one: one.set_at[:10] if one.has_key else "", 150),
)


@dataclass(frozen=True, slots=True)
class _Look:
    mine: Holder
    holders: tuple[Holder, ...]
    warning: int | None
    required: bool


class MyKeysScreen(Screen):
    title = "my_keys.title"
    concerns = frozenset({"change_passphrase", "change_key_file", "reset_key", "revoke_key", "admit", "change_policy", "renew_key", "reseal",
                          "finish_rotation"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._known: _Look | None = None
        back = button("scheme.back", "link", theme=desk.theme, drawing="left")
        back.clicked.connect(self._back)
        actions.make("back", self, self._back)
        self.passphrase_button = button("my_keys.change.do", "primary", theme=desk.theme, drawing="key")
        self.passphrase_button.clicked.connect(self.change_passphrase)
        self.bind_button = button("my_keys.bind.do", theme=desk.theme, drawing="stick")
        self.bind_button.clicked.connect(self.add_key_file)
        self.release_button = button("my_keys.release.do")
        self.release_button.clicked.connect(self.remove_key_file)
        self._age, self._stick = text("muted", wrap=True), text("muted", wrap=True)
        self._warning = drawing(desk.theme, "warning", "warn", 18)
        self._warning.hide()
        passphrase = _card("my_keys.passphrase", row(self._warning, self._age, spacing=8), self.passphrase_button)
        stick = _card("my_keys.stick", row(self._stick), self.bind_button, self.release_button)
        mine = row(passphrase, stick, spacing=14)
        mine.setStretch(0, 1)
        mine.setStretch(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 12, 20, 14)
        whole.setSpacing(12)
        whole.addLayout(row(back, None))
        whole.addLayout(mine)
        self.others = _Others(self)
        whole.addWidget(self.others, 1)
        self.others.setVisible(self.station.may("reset_key"))
        self.rotation = RotationCard(self)
        whole.addWidget(self.rotation)
        if not self.station.may("reset_key"):
            whole.addStretch(1)
        self.setFocusProxy(self.passphrase_button)

    def refresh(self) -> None:
        self.rotation.refresh()
        self.run("view", lambda _job: self._fetch(), done=self._show, failed=self._on_trouble)

    def reword(self) -> None:
        self.others.model.reword()
        self.others.shelf.reword()
        self.refresh()

    # -- my own key

    def change_passphrase(self) -> None:
        ChangePassphrase(self).open()

    def add_key_file(self) -> None:
        """Asks for the stick, then for the passphrase; from then on the window looks for the file there."""

        def chosen(folder: Path) -> None:
            MakeKeyFile(self, folder).open()

        picker.folder(self, self.desk.theme, chosen)

    def remove_key_file(self) -> None:
        RemoveKeyFile(self).open()

    # -- the administrator

    def new_sheet(self) -> None:
        asked = NewSheet(self)
        asked.accepted.connect(lambda: SheetDialog(self, asked.key).open())
        asked.open()

    def reset(self, holder: Holder) -> None:
        ResetKey(self, holder.agent.name).open()

    def revoke(self, holder: Holder) -> None:
        RevokeKey(self, holder.agent.name).open()

    # -- inside

    def _fetch(self) -> _Look:
        keys = self.station.keys
        holders = tuple(keys.holders())
        mine = next(one for one in holders if one.agent.id == self.station.agent.id)
        return _Look(mine, holders, keys.warning(), keys.policy.key_file)

    def _show(self, known: _Look) -> None:
        self._known = known
        mine = known.mine
        if mine.days_left is None:
            say(self._age, "my_keys.set", day=mine.set_at[:10])
        else:
            say(self._age, "my_keys.age", day=mine.set_at[:10], n=max(0, mine.days_left))
        self._warning.setVisible(known.warning is not None)
        say(self._stick, "my_keys.bound" if mine.key_file else "my_keys.unbound")
        words = "my_keys.bind.again" if mine.key_file else "my_keys.bind.do"
        say(self.bind_button, words)
        name(self.bind_button, words)
        self.release_button.setVisible(mine.key_file and not known.required)
        self.others.show_holders(known.holders)

    def _on_trouble(self, error: BaseException) -> None:
        plain(self._age, "")
        plain(self._stick, "")
        self.others.shelf.show_trouble(error, self.refresh)
        self.desk.messages.trouble(error)

    def _back(self) -> None:
        self.desk.go("settings", None)


class _Others(QFrame):
    """Whose keys open the archive, what may be done to the one that is chosen, and the recovery sheet."""

    def __init__(self, screen: MyKeysScreen) -> None:
        super().__init__()
        self._screen = screen
        self.model: ListedModel[Holder] = ListedModel(COLUMNS)
        self.table = name(Table(self.model, COLUMNS, screen.desk.theme), "my_keys.holders")
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._settle())
        self.shelf = Shelf(self.table, screen.desk.theme, drawing="key")
        self.reset_button = button("my_keys.reset.do", theme=screen.desk.theme, drawing="refresh")
        self.revoke_button = button("my_keys.revoke.do", "danger")
        self.sheet_button = button("my_keys.sheet.do", theme=screen.desk.theme, drawing="print")
        self.reset_button.clicked.connect(lambda: self._on_chosen(screen.reset))
        self.revoke_button.clicked.connect(lambda: self._on_chosen(screen.revoke))
        self.sheet_button.clicked.connect(screen.new_sheet)
        frame, inside = card(margins=0, spacing=0)
        head = column(label("my_keys.holders", "heading"), label("my_keys.holders_advice", "small", wrap=True), spacing=2)
        top = row(head, self.sheet_button, spacing=20)
        top.setStretch(0, 1)
        top.setContentsMargins(20, 16, 20, 12)
        inside.addLayout(top)
        inside.addWidget(self.shelf, 1)
        under = row(self.reset_button, self.revoke_button, None, spacing=8)
        under.setContentsMargins(20, 10, 20, 14)
        inside.addLayout(under)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(frame)
        self.shelf.show_busy()
        self._settle()

    def show_holders(self, holders: tuple[Holder, ...]) -> None:
        chosen = max(0, self.table.currentIndex().row())
        with QSignalBlocker(self.table.selectionModel()):
            self.model.show(list(holders))
        self.shelf.show_content()
        self.table.selectRow(min(chosen, len(holders) - 1))
        self._settle()

    def _chosen(self) -> Holder | None:
        number = self.table.currentIndex().row()
        return self.model.record(number) if 0 <= number < len(self.model) else None

    def _on_chosen(self, act) -> None:  # type: ignore[no-untyped-def]
        if (holder := self._chosen()) is not None:
            act(holder)

    def _settle(self) -> None:
        holder = self._chosen()
        other = holder is not None and holder.agent.id != self._screen.station.agent.id
        self.reset_button.setEnabled(other)
        self.revoke_button.setEnabled(other and holder is not None and holder.has_key)


def _card(title: str, said: QHBoxLayout, *buttons: QPushButton) -> QFrame:
    frame, inside = card(margins=20, spacing=10)
    inside.addWidget(label(title, "heading"))
    inside.addLayout(said)
    inside.addStretch(1)
    inside.addLayout(row(*buttons, None))
    return frame
