"""tests/test_ui_stage.py — the stage of the window's tests: a real station with sample papers, seen through a real bridge.

The GUI thread is barred from the archive for the whole of every test here, so a screen that reads or writes on it fails its test.
What the window would tell the person is recorded; trouble nobody expected fails the test.
"""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import wording
from app.settings import Settings
from app.station import Station
from storage.archive import Archive
from storage.records import PROGRAM, Line, Page
from storage.spool import Custody
from tests import stations
from ui.application import prepare
from ui.bridge import Bridge
from ui.sitter import Sitter
from ui.theme import Theme
from ui.window import Window

TITLES = ("关于样本社区消防检查的通知", "样本户口登记事项的请示", "样本会议记录")


class Recorder:
    """Messages that remember what the person would have been told, and agree to every question."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.troubles: list[BaseException] = []

    def tell(self, key: str, **facts: str | int) -> None:
        wording.say(key, **facts)
        self.told.append((key, facts))

    def trouble(self, error: BaseException) -> None:
        self.troubles.append(error)

    def ask(self, key: str, then: Callable[[], None], **facts: str | int) -> None:
        wording.say(f"{key}.question", **facts)
        then()

    def clear(self) -> None:
        """Nothing stands on a screen here."""


class Stage:
    """A fresh copy of a founded station, a bridge, jobs that answer here, and (after `raise_curtain`) the window."""

    def __init__(self, folder: Path, recovery_key: str, qtbot: QtBot) -> None:
        self.folder, self.qtbot, self.recovery_key = folder, qtbot, recovery_key
        archive = Archive.open_with_recovery(folder / "archive", recovery_key)
        self.station = Station(archive, archive.queries.agents()[0], lambda call: call(), stations.raise_it)
        self.recorder = Recorder()
        self.stopped = False
        self.bridge = Bridge()
        self.sitter: Any = Sitter(self.station, self.bridge, self.recorder.trouble)
        self.theme = _theme()
        self.theme.choose("light")

    def receive(self, title: str, *, pages: int = 1, **fields: object) -> int:
        """A paper that has been read: its title stands on the first page. Returns the arrival."""
        data = f"{title} {pages} {fields}".encode()
        archive = self.station.archive
        sealed = archive.objects.put(data)
        name = f"{title}.pdf"
        custody = Custody(name, f"/scan/{name}", 1, len(data), sealed.sha256, "2026-01-01T00:00:00+00:00", True)
        with archive.write(PROGRAM) as change:
            arrival = change.receive(sealed.sha256[:32], custody, sealed)
        object_id = archive.queries.arrival(arrival).object_id
        assert object_id is not None
        read = []
        for number in range(1, pages + 1):
            lines = (Line(title if number == 1 else f"第{number}页", 0.1, 0.1, 0.8, 0.04),)
            picture = archive.pictures.put(_picture(f"{arrival}/{number}"))
            read.append((Page(number, 300, 420, lines, b"", "typeset", 1.0), picture.name))
        draft = stations.draft(title=title, page_count=pages, **fields)
        with archive.write(PROGRAM) as change:
            change.read(object_id, "pdf", read, draft)
        return arrival

    def filed(self, title: str, **fields: object) -> int:
        """A paper that was filed and can be found. Returns the item."""
        arrival = self.station.archive.queries.arrival(self.receive(title, **fields))
        assert arrival.suggestion is not None
        item = self.station.file(arrival.id, arrival.suggestion)
        self.station.archive.index.catch_up()
        return item.id

    def raise_curtain(self, size: tuple[int, int] = (1280, 720)) -> Window:
        """The window on this station. From here on the GUI thread may not touch the archive."""
        self.station.archive.database.barred = threading.get_ident()
        window = Window(self.sitter, self.theme, lambda: None, self.recorder)
        self.qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        self.qtbot.waitUntil(window.isVisible)
        self.rest()
        return window

    def rest(self) -> None:
        """Until every job has been answered."""
        self.qtbot.waitUntil(lambda: self.bridge.quiet and self.sitter.jobs.wait_until_idle(0), timeout=20_000)

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=20_000)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key, to whatever has the focus, as a keyboard would."""
        focused = QApplication.focusWidget()
        assert focused is not None, "nothing has the focus"
        self.qtbot.keyClick(focused, key, modifier)

    def close(self) -> None:
        self.bridge.close()
        self.sitter.jobs.stop()
        if not self.stopped:
            self.station.archive.database.barred = None
            self.station.stop()


def _picture(text: str) -> bytes:
    image = Image.new("RGB", (300, 420), "white")
    ImageDraw.Draw(image).text((40, 40), text, fill="black")
    held = io.BytesIO()
    image.save(held, "WEBP")
    return held.getvalue()


@cache
def _theme() -> Theme:
    return Theme(prepare())


@cache
def founded(base: Path) -> str:
    """A station is founded once for all; every test gets a copy, opened by the recovery key (which needs no Argon2)."""
    with pytest.MonkeyPatch.context() as patch:
        station, recovery_key = stations.station(base, patch)
        station.stop()
    return recovery_key


@pytest.fixture
def stage(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> Iterator[Stage]:
    wording.use("zh")
    base = tmp_path_factory.getbasetemp() / "founded"
    recovery_key = founded(base)
    shutil.copytree(base / "archive", tmp_path / "archive")
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    made = Stage(tmp_path, recovery_key, qtbot)
    yield made
    made.close()
    wording.use("zh")
    assert made.recorder.troubles == []


def test_the_tripwire_is_armed(stage: Stage) -> None:
    stage.raise_curtain()
    with pytest.raises(RuntimeError):
        stage.station.counts()


def test_answers_come_in_the_order_they_were_posted_and_on_the_gui_thread(stage: Stage) -> None:
    heard: list[tuple[int, int]] = []

    def post() -> None:
        for number in range(50):
            stage.bridge.post(lambda number=number: heard.append((number, threading.get_ident())))

    thread = threading.Thread(target=post)
    thread.start()
    thread.join()
    assert heard == []
    stage.until(lambda: len(heard) == 50)
    assert heard == [(number, threading.get_ident()) for number in range(50)]


def test_a_call_that_raises_does_not_take_the_next_with_it(stage: Stage, qtbot: QtBot) -> None:
    heard: list[str] = []

    def bad() -> None:
        raise ZeroDivisionError

    with qtbot.captureExceptions() as raised:
        stage.bridge.post(bad)
        stage.bridge.post(lambda: heard.append("next"))
        stage.until(lambda: heard)
    assert [kind for kind, _error, _trace in raised] == [ZeroDivisionError]


def test_a_closed_bridge_drops_what_comes_late(stage: Stage) -> None:
    heard: list[str] = []
    late = Bridge()
    late.post(lambda: heard.append("early"))
    late.close()
    late.post(lambda: heard.append("late"))
    stage.bridge.post(lambda: heard.append("other"))
    stage.until(lambda: heard)
    assert heard == ["other"]


def test_language_and_theme_are_kept_for_this_machine(stage: Stage) -> None:
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    stage.press(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert (Settings().get("language"), Settings().get("theme")) == ("en", "dark")
