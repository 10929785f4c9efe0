"""ui/clipboard.py — what is copied from our windows leaves the clipboard by itself, and is kept by no clipboard manager.

Whatever somebody copies is put there again with the marks by which managers know a secret (KDE and those that follow it;
Windows: neither history nor cloud), and is taken away after a while if it is still ours. Text cannot be dragged out of our
windows either: a press on what is selected begins a new selection. On macOS only the taking away works. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit

SECRET = "x-kde-passwordManagerHint"
_WINDOWS = {"ExcludeClipboardContentFromMonitorProcessing": b"1", "CanIncludeInClipboardHistory": bytes(4),
            "CanUploadToCloudClipboard": bytes(4)}
MODES = (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection)


class Clipboard(QObject):
    """`seconds` may be changed at any time; it counts from what is copied next. `ours` says whether this program has put there
    what lies on the clipboard; not every platform knows (the one without a screen does not).
    """

    def __init__(self, parent: QObject, seconds: int, ours: Callable[[QClipboard.Mode], bool] | None = None) -> None:
        super().__init__(parent)
        self.seconds = seconds
        self._ours = ours or _ours
        self._clipboard = QGuiApplication.clipboard()
        self._clipboard.changed.connect(self._on_changed)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self.clear)

    def clear(self) -> None:
        """Takes away what is ours; what another program has put there since stays."""
        self._clock.stop()
        for mode in MODES:
            if self._ours(mode):
                self._clipboard.clear(mode)

    def _on_changed(self, mode: QClipboard.Mode) -> None:
        held = self._clipboard.mimeData(mode)
        if mode not in MODES or not self._ours(mode) or held is None or not held.formats():
            return
        if not held.hasFormat(SECRET):
            self._clipboard.setMimeData(_secret(held), mode)
        self._clock.start(1000 * self.seconds)


def _ours(mode: QClipboard.Mode) -> bool:
    clipboard = QGuiApplication.clipboard()
    if mode is QClipboard.Mode.Selection:
        return clipboard.supportsSelection() and clipboard.ownsSelection()
    return clipboard.ownsClipboard()


def _secret(held: QMimeData) -> QMimeData:
    made = QMimeData()
    for kind in held.formats():
        made.setData(kind, held.data(kind))
    made.setData(SECRET, b"secret")
    for kind, value in _WINDOWS.items():
        made.setData(f'application/x-qt-windows-mime;value="{kind}"', value)
    return made


def keep_in(watched: QObject, event: QEvent) -> None:
    """For the filter of the whole program: what is selected in a text cannot be picked up and carried elsewhere."""
    if event.type() is not QEvent.Type.MouseButtonPress or not isinstance(event, QMouseEvent):
        return
    if event.button() is not Qt.MouseButton.LeftButton or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        return
    if isinstance(watched, QLabel) and watched.hasSelectedText():
        watched.setSelection(0, 0)
    parent = watched.parent()
    if isinstance(parent, QPlainTextEdit) and watched is parent.viewport() and parent.textCursor().hasSelection():
        cursor = parent.textCursor()
        cursor.clearSelection()
        parent.setTextCursor(cursor)
