"""tests/test_ui_users.py — people and their rights in the window: admitted, granted, limited, disabled; what each role sees."""

from __future__ import annotations

from typing import TypeVar

import pytest
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from app.station import Station
from storage.keys import FLOOR
from storage.records import Agent, Role, SecurityClass
from storage.records.users import Scope
from tests.stations import ADMINISTRATOR, PASSPHRASE, raise_it
from tests.test_ui_stage import TITLES, Stage, stage  # noqa: F401
from ui.screens.home_overseer import OverseerHome
from ui.screens.settings import SettingsScreen
from ui.screens.users import UsersScreen
from ui.screens.users_dialogs import AdmitDialog, GrantDialog, ScopeDialog
from ui.sitter import Sitter
from ui.window import HIDDEN, PLACES, Window

SECOND = "样本·内勤"
D = TypeVar("D", bound=QDialog)


def colleague(stage: Stage, name: str, *roles: Role) -> Agent:  # noqa: F811
    founder = stage.station.archive.queries.agents()[0]
    with stage.station.archive.write(founder) as change:
        agent_id = change.admit(name)
    for role in roles:
        with stage.station.archive.write(founder) as change:
            change.grant(agent_id, role, "样本说明")
    agent = stage.station.archive.queries.agent(name)
    assert agent is not None
    return agent


def sit_down(stage: Stage, role: Role) -> None:  # noqa: F811
    """Somebody with this role is at the desk."""
    agent = colleague(stage, "样本·岗位", role)
    stage.station = Station(stage.station.archive, agent, lambda call: call(), raise_it)
    stage.sitter = Sitter(stage.station, stage.bridge, stage.recorder.trouble)


def users_screen(stage: Stage) -> tuple[Window, UsersScreen]:  # noqa: F811
    window = stage.raise_curtain()
    window.go("users", None)
    stage.rest()
    screen = window.place("users")
    assert isinstance(screen, UsersScreen)
    return window, screen


def dialog_of(screen: QWidget, kind: type[D]) -> D:
    return next(found for found in screen.findChildren(kind) if found.isVisible())


def test_somebody_is_admitted_with_a_role(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    _window, screen = users_screen(stage)
    admit = stage.station.users.admit
    monkeypatch.setattr(type(stage.station.users), "admit", lambda _self, *wanted: admit(*wanted, cost=FLOOR))
    screen.guide.step_button.click()
    dialog = dialog_of(screen, AdmitDialog)
    dialog.user.setText(SECOND)
    dialog.role.choose(Role.CLERK)
    for line in (dialog.passphrase.first.line, dialog.passphrase.second.line):
        line.setText("样本 other horse 口令 staple 7")
    dialog.own.line.setText("不对")
    dialog.yes.click()
    stage.until(lambda: not dialog.fields["own"].problem.isHidden())
    dialog.own.line.setText(PASSPHRASE)
    dialog.yes.click()
    stage.until(lambda: ("users.admitted", {"name": SECOND}) in stage.recorder.told)
    stage.rest()
    assert [(one.user.name, one.state) for one in screen.rows] == [(ADMINISTRATOR, "active"), (SECOND, "active")]


def test_the_reason_is_asked_only_for_a_second_duty(stage: Stage) -> None:  # noqa: F811
    colleague(stage, SECOND, Role.AUDITOR)
    _window, screen = users_screen(stage)
    screen.choose(SECOND)
    assert screen.detail.grant_button is not None
    screen.detail.grant_button.click()
    dialog = dialog_of(screen, GrantDialog)
    dialog.choice.choose(Role.CLERK)
    assert dialog.reason_field.isHidden()
    dialog.choice.choose(Role.SECURITY)
    assert not dialog.reason_field.isHidden()
    dialog.yes.click()
    assert dialog.isVisible() and not dialog.reason_field.problem.isHidden()
    dialog.line.setPlainText("样本：只有两个人")
    dialog.yes.click()
    stage.rest()
    assert any("样本：只有两个人" in label.text() for label in screen.detail.findChildren(QLabel))
    screen.detail.role_buttons[Role.SECURITY].click()
    stage.rest()
    assert screen.rows[1].user.agent.standing == "auditor"


def test_a_scope_is_set_and_somebody_is_disabled_and_let_in_again(stage: Stage) -> None:  # noqa: F811
    colleague(stage, SECOND, Role.FILER)
    _window, screen = users_screen(stage)
    screen.choose(SECOND)
    assert screen.detail.scope_button is not None
    screen.detail.scope_button.click()
    dialog = dialog_of(screen, ScopeDialog)
    assert dialog.everything.isChecked() and not dialog.list.isEnabled()
    dialog.some.setChecked(True)
    dialog.yes.click()
    assert dialog.isVisible() and not dialog.problem.isHidden()
    first = dialog.list.item(0)
    first.setCheckState(type(first.checkState()).Checked)
    dialog.highest.choose(SecurityClass.PUBLIC)
    dialog.yes.click()
    stage.rest()
    assert screen.rows[1].user.scope == Scope(("WS",), SecurityClass.PUBLIC)
    for state in ("disabled", "active"):
        screen.choose(SECOND)
        assert screen.detail.switch_button is not None
        screen.detail.switch_button.click()
        stage.rest()
        assert screen.rows[1].state == state


def test_a_founder_is_led_to_separate_duties_and_the_archive_locks(stage: Stage) -> None:  # noqa: F811
    colleague(stage, SECOND)
    window, screen = users_screen(stage)
    locked: list[bool] = []
    object.__setattr__(window.desk, "lock", lambda: locked.append(True))
    assert screen.guide.isVisible()
    screen.guide.step_button.click()
    dialog = dialog_of(screen, GrantDialog)
    assert dialog.role is Role.SECURITY and dialog.reason_field.isHidden()
    dialog.yes.click()
    stage.rest()
    assert not locked and screen.guide.isVisible()
    screen.guide.step_button.click()
    stage.until(lambda: locked)
    stage.rest()
    assert screen.rows[0].user.agent.roles == {Role.ADMINISTRATOR}


#: What stands on the left for each role.
SEEN = {
    Role.FILER: {"home", "inbox", "volumes", "search", "lending", "sealing", "reports", "settings"},
    Role.CLERK: {"home", "inbox", "volumes", "search", "lending", "sealing", "reports", "settings", "disposal", "inspection",
                 "interchange"},
    Role.ADMINISTRATOR: {id for id, _drawing, _maker in PLACES} - {"audit"},
    Role.SECURITY: {"home", "audit", "settings"},
    Role.AUDITOR: {"home", "volumes", "search", "inspection", "reports", "audit", "settings"},
}  # fmt: skip


@pytest.mark.parametrize("role", SEEN)
def test_each_role_sees_its_own_places_and_each_of_them_opens(stage: Stage, role: Role) -> None:  # noqa: F811
    stage.filed(TITLES[0])
    stage.receive(TITLES[1])
    sit_down(stage, role)
    window = stage.raise_curtain()
    shown = {id for id, _drawing, _maker in PLACES if not window._nav[id].isHidden()}
    assert shown == SEEN[role]
    for id, _drawing, _maker in (*PLACES, *HIDDEN):
        if (id in shown and role in (Role.SECURITY, Role.AUDITOR)) or id == "users":
            window.go(id, None)
            stage.rest()
    assert not stage.recorder.troubles
    home, users = window.place("home"), window.place("users")
    assert isinstance(home, OverseerHome) == (role in (Role.SECURITY, Role.AUDITOR))
    if isinstance(home, OverseerHome):
        assert list(home.buttons) == {Role.SECURITY: ["users", "audit", "settings"], Role.AUDITOR: ["audit", "search"]}[role]
    if role is Role.SECURITY:
        words = " ".join(label.text() for label in window.findChildren(QLabel))
        assert not any(title in words for title in TITLES)
    assert isinstance(users, UsersScreen)
    assert users.admit_button.isHidden() == (role is not Role.ADMINISTRATOR) and users.guide.isHidden()


@pytest.mark.parametrize(("role", "free"), [(Role.SECURITY, True), (Role.ADMINISTRATOR, False), (Role.FILER, False)])
def test_the_policy_is_seen_by_all_and_changed_by_one(stage: Stage, role: Role, free: bool) -> None:  # noqa: F811
    sit_down(stage, role)
    window = stage.raise_curtain()
    window.go("settings", None)
    stage.rest()
    screen = window.place("settings")
    assert isinstance(screen, SettingsScreen)
    editor = screen._editors["idle_lock_min"]
    assert editor.isEnabled() is free and editor.value() == 10  # type: ignore[attr-defined]
    assert (editor.minimum(), editor.maximum()) == (1, 60)  # type: ignore[attr-defined]
    assert ("scan_folder" in screen._editors) == (role is Role.ADMINISTRATOR)
    if free:
        editor.setValue(5)  # type: ignore[attr-defined]
        stage.until(lambda: ("settings.saved", {}) in stage.recorder.told)
        stage.rest()
