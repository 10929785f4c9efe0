"""tests/test_ui_scheme.py — the rules of the house on screen, and who is admitted to it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from storage.keys import FLOOR
from storage.records import Retention, Role
from storage.records.scheme import PlaceKind
from tests.stations import PASSPHRASE
from tests.test_ui_stage import Stage, stage
from ui.screens.scheme import SchemeScreen
from ui.screens.settings import SettingsScreen
from ui.screens.users import AdmitDialog

__all__ = ["stage"]


def scheme_of(stage: Stage) -> SchemeScreen:
    window = stage.raise_curtain()
    window.go("scheme", None)
    stage.rest()
    screen = window.place("scheme")
    assert isinstance(screen, SchemeScreen)
    return screen


def test_a_category_is_renamed_with_a_reason(stage: Stage) -> None:
    page = scheme_of(stage).categories
    stage.until(lambda: page.shelf.showing == "content")
    page.table.selectRow(0)
    page.name_zh.setText("文书档案")
    page.save_button.click()
    stage.rest()
    assert not page.fields["note"].problem.isHidden()
    assert page.known is not None and page.known.categories[0].name == "文书"
    page.why.setText("样本：名称与县局一致")
    page.save_button.click()
    stage.rest()
    assert page.model.record(0).name == "文书档案"
    assert ("scheme.saved", {}) in stage.recorder.told


def test_a_room_and_a_cabinet_are_furnished(stage: Stage) -> None:
    screen = scheme_of(stage)
    screen.tabs.turn(3)
    page = screen.places
    assert page.shelf.showing == "empty"
    for kind, code in ((PlaceKind.ROOM, "一库"), (PlaceKind.CABINET, "3柜")):
        page.new_button.click()
        page.kind.choose(kind)
        page.code.setText(code)
        page.save_button.click()
        stage.rest()
    assert [page.known.paths[place.id] for place in page.lines(page.known)] == ["一库", "一库 / 3柜"]  # type: ignore[union-attr, arg-type]


def test_a_rule_of_the_stations_own_stands_before_the_suggested(stage: Stage) -> None:
    screen = scheme_of(stage)
    page = screen.rules
    page.new_button.click()
    page.category.choose("ZY·XZ")
    page.retention.choose(Retention.PERMANENT)
    page.basis.setText("样本：本局规定")
    page.save_button.click()
    stage.rest()
    own = [rule for rule in page.lines(page.known) if rule.id]  # type: ignore[arg-type]
    assert [(rule.category, rule.retention) for rule in own] == [("ZY·XZ", Retention.PERMANENT)]


def test_the_arrow_keys_turn_the_pages(stage: Stage) -> None:
    screen = scheme_of(stage)
    screen.tabs.focusProxy().setFocus()
    stage.press(Qt.Key.Key_Right)
    assert screen.tabs.here == 1
    stage.press(Qt.Key.Key_Left)
    assert screen.tabs.here == 0


def test_somebody_is_admitted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    window = stage.raise_curtain()
    window.go("settings", None)
    stage.rest()
    screen = window.place("settings")
    assert isinstance(screen, SettingsScreen)
    admit = stage.station.users.admit
    monkeypatch.setattr(type(stage.station.users), "admit", lambda _self, *wanted: admit(*wanted, cost=FLOOR))
    screen.users.admit()
    (dialog,) = screen.findChildren(AdmitDialog)
    dialog.user.setText("样本·内勤")
    dialog.role.choose(Role.CLERK)
    for line in (dialog.passphrase.first.line, dialog.passphrase.second.line):
        line.setText("样本 other horse 口令 staple")
    dialog.own.line.setText("不对")
    dialog.yes.click()
    stage.until(lambda: not dialog.fields["own"].problem.isHidden())
    dialog.own.line.setText(PASSPHRASE)
    dialog.yes.click()
    stage.until(lambda: ("users.admitted", {"name": "样本·内勤"}) in stage.recorder.told)
    stage.rest()
    assert "样本·内勤" in {label.text() for label in screen.users.findChildren(QLabel)}
