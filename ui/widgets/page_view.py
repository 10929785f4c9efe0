"""ui/widgets/page_view.py — a page picture with zoom, fit, drag and marked places, over a bar of small buttons.

Pictures come in as `QImage`s made on a worker thread; painting uses one scaled pixmap that is made again only when the
zoom changes. Boxes are fractions of the page, as in `records.Line`. Turning pages is only asked for (`turned`): whoever
owns the view knows how many pages there are and where they come from.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QVBoxLayout, QWidget

from ui import actions
from ui.phrases import name, say
from ui.stylesheet import look
from ui.theme import Theme, mix
from ui.widgets.layout import row, text, tool
from ui.widgets.states import Shelf

MARGIN = 14
STEP = 1.25
SCROLL_PX = 60
SMALLEST, LARGEST = 0.1, 4.0
#: "near": as wide as the view, but never so small that a page cannot be read.
NEAR_PX = 640


class PageView(QFrame):
    """The bar and the picture. `turned` carries -1 or +1."""

    turned = Signal(int)

    def __init__(self, theme: Theme, *, empty: str = "page.none", fit: str = "page") -> None:
        super().__init__()
        look(self, "card")
        self.canvas = _Canvas(theme, fit)
        # The view keeps the focus while pictures come and go inside it.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name(self, "page.picture")
        self.shelf = Shelf(self.canvas, theme, empty=empty, drawing="record")
        self._back = tool("page.back", theme, "left")
        self._next = tool("page.next", theme, "right")
        self._count = text("muted")
        self._zoom = text("small")
        self._buttons = [
            tool("page.zoom_out", theme, "zoom-out"),
            tool("page.zoom_in", theme, "zoom-in"),
            tool("page.fit_page", theme, "fit-page"),
            tool("page.fit_width", theme, "fit-width"),
        ]
        self._back.clicked.connect(lambda: self.turned.emit(-1))
        self._next.clicked.connect(lambda: self.turned.emit(1))
        works = (self.zoom_out, self.zoom_in, self.fit_page, self.fit_width)
        for made, work in zip(self._buttons, works, strict=True):
            made.clicked.connect(work)
        for id, work in zip(("zoom_out", "zoom_in", "zoom_page", "zoom_width"), works, strict=True):
            actions.make(id, self, work)
        bar = row(self._back, self._count, self._next, None, self._zoom, *self._buttons, spacing=4)
        bar.setContentsMargins(8, 5, 8, 5)
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSpacing(0)
        box.addLayout(bar)
        box.addWidget(self.shelf, 1)
        self.canvas.zoomed.connect(self._on_zoomed)
        self.show_nothing()

    def show_page(self, image: QImage, number: int, count: int, boxes: Sequence[QRectF] = ()) -> None:
        self.canvas.show_image(image, boxes)
        self.shelf.show_content()
        self._say_place(number, count)

    def point_at(self, box: int) -> None:
        """Bring one of the boxes into sight and set it off from the others."""
        self.canvas.point_at(box)

    def show_loading(self, number: int, count: int) -> None:
        """While the picture comes. The old picture goes at once: it must never be taken for the new paper."""
        self.canvas.show_image(QImage(), ())
        self.shelf.show_busy("page.loading")
        self._say_place(number, count)

    def show_nothing(self, key: str = "") -> None:
        self.canvas.show_image(QImage(), ())
        self.shelf.show_empty(key)
        self._say_place(0, 0)

    def show_trouble(self, error: BaseException) -> None:
        self.canvas.show_image(QImage(), ())
        self.shelf.show_trouble(error)

    def zoom_in(self) -> None:
        self.canvas.zoom_by(STEP)

    def zoom_out(self) -> None:
        self.canvas.zoom_by(1 / STEP)

    def fit_page(self) -> None:
        self.canvas.fit("page")

    def fit_width(self) -> None:
        self.canvas.fit("width")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Page keys turn pages: they belong to the screen around the view.
        down, across = self.canvas.verticalScrollBar(), self.canvas.horizontalScrollBar()
        step = SCROLL_PX
        moves = {
            Qt.Key.Key_Down: (down, step), Qt.Key.Key_Up: (down, -step), Qt.Key.Key_Right: (across, step),
            Qt.Key.Key_Left: (across, -step), Qt.Key.Key_Home: (down, -down.maximum()),
            Qt.Key.Key_End: (down, down.maximum()),
        }
        if event.key() in moves:
            bar, by = moves[Qt.Key(event.key())]
            bar.setValue(bar.value() + by)
        elif event.key() == Qt.Key.Key_Plus:
            self.zoom_in()
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_out()
        else:
            super().keyPressEvent(event)

    def _say_place(self, number: int, count: int) -> None:
        # Disabling the button that was just pressed would let the focus fall out of the view.
        if (self._back.hasFocus() and number <= 1) or (self._next.hasFocus() and number >= count):
            self.setFocus()
        self._back.setEnabled(number > 1)
        self._next.setEnabled(number < count)
        bar: tuple[QWidget, ...] = (self._back, self._next, self._count, self._zoom, *self._buttons)
        for part in bar:
            part.setVisible(count > 0)
        if count:
            say(self._count, "page.place", number=number, count=count)

    def _on_zoomed(self, factor: float) -> None:
        self._zoom.setText(f"{factor:.0%}")


class _Canvas(QAbstractScrollArea):
    """The picture itself, scrolled by drag, wheel and arrow keys."""

    zoomed = Signal(float)

    def __init__(self, theme: Theme, fit: str) -> None:
        super().__init__()
        self._theme = theme
        self._image = QImage()
        self._boxes: tuple[QRectF, ...] = ()
        self._pointed = -1
        self._fit = fit
        self._factor = 1.0
        self._scaled = QPixmap()
        self._drawn = 0
        self._grabbed: QPoint | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(160, 160)
        theme.changed.connect(self.viewport().update)

    def show_image(self, image: QImage, boxes: Sequence[QRectF]) -> None:
        self._image, self._boxes, self._pointed = image, tuple(boxes), -1
        self._arrange()
        self.verticalScrollBar().setValue(0)
        self.horizontalScrollBar().setValue(0)
        if boxes and self._fit != "page":
            top = min(box.top() for box in boxes) * self._size().height() - self.viewport().height() / 3
            self.verticalScrollBar().setValue(int(max(0, top)))

    def point_at(self, box: int) -> None:
        if not 0 <= box < len(self._boxes):
            return
        self._pointed = box
        middle, size, seen = self._boxes[box].center(), self._size(), self.viewport().size()
        self.verticalScrollBar().setValue(int(MARGIN + middle.y() * size.height() - seen.height() / 2))
        self.horizontalScrollBar().setValue(int(MARGIN + middle.x() * size.width() - seen.width() / 2))
        self.viewport().update()

    @property
    def pointed(self) -> int:
        """The box that is set off, -1 when none is."""
        return self._pointed

    @property
    def image(self) -> QImage:
        return self._image

    @property
    def boxes(self) -> tuple[QRectF, ...]:
        return self._boxes

    def fit(self, how: str) -> None:
        self._fit = how
        self._arrange()

    def zoom_by(self, times: float) -> None:
        self._fit = ""
        self._factor = min(LARGEST, max(SMALLEST, self._factor * times))
        self._arrange()

    def _size(self) -> QSize:
        ratio = self.devicePixelRatioF()
        return QSize(
            max(1, round(self._image.width() * self._factor / ratio)),
            max(1, round(self._image.height() * self._factor / ratio)),
        )

    def _arrange(self) -> None:
        if self._image.isNull():
            self._scaled = QPixmap()
            self.verticalScrollBar().setRange(0, 0)
            self.horizontalScrollBar().setRange(0, 0)
            self.viewport().update()
            return
        ratio = self.devicePixelRatioF()
        room = self.maximumViewportSize() - QSize(2 * MARGIN, 2 * MARGIN)
        wide = room.width() * ratio / self._image.width()
        high = room.height() * ratio / self._image.height()
        if self._fit == "page":
            self._factor = min(wide, high)
        elif self._fit in ("width", "near"):
            least = NEAR_PX if self._fit == "near" else 0
            self._factor = max(room.width() - 14, least) * ratio / self._image.width()
        self._factor = min(LARGEST, max(SMALLEST, self._factor))
        size = self._size()
        if self._scaled.size() != size * ratio or self._drawn != self._image.cacheKey():
            self._drawn = self._image.cacheKey()
            self._scaled = QPixmap.fromImage(
                self._image.scaled(size * ratio, Qt.AspectRatioMode.IgnoreAspectRatio,
                                   Qt.TransformationMode.SmoothTransformation)
            )
            self._scaled.setDevicePixelRatio(ratio)
        over = size + QSize(2 * MARGIN, 2 * MARGIN) - self.maximumViewportSize()
        for bar, excess, page in (
            (self.verticalScrollBar(), over.height(), self.viewport().height()),
            (self.horizontalScrollBar(), over.width(), self.viewport().width()),
        ):
            bar.setRange(0, max(0, excess))
            bar.setPageStep(page)
            bar.setSingleStep(40)
        self.zoomed.emit(self._factor)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        tokens = self._theme.tokens
        painter.fillRect(self.viewport().rect(), QColor(tokens.sunken))
        if self._scaled.isNull():
            return
        size = self._size()
        area = self.viewport().size()
        x = max(MARGIN, (area.width() - size.width()) // 2) - self.horizontalScrollBar().value()
        y = max(MARGIN, (area.height() - size.height()) // 2) - self.verticalScrollBar().value()
        painter.fillRect(x + 1, y + 2, size.width(), size.height(), mix("#000000", 0.14))
        painter.drawPixmap(x, y, self._scaled)
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.drawRect(x, y, size.width() - 1, size.height() - 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, box in enumerate(self._boxes):
            place = QRectF(x + box.x() * size.width(), y + box.y() * size.height(),
                           box.width() * size.width(), box.height() * size.height()).adjusted(-2, -2, 2, 2)
            painter.setPen(QPen(QColor("#C77700"), 3.0 if number == self._pointed else 1.4))
            painter.setBrush(mix("#FFC93C", 0.38))
            painter.drawRoundedRect(place, 2, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(STEP if event.angleDelta().y() > 0 else 1 / STEP)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed = event.position().toPoint()
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            here = event.position().toPoint()
            moved = here - self._grabbed
            self._grabbed = here
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() - moved.y())
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - moved.x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.viewport().unsetCursor()
