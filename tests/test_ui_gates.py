"""tests/test_ui_gates.py — before the station is open: first start, recovery sheet, unlock, and the way back by locking."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import wording
from app.jobs import Jobs
from app.settings import Settings
from app.station import Station
from app.threshold import LockedScan, Threshold
from storage.archive import Archive
from storage.errors import WrongPassphrase
from storage.keys import FLOOR
from tests import stations
from tests.test_ui_stage import Stage, stage
from ui.application import Shell, prepare
from ui.bridge import Bridge
from ui.screens.first_start import FirstStartScreen, Wishes
from ui.screens.unlock import UnlockScreen
from ui.theme import Theme

__all__ = ["stage"]


class Door:
    """A bridge and jobs of the program before any station is open."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.bridge = qtbot, Bridge()
        self.faults: list[BaseException] = []
        self.jobs = Jobs(self.bridge.post, self.faults.append)
        self.theme = Theme(prepare())

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def press(self, key: Qt.Key) -> None:
        focused = QApplication.focusWidget()
        assert focused is not None
        self.qtbot.keyClick(focused, key)


@pytest.fixture
def door(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    wording.use("zh")
    made = Door(qtbot)
    yield made
    made.bridge.close()
    made.jobs.stop()
    assert made.faults == []


def first_start(door: Door, folder: Path, *, keychain: bool = False) -> FirstStartScreen:
    def create(wishes: Wishes, passphrase: str) -> tuple[Station, str]:
        return Station.create(
            wishes.folder, station=wishes.station, fonds_number=wishes.fonds_number, fonds_name=wishes.fonds_name,
            administrator=wishes.administrator, passphrase=passphrase, keychain=None, scan_folder=wishes.scan_folder,
            cost=FLOOR, post=door.bridge.post,
        )

    screen = FirstStartScreen(door.jobs, door.theme, create, lambda: keychain, folder)
    door.qtbot.addWidget(screen)
    screen.resize(1280, 720)
    screen.show()
    screen.setFocus()
    door.until(lambda: screen.names.station.hasFocus())
    return screen


def to_administrator(door: Door, screen: FirstStartScreen) -> None:
    screen.names.station.insert("样本市公安局样本派出所")
    door.press(Qt.Key.Key_Tab)
    door.qtbot.keyClicks(screen.names.fonds_number, "z001")
    door.press(Qt.Key.Key_Return)
    assert screen.step == "places"
    door.press(Qt.Key.Key_Return)
    assert screen.step == "administrator"


def test_a_station_is_founded_with_the_keyboard_and_the_sheet_is_proved(door: Door, tmp_path: Path) -> None:
    screen = first_start(door, tmp_path)
    to_administrator(door, screen)
    assert screen.names.fonds_name.text() == "样本市公安局样本派出所"
    page = screen.administrator
    page.name_line.insert("样本管理员")
    page.passphrase.first.line.insert(stations.PASSPHRASE)
    page.passphrase.second.line.insert(stations.PASSPHRASE)
    door.press(Qt.Key.Key_Return)
    # No keychain: the person is asked, and nothing is made before there is an answer.
    door.until(lambda: page.keychain.problem.text() == wording.say("first.keychain_choose"))
    assert not (tmp_path / "Anjuan").exists()
    door.until(page.keychain.without.hasFocus)
    door.press(Qt.Key.Key_Space)
    door.press(Qt.Key.Key_Return)
    door.until(lambda: screen.step == "recovery")
    station = screen._station
    assert station is not None
    try:
        sheet = screen.recovery
        door.until(lambda: not sheet.view.canvas.image.isNull())
        made: list[Station] = []
        screen.created.connect(made.append)
        # What is not on the paper does not open the way; neither does going back.
        sheet.first.setText("----")
        screen.next()
        assert sheet._fields[0].problem.text() == wording.say("first.group_wrong")
        screen.back()
        assert screen.step == "recovery" and made == []
        groups = list(sheet._groups)
        sheet.first.setText(groups[sheet.asked[0]].lower())
        sheet.second.setText(f" {groups[sheet.asked[1]]} ")
        sheet.second.setFocus()
        door.press(Qt.Key.Key_Return)
        assert made == [station]
        assert sheet._groups == [] and page.passphrase.value() == ""
        assert station.settings.get("scan_folder") == str(tmp_path / "AnjuanScan")
        assert station.agent.name == "样本管理员"
    finally:
        station.stop()


def test_a_weak_passphrase_and_two_different_ones_go_no_further(door: Door, tmp_path: Path) -> None:
    screen = first_start(door, tmp_path, keychain=True)
    to_administrator(door, screen)
    page = screen.administrator
    page.name_line.insert("样本管理员")
    page.passphrase.first.line.insert("123456")
    door.until(lambda: page.passphrase.strength == 0)
    assert page.passphrase.sentence.text() == wording.say("passphrase.strength_0")
    screen.next()
    assert page.passphrase._fields[0].problem.text() == wording.say("passphrase.too_weak")
    page.passphrase.first.line.setText(stations.PASSPHRASE)
    page.passphrase.second.line.setText("something else")
    screen.next()
    door.until(lambda: page.passphrase._fields[1].problem.text() == wording.say("passphrase.different"))
    assert screen.step == "administrator"
    assert not (tmp_path / "Anjuan").exists()


def test_names_that_will_not_do_are_shown_where_they_stand(door: Door, tmp_path: Path) -> None:
    screen = first_start(door, tmp_path)
    screen.next()
    assert screen.step == "names"
    assert screen.names.fields["station"].problem.text() == "请填写。"
    assert not screen.names.fields["fonds_number"].problem.isHidden()


def test_the_two_folders_may_not_lie_in_each_other(door: Door, tmp_path: Path) -> None:
    screen = first_start(door, tmp_path)
    screen.names.station.setText("样本所")
    screen.names.fonds_number.setText("Z001")
    screen.next()
    screen.places._scan.setText(str(tmp_path / "Anjuan" / "scan"))
    screen.next()
    assert screen.step == "places"
    assert screen.places.fields["scan_folder"].problem.text() == wording.say("first.folder_inside")


def test_a_folder_that_is_not_empty_is_refused_with_a_sentence(door: Door, tmp_path: Path) -> None:
    (tmp_path / "Anjuan").mkdir()
    (tmp_path / "Anjuan" / "letter.txt").write_text("样本")
    screen = first_start(door, tmp_path)
    to_administrator(door, screen)
    page = screen.administrator
    page.name_line.setText("样本管理员")
    for line in (page.passphrase.first.line, page.passphrase.second.line):
        line.setText(stations.PASSPHRASE)
    door.until(lambda: page.keychain.found is False)
    page.keychain.without.setChecked(True)
    screen.next()
    door.until(lambda: "不是空的" in screen._wrong.text())
    assert (tmp_path / "Anjuan" / "letter.txt").exists()


def test_a_wrong_passphrase_is_said_plainly_and_the_right_one_opens(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _key = stations.station(tmp_path, monkeypatch)
    made.stop()
    threshold = Threshold.look(tmp_path / "archive")
    assert threshold.users == (stations.ADMINISTRATOR,)
    screen = UnlockScreen(
        door.jobs, door.theme,
        lambda wish: threshold.enter(wish.user, wish.passphrase, door.bridge.post, door.faults.append),
    )
    door.qtbot.addWidget(screen)
    screen.know(threshold)
    screen.show()
    screen.setFocus()
    door.until(screen.passphrase.line.hasFocus)
    entered: list[Station] = []
    screen.entered.connect(entered.append)
    door.qtbot.keyClicks(screen.passphrase.line, "not this one")
    door.press(Qt.Key.Key_Return)
    door.until(lambda: screen._sentence.text())
    assert screen._sentence.text() == wording.sentence(WrongPassphrase())
    assert screen.open_button.isEnabled() and entered == []
    door.until(screen.passphrase.line.hasFocus)
    screen.passphrase.line.setText(stations.PASSPHRASE)
    door.press(Qt.Key.Key_Return)
    door.until(lambda: entered)
    assert screen.passphrase.text() == ""
    entered[0].stop()


def test_scans_are_sealed_and_counted_while_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station, _key = stations.station(tmp_path, monkeypatch, scan_folder=tmp_path / "scan")
    station.settings.set("settle_s", 0)
    station.stop()
    scan = LockedScan.begin(tmp_path / "archive")
    assert scan is not None
    paper = tmp_path / "scan" / "样本.txt"
    paper.write_text("样本内容", "utf-8")
    try:
        stations.until(lambda: scan.look() == 1)
    finally:
        scan.stop()
    assert not paper.exists()
    (sealed,) = (path for path in (tmp_path / "archive" / "spool").iterdir() if path.is_file())
    assert "样本内容".encode() not in sealed.read_bytes()


def test_locking_closes_the_archive_and_replaces_the_process(
    stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANJUAN_PASSPHRASE", "never to be passed on")
    replaced: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *call: replaced.append(call))
    shell = Shell(stage.theme, Settings(), None)
    qtbot.addWidget(shell)
    shell.show()
    stage.station.archive.database.barred = None
    shell._on_entered(stage.sitter)
    stage.rest()
    assert Settings().get("last_archive") == str(stage.folder / "archive")
    window = shell.window_
    assert window is not None
    stage.qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    stage.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    ((program, arguments, environment),) = replaced
    assert program == sys.executable and arguments == [sys.executable, *sys.orig_argv[1:]]
    assert "ANJUAN_PASSPHRASE" not in environment
    # Closed indeed: nothing holds the archive any more.
    stage.stopped = True
    Archive.open_with_recovery(stage.folder / "archive", stage.recovery_key).close()


def test_the_shell_shows_the_first_start_without_an_archive_and_unlock_with_one(
    stage: Stage, qtbot: QtBot, tmp_path: Path
) -> None:
    empty = Shell(stage.theme, Settings(), tmp_path / "nothing")
    qtbot.addWidget(empty)
    assert isinstance(empty._stack.currentWidget(), FirstStartScreen)
    empty.close_everything()
    locked = Shell(stage.theme, Settings(), stage.folder / "archive")
    qtbot.addWidget(locked)
    screen = locked._stack.currentWidget()
    assert isinstance(screen, UnlockScreen)
    qtbot.waitUntil(lambda: screen.user.value() == stations.ADMINISTRATOR)
    assert screen._where.text() == stations.FONDS.station
    locked.close_everything()
