"""tests/test_ui_suspension.py — the red band: what it says, who may end it, and that it goes away when it is ended."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app import wording
from storage.anchors import Anchor
from storage.records import Agent, Role
from tests.test_ui_stage import TITLES, Stage
from tests.test_ui_stage import stage as stage
from ui.screens.suspension import SuspensionDialog
from ui.window import Window


@pytest.fixture
def window(stage: Stage) -> Window:
    """The window on an archive whose journal ends before an anchor."""
    stage.filed(TITLES[0])
    archive = stage.station.archive
    archive.hold_against([Anchor(900, "ab" * 32, archive.epoch, "2026-03-01T08:00:00+00:00", "keychain")])
    return stage.raise_curtain()


def dialog(stage: Stage, window: Window) -> SuspensionDialog:
    stage.until(window.suspension.button.isVisible)
    window.suspension.button.click()
    (found,) = [one for one in window.findChildren(SuspensionDialog) if one.isVisible()]
    return found


def test_all_is_well_and_nothing_is_said(stage: Stage) -> None:
    assert not stage.raise_curtain().suspension.isVisible()


def test_the_band_says_what_is_wrong_on_every_screen(stage: Stage, window: Window) -> None:
    stage.until(window.suspension.isVisible)
    assert window.suspension.title.text() == wording.say("suspension.band")
    for place in ("home", "search", "settings"):
        window.go(place)
        assert window.suspension.isVisible()
    wording.use("en")
    assert window.suspension.title.text() == wording.say("suspension.band")
    assert "recovery sheet" in window.suspension.what.text()
    assert window.suspension.title.text() in window.suspension.accessibleName()
    stage.rest()


def test_one_person_ends_it_with_the_sheet_by_keyboard(stage: Stage, window: Window) -> None:
    asked = dialog(stage, window)
    assert "900" in asked.found.text()
    stage.until(asked.key.hasFocus)
    stage.press(Qt.Key.Key_Return)
    assert asked.field.problem.text() == wording.say("suspension.key_needed")
    stage.qtbot.keyClicks(asked.key, "0" * 32)
    stage.press(Qt.Key.Key_Return)
    stage.until(asked.problem.isVisible)
    assert asked.isVisible(), "a wrong key is said where it was typed"
    asked.key.setText(stage.recovery_key)
    asked.key.setFocus()
    # A wrong key has to wait; the station is told that it was right all along.
    archive = stage.station.archive
    (archive.folder / "attempts.json").unlink(missing_ok=True)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: not asked.isVisible())
    stage.until(lambda: not window.suspension.isVisible())
    assert archive.suspension is None
    stage.until(lambda: ("suspension.ended", {}) in stage.recorder.told)


def test_who_may_not_sees_why_and_has_no_button(stage: Stage) -> None:
    stage.filed(TITLES[0])
    archive = stage.station.archive
    archive.hold_against([Anchor(900, "ab" * 32, archive.epoch, "", "file")])
    stage.station.anchors._agent = Agent(9, "样本·内勤", Role.CLERK)
    window = stage.raise_curtain()
    asked = dialog(stage, window)
    assert not asked.yes.isVisible() and not asked.field.isVisible()
    stage.until(lambda: asked.isAncestorOf(QApplication.focusWidget() or window))
    stage.press(Qt.Key.Key_Escape)
    assert not asked.isVisible()


def test_an_act_is_refused_in_plain_words(stage: Stage, window: Window) -> None:
    window.place("settings")
    stage.station.archive.database.barred = None
    heard: list[BaseException] = []
    stage.sitter.jobs.run(
        "write", lambda _job: stage.station.printed("report:item_register", 1), failed=heard.append
    )
    stage.until(lambda: heard)
    assert "两名" in wording.sentence(heard[0])


def test_what_could_not_be_read_is_told_until_it_is_closed(stage: Stage) -> None:
    stage.station.archive.anchors.lost = {"file": "missing", "keychain": "missing"}
    window = stage.raise_curtain()
    assert window.suspension.isVisible() and not window.suspension.button.isVisible()
    assert wording.say("suspension.source.keychain") in window.suspension.what.text()
    window.suspension.close_button.click()
    assert not window.suspension.isVisible()
