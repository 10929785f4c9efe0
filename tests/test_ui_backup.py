"""tests/test_ui_backup.py — backing up, the drill and the band in the window; restoring from the gates, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app import backups, wording
from app.settings import Settings
from storage.archive import Archive
from storage.keys import FLOOR
from storage.records import Agent, Role
from tests.backups import backed_up, flip, papers, stick, the_set
from tests.stations import ADMINISTRATOR, House
from tests.test_ui_gates import Door, door, first_start
from tests.test_ui_stage import Stage, stage
from ui.application import Shell
from ui.screens.backup import BackupScreen, DrillDialog
from ui.screens.home import HomeScreen
from ui.screens.restore import RestoreScreen, Ways, Wish
from ui.screens.unlock import UnlockScreen
from ui.widgets import picker

__all__ = ["door", "stage"]
NEW = "恢复后的 new 口令 stapler"


def open_screen(stage: Stage) -> BackupScreen:
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_B, Qt.KeyboardModifier.AltModifier)
    screen = window.place("backup")
    assert window.here == "backup" and isinstance(screen, BackupScreen)
    stage.rest()
    return screen


def grow_old(stage: Stage, days: int) -> None:
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
    with stage.station.archive.database.transaction() as connection:
        connection.execute("UPDATE backup SET at = ?, proved_at = ?", (at, at))


# -- the place


def test_the_first_backup_asks_where_and_is_proved(stage: Stage, tmp_path: Path) -> None:
    stage.filed("样本通知")
    screen = open_screen(stage)
    assert screen._headline.text() == "还没有备份" and screen._shelf.showing == "empty"
    assert screen.now_button.hasFocus() and not screen.drill_button.isEnabled()
    stage.press(Qt.Key.Key_Space)
    dialog = screen.findChild(picker.Dialog)
    assert dialog is not None
    dialog.go(stick(tmp_path))
    dialog._on_take()
    stage.until(lambda: stage.recorder.told)
    (key, facts), *_none = stage.recorder.told
    assert (key, facts["files"], facts["copied"]) == ("backup.done", 2, 2)
    stage.rest()
    assert screen._headline.text().startswith("最近一次验证过的备份：今天")
    assert (screen._shelf.showing, screen._model.rowCount()) == ("content", 1)
    assert screen._model.index(0, 1).data() == "已验证"
    assert not screen._warning.isHidden()  # here the stick is a folder on the same disk
    assert screen.now_button.isEnabled() and screen.cancel_button.isHidden()
    screen.now_button.click()
    stage.until(lambda: len(stage.recorder.told) == 2)
    assert stage.recorder.told[1][1]["copied"] == 0


def test_a_stick_pulled_out_is_said_and_nothing_is_lost(stage: Stage, tmp_path: Path) -> None:
    stage.filed("样本通知")
    stage.station.backups.choose(stick(tmp_path))
    stage.station.backups.back_up()
    stick(tmp_path).rename(tmp_path / "pulled out")
    screen = open_screen(stage)
    assert "找不到" in screen._advice.text()
    screen.now_button.click()
    stage.until(lambda: stage.recorder.troubles)
    assert type(stage.recorder.troubles.pop()).__name__ == "BackupFolderGone"
    stage.rest()
    assert screen._model.index(0, 5).data() == "备份位置找不到"
    assert screen.now_button.isEnabled()


def test_a_backup_is_cancelled_and_leaves_nothing(stage: Stage, tmp_path: Path) -> None:
    for number in range(5):
        stage.filed(f"样本通知{number}")
    stage.station.backups.choose(stick(tmp_path))
    screen = open_screen(stage)
    screen.now_button.click()
    screen.cancel_button.click()
    stage.rest()
    assert stage.recorder.told[-1][0] == "backup.cancelled"
    stage.station.archive.database.barred = None
    assert the_set(stage.station.archive, stick(tmp_path)).names() == []
    assert screen.now_button.isEnabled()


def test_the_drill_asks_for_the_sheet_and_says_how_it_went(stage: Stage, tmp_path: Path) -> None:
    stage.filed("样本通知")
    stage.station.backups.back_up(stick(tmp_path))
    stage.station.backups.choose(stick(tmp_path))
    screen = open_screen(stage)

    def drill(key: str) -> None:
        screen.drill_button.click()
        dialog = next(one for one in screen.findChildren(DrillDialog) if one.isVisible())
        dialog.yes.click()
        assert dialog.isVisible() and not dialog.key.problem.isHidden()  # nothing typed yet
        for group, letters in zip(dialog.key.groups, key.split("-"), strict=True):
            group.setText(letters)
        dialog.yes.click()
        assert dialog.key.groups[0].text() == ""

    drill(stage.recovery_key)
    stage.until(lambda: stage.recorder.told)
    assert stage.recorder.told[-1][0] == "backup.drilled" and stage.recorder.told[-1][1]["records"] == 1
    stage.rest()
    drill("-".join(["0000"] * 8))
    stage.until(lambda: stage.recorder.troubles)
    assert type(stage.recorder.troubles.pop()).__name__ == "WrongSheet"
    for file in stick(tmp_path).rglob("*.age"):
        flip(file)
    drill(stage.recovery_key)
    stage.until(lambda: stage.recorder.told[-1][0] == "backup.drill_failed")


# -- what cannot be missed


def test_a_band_stands_over_every_screen_until_there_is_a_backup(stage: Stage, tmp_path: Path) -> None:
    stage.filed("样本通知")
    stage.station.backups.choose(stick(tmp_path))
    stage.station.backups.back_up()
    grow_old(stage, 9)
    window = stage.raise_curtain()
    band = window.backup_notice
    for place in ("home", "inbox", "settings"):
        window.go(place)
        stage.rest()
        assert band.isVisible() and "9 天" in band._text.text()
    home = window.place("home")
    assert isinstance(home, HomeScreen) and home._unguarded.isHidden()  # said once is enough
    band.button.click()
    stage.rest()
    assert window.here == "backup" and band.isVisible() and band.button.isHidden()
    screen = window.place("backup")
    assert isinstance(screen, BackupScreen)
    screen.now_button.click()
    stage.until(lambda: not band.isVisible())


def test_who_may_not_back_up_is_told_at_home(stage: Stage, tmp_path: Path) -> None:
    stage.filed("样本通知")
    stage.station.backups.back_up(stick(tmp_path))
    grow_old(stage, 9)
    stage.station.agent = Agent(7, "样本·内勤", Role.CLERK)
    window = stage.raise_curtain()
    stage.rest()
    home = window.place("home")
    assert isinstance(home, HomeScreen)
    stage.until(home._unguarded.isVisible)
    assert "提醒管理员" in home._unguarded._text.text()
    assert not window.backup_notice.isVisible() and not window.knows("backup")
    assert not [one for one in home._unguarded.findChildren(QPushButton) if one.isVisible()]


# -- restoring


@pytest.fixture
def backup(tmp_path: Path, door: Door) -> Iterator[House]:
    house = House(tmp_path / "station")
    papers(house)
    backed_up(house.archive, stick(tmp_path))
    house.archive.close()
    yield house


def restoring(door: Door, home: Path) -> RestoreScreen:
    def restore(wish: Wish, step: object) -> backups.Restored:
        return backups.restore(
            wish.chosen, wish.recovery_key, wish.folder, wish.user, wish.passphrase, None, cost=FLOOR, step=step  # type: ignore[arg-type]
        )

    ways = Ways(lambda wish, step: backups.survey(wish.chosen, wish.recovery_key, wish.folder, step=step), restore, lambda: True)
    screen = RestoreScreen(door.jobs, door.theme, ways, home)
    door.qtbot.addWidget(screen)
    screen.resize(1280, 720)
    screen.show()
    screen.setFocus()
    door.until(screen.backup.choose_button.hasFocus)
    return screen


def type_key(screen: RestoreScreen, key: str) -> None:
    for group, letters in zip(screen.key.key.groups, key.split("-"), strict=True):
        group.setText(letters)


def test_an_archive_is_restored_step_by_step(door: Door, backup: House, tmp_path: Path) -> None:
    screen, gone = restoring(door, tmp_path), []
    screen.restored.connect(gone.append)
    screen.next()
    assert screen.step == "backup"  # a folder is needed
    screen.backup.line.setText(str(stick(tmp_path)))
    screen.next()
    assert screen.step == "key"
    type_key(screen, backup.recovery_key)
    screen.next()
    assert screen.step == "folder" and screen.folder.folder == tmp_path / "Anjuan"
    screen.next()
    door.until(lambda: screen.step == "person")
    assert "6 个文件" in screen.person.found.text() and screen.person.user.value() == ADMINISTRATOR
    assert not (tmp_path / "Anjuan").exists()  # nothing is decided yet
    screen.person.passphrase.first.line.insert(NEW)
    screen.person.passphrase.second.line.insert(NEW)
    door.until(lambda: screen.person.keychain.found)
    screen.next()
    door.until(lambda: screen.step == "result")
    assert screen.key.key.value() == "-------" and screen.person.passphrase.value() == ""
    assert len(screen.result._lines) == 3
    screen.back()
    assert screen.step == "result"
    screen.next()
    assert gone == [tmp_path / "Anjuan"]
    assert str(Settings().get("last_archive")) == str(tmp_path / "Anjuan")
    Archive.open(tmp_path / "Anjuan", ADMINISTRATOR, NEW, None).close()


def test_what_is_wrong_leads_back_to_its_step(door: Door, backup: House, tmp_path: Path) -> None:
    screen = restoring(door, tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    screen.backup.line.setText(str(empty))
    screen.next()
    type_key(screen, backup.recovery_key)
    screen.next()
    screen.next()
    door.until(lambda: screen.step == "backup")
    assert "（131）" in screen._wrong.text()
    screen.backup.line.setText(str(stick(tmp_path)))
    screen.next()
    type_key(screen, "-".join(["0000"] * 8))
    screen.next()
    screen.next()
    door.until(lambda: screen.step == "key")
    assert "（139）" in screen._wrong.text()
    type_key(screen, backup.recovery_key)
    screen.next()
    screen.folder.line.setText(str(backup.folder))
    screen.next()
    door.until(lambda: screen._job is None)
    assert screen.step == "folder" and "不是空的" in screen._wrong.text()
    wording.use("en")
    assert "empty" in screen._wrong.text()
    wording.use("zh")
    left = []
    screen.left.connect(lambda: left.append(True))
    for _step in range(3):
        screen.back()
    assert left == [True]


def test_the_gates_lead_to_it_and_back(door: Door, backup: House, tmp_path: Path) -> None:
    start = first_start(door, tmp_path)
    with door.qtbot.waitSignal(start.restore):
        start.restore_button.click()
    shell = Shell(door.theme, Settings(), backup.folder)
    door.qtbot.addWidget(shell)
    try:
        gate = shell._stack.currentWidget()
        assert isinstance(gate, UnlockScreen)
        gate.restore_button.click()
        screen = shell._stack.currentWidget()
        assert isinstance(screen, RestoreScreen)
        screen.back()
        assert isinstance(shell._stack.currentWidget(), UnlockScreen)
    finally:
        shell.close_everything()
