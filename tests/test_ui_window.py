"""tests/test_ui_window.py — the frame: names for every control, two languages without restart, both themes, every screen."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QSpinBox, QWidget

import resources
from app import wording
from app.settings import SETTINGS
from sync import headquarters
from tests.test_ui_stage import Stage, stage
from ui import actions, icons
from ui.portraits import MOMENTS, pictures
from ui.screens.home import HomeScreen
from ui.screens.keys import KeysDialog
from ui.screens.reports import ReportScreen
from ui.screens.settings import UNSEEN, SettingsScreen
from ui.screens.sync import SyncScreen
from ui.theme import DARK, LIGHT, Tokens
from ui.widgets import picker
from ui.window import HIDDEN, PLACES

__all__ = ["stage"]
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
ROOT = Path(__file__).resolve().parents[1]


def spoken(widget: QWidget) -> str:
    return widget.accessibleName() or (widget.text() if isinstance(widget, QPushButton) else "")


def test_everything_that_takes_the_focus_says_its_name(stage: Stage) -> None:
    stage.filed("样本户口登记请示")
    stage.receive("样本通知")
    window = stage.raise_curtain()
    nameless = []
    for id, _drawing, _maker in PLACES + HIDDEN:
        window.go(id, "户口" if id == "search" else None)
        stage.rest()
        for widget in window.findChildren(QWidget):
            tabbed = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            inner = widget.focusProxy() is not None or isinstance(widget.parentWidget(), (QSpinBox, QComboBox))
            if tabbed and widget.isVisible() and not inner and not spoken(widget):
                nameless.append(f"{id}: {type(widget).__name__} in {type(widget.parentWidget()).__name__}")
    assert nameless == []


def test_every_screen_can_be_reached_and_left_by_keys(stage: Stage) -> None:
    window = stage.raise_curtain()
    window.setFocus()
    row = [*(getattr(Qt.Key, f"Key_{number}") for number in "1234567890"), Qt.Key.Key_Minus, Qt.Key.Key_Equal]
    lettered = {"backup": Qt.Key.Key_B, "audit": Qt.Key.Key_A}
    numbered = iter(row)
    for id, _drawing, _maker in PLACES:
        stage.press(lettered.get(id) or next(numbered), ALT)
        stage.rest()
        assert window.here == id
        assert QApplication.focusWidget() is not None, id


def test_nothing_flashes_up_as_a_window_of_its_own(stage: Stage, qapp: QApplication) -> None:
    stage.filed("样本户口登记请示")
    stage.receive("样本通知")
    strays: list[str] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                strays.append(type(watched).__name__)
            return False

    watch = Watch()
    qapp.installEventFilter(watch)
    window = stage.raise_curtain()
    for id, _drawing, _maker in PLACES + HIDDEN:
        window.go(id)
        stage.rest()
    qapp.removeEventFilter(watch)
    assert strays == ["Window"]


def test_tab_goes_round_every_screen(stage: Stage) -> None:
    stage.filed("样本户口登记请示")
    stage.receive("样本通知")
    window = stage.raise_curtain()
    for id, _drawing, _maker in PLACES:
        window.go(id)
        stage.rest()
        seen: list[QWidget] = []
        for _step in range(80):
            focused = QApplication.focusWidget()
            assert focused is not None, f"{id}: the focus was lost after {len(seen)} steps"
            if focused in seen:
                break
            seen.append(focused)
            stage.press(Qt.Key.Key_Tab)
        else:
            pytest.fail(f"{id}: Tab never comes round")
        # The places are one group: Tab stops at the one that is shown, the arrow keys walk among them.
        assert len(seen) >= 6, id


def test_the_language_changes_without_a_restart(stage: Stage) -> None:
    stage.receive("样本通知")
    window = stage.raise_curtain()
    window.setFocus()
    for place, _drawing, _maker in PLACES:
        window.go(place)
        stage.rest()
    before = list(window._screens.values())
    stage.press(Qt.Key.Key_L, CONTROL | ALT)
    stage.rest()
    assert wording.language() == "en"
    assert list(window._screens.values()) == before
    left = []
    for place, _drawing, _maker in PLACES:
        window.go(place)
        stage.rest()
        for label in window.findChildren(QLabel) + window.findChildren(QPushButton):
            text = label.text()
            if label.isVisible() and re.search("[一-鿿]", text) and "样本" not in text and text != "中文":
                left.append(f"{place}: {text}")
    assert left == []
    stage.press(Qt.Key.Key_L, CONTROL | ALT)
    assert window._nav["inbox"].text() == "收件箱"


def test_home_names_the_next_step_and_counts(stage: Stage) -> None:
    for title in ("样本通知", "样本请示"):
        stage.receive(title)
    stage.filed("样本决定")
    window = stage.raise_curtain()
    home = window.place("home")
    assert isinstance(home, HomeScreen)
    stage.until(lambda: home._headline.text() == "有 2 份文件等待归档")
    assert [home._tiles[which].text() for which in ("items", "reading_due", "undelivered")] == ["1", "0", "1"]
    assert window._pill.text() == "2"
    assert window._nav["inbox"].accessibleName() == "收件箱，2 份待归档"
    home._go.setFocus()
    stage.press(Qt.Key.Key_Return)
    assert window.here == "inbox"


def test_the_strip_says_while_the_index_is_behind(stage: Stage) -> None:
    def elsewhere(work: Callable[[], object]) -> None:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    stage.filed("样本决定")
    stage.station.archive.index.rebuild()
    window = stage.raise_curtain()
    strip = window._strip["index"]
    stage.until(lambda: window._counts.items == 1)
    assert not strip.isVisible()
    def file() -> None:
        arrival = stage.station.archive.queries.arrival(stage.receive("样本通报"))
        assert arrival.suggestion is not None
        stage.station.file(arrival.id, arrival.suggestion)

    elsewhere(file)
    stage.until(strip.isVisible)
    assert "1 件" in strip.text()
    elsewhere(stage.station.archive.index.catch_up)
    stage.until(lambda: not strip.isVisible())


def test_arrivals_change_their_state_as_it_happens(stage: Stage) -> None:
    window = stage.raise_curtain()
    home = window.place("home")
    assert isinstance(home, HomeScreen)
    stage.until(lambda: home._headline.text() == "没有等待归档的文件")
    done: list[int] = []
    stage.sitter.jobs.run("write", lambda _job: stage.receive("样本通知"), done=done.append)
    stage.until(lambda: home._headline.text() == "有 1 份文件等待归档")
    stage.until(lambda: len(home._arrivals) == 1)
    assert home._arrivals.index(0, 2).data() == "待归档"
    stage.sitter.jobs.run("write", lambda _job: stage.station.quarantine(done[0], "set_aside"))
    stage.until(lambda: home._arrivals.index(0, 2).data() == "不归档")


def test_a_hidden_screen_only_remembers_that_it_is_stale(stage: Stage) -> None:
    window = stage.raise_curtain()
    home = window.place("home")
    window.go("settings")
    stage.rest()
    done: list[int] = []
    stage.sitter.jobs.run("write", lambda _job: stage.receive("样本通知"), done=done.append)
    stage.until(lambda: done and home._stale)
    stage.rest()
    assert isinstance(home, HomeScreen)
    assert len(home._arrivals) == 0
    window.go("home")
    stage.until(lambda: len(home._arrivals) == 1)


def test_the_register_is_shown_as_it_will_be_printed_and_exported(stage: Stage) -> None:
    stage.filed("样本决定", category="WS")
    window = stage.raise_curtain()
    window.go("reports")
    screen = window.place("reports")
    assert isinstance(screen, ReportScreen)
    stage.until(lambda: screen._made is not None and not screen.view.canvas.image.isNull())
    assert screen._made is not None and screen._made.pdf.startswith(b"%PDF")
    assert screen.print_button.isEnabled() and screen.export_button.isEnabled()
    first = screen._made
    screen.year.choose(2026)
    stage.until(lambda: screen._made is not None and screen._made is not first)
    assert screen._made.wishes.year == 2026


def test_settings_come_from_the_table_and_hold_at_once(stage: Stage, tmp_path: Path) -> None:
    window = stage.raise_curtain()
    window.go("settings")
    screen = window.place("settings")
    assert isinstance(screen, SettingsScreen)
    stage.rest()
    assert set(screen._editors) == {setting.key for setting in SETTINGS} - UNSEEN
    screen._editors["idle_lock_min"].setValue(25)  # type: ignore[attr-defined]
    stage.until(lambda: ("settings.saved", {}) in stage.recorder.told)
    stage.station.archive.database.barred = None
    assert stage.station.settings.get("idle_lock_min") == 25
    screen._editors["theme"].choose("dark")  # type: ignore[attr-defined]
    stage.until(lambda: stage.theme.tokens is DARK)


def test_headquarters_not_joined_offers_to_join_only(stage: Stage, tmp_path: Path) -> None:
    window = stage.raise_curtain()
    window.go("sync")
    screen = window.place("sync")
    assert isinstance(screen, SyncScreen)
    stage.rest()
    assert screen._headline.text() == "还没有加入上级"
    assert screen.send_button.isHidden() and screen.carry_button.isHidden() and not screen.enrol_button.isHidden()
    screen.enrol_button.click()
    dialog = screen.findChild(picker.Dialog)
    assert dialog is not None
    wrong = tmp_path / "letter.json"
    wrong.write_text("{}")
    dialog._path.setText(str(wrong))
    dialog._on_path()
    stage.until(lambda: stage.recorder.troubles)
    assert type(stage.recorder.troubles.pop()).__name__ == "EnrolmentInvalid"


def test_a_station_enrols_sends_by_stick_and_says_what_is_due(stage: Stage, tmp_path: Path) -> None:
    house = tmp_path / "headquarters"
    headquarters.create(house, "样本市公安局档案室", "https://127.0.0.1")
    enrolment = tmp_path / "enrolment.json"
    enrolment.write_bytes(headquarters.enrol(house, stage.folder / "archive" / "station.json", "https://127.0.0.1"))
    stage.filed("样本决定")
    window = stage.raise_curtain()
    window.go("sync")
    screen = window.place("sync")
    assert isinstance(screen, SyncScreen)
    stage.rest()
    screen.enrol_button.click()
    dialog = screen.findChild(picker.Dialog)
    assert dialog is not None
    dialog._path.setText(str(enrolment))
    dialog._on_path()
    stage.until(lambda: screen._headline.text() == "样本市公安局档案室")
    assert screen._numbers["undelivered"].text() == "1"
    stick = tmp_path / "stick"
    stick.mkdir()
    screen.send(stick)
    stage.until(lambda: screen._packages.index(0, 5).data() == "已发出")
    assert len(screen._receipts) == 0
    assert [path for path in stick.rglob("*") if path.is_file()]
    # Delivered is only what was receipted.
    assert screen._numbers["delivered"].text() == "0"


def test_the_list_of_keys_names_every_action(stage: Stage) -> None:
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_F1)
    dialog = window.findChild(KeysDialog)
    assert dialog is not None
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert all(wording.say(f"action.{action.id}") in texts for action in actions.ACTIONS)


def test_no_screen_is_wider_than_the_smallest_window(stage: Stage) -> None:
    stage.filed("样本户口登记请示")
    stage.receive("样本通知", pages=3)
    for language in wording.LANGUAGES:
        wording.use(language)
        window = stage.raise_curtain()
        for id, _drawing, _maker in PLACES + HIDDEN:
            window.go(id)
            stage.rest()
            least = window.minimumSizeHint()
            assert (least.width() <= 1280, least.height() <= 720) == (True, True), (language, id, least)


# ---- looks


def luminance(colour: str) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(colour).getRgbF()[:3]]
    return float(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2])


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), [
    ("text", "surface", 7), ("text", "ground", 7), ("muted", "surface", 4.5), ("muted", "ground", 4.5),
    ("muted", "sunken", 4.5), ("on_accent", "accent", 4.5), ("on_accent", "accent_strong", 4.5),
    ("accent", "surface", 4.5), ("accent", "ground", 4.5), ("accent", "accent_soft", 4.5), ("text", "accent_soft", 4.5),
    ("good", "good_soft", 4.5), ("warn", "warn_soft", 4.5), ("bad", "bad_soft", 4.5), ("bad", "surface", 4.5),
    ("bad", "ground", 4.5), ("nav_text", "nav", 4.5), ("nav_here_text", "nav_here", 4.5), ("text", "found", 4.5),
    ("edge", "surface", 3),
])
def test_text_stands_out_from_its_ground(tokens: Tokens, ink: str, ground: str, least: float) -> None:
    assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= least


def test_every_drawing_named_in_the_code_is_shipped_and_draws(qapp: QApplication) -> None:
    shipped = {path.stem for path in resources.path("icons").glob("*.svg")}
    named = set()
    for file in (ROOT / "ui").rglob("*.py"):
        text = file.read_text("utf-8")
        named |= set(re.findall(r'drawing="([a-z-]+)"', text))
        named |= set(re.findall(r'(?:theme|_theme), "([a-z-]+)"', text))
    assert named and named <= shipped
    for name in shipped:
        image = icons.picture(name, "#123456", 24).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height())), name


def test_every_screen_is_portrayed_by_light_and_by_dark(
    stage: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage.filed("样本户口登记请示", pages=2)
    stage.receive("样本通知")
    with caplog.at_level(logging.WARNING):
        made = pictures(stage.station, tmp_path / "pictures", ("en",), query="户口", size=QSize(1280, 720))
    names = [path.name for path in made]
    assert len(names) == len(set(names)) == 2 * (len(PLACES) + len(HIDDEN) + len(MOMENTS) + 2)
    assert {name.rsplit("-", 1)[-1] for name in names} >= {"home.png", "inbox.png", "record.png", "unlock.png"}
    seen = {}
    for path in made:
        image = QImage(str(path))
        assert image.size() == QSize(1280, 720)
        seen[path.name] = bytes(image.constBits())
    assert len(set(seen.values())) == len(names)
    assert caplog.records == []


def test_what_the_computer_is_short_of_stands_over_every_screen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    window = stage.raise_curtain()
    stage.rest()
    assert window.machine_notice.isHidden()
    monkeypatch.setattr("storage.health.LOW", 2**60)  # no disk has so much left
    window.machine_notice.refresh()
    stage.until(lambda: not window.machine_notice.isHidden())
    for place in ("home", "settings"):
        window.go(place)
        stage.rest()
        assert window.machine_notice.isVisible() and "2 GB" in window.machine_notice._text.text()
