"""ui/screens/users_dialogs.py — the dialogs about users: who comes in, which role they get, what they may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QRadioButton, QVBoxLayout

from app import wording
from app.filing import Invalid
from storage.errors import UserExists, WrongPassphrase
from storage.records import Category, Role, SecurityClass
from storage.records.users import Scope, User
from ui.phrases import name, say
from ui.screens.screen import Screen
from ui.widgets.form import Choice, Field, Fields, Lines
from ui.widgets.layout import button, label, row, rule
from ui.widgets.new_passphrase import NewPassphrase
from ui.widgets.passphrase import Passphrase
from ui.widgets.question import Question

#: Papers above INTERNAL are not kept here.
_CLASSES = (None, SecurityClass.INTERNAL, SecurityClass.PUBLIC)


def roles_said(roles: Collection[Role]) -> str:
    return wording.say("users.and").join(wording.say(f"role.{role.value}") for role in Role if role in roles)


class GrantDialog(Question):
    """A role for somebody; a second administrative duty in one hand shows the field for its reason."""

    def __init__(self, screen: Screen, user: User, role: Role | None = None) -> None:
        super().__init__(screen, "users.grant", user.name)
        self._user, self._users = user, screen.station.users
        self.choice = Choice()
        free = [one for one in Role if one is not Role.PENDING and one not in user.agent.roles]
        self.choice.fill([(one, wording.say(f"role.{one.value}")) for one in free])
        if role is not None:
            self.choice.choose(role)
        self.about = label(f"users.about_{self.role.value}", "small", wrap=True)
        self.line = Lines(76)
        self.line.submitted.connect(self.agree)
        self.reason_field = Field("users.reason", self.line, hint="users.reason_hint")
        self.box.addWidget(Field("users.role", self.choice))
        self.box.addWidget(self.about)
        self.box.addWidget(self.reason_field)
        self.close_with_buttons()
        self.choice.currentIndexChanged.connect(lambda _row: self._on_role())
        self._on_role()
        self.choice.setFocus()

    @property
    def role(self) -> Role:
        return Role(self.choice.value())

    @property
    def reason(self) -> str:
        return self.line.toPlainText().strip()

    def agree(self) -> None:
        if self._users.needs_reason(self._user, self.role) and not self.reason:
            self.reason_field.show_problem("users.reason_needed")
            self.reason_field.take_focus()
        else:
            self.accept()

    def _on_role(self) -> None:
        say(self.about, f"users.about_{self.role.value}")
        self.reason_field.setVisible(self._users.needs_reason(self._user, self.role))
        self.adjustSize()


class ScopeDialog(Question):
    """All records, or those of some categories; up to a class."""

    def __init__(self, screen: Screen, user: User, categories: Sequence[Category]) -> None:
        super().__init__(screen, "users.limit", user.name, width=460)
        scope = user.scope
        self.everything, self.some = say(QRadioButton(), "users.limit_all"), say(QRadioButton(), "users.limit_some")
        self.list = QListWidget()
        name(self.list, "users.limit_some")
        self.list.setMinimumHeight(200)
        for category in categories:
            shown = category.name if wording.language() == "zh" else category.name_en
            line = QListWidgetItem(f"{category.code}  {shown}")
            line.setData(Qt.ItemDataRole.UserRole, category.code)
            line.setFlags(line.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            line.setCheckState(Qt.CheckState.Checked if category.code in scope.categories else Qt.CheckState.Unchecked)
            self.list.addItem(line)
        self.highest = Choice()
        self.highest.fill(
            [(each, wording.say(f"security_class.{each.value}") if each else wording.say("users.class_any")) for each in _CLASSES]
        )
        self.highest.choose(scope.highest_class)
        self.problem = label("users.limit_none", "problem")
        self.problem.hide()
        for part in (self.everything, self.some, self.list, self.problem, Field("users.class", self.highest)):
            self.box.addWidget(part)
        self.close_with_buttons()
        (self.some if scope.categories else self.everything).setChecked(True)
        self.some.toggled.connect(self._on_turned)
        self.list.itemChanged.connect(lambda _line: self.problem.hide())
        self._on_turned(bool(scope.categories))
        self.resize(460, 560)

    def scope(self) -> Scope:
        return Scope(self._chosen() if self.some.isChecked() else (), self.highest.value())

    def agree(self) -> None:
        if self.some.isChecked() and not self._chosen():
            self.problem.show()
            self.list.setFocus()
        else:
            self.accept()

    def _chosen(self) -> tuple[str, ...]:
        lines = (self.list.item(number) for number in range(self.list.count()))
        return tuple(line.data(Qt.ItemDataRole.UserRole) for line in lines if line.checkState() == Qt.CheckState.Checked)

    def _on_turned(self, some: bool) -> None:
        self.list.setEnabled(some)
        self.problem.hide()
        if some:
            self.list.setFocus()


@dataclass(frozen=True, slots=True)
class _Admission:
    own: str
    user: str
    role: Role | None
    passphrase: str


class AdmitDialog(QDialog):
    """The new user's name and first passphrase, and the passphrase of the person who admits. Whoever may also give rights
    chooses the role at once; else the security administrator does it afterwards.
    """

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self.setModal(True)
        self._screen = screen
        say(self, "users.admit", "setWindowTitle")
        self.user, self.role = QLineEdit(), Choice()
        grants = screen.station.may("grant")
        self.role.fill([(role, wording.say(f"role.{role.value}")) for role in Role if role is not Role.PENDING])
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
        box.addWidget(label("users.admit_advice" if grants else "users.admit_pending", "muted", wrap=True))
        box.addWidget(parts["user"])
        box.addWidget(parts["role"])
        parts["role"].setVisible(grants)
        box.addWidget(self.passphrase)
        box.addWidget(rule())
        box.addWidget(parts["own"])
        box.addSpacing(6)
        box.addLayout(row(None, no, self.yes))
        self.setMinimumWidth(460)
        self.resize(460, 624 if grants else 560)
        self._grants = grants
        self.user.setFocus()

    def _on_yes(self) -> None:
        self.passphrase.check(self._admit)

    def _admit(self) -> None:
        role = self.role.value() if self._grants else None
        wanted = _Admission(self.own.text(), self.user.text(), role, self.passphrase.value())
        self.yes.setEnabled(False)
        users = self._screen.station.users

        def work(_job: object) -> None:
            admitted = users.admit(wanted.own, wanted.user, wanted.passphrase)
            if wanted.role is not None:
                users.grant(admitted, wanted.role)

        self._screen.run("write", work, done=self._on_done, failed=self._on_failed)

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
        elif isinstance(error, UserExists):
            self.fields["user"].show_problem("users.name_taken")
            self.fields["user"].take_focus()
        else:
            self._screen.desk.messages.trouble(error)
