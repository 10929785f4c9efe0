"""ui/screens/users.py — who may unlock this archive, and the small form that admits somebody."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QLineEdit, QVBoxLayout

from app import wording
from app.filing import Invalid
from storage.errors import WrongPassphrase
from storage.records import Agent, Role
from ui.phrases import say
from ui.screens.screen import Screen
from ui.widgets.form import Choice, Field, Fields
from ui.widgets.layout import button, card, column, label, row, rule, text
from ui.widgets.new_passphrase import NewPassphrase
from ui.widgets.passphrase import Passphrase


@dataclass(frozen=True, slots=True)
class _Admission:
    own: str
    user: str
    role: Role
    passphrase: str


class UsersCard(QFrame):
    """A card for the settings: names and roles; administrators may admit."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        frame, inside = card(margins=20, spacing=12)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self.admit_button = button("users.admit", theme=screen.desk.theme, drawing="person")
        self.admit_button.clicked.connect(self.admit)
        inside.addLayout(column(label("users.title", "heading"), label("users.advice", "small", wrap=True), spacing=2))
        inside.addWidget(rule())
        inside.addLayout(self._grid)
        inside.addLayout(row(self.admit_button, None))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(frame)
        # Only once it has a place: a button shown before would be a window of its own for a moment.
        self.admit_button.setVisible(screen.station.may("admit"))

    def refresh(self) -> None:
        self._screen.run("view", lambda _job: self._screen.station.users.all(), done=self._show)

    def admit(self) -> None:
        """Ask who, and let them in."""
        dialog = AdmitDialog(self._screen)
        dialog.accepted.connect(self.refresh)
        dialog.open()

    def _show(self, users: list[Agent]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for line, agent in enumerate(users):
            who = text("strong")
            who.setText(agent.name)
            self._grid.addWidget(who, line, 0)
            self._grid.addWidget(label(f"role.{agent.role.value}", "muted"), line, 1)


class AdmitDialog(QDialog):
    """The new user's name, role and passphrase, and the passphrase of the person who admits."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self.setModal(True)
        self._screen = screen
        say(self, "users.admit", "setWindowTitle")
        self.user, self.role = QLineEdit(), Choice()
        self.role.fill([(role, wording.say(f"role.{role.value}")) for role in Role])
        self.passphrase = NewPassphrase(screen.desk.theme, screen.station.jobs, lambda: (self.user.text(),))
        self.own = Passphrase(screen.desk.theme)
        parts = {
            "user": Field("field.user", self.user),
            "role": Field("users.role", self.role, hint="users.role_hint"),
            "own": Field("users.own", self.own, buddy=self.own.line, hint="users.own_hint"),
        }
        self.fields = Fields(parts)
        self.yes = button("users.admit_yes", "primary")
        no = button("message.no")
        self.yes.clicked.connect(self._on_yes)
        no.clicked.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(10)
        box.addWidget(label("users.admit", "heading"))
        box.addWidget(parts["user"])
        box.addWidget(parts["role"])
        box.addWidget(self.passphrase)
        box.addWidget(rule())
        box.addWidget(parts["own"])
        box.addSpacing(6)
        box.addLayout(row(None, no, self.yes))
        self.setMinimumWidth(440)
        self.user.setFocus()

    def _on_yes(self) -> None:
        self.passphrase.check(self._admit)

    def _admit(self) -> None:
        wanted = _Admission(self.own.text(), self.user.text(), self.role.value(), self.passphrase.value())
        self.yes.setEnabled(False)
        station = self._screen.station
        self._screen.run(
            "write",
            lambda _job: station.users.grant(
                station.users.admit(wanted.own, wanted.user, wanted.passphrase), wanted.role
            ),
            done=self._on_done, failed=self._on_failed,
        )  # fmt: skip

    def _on_done(self, _none: object) -> None:
        self.passphrase.wipe()
        self.own.wipe()
        self._screen.desk.messages.tell("users.admitted", name=self.user.text().strip())
        self.accept()

    def _on_failed(self, error: BaseException) -> None:
        self.yes.setEnabled(True)
        if isinstance(error, Invalid):
            self.fields.show_problems(error.problems, focus=True)
        elif isinstance(error, WrongPassphrase):
            self.fields["own"].show_problem("users.own_wrong")
            self.fields["own"].take_focus()
        else:
            self._screen.desk.messages.trouble(error)
