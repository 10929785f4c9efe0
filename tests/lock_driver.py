"""tests/lock_driver.py — the real program with a window, driven through its standard input: for `tests/test_lock.py` alone.

One line in is one order (JSON), one line out its answer. The window locks by replacing this process; the same file then
runs again from its beginning, with nothing of its former life but the pipes, and says `ready` a second time.
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import process
from app.settings import Settings
from ui import application
from ui.application import Shell
from ui.bridge import Bridge
from ui.screens.record import RecordScreen
from ui.screens.search import Place
from ui.screens.unlock import UnlockScreen


class Driver:
    def __init__(self) -> None:
        self._bridge = Bridge()
        self._shell: Any = None
        threading.Thread(target=self._listen, daemon=True).start()
        self._look = QTimer()
        self._look.setInterval(20)
        self._look.timeout.connect(self._find_shell)
        self._look.start()

    def _find_shell(self) -> None:
        shells = [one for one in QApplication.topLevelWidgets() if isinstance(one, Shell)]
        screen = shells[0]._stack.currentWidget() if shells else None
        if isinstance(screen, UnlockScreen) and screen.user.value():
            self._look.stop()
            self._shell = shells[0]
            say("ready", secluded=process.secluded(), passphrase_in_environment="ANJUAN_PASSPHRASE" in os.environ,
                language=Settings().get("language"))  # fmt: skip

    def _listen(self) -> None:
        # Unbuffered: what is read stays in the pipe until it is wanted.
        for line in iter(lambda: _line(), ""):
            order = json.loads(line)
            self._bridge.post(lambda order=order: getattr(self, order.pop("do"))(**order))

    def unlock(self, passphrase: str) -> None:
        screen = self._shell._stack.currentWidget()
        screen.passphrase.line.insert(passphrase)
        QTest.keyClick(screen.passphrase.line, Qt.Key.Key_Return)
        _when(lambda: self._shell.window_ is not None, lambda: say("unlocked"))

    def open(self, item: int) -> None:
        window = self._shell.window_
        window.go("record", Place(item, "", 1))
        screen = window.place("record")
        assert isinstance(screen, RecordScreen)
        _when(lambda: screen._opened is not None, lambda: say("opened", title=screen._title.text()))

    def type(self, text: str) -> None:
        screen = self._shell.window_.place("volumes")
        self._shell.window_.go("volumes", "new")

        def write() -> None:
            (dialog,) = (one for one in screen.findChildren(application.QWidget) if one.metaObject().className() == "VolumeDialog")
            dialog.editors["title"].setPlainText(text)
            say("typed")

        _when(lambda: screen.findChildren(application.QWidget, "") and any(
            one.metaObject().className() == "VolumeDialog" for one in screen.findChildren(application.QWidget)), write)

    def lock(self) -> None:
        self._shell.lock()

    def drafts(self) -> None:
        keeper = self._shell.window_.keeper
        _when(lambda: not keeper.bar.isHidden() or _dialogs(), lambda: say("back", here=self._shell.window_.here, written=_dialogs()))

    def scans(self) -> None:
        screen = self._shell._stack.currentWidget()
        _when(lambda: not screen._counted.isHidden(), lambda: say("counted", text=screen._counted.text()))


def _dialogs() -> list[str]:
    return [one.editors["title"].toPlainText() for one in QApplication.topLevelWidgets()
            if one.metaObject().className() == "VolumeDialog" and one.isVisible()]  # fmt: skip


def _when(condition: Any, then: Any) -> None:
    if condition():
        then()
    else:
        QTimer.singleShot(20, lambda: _when(condition, then))


def _line() -> str:
    read = b""
    while not read.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(0)
        read += byte
    return read.decode()


def say(word: str, **facts: object) -> None:
    os.write(1, json.dumps({"said": word, **facts}).encode() + b"\n")


if __name__ == "__main__":
    process.seclude()
    application.prepare()
    driver = Driver()
    raise SystemExit(application.run())
