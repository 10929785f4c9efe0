"""ui/screens/users.py — who may unlock this archive: the list, what each may do and see, and the next step to separate duties.

The administrator admits and disables, the security administrator gives roles and says what may be seen; everybody else looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.access import may
from app.users import Next
from storage.records import DUTIES, Category, Role
from storage.records.users import Combination, Scope, User
from ui import actions
from ui.desk import Desk
from ui.models.columns import Column, moment
from ui.models.listed import ListedModel
from ui.phrases import name, plain, say
from ui.screens.screen import Screen
from ui.screens.users_dialogs import AdmitDialog, GrantDialog, ScopeDialog, roles_said
from ui.stylesheet import look
from ui.widgets.layout import button, card, column, drawing, label, row, rule, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

WIDTH_PX = 352


@dataclass(frozen=True, slots=True)
class _Row:
    user: User
    state: str
    scope: str


@dataclass(frozen=True, slots=True)
class _Look:
    """Everything the screen shows, fetched in one go."""

    rows: tuple[_Row, ...]
    categories: tuple[Category, ...]
    combinations: dict[int, Combination]
    next: Next | None
    free: frozenset[Role]


COLUMNS: tuple[Column[_Row], ...] = (
    Column("users.column_name", lambda one: one.user.name, 112),
    Column("users.column_roles", lambda one: roles_said(one.user.agent.roles), hint=lambda one: roles_said(one.user.agent.roles)),
    Column("users.column_scope", lambda one: one.scope, 108, hint=lambda one: one.scope),
    Column("users.column_last", lambda one: _last(one.user), 100),
    Column("users.column_state", lambda one: _state(one), 96, state=lambda one: one.state),
)


class UsersScreen(Screen):
    title = "users.title"
    concerns = frozenset({
        "admit", "grant", "withdraw", "lay_down", "disable", "enable", "keep_scope", "change_policy", "reset_key", "revoke_key",
    })

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._known: _Look | None = None
        self.model: ListedModel[_Row] = ListedModel(COLUMNS)
        self.table = name(Table(self.model, COLUMNS, desk.theme), "users.title")
        self.table.selectionModel().currentRowChanged.connect(lambda now, _before: self._on_row(now.row()))
        self.shelf = Shelf(self.table, desk.theme, drawing="person")
        self.admit_button = button("users.admit", "primary", theme=desk.theme, drawing="person")
        self.admit_button.clicked.connect(self.admit)
        back = button("scheme.back", "link", theme=desk.theme, drawing="left")
        back.clicked.connect(self._back)
        actions.make("back", self, self._back)
        self.guide = _Guide(self)
        self.detail = _Detail(self)
        left, inside = card(margins=0, spacing=0)
        inside.addWidget(self.shelf, 1)
        beside = row(left, self.detail, spacing=12)
        beside.setStretch(0, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 12, 20, 14)
        whole.setSpacing(10)
        whole.addLayout(row(back, None, self.admit_button))
        whole.addWidget(self.guide)
        whole.addLayout(beside, 1)
        self.admit_button.setVisible(self.station.may("admit"))
        self.setFocusProxy(self.table)
        self.shelf.show_busy()

    def refresh(self) -> None:
        self.run("view", lambda _job: self._fetch(), done=self._show,
                 failed=lambda error: self.shelf.show_trouble(error, self.refresh))  # fmt: skip

    def reword(self) -> None:
        self.model.reword()
        self.shelf.reword()
        self.refresh()

    @property
    def rows(self) -> tuple[_Row, ...]:
        """The users as the list shows them."""
        return self._known.rows if self._known else ()

    # -- acts

    def admit(self) -> None:
        """Ask who, and let them in."""
        AdmitDialog(self).open()

    def grant(self, user: User, role: Role | None = None) -> None:
        dialog = GrantDialog(self, user, role)
        dialog.accepted.connect(
            lambda: self.act(
                lambda: self.station.users.grant(user.agent, dialog.role, dialog.reason), "users.granted",
                name=user.name, role=wording.say(f"role.{dialog.role.value}"),
            )
        )  # fmt: skip
        dialog.open()

    def withdraw(self, user: User, role: Role) -> None:
        said = wording.say(f"role.{role.value}")
        self.desk.messages.ask(
            "users.withdraw", lambda: self.act(lambda: self.station.users.withdraw(user.agent, role), "users.withdrawn", name=user.name),
            name=user.name, role=said,
        )  # fmt: skip

    def lay_down(self, role: Role) -> None:
        """Gives the duty up; the station locks, because it was opened with it."""
        def work() -> None:
            self.run("write", lambda _job: self.station.users.lay_down(role), done=lambda _none: self.desk.lock())

        self.desk.messages.ask("users.lay_down", work, role=wording.say(f"role.{role.value}"))

    def switch(self, user: User) -> None:
        """Disables somebody, or lets them in again."""
        act = self.station.users.enable if user.disabled else self.station.users.disable
        key = "users.enable" if user.disabled else "users.disable"
        self.desk.messages.ask(key, lambda: self.act(lambda: act(user.agent), f"{key}d", name=user.name), name=user.name)

    def limit(self, user: User) -> None:
        assert self._known is not None
        dialog = ScopeDialog(self, user, self._known.categories)
        dialog.accepted.connect(
            lambda: self.act(lambda: self.station.users.keep_scope(user.agent, dialog.scope()), "users.scope_kept", name=user.name)
        )
        dialog.open()

    def act(self, work: Callable[[], None], key: str, **facts: str | int) -> None:
        self.run("write", lambda _job: work(), done=lambda _none: self.desk.messages.tell(key, **facts))

    # -- inside

    def _fetch(self) -> _Look:
        users, everybody = self.station.users, self.station.users.all()
        categories = tuple(self.station.categories())
        return _Look(
            tuple(_Row(user, _state_of(user, users.stale(user)), _seen(user, categories)) for user in everybody),
            categories, {one.agent.id: one for one in users.combinations()}, users.hand_over(),
            frozenset(role for role in DUTIES if users.may_lay_down(role)),
        )  # fmt: skip

    def _show(self, known: _Look) -> None:
        self._known = known
        chosen = self.table.currentIndex().row()
        with QSignalBlocker(self.table.selectionModel()):
            self.model.show(list(known.rows))
        self.shelf.show_content()
        self.guide.show_next(known.next)
        self.table.selectRow(min(max(chosen, 0), len(known.rows) - 1))
        self._on_row(self.table.currentIndex().row())

    def _on_row(self, number: int) -> None:
        if self._known is not None and 0 <= number < len(self._known.rows):
            one = self._known.rows[number]
            self.detail.show_user(one, self._known.combinations.get(one.user.id), self._known.free)

    def choose(self, user_name: str) -> User | None:
        """The user of this name, chosen in the list."""
        found = next((number for number, one in enumerate(self._known.rows if self._known else ()) if one.user.name == user_name), -1)
        if found < 0 or self._known is None:
            return None
        self.table.selectRow(found)
        return self._known.rows[found].user

    def _back(self) -> None:
        self.desk.go("settings", None)


class _Guide(QFrame):
    """The next step towards duties in separate hands; not there when they are."""

    def __init__(self, screen: UsersScreen) -> None:
        super().__init__()
        self._screen = screen
        self._next: Next | None = None
        frame, inside = card(kind="next", margins=16, spacing=4)
        self._words = text(wrap=True)
        self.step_button = button("users.step_admit", theme=screen.desk.theme)
        self.step_button.clicked.connect(self._on_step)
        line = row(column(label("users.guide", "strong"), self._words, spacing=3), self.step_button, spacing=20)
        line.setStretch(0, 1)
        inside.addLayout(line)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(frame)
        self.hide()

    def show_next(self, following: Next | None) -> None:
        self._next = following
        if following is not None:
            facts = {"role": wording.say(f"role.{following.role.value}"), "name": following.user}
            say(self._words, f"users.guide_{following.step}", **facts)
            say(self.step_button, f"users.step_{following.step}")
            name(self.step_button, f"users.step_{following.step}")
        self.setVisible(following is not None)

    def _on_step(self) -> None:
        assert self._next is not None
        if self._next.step == "admit":
            self._screen.admit()
        elif self._next.step == "lay_down":
            self._screen.lay_down(self._next.role)
        elif user := self._screen.choose(self._next.user):
            self._screen.grant(user, self._next.role)


class _Detail(QFrame):
    """One user: their roles with a button each, what they may see, since when they are here."""

    def __init__(self, screen: UsersScreen) -> None:
        super().__init__()
        self._screen = screen
        self.user: User | None = None
        frame, inside = card(margins=0, spacing=0)
        sheet = QWidget()
        look(sheet, "sheet")
        self._box = QVBoxLayout(sheet)
        self._box.setContentsMargins(18, 16, 18, 12)
        self._box.setSpacing(9)
        self._sheet = sheet
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        name(scroll, "users.title")
        inside.addWidget(scroll, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(frame)
        self.setFixedWidth(WIDTH_PX)
        self.role_buttons: dict[Role, QPushButton] = {}
        self.grant_button: QPushButton | None = None
        self.scope_button: QPushButton | None = None
        self.switch_button: QPushButton | None = None

    def show_user(self, one: _Row, combination: Combination | None, free: frozenset[Role]) -> None:
        screen, user, theme = self._screen, one.user, self._screen.desk.theme
        self.user, self.role_buttons = user, {}
        self.grant_button = self.scope_button = self.switch_button = None
        while (item := self._box.takeAt(0)) is not None:
            _discard(item)
        own, allowed = user.id == screen.station.agent.id, screen.station.may
        self._say("heading", user.name)
        self._say("small", wording.say("users.since", day=_day(user.admitted_at)), wrap=True)
        if user.must_change:
            self._say("small", wording.say("users.must_change"), wrap=True)
        self._box.addWidget(rule())
        self._box.addWidget(label("users.roles", "label"))
        for role in (role for role in Role if role in user.agent.roles):
            said = text("strong")
            plain(said, wording.say(f"role.{role.value}"))
            parts: list[Any] = [said, None]
            if own and role in free and allowed("lay_down"):
                parts.append(self._act("users.lay_down.do", partial(screen.lay_down, role), role))
            elif not own and role is not Role.PENDING and allowed("withdraw"):
                parts.append(self._act("users.withdraw.do", partial(screen.withdraw, user, role), role))
            self._box.addLayout(row(*parts))
            self._say("small", wording.say(f"users.about_{role.value}"), wrap=True)
        if combination is not None:
            reason = wording.catalogue(wording.language()).get(f"combination.{combination.reason}", combination.reason)
            line = text("small", wrap=True)
            plain(line, wording.say("users.combined", reason=reason))
            self._box.addLayout(row(drawing(theme, "warning", "warn", 18), line, spacing=8))
        if not own and allowed("grant"):
            self.grant_button = button("users.grant.do", theme=theme, drawing="key")
            self.grant_button.clicked.connect(lambda: screen.grant(user))
            self._box.addLayout(row(self.grant_button, None))
        if own and allowed("grant"):
            self._say("small", wording.say("users.not_oneself"), wrap=True)
        self._box.addWidget(rule())
        self._box.addWidget(label("users.scope", "label"))
        self._say("", one.scope, wrap=True)
        if not own and allowed("keep_scope"):
            self.scope_button = button("users.scope_change")
            self.scope_button.clicked.connect(lambda: screen.limit(user))
            self._box.addLayout(row(self.scope_button, None))
        self._box.addStretch(1)
        if not own and allowed("disable"):
            self._box.addWidget(rule())
            self.switch_button = button("users.enable.do" if user.disabled else "users.disable.do", "" if user.disabled else "danger")
            self.switch_button.clicked.connect(lambda: screen.switch(user))
            self._box.addLayout(row(None, self.switch_button))

    def _say(self, kind: str, words: str, wrap: bool = False) -> None:
        line = text(kind, wrap=wrap)
        plain(line, words)
        self._box.addWidget(line)

    def _act(self, key: str, work: Callable[[], None], role: Role) -> QWidget:
        made = button(key, "link")
        name(made, f"{key}_name", role=wording.say(f"role.{role.value}"))
        made.clicked.connect(lambda: work())
        self.role_buttons[role] = made
        return made


def _seen(user: User, categories: tuple[Category, ...]) -> str:
    return scope_said(user.scope, categories) if may(user.agent, "view") else wording.say("users.scope_none")


def scope_said(scope: Scope, categories: tuple[Category, ...]) -> str:
    """What a scope lets somebody see, in words."""
    names = {category.code: _category(category) for category in categories}
    parts = [wording.say("users.and").join(names.get(code, code) for code in scope.categories)] if scope.categories else []
    if scope.highest_class is not None:
        parts.append(wording.say("users.up_to", name=wording.say(f"security_class.{scope.highest_class.value}")))
    return wording.say("users.and").join(parts) or wording.say("users.scope_all")


def _category(category: Category) -> str:
    return category.name if wording.language() == "zh" else category.name_en


def _state_of(user: User, stale: bool) -> str:
    if user.disabled:
        return "disabled"
    if user.agent.role is Role.PENDING:
        return "pending"
    return "stale" if stale else "active"


def _state(one: _Row) -> str:
    return wording.say(f"users.state_{one.state}")


def _last(user: User) -> str:
    return moment(user.last_unlock)[:10] or wording.say("users.never")


def _day(utc: str) -> str:
    return datetime.fromisoformat(utc).astimezone().strftime("%Y-%m-%d")


def _discard(item: Any) -> None:
    """A part of the sheet and what is in it."""
    if item.widget() is not None:
        item.widget().hide()
        item.widget().deleteLater()
    elif item.layout() is not None:
        while (inner := item.layout().takeAt(0)) is not None:
            _discard(inner)
