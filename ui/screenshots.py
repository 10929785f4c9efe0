"""ui/screenshots.py — keeps other programs from taking pictures of our windows, where the platform lets us.

Windows 10 (2004) and later: a guarded window is black in every picture and recording; written after the documentation and
not tried. Linux has no such thing: on X11 every program sees the whole screen, on Wayland the desktop decides. macOS has one
that only its own language reaches. Our own pictures (`QWidget.grab`) are drawn by us and not hindered.
"""

from __future__ import annotations

import ctypes
import sys

from PySide6.QtWidgets import QWidget

_NONE, _EXCLUDED = 0x00, 0x11


def possible() -> bool:
    """Whether this platform can keep its windows out of pictures."""
    return sys.platform == "win32"


def guard(window: QWidget, on: bool) -> None:
    """For every top window, each time it is shown."""
    if sys.platform == "win32":
        ctypes.windll.user32.SetWindowDisplayAffinity(int(window.winId()), _EXCLUDED if on else _NONE)
