"""ui/screens/people_sharing.py — volumes that mention what one volume mentions, to be tied by whoever finds they belong together.

Opened by `open_for(screen, volume_id, code)`: it asks what for, then shows the volumes with the kinds of what both mention;
the names too while the volume is shown in full. Nothing is tied by itself.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QDialog, QVBoxLayout
from shiboken6 import isValid

from app import wording
from app.name_index import Shared
from storage.records import Kind, Subject
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.phrases import name, say
from ui.screens.screen import Screen
from ui.screens.unmask import PurposeDialog
from ui.widgets.layout import button, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table


def _what(one: Shared) -> str:
    kinds = (wording.say(f"entity_kind.{kind.value}") for kind in one.what)
    return wording.say("people.list").join(one.named or kinds)


COLUMNS: tuple[Column[Shared], ...] = (
    Column("people.code", lambda one: one.volume.reference_code or wording.say("people.no_code"), 230),
    Column("people.paper_title", lambda one: one.volume.title),
    Column("people.what", _what, 210, hint=_what),
    Column("people.tie_state", lambda one: wording.say("people.tied") if one.tied else "", 96),
)


def open_for(screen: Screen, volume_id: int, code: str) -> PurposeDialog:
    """What for? Then the volumes."""
    people = screen.station.people
    asked = PurposeDialog(
        screen, lambda purpose, basis: people.sharing(volume_id, purpose, basis),
        lambda found: SharingDialog(screen, volume_id, code, found).open(), key="people.share_ask",
    )  # fmt: skip
    asked.open()
    return asked


class SharingDialog(QDialog):
    def __init__(self, screen: Screen, volume_id: int, code: str, found: list[Shared]) -> None:
        super().__init__(screen)
        self.setModal(True)
        self._screen, self._volume_id, self._found = screen, volume_id, found
        say(self, "people.share_title", "setWindowTitle")
        which = text("code")
        which.setText(code)
        self._model = ListedModel(COLUMNS)
        self.volumes = name(Table(self._model, COLUMNS, screen.desk.theme), "people.share_title")
        self.volumes.chosen.connect(self._open_row)
        self.volumes.selectionModel().currentRowChanged.connect(lambda _new, _old: self._offer())
        self._shelf = Shelf(self.volumes, screen.desk.theme, empty="people.shares_nothing", drawing="volumes")
        self.tie_button = button("people.tie", "primary")
        self.open_button, close = button("people.open_volume"), button("people.close")
        for made, act in ((self.tie_button, self.tie), (self.open_button, self._open_chosen), (close, self.accept)):
            made.clicked.connect(act)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 20, 26, 18)
        box.setSpacing(10)
        box.addLayout(row(label("people.share_title", "heading"), None, which))
        box.addWidget(label("people.share_advice", "small", wrap=True))
        box.addWidget(self._shelf, 1)
        box.addLayout(row(self.open_button, None, close, self.tie_button))
        window = screen.window().size()
        self.resize(min(920, window.width() - 60), min(520, window.height() - 60))
        self._show()

    def tie(self) -> None:
        """The volume that is chosen belongs together with this one."""
        at = self._at()
        if at < 0 or self._found[at].tied:
            return
        one, scheme = self._found[at], self._screen.station.scheme
        subject, other = Subject(Kind.VOLUME, self._volume_id), Subject(Kind.VOLUME, one.volume.id)
        self.tie_button.setEnabled(False)

        def done(_relation: int) -> None:
            self._screen.desk.messages.tell("people.tie_done")
            if isValid(self):
                self._found = [replace(each, tied=True) if each == one else each for each in self._found]
                self._show()

        def failed(error: BaseException) -> None:
            self._screen.desk.messages.trouble(error)
            if isValid(self):
                self._offer()

        self._screen.run("write", lambda _job: scheme.relate(subject, one.relation, other), done=done, failed=failed)

    # -- inside

    def _show(self) -> None:
        at = max(0, self._at())
        self._model.show(self._found)
        if self._found:
            self._shelf.show_content()
            self.volumes.selectRow(at)
            self.volumes.setFocus()
        else:
            self._shelf.show_empty()
        self._offer()

    def _offer(self) -> None:
        at = self._at()
        self.open_button.setEnabled(at >= 0)
        self.tie_button.setEnabled(at >= 0 and not self._found[at].tied)
        self.tie_button.setVisible(self._screen.station.may("relate"))

    def _at(self) -> int:
        at = self.volumes.currentIndex().row()
        return at if at < len(self._found) else -1

    def _open_chosen(self) -> None:
        self._open_row(self._at())

    def _open_row(self, at: int) -> None:
        if 0 <= at < len(self._found):
            self.accept()
            self._screen.desk.go("volume", self._found[at].volume.id)
