"""tests/test_ui_gates.py — before the station is open: first start, recovery sheet, unlock, and the way back by locking."""

from __future__ import annotations

import os
import sys
import time
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
from storage.errors import KeyFileMissing, LockedOut, WaitBefore, WrongPassphrase
from storage.keys import FLOOR
from storage.records import Role
from tests import stations
from tests.test_ui_stage import Stage, stage
from ui.application import Shell, prepare
from ui.bridge import Bridge
from ui.screens import unlock
from ui.screens.first_start import FirstStartScreen, Wishes
from ui.screens.recover import Found, RecoverScreen
from ui.screens.unlock import UnlockScreen
from ui.theme import Theme
from ui.widgets.recovery_key import RecoveryKey

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


# -- what the door asks for


def unlock_screen(door: Door, folder: Path) -> tuple[UnlockScreen, list[Station]]:
    threshold = Threshold.look(folder)
    screen = UnlockScreen(door.jobs, door.theme, lambda wish: threshold.enter(
        wish.user, wish.passphrase, door.bridge.post, door.faults.append, key_file=wish.key_file, new_passphrase=wish.new,
    ))  # fmt: skip
    door.qtbot.addWidget(screen)
    screen.know(threshold)
    screen.resize(1280, 720)
    screen.show()
    screen.setFocus()
    door.until(screen.passphrase.line.hasFocus)
    entered: list[Station] = []
    screen.entered.connect(entered.append)
    return screen, entered


def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *first: Callable[[Station], object]) -> tuple[Path, str]:
    """A station that lived a little and is locked again: its folder and recovery key."""
    made, key = stations.station(tmp_path, monkeypatch)
    for step in first:
        step(made)
    made.stop()
    return tmp_path / "archive", key


def test_after_wrong_ones_the_door_waits_with_the_button_shut_and_opens_again(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _key = closed(tmp_path, monkeypatch)
    screen, entered = unlock_screen(door, folder)
    told: list[bool] = []
    screen.recover.connect(lambda: told.append(True))
    screen._on_refused(WaitBefore(seconds=300))
    assert screen._left.text() == wording.say("unlock.left", left="5:00")
    assert not screen.open_button.isEnabled() and screen.way_out.isHidden()
    screen.passphrase.line.setText(stations.PASSPHRASE)
    screen.open()
    assert not screen._busy and entered == []
    screen._on_refused(LockedOut(seconds=61))
    assert screen._left.text() == wording.say("unlock.left", left="1:01")
    screen.way_out.click()
    assert told == [True]
    # The time is up: nothing has to be pressed for that.
    screen._ends = time.monotonic()
    door.until(lambda: screen.open_button.isEnabled() and screen._wrong.isHidden())
    screen.open()
    door.until(lambda: entered)
    entered[0].stop()


def test_the_door_itself_makes_somebody_wait_who_was_wrong_too_often(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _key = closed(tmp_path, monkeypatch)
    screen, entered = unlock_screen(door, folder)
    for _try in range(4):
        screen.passphrase.line.setText("not this one")
        screen.open()
        door.until(lambda: not screen._busy)
    assert isinstance(screen._error, WaitBefore | LockedOut) and not screen.open_button.isEnabled() and entered == []


def test_a_first_passphrase_is_changed_at_the_door(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, own = "样本 first given 口令 9X", "样本 quite another 口令 7Y"
    folder, _key = closed(tmp_path, monkeypatch, lambda made: made.users.grant(
        made.users.admit(stations.PASSPHRASE, "样本·新来", first, FLOOR), Role.CLERK))  # fmt: skip
    screen, entered = unlock_screen(door, folder)
    screen.user.choose("样本·新来")
    screen.passphrase.line.setText(first)
    screen.open()
    door.until(lambda: screen.new is not None)
    assert screen._sentence.text() == wording.say("unlock.change_first") and entered == []
    new = screen.new
    assert new is not None
    door.until(new.first.line.hasFocus)
    new.first.line.insert(own)
    new.second.line.insert("something else")
    screen.open()
    door.until(lambda: new._fields[1].problem.text() == wording.say("passphrase.different"))
    new.second.line.setText(own)
    new.second.line.setFocus()
    door.press(Qt.Key.Key_Return)
    door.until(lambda: entered)
    assert entered[0].agent.name == "样本·新来" and screen.passphrase.text() == "" and new.value() == ""
    entered[0].stop()


def test_a_key_file_is_found_on_the_stick_and_asked_for_when_it_is_not(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setattr(unlock, "_sticks", lambda: [tmp_path / "gone", stick])
    made: list[Path] = []
    folder, _key = closed(tmp_path, monkeypatch, lambda one: made.append(one.keys.add_key_file(stations.PASSPHRASE, stick)))
    away = tmp_path / "pocket"
    away.mkdir()
    (away / made[0].name).write_bytes(made[0].read_bytes())
    made[0].unlink()
    screen, entered = unlock_screen(door, folder)
    door.until(lambda: not screen._key.isHidden())
    screen.passphrase.line.setText(stations.PASSPHRASE)
    screen.open()
    door.until(lambda: isinstance(screen._error, KeyFileMissing))
    assert screen._key_said.text() == wording.say("unlock.key_file_none")
    # Plugged in now, and found by itself when the screen is fresh; chosen by hand in this one.
    screen._on_key_file(away / made[0].name)
    screen.open()
    door.until(lambda: entered)
    assert screen.choices["key_file"] == str(away / made[0].name)
    entered[0].stop()
    (away / made[0].name).rename(made[0])
    again, _entered = unlock_screen(door, folder)
    door.until(lambda: again.key_file == made[0])
    assert again._key_said.text() == wording.say("unlock.key_file_found", file=made[0].name)


# -- the recovery sheet


@pytest.mark.parametrize(
    ("typed", "read"),
    [("o1il-0000", "1"), ("０１２３ ４５６７", "0123"), ("abcd efgh", "ABCD"), ("", "")],
)  # fmt: skip
def test_what_is_typed_becomes_what_is_printed(qtbot: QtBot, typed: str, read: str) -> None:
    key = RecoveryKey()
    qtbot.addWidget(key)
    key._on_typed(0, typed)
    assert key.groups[0].text().startswith(read if typed[:1] != "o" else "0111")
    assert key.problem.isHidden()
    key._on_typed(0, typed + "啊")
    assert key.problem.text() == wording.say("recover.key_letter", letter="啊")


def test_a_whole_key_may_be_pasted_and_groups_follow_each_other(qtbot: QtBot) -> None:
    key = RecoveryKey()
    qtbot.addWidget(key)
    key.show()
    qtbot.waitUntil(key.isVisible)
    whole = "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345-6789"
    key._on_typed(0, f"  {whole.lower()} ")
    assert key.value() == whole and key.complete
    key.wipe()
    assert not key.complete
    key.groups[0].setFocus()
    qtbot.keyClicks(key.groups[0], "abcd")
    qtbot.waitUntil(key.groups[1].hasFocus)
    qtbot.keyClick(key.groups[1], Qt.Key.Key_Backspace)
    assert key.groups[0].hasFocus()
    went: list[bool] = []
    key.check(lambda: went.append(True))
    assert went == [] and key.problem.text() == wording.say("recover.key_short")


def recover_screen(door: Door, folder: Path) -> tuple[RecoverScreen, list[Station]]:
    threshold = Threshold.look(folder)

    def recover(found: Found) -> Station:
        return Station.recover(folder, found.recovery_key, found.user, found.passphrase, keychain=None, cost=FLOOR,
                               post=door.bridge.post)  # fmt: skip

    screen = RecoverScreen(door.jobs, door.theme, threshold, recover, lambda: False)
    door.qtbot.addWidget(screen)
    screen.resize(1280, 720)
    screen.show()
    entered: list[Station] = []
    screen.entered.connect(entered.append)
    return screen, entered


NEW = "样本 recovered horse 口令 staple 8Z"


def to_open(door: Door, screen: RecoverScreen, key: str) -> None:
    screen.what.choices["reinstalled"].setChecked(True)
    screen.next()
    assert screen.step == "key"
    screen.key.key._on_typed(0, key)
    screen.next()
    assert screen.step == "person"
    for line in (screen.person.passphrase.first.line, screen.person.passphrase.second.line):
        line.setText(NEW)
    door.until(lambda: screen.person.keychain.found is False)
    screen.next()
    door.until(lambda: not screen.person.keychain.problem.isHidden())  # never silently without a keychain
    screen.person.keychain.without.setChecked(True)
    screen.next()


def test_with_the_sheet_a_forgotten_passphrase_is_replaced_and_the_sheet_renewed(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, key = closed(tmp_path, monkeypatch)
    screen, entered = recover_screen(door, folder)
    assert "没有了" in wording.say("recover.lost") and screen.what._lines["lost"].text() == wording.say("recover.lost_forgotten")
    to_open(door, screen, key)
    door.until(lambda: screen.step == "sheet")
    assert screen.key.key.value().replace("-", "") == ""
    screen.back()
    assert screen.step == "sheet" and entered == []  # open is open
    screen.sheet.renew.setChecked(True)
    screen.next()
    page = screen.paper_page
    door.until(lambda: page._groups)
    groups = list(page._groups)
    assert "-".join(groups) != key
    page.first.setText(groups[page.asked[0]])
    page.second.setText(groups[page.asked[1]])
    screen.next()
    assert entered and page._groups == [] and screen.person.passphrase.value() == ""
    entered[0].stop()
    Archive.open_with_recovery(folder, "-".join(groups)).close()
    with pytest.raises(WrongPassphrase):
        Archive.open_with_recovery(folder, key)
    unlocked = Station.open(folder, stations.ADMINISTRATOR, NEW, keychain=None)
    unlocked.stop()


def test_a_wrong_key_is_said_beside_the_key_and_counted(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, key = closed(tmp_path, monkeypatch)
    screen, entered = recover_screen(door, folder)
    to_open(door, screen, key.translate(str.maketrans("0123456789", "1234567890")))
    door.until(lambda: screen.step == "key")
    assert screen.key.key.problem.text() == wording.say("recover.key_wrong") and entered == []
    screen.key.key._on_typed(0, key)
    screen.next()
    screen.next()
    door.until(lambda: screen.step == "sheet")
    screen.next()
    (station,) = entered
    kinds = [event.type for event in station.archive.queries.events(0)]
    assert "renew_key" in kinds and any("fail" in kind or "attempt" in kind for kind in kinds), kinds
    station.stop()


def test_esc_leads_back_to_the_unlock_screen(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, key = closed(tmp_path, monkeypatch)
    screen, _entered = recover_screen(door, folder)
    left: list[bool] = []
    screen.left.connect(lambda: left.append(True))
    screen.next()
    screen.back()
    assert left == [] and screen.step == "what"
    screen.back()
    assert left == [True] and len(key) == 39
