"""tests/test_ui_lock.py — nobody before the screen, what was half written, the clipboard: in the window, with its real parts."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtDBus import QDBusConnection
from PySide6.QtGui import QClipboard, QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app import wording
from app.drafts import Unfinished
from app.settings import Settings
from storage.records import Kind, Subject
from storage.records.lending import LoanDraft
from storage.records.people import EntityDraft
from tests.plays.sealing import volume
from tests.stations import House, draft
from tests.test_ui_stage import Stage, stage
from ui import absence, application, keeper
from ui.absence import Absence
from ui.application import Shell
from ui.clipboard import SECRET, Clipboard, keep_in
from ui.desktop import Desktop, _session_path
from ui.screens import record_acts
from ui.screens.inbox import InboxScreen
from ui.screens.lending import LendingScreen
from ui.screens.people_entry import EntryDialog
from ui.screens.people_named import NamedDialog
from ui.screens.record import RecordScreen
from ui.screens.record_edit import CorrectDialog
from ui.screens.sealing import SealingScreen
from ui.screens.sealing_dialogs import RequestDialog
from ui.screens.search import Place
from ui.screens.volumes_desk import VolumeScreen
from ui.screens.volumes_form import VolumeDialog
from ui.window import Window

__all__ = ["stage"]


class Clocks:
    """Two clocks that go as they are told."""

    def __init__(self) -> None:
        self.steady, self.calendar = 1000.0, 5000.0

    def go(self, seconds: float, *, asleep: float = 0.0) -> None:
        self.steady += seconds
        self.calendar += seconds + asleep


@pytest.fixture
def watched(qtbot: QtBot) -> Iterator[tuple[Absence, Clocks, list[str]]]:
    window, clocks, gone = QLineEdit(), Clocks(), []
    qtbot.addWidget(window)
    window.show()
    made = Absence(window, 10, steady=lambda: clocks.steady, calendar=lambda: clocks.calendar)
    made._tick.stop()
    made.gone.connect(lambda: gone.append("gone"))
    yield made, clocks, gone


# -- nobody there


def test_hands_that_rest_for_the_time_set_are_gone_and_any_key_begins_anew(
    watched: tuple[Absence, Clocks, list[str]], qtbot: QtBot
) -> None:
    made, clocks, gone = watched
    clocks.go(599)
    made.look()
    window = made.parent()
    assert isinstance(window, QLineEdit) and gone == []
    qtbot.keyClicks(window, "a")
    clocks.go(599)
    made.look()
    assert gone == []
    clocks.go(1)
    made.look()
    made.look()
    assert gone == ["gone"]


def test_a_shorter_time_takes_hold_at_once(watched: tuple[Absence, Clocks, list[str]]) -> None:
    made, clocks, gone = watched
    clocks.go(61)
    made.limit_min = 1
    made.look()
    assert gone == ["gone"]


@pytest.mark.parametrize(("asleep", "told"), [(599.0, 0), (601.0, 1), (-601.0, 1)])
def test_a_clock_that_jumped_is_a_machine_that_slept(
    watched: tuple[Absence, Clocks, list[str]], asleep: float, told: int
) -> None:
    made, clocks, gone = watched
    clocks.go(1, asleep=asleep)
    made.look()
    assert len(gone) == told


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    """A message bus of the test's own."""
    if not (shutil.which("dbus-daemon") and shutil.which("dbus-send")):
        pytest.skip("needs dbus-daemon and dbus-send")
    address = f"unix:path={tmp_path / 'bus'}"
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", f"--address={address}", "--print-address"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert daemon.stdout is not None and daemon.stdout.readline()
    yield address
    daemon.terminate()
    daemon.wait()


@pytest.mark.parametrize(
    ("path", "member", "told"),
    [
        ("/org/freedesktop/ScreenSaver", ["org.freedesktop.ScreenSaver.ActiveChanged", "boolean:true"], True),
        ("/org/gnome/ScreenSaver", ["org.gnome.ScreenSaver.ActiveChanged", "boolean:true"], True),
        ("/org/gnome/ScreenSaver", ["org.gnome.ScreenSaver.ActiveChanged", "boolean:false"], False),
        ("/org/freedesktop/login1/session/_32", ["org.freedesktop.login1.Session.Lock"], True),
        ("/org/freedesktop/login1/session/_33", ["org.freedesktop.login1.Session.Lock"], False),
        ("/org/freedesktop/login1", ["org.freedesktop.login1.Manager.PrepareForSleep", "boolean:true"], True),
        ("/org/freedesktop/login1", ["org.freedesktop.login1.Manager.PrepareForSleep", "boolean:false"], False),
    ],
)
def test_what_the_desktop_says_on_its_bus_is_heard(
    qtbot: QtBot, bus: str, monkeypatch: pytest.MonkeyPatch, path: str, member: list[str], told: bool
) -> None:
    monkeypatch.setenv("XDG_SESSION_ID", "2")
    name = f"test-{path}-{member}"
    connection = QDBusConnection.connectToBus(bus, name)
    assert connection.isConnected()
    window, heard = QWidget(), []
    qtbot.addWidget(window)
    desktop = Desktop(window, (connection, connection))
    desktop.left.connect(lambda: heard.append("left"))

    def send(path: str, *member: str) -> None:
        subprocess.run(["dbus-send", f"--bus={bus}", "--type=signal", path, *member], check=True)

    send(path, *member)
    # A second word that is always heard ends the waiting: what came before it has been heard by then.
    send("/end", "org.mate.ScreenSaver.ActiveChanged", "boolean:true")
    qtbot.waitUntil(lambda: len(heard) == 1 + told, timeout=10_000)
    QDBusConnection.disconnectFromBus(name)


def test_a_session_is_named_as_the_system_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for session, path in (("2", "_32"), ("c1", "c1"), ("12", "_312"), ("a-b", "a_2db")):
        monkeypatch.setenv("XDG_SESSION_ID", session)
        assert _session_path() == f"/org/freedesktop/login1/session/{path}"
    monkeypatch.delenv("XDG_SESSION_ID")
    assert _session_path() == ""


# -- the lock itself


@pytest.fixture
def shell(stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Shell, list[str]]]:
    """The window open on a station; locking ends in a list instead of another program."""
    replaced: list[str] = []
    monkeypatch.setattr(application, "_replace_process", lambda: replaced.append("replaced"))
    made = Shell(stage.theme, Settings(), None)
    qtbot.addWidget(made)
    made.show()
    stage.station.archive.database.barred = None
    made._on_entered(stage.sitter)
    stage.rest()
    yield made, replaced
    if not replaced:
        made.close_everything()
    stage.until(lambda: stage.station.archive.closed)
    stage.stopped = True


def test_the_policy_sets_the_time_and_a_change_of_it_is_heard(stage: Stage, shell: tuple[Shell, list[str]]) -> None:
    made, replaced = shell
    assert made._absence is not None and made._absence.limit_min == 10
    for key, value in (("idle_lock_min", 3), ("clipboard_s", 7)):
        stage.station.settings.set(key, value)
    stage.until(lambda: made._absence and made._absence.limit_min == 3 and made._clipboard.seconds == 7)
    made._absence.gone.emit()
    assert replaced == ["replaced"] and stage.station.archive.closed


def test_a_job_that_does_not_end_does_not_keep_the_archive_open(
    stage: Stage, shell: tuple[Shell, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time set the process goes, whatever runs in it: the journal and every file are made for that."""
    made, replaced = shell
    monkeypatch.setattr(application, "STOP_S", 0.2)
    seen: list[bool] = []

    def endless(job: Any) -> None:
        while not replaced:
            seen.append(job.cancelled)

    stage.station.jobs.run("write", endless)
    stage.until(lambda: seen)
    began = time.monotonic()
    made.lock()
    assert replaced == ["replaced"] and seen[-1]  # it was told to end, and was not waited for
    assert time.monotonic() - began < 20


def test_what_runs_and_listens_ends_and_the_journal_says_locked(stage: Stage, shell: tuple[Shell, list[str]]) -> None:
    made, replaced = shell
    steps: list[int] = []

    def long(job: Any) -> None:
        while True:
            job.step()
            steps.append(1)

    for lane in ("view", "read", "sync"):
        stage.station.jobs.run(lane, long)
    stage.until(lambda: len(steps) > 3)
    made.lock()
    made.lock()
    assert replaced == ["replaced"]
    assert not made.isVisible()
    from storage.archive import Archive

    archive = Archive.open_with_recovery(stage.folder / "archive", stage.recovery_key)
    assert "lock" in [event.type for event in archive.queries.events(max(0, archive.queries.head()[0] - 3))]
    archive.close()


# -- what is half written


def reopened(stage: Stage, window: Window) -> Window:
    """The same person back after a lock: drafts were kept, another window stands there."""
    window.leave()
    stage.rest()
    window.hide()
    again = Window(stage.sitter, stage.theme, lambda: None, stage.recorder)
    stage.qtbot.addWidget(again)
    again.resize(1280, 720)
    again.show()
    stage.rest()
    return again


def front(window: Window, kind: type[Any]) -> Any:
    return next((one for one in window.findChildren(kind) if one.isVisible()), None)


def shown(stage: Stage, window: Window, kind: type[Any]) -> Any:
    stage.until(lambda: front(window, kind))
    stage.rest()
    return front(window, kind)


def open_record(stage: Stage, window: Window, item: int) -> RecordScreen:
    window.go("record", Place(item, "", 1))
    screen = window.place("record")
    assert isinstance(screen, RecordScreen)
    stage.until(lambda: screen._opened)
    stage.rest()
    return screen


def correcting(stage: Stage, window: Window, item: int) -> CorrectDialog:
    from ui.screens import record_edit

    screen = open_record(stage, window, item)
    assert screen._opened is not None
    record_edit.open_for(screen, screen._opened.item)
    made: CorrectDialog = shown(stage, window, CorrectDialog)
    return made


def test_papers_of_the_inbox_come_back_as_they_were_written(stage: Stage) -> None:
    first, second = stage.receive("样本通知甲"), stage.receive("样本通知乙")
    window = stage.raise_curtain()
    window.go("inbox")
    stage.rest()
    screen = window.place("inbox")
    assert isinstance(screen, InboxScreen) and screen.now is not None and screen.now.id == first
    screen.form.remarks.setText("样本备注甲")
    screen.skip()
    screen.form.title.setPlainText("样本题名乙")
    window = reopened(stage, window)
    assert window.here == "inbox"
    screen = window.place("inbox")
    stage.until(lambda: screen.now is not None and screen.now.id == second)
    assert screen.form.draft().title == "样本题名乙" and screen.form.draft().remarks == ""
    screen.skip()
    assert screen.form.draft().remarks == "样本备注甲" and screen.form.draft().title == "样本通知甲"
    assert ("draft.back", {"what": wording.say("draft.place.inbox")}) in stage.recorder.told
    # What is filed is no draft any more.
    screen.accept()
    stage.rest()
    window.keeper.keep()
    stage.rest()
    stage.station.archive.database.barred = None
    assert [one.about for one in stage.station.drafts.mine() if one.place == "inbox"] == [second]


def test_a_correction_in_front_is_open_again_over_its_record(stage: Stage) -> None:
    item = stage.filed("样本更正对象")
    window = stage.raise_curtain()
    dialog = correcting(stage, window, item)
    dialog.form.remarks.setText("样本备注")
    dialog.reason.setText("样本理由")
    window = reopened(stage, window)
    again = shown(stage, window, CorrectDialog)
    assert window.here == "record" and window.keeper.bar.isHidden()
    assert (again.form.draft().remarks, again.reason.text()) == ("样本备注", "样本理由")
    stage.until(again.yes.isEnabled)
    again.take()
    stage.until(lambda: not front(window, CorrectDialog))
    stage.rest()
    window.keeper.keep()
    stage.rest()
    stage.station.archive.database.barred = None
    assert stage.station.drafts.mine() == []
    assert stage.station.item(item).remarks == "样本备注"


def test_one_whose_record_was_changed_meanwhile_is_offered_and_never_opened_by_itself(stage: Stage) -> None:
    item = stage.filed("样本更正对象")
    window = stage.raise_curtain()
    dialog = correcting(stage, window, item)
    dialog.form.remarks.setText("样本备注")
    window.leave()
    stage.rest()
    stage.station.archive.database.barred = None
    raw = stage.station.description.raw(item)
    stage.station.description.correct(item, draft(title="样本后来的题名"), "样本", raw.changed_seq)
    window = reopened(stage, window)
    assert front(window, CorrectDialog) is None
    stage.until(lambda: not window.keeper.bar.isHidden())
    code = stage.station.item(item).reference_code
    assert window.keeper.bar.text.text() == wording.say("draft.offer_changed", what=f"{wording.say('draft.place.correct')} {code}")
    window.keeper.bar.yes.click()
    again = shown(stage, window, CorrectDialog)
    # Over the record as it is now: only what was written is laid over it.
    assert (again.form.draft().title, again.form.draft().remarks) == ("样本后来的题名", "样本备注")
    assert window.keeper.bar.isHidden()


def test_what_is_thrown_away_is_gone(stage: Stage) -> None:
    item = stage.filed("样本更正对象")
    window = stage.raise_curtain()
    stage.station.archive.database.barred = None
    stage.station.drafts.settle([Unfinished("correct", f"item:{item}", {"fields": {}, "reason": "样本"}),
                                 Unfinished("volume", "", {"fields": {"title": "样本"}, "reason": ""})])
    window = reopened(stage, window)
    stage.until(lambda: not window.keeper.bar.isHidden())
    assert window.keeper.bar.more.text() == wording.say("draft.more", n=1)
    for _time in range(2):
        window.keeper.bar.no.click()
        stage.rest()
    assert window.keeper.bar.isHidden()
    assert stage.station.drafts.mine() == []


def test_a_new_volume_and_one_being_described_come_back(stage: Stage) -> None:
    window = stage.raise_curtain()
    window.go("volumes", "new")
    stage.rest()
    dialog = shown(stage, window, VolumeDialog)
    dialog.editors["title"].setPlainText("样本新案卷")
    dialog.editors["case_no"].setText("A" + "1" * 22)
    dialog.editors["remarks"].setText("样本备注")
    window = reopened(stage, window)
    again = shown(stage, window, VolumeDialog)
    assert (again.draft().title, again.draft().case_no, again.draft().remarks) == ("样本新案卷", "A" + "1" * 22, "样本备注")
    assert again.draft().retention == dialog.draft().retention and not again._more.isHidden()
    again.reject()
    house = House.around(stage.station.archive)
    stage.station.archive.database.barred = None
    whole, _inside = volume(house, [b"one"], title="样本案卷", category="WS")
    window.go("volume", whole.id)
    stage.rest()
    desk = window.place("volume")
    assert isinstance(desk, VolumeScreen)
    desk.describe()
    dialog = shown(stage, window, VolumeDialog)
    dialog.editors["notes"].setPlainText("样本备考")
    window = reopened(stage, window)
    again = shown(stage, window, VolumeDialog)
    assert window.here == "volume" and again.draft().notes == "样本备考" and again.draft().title == "样本案卷"


def test_a_loan_request_comes_back_with_its_records(stage: Stage) -> None:
    item = stage.filed("样本借阅对象")
    window = stage.raise_curtain()
    window.go("lending", Subject(Kind.ITEM, item))
    stage.rest()
    screen = window.place("lending")
    assert isinstance(screen, LendingScreen)
    screen.form.person.setText("样本借阅人")
    screen.form.basis.setText("样本依据")
    window = reopened(stage, window)
    screen = window.place("lending")
    stage.until(lambda: screen.form.person.text() == "样本借阅人")
    stage.rest()
    assert screen.form.draft() == LoanDraft("样本借阅人", purpose=screen.form.purpose.value(), basis="样本依据", mode=screen.form.mode.value())
    assert [screen.form._chosen.record(row).subject for row in range(len(screen.form._chosen))] == [Subject(Kind.ITEM, item)]
    screen.leave_form()
    assert screen.unfinished() == []


def test_a_request_to_consult_and_a_named_person_come_back(stage: Stage) -> None:
    item = stage.filed("样本涉及人员")
    window = stage.raise_curtain()
    window.go("sealing")
    stage.rest()
    screen = window.place("sealing")
    assert isinstance(screen, SealingScreen)
    screen.request()
    dialog = shown(stage, window, RequestDialog)
    dialog.unit.setText("样本单位")
    dialog.sought.setPlainText("样本甲")
    window = reopened(stage, window)
    again = shown(stage, window, RequestDialog)
    assert (again.unit.text(), again.sought.toPlainText(), again.basis.value()) == ("样本单位", "样本甲", dialog.basis.value())
    again.reject()
    record = open_record(stage, window, item)
    assert record._opened is not None
    record_acts._named(record, record._opened.item)
    named = shown(stage, window, NamedDialog)
    named._enter(EntityDraft(name="样本乙", id_number="990101195501010019"))
    entry = shown(stage, window, EntryDialog)
    entry.lines["alias"].setText("样本别名")
    window = reopened(stage, window)
    back = shown(stage, window, EntryDialog)
    # The number stands masked as it did, and is still itself.
    assert back.lines["id_number"].text() == entry._masked["id_number"] != "990101195501010019"
    assert back.draft().id_number == "990101195501010019" and back.draft().alias == "样本别名"


def test_nothing_written_is_nothing_kept(stage: Stage) -> None:
    item = stage.filed("样本更正对象")
    window = stage.raise_curtain()
    correcting(stage, window, item)
    stage.station.archive.database.barred = None
    before = stage.station.archive.queries.head()[0]
    window.keeper.keep()
    stage.rest()
    assert stage.station.archive.queries.head()[0] == before


def test_a_station_that_cannot_write_lets_the_window_go(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LEAVE_S", 0.2)
    item = stage.filed("样本更正对象")
    window = stage.raise_curtain()
    correcting(stage, window, item).reason.setText("样本理由")
    stage.station.archive.database.barred = None
    with stage.station.archive.database.transaction():
        window.leave()  # somebody else is writing: no longer than the time set
    assert absence.JUMP_S == 600


# -- clipboard, drag, input methods

#: Whose the clipboard is: without a screen Qt does not know.
FOREIGN: list[str] = []


@pytest.fixture
def clipboard(qtbot: QtBot) -> Iterator[tuple[Clipboard, QClipboard]]:
    system, parent = QGuiApplication.clipboard(), QWidget()
    qtbot.addWidget(parent)
    system.clear()
    yield Clipboard(parent, 5, lambda mode: mode is QClipboard.Mode.Clipboard and not FOREIGN), system
    FOREIGN.clear()
    system.clear()


def test_what_is_copied_is_marked_secret_and_leaves_after_its_time(
    clipboard: tuple[Clipboard, QClipboard], qtbot: QtBot
) -> None:
    made, system = clipboard
    line = QLineEdit("样本剪贴")
    qtbot.addWidget(line)
    line.selectAll()
    line.copy()
    held = system.mimeData()
    assert held.text() == "样本剪贴" and held.data(SECRET).data() == b"secret"
    assert any("ExcludeClipboardContentFromMonitorProcessing" in kind for kind in held.formats())
    assert made._clock.isActive() and made._clock.interval() == 5000
    made._clock.timeout.emit()
    assert system.text() == "" and not made._clock.isActive()


def test_what_another_program_put_there_stays_as_it_is(clipboard: tuple[Clipboard, QClipboard]) -> None:
    made, system = clipboard
    FOREIGN.append("another program")
    foreign = QMimeData()
    foreign.setText("不是我们的")
    system.setMimeData(foreign)
    assert not made._clock.isActive()
    made.clear()
    assert system.text() == "不是我们的" and not system.mimeData().hasFormat(SECRET)


def test_selected_text_cannot_be_carried_out_of_the_window(qtbot: QtBot) -> None:
    edit = QPlainTextEdit("样本文字" * 40)
    qtbot.addWidget(edit)
    edit.resize(300, 200)
    edit.show()
    edit.selectAll()
    assert edit.textCursor().hasSelection()

    class Filter(QWidget):
        def eventFilter(self, watched: Any, event: Any) -> bool:
            keep_in(watched, event)
            return False

    watcher = Filter()
    qtbot.addWidget(watcher)
    application = QApplication.instance()
    assert application is not None
    application.installEventFilter(watcher)
    QTest.mousePress(edit.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(20, 12))
    assert not edit.textCursor().hasSelection()
    # Selecting anew with the mouse goes on as ever.
    QTest.mouseMove(edit.viewport(), QPoint(120, 12))
    QTest.mouseRelease(edit.viewport(), Qt.MouseButton.LeftButton)
    application.removeEventFilter(watcher)
    edit.moveCursor(QTextCursor.MoveOperation.Start)


def test_input_methods_are_told_what_is_sensitive(stage: Stage) -> None:
    from ui.screens.recovery import RecoveryPage
    from ui.widgets.passphrase import Passphrase
    from ui.widgets.recovery_key import RecoveryKey

    page = RecoveryPage(stage.theme, stage.sitter.jobs)
    stage.qtbot.addWidget(page)
    key = RecoveryKey()
    stage.qtbot.addWidget(key)
    secret = Passphrase(stage.theme)
    stage.qtbot.addWidget(secret)
    hints = Qt.InputMethodHint
    for line in (page.first, page.second, *key.groups, secret.line):
        assert line.inputMethodHints() & hints.ImhSensitiveData and line.inputMethodHints() & hints.ImhNoPredictiveText
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
