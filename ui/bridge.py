"""ui/bridge.py — the doorbell between worker threads and the window.

`post(call)` may be called from any thread; `call` then runs on the GUI thread, in the order of posting. The signal
carries nothing: the calls wait in a deque, so no argument ever crosses threads inside Qt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal


class Bridge(QObject):
    """Made on the GUI thread, before anything that posts. After `close` further calls are dropped."""

    rang = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._calls: deque[Callable[[], None]] = deque()
        self._open = True
        self.rang.connect(self._on_rang, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        if self._open:
            self._calls.append(call)
            self.rang.emit()

    def close(self) -> None:
        self._open = False
        self._calls.clear()

    @property
    def quiet(self) -> bool:
        """Nothing waits to be run."""
        return not self._calls

    def _on_rang(self) -> None:
        # One ring may find several calls or none: an earlier ring has already taken them. A call that raises must
        # not take the others with it, so each ring runs one call at most per posted call.
        if self._calls:
            self._calls.popleft()()
