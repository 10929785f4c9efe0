"""ui/desktop.py — what the desktop tells: the screen was locked, another user came, the machine goes to sleep.

Linux: the session bus (`ActiveChanged` of the screen savers of freedesktop, GNOME, MATE and Cinnamon) and the system bus (logind: the lock
of this session, `PrepareForSleep`); tried on real buses. Windows: session changes (lock, switch of user, remote connection)
and suspend, through a native event filter; written after the documentation and not tried. macOS: a program hears of the
screen's lock only through PyObjC, which is not among our parts: there the idle time and the jump of the clock must do.
Where nothing can be heard nothing is raised. GUI thread only.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

from PySide6.QtCore import SLOT, QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

SAVERS = ("org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.mate.ScreenSaver", "org.cinnamon.ScreenSaver")
LOGIN = "org.freedesktop.login1"
_SESSION_CHANGE, _POWER, _SUSPEND = 0x02B1, 0x0218, 4
#: Of WTS_*: console and remote connections that come and go, and the lock.
_LEFT = frozenset({1, 2, 3, 4, 7})


class Desktop(QObject):
    """`left` when nobody sits before the window any more. `buses` are (session, system), for tests; None is the machine's."""

    left = Signal()

    def __init__(self, window: QWidget, buses: tuple[Any, Any] | None = None) -> None:
        super().__init__(window)
        self._native: _Native | None = None
        if sys.platform == "linux":
            self._listen(buses)
        elif sys.platform == "win32":
            ctypes.windll.wtsapi32.WTSRegisterSessionNotification(int(window.winId()), 0)
            self._native = _Native(self)
            application = QCoreApplication.instance()
            assert application is not None
            application.installNativeEventFilter(self._native)

    def _listen(self, buses: tuple[Any, Any] | None) -> None:
        # Not above: no other platform has a bus, and the library is loaded only once somebody is inside.
        from PySide6.QtDBus import QDBusConnection

        session, system = buses or (QDBusConnection.sessionBus(), QDBusConnection.systemBus())
        if session.isConnected():
            for saver in SAVERS:
                session.connect("", "", saver, "ActiveChanged", self, SLOT("changed(bool)"))
        if system.isConnected():
            system.connect("", _session_path(), f"{LOGIN}.Session", "Lock", self, SLOT("gone()"))
            system.connect("", "/org/freedesktop/login1", f"{LOGIN}.Manager", "PrepareForSleep", self, SLOT("changed(bool)"))

    @Slot(bool)
    def changed(self, begins: bool) -> None:
        """A screen saver begins or ends; the machine falls asleep or wakes."""
        if begins:
            self.left.emit()

    @Slot()
    def gone(self) -> None:
        self.left.emit()


def _session_path() -> str:
    """logind's object of this session; every session's (an empty path) when the desktop does not say which is ours."""
    session = os.environ.get("XDG_SESSION_ID", "")
    if not session:
        return ""
    # systemd's bus_label_escape: a first digit and whatever is no letter or digit becomes _XX.
    escaped = (
        letter if letter.isascii() and letter.isalnum() and not (place == 0 and letter.isdigit()) else f"_{ord(letter):02x}"
        for place, letter in enumerate(session)
    )
    return f"/org/freedesktop/login1/session/{''.join(escaped)}"


class _Native(QAbstractNativeEventFilter):
    def __init__(self, desktop: Desktop) -> None:
        super().__init__()
        self._desktop = desktop

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> object:  # noqa: N802
        from ctypes import wintypes

        told = wintypes.MSG.from_address(int(message))
        if (told.message == _SESSION_CHANGE and told.wParam in _LEFT) or (told.message == _POWER and told.wParam == _SUSPEND):
            self._desktop.gone()
        return False, 0
