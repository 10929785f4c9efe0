"""ui/absence.py — whether somebody still sits before the open station: hands, clock and desktop.

`gone` comes once: after the idle time without key, mouse or touch; when the clock has jumped by more than `JUMP_S` (the
machine slept, whatever the desktop told); or when the desktop says so (`ui.desktop`). GUI thread only.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from ui.desktop import Desktop

TICK_MS = 1000
JUMP_S = 600.0
_HANDS = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
})


class Absence(QObject):
    """`limit_min` may be changed at any time. `steady` and `calendar` are the two clocks, in seconds."""

    gone = Signal()

    def __init__(
        self, window: QWidget, limit_min: int, *, steady: Callable[[], float] = time.monotonic,
        calendar: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(window)
        self.limit_min = limit_min
        self._steady, self._calendar = steady, calendar
        self._touched = steady()
        self._offset = calendar() - steady()
        self._over = False
        self._desktop = Desktop(window)
        self._desktop.left.connect(self._go)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.look)
        self._tick.start()
        application = QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(self)

    def look(self) -> None:
        """Once a second. A sleeping machine stops one of the clocks, or this timer, or neither but the hands."""
        offset = self._calendar() - self._steady()
        jumped, self._offset = abs(offset - self._offset) > JUMP_S, offset
        if jumped or self._steady() - self._touched >= 60 * self.limit_min:
            self._go()

    def _go(self) -> None:
        if not self._over:
            self._over = True
            self._tick.stop()
            self.gone.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _HANDS:
            self._touched = self._steady()
        return False
