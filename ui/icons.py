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
def picture(name: str, colour: str, size: int = SIZE, scale: float = 2.0) -> QPixmap:
    """The drawing in one colour, `size` logical pixels square."""
    pixmap = QPixmap(round(size * scale), round(size * scale))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    drawing = _drawing(name).replace(b"currentColor", colour.encode("ascii"))
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@cache
def icon(name: str, colour: str, disabled: str) -> QIcon:
    """The drawing as an icon for buttons and actions."""
    made = QIcon(picture(name, colour, 24))
    made.addPixmap(picture(name, disabled, 24), QIcon.Mode.Disabled)
    return made
