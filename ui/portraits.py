"""ui/portraits.py — pictures of every screen with a real station's data, for the demo and for the eye of the builder.

Works without a display (`QT_QPA_PLATFORM=offscreen` is set when there is none). Each screen is shown, its jobs are
waited for, then it is grabbed: in Chinese and in English by light, and in the first language by dark. Nothing sleeps;
a screen that does not come to rest within `PATIENCE_S` raises TimeoutError.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QWidget

from app import wording
from app.jobs import Jobs
from app.station import Station
from app.threshold import Threshold
from storage.records.volumes import VolumeFilter
from ui.bridge import Bridge
from ui.models.pages import Place
from ui.screens.bulk import Selection
from ui.screens.first_start import FirstStartScreen
from ui.screens.search import SearchScreen
from ui.screens.unlock import UnlockScreen
from ui.sitter import Sitter
from ui.theme import Theme
from ui.window import HIDDEN, PLACES, Window

SIZE = QSize(1280, 800)
PATIENCE_S = 60.0
CALM = 3
#: Moments of a screen that deserve a picture besides the one it opens with.
MOMENTS = ("search_page", "search_past")
SCREENS = tuple(id for id, _drawing, _maker in PLACES + HIDDEN) + MOMENTS


def pictures(
    station: Station, folder: Path, languages: Sequence[str] = wording.LANGUAGES, *, query: str = "",
    size: QSize = SIZE,
) -> list[Path]:
    """Write `<language>-<theme>-<screen>.png` for every screen; returns them in order. GUI (main) thread only."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from ui.application import prepare

    theme = Theme(prepare())
    studio = _Studio(station, theme, folder, size)
    before = wording.language()
    try:
        sets = [(language, "light") for language in languages] + [(languages[0], "dark")]
        return [picture for language, look in sets for picture in studio.portray(language, look, query)]
    finally:
        studio.close()
        wording.use(before)


class _Studio:
    """One station seen through jobs of our own, whose answers come to this thread."""

    def __init__(self, station: Station, theme: Theme, folder: Path, size: QSize) -> None:
        self._theme, self._folder, self._size = theme, folder, size
        self._bridge = Bridge()
        self._failures: list[BaseException] = []
        self._sitter: Any = Sitter(station, self._bridge, self._failures.append)
        self._jobs: Jobs = self._sitter.jobs
        self._station = station
        folder.mkdir(parents=True, exist_ok=True)

    def portray(self, language: str, look: str, query: str) -> list[Path]:
        wording.use(language)
        self._theme.choose(look)
        made = []
        for name, make in (("first-start", self._first_start), ("unlock", self._unlock)):
            made.append(self._grab(make(), f"{language}-{look}-{name}"))
        window = Window(self._sitter, self._theme, lambda: None, _Loud(self._failures))
        for name in SCREENS:
            self._settle(window)
            self._pose(window, name, query)
            made.append(self._grab(window, f"{language}-{look}-{name}", keep=True))
        window.close()
        window.deleteLater()
        return made

    def close(self) -> None:
        self._bridge.close()
        self._jobs.stop()

    def _pose(self, window: Window, name: str, query: str) -> None:
        """Bring a screen to a moment worth showing."""
        if name == "record":
            items = self._station.items()
            if items:
                asked = query or _word_of(items[0].title)
                found = self._station.search(asked, limit=1).hits
                window.go("record", Place(found[0].item_id if found else items[0].id, asked, 0))
            return
        if name == "search" or name in MOMENTS:
            items = self._station.items()
            window.go("search", query or (_word_of(items[0].title) if items else ""))
            self._settle(window)
            search = window.place("search")
            assert isinstance(search, SearchScreen)
            if name == "search_page":
                search.look_at()
            elif name == "search_past":
                search.look_back()
            return
        if name == "bulk":
            window.go("bulk", Selection(tuple(item.id for item in self._station.items()[:8])))
            return
        if name == "volume":
            volumes = self._station.volumes.volumes(VolumeFilter(), limit=1)
            if volumes:
                window.go("volume", volumes[0].id)
                return
        window.go(name)

    def _first_start(self) -> QWidget:
        return FirstStartScreen(self._jobs, self._theme, _never, lambda: True, Path.home())

    def _unlock(self) -> QWidget:
        screen = UnlockScreen(self._jobs, self._theme, _never)
        screen.know(Threshold.look(self._station.archive.folder))
        return screen

    def _grab(self, widget: QWidget, name: str, *, keep: bool = False) -> Path:
        widget.resize(self._size)
        widget.show()
        widget.setFocus()
        self._settle(widget)
        path = self._folder / f"{name}.png"
        if not widget.grab().save(str(path)):
            raise OSError(f"{path.name} was not written")
        if not keep:
            widget.close()
            widget.deleteLater()
        return path

    def _settle(self, widget: QWidget) -> None:
        """Until no job runs, no answer waits and no timer of the screen is about to ask again."""
        loop = QEventLoop()
        deadline = time.monotonic() + PATIENCE_S
        calm = 0

        def check() -> None:
            nonlocal calm
            pausing = any(timer.isActive() and timer.isSingleShot() for timer in widget.findChildren(QTimer))
            busy = pausing or not self._bridge.quiet or not self._jobs.wait_until_idle(0)
            calm = 0 if busy else calm + 1
            if calm >= CALM or self._failures or time.monotonic() > deadline:
                loop.quit()

        clock = QTimer()
        clock.setInterval(10)
        clock.timeout.connect(check)
        clock.start()
        loop.exec()
        clock.stop()
        if self._failures:
            raise self._failures[0]
        if calm < CALM:
            raise TimeoutError("a screen did not come to rest")


class _Loud:
    """Messages that let no trouble pass."""

    def __init__(self, failures: list[BaseException]) -> None:
        self._failures = failures

    def tell(self, key: str, **facts: str | int) -> None:
        wording.say(key, **facts)

    def trouble(self, error: BaseException) -> None:
        self._failures.append(error)

    def ask(self, key: str, then: Callable[[], None], **facts: str | int) -> None:
        then()

    def clear(self) -> None:
        """Nothing is shown."""


def _word_of(title: str) -> str:
    """Two characters somebody might look for."""
    return title.removeprefix("关于")[:2]


def _never(*_anything: object) -> Any:
    raise AssertionError("a portrait opens nothing")
