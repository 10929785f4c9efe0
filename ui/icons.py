"""ui/icons.py — the drawings of resources/icons, tinted for the theme of the moment.

`picture()` renders one colour; `icon()` adds the dimmed drawing of a disabled control. Both are cached per name, colour
and size; rendering one takes well under a millisecond. GUI thread only.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources

SIZE = 20


@cache
def _drawing(name: str) -> bytes:
    return resources.path("icons", f"{name}.svg").read_bytes()


@cache
def picture(name: str, colour: str, size: int = SIZE, gap: int = 0, scale: float = 2.0) -> QPixmap:
    """The drawing in one colour, `size` logical pixels square, with `gap` empty pixels after it."""
    pixmap = QPixmap(round((size + gap) * scale), round(size * scale))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    drawing = _drawing(name).replace(b"currentColor", colour.encode("ascii"))
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@cache
def icon(name: str, colour: str, disabled: str, size: int = SIZE, gap: int = 0) -> QIcon:
    """The drawing as an icon. `gap` keeps the words of a button off it: a style sheet has no word for that."""
    made = QIcon(picture(name, colour, size, gap))
    made.addPixmap(picture(name, disabled, size, gap), QIcon.Mode.Disabled)
    return made
