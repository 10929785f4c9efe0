"""ui/widgets/result_row.py — how a search result is drawn: title, facts in one line, the found place marked."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app import wording
from storage.records import Item
from storage.records.search import Snippet
from ui.models import choices
from ui.models.found import Found
from ui.models.paged import PENDING, ROW_ROLE
from ui.theme import Theme
from ui.widgets.dates import show
from ui.widgets.table import draw_badge

HEIGHT = 104
PADDING = 14
LINES = 2


class ResultRow(QStyledItemDelegate):
    """Draws a `Found`. A row still on its way is drawn as a pale bar, so the list never jumps."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens = self._theme.tokens
        area = QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(tokens.accent_soft))
            painter.fillRect(QRectF(area.x(), area.y(), 4, area.height()), QColor(tokens.accent))
        painter.setPen(QColor(tokens.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        inside = area.adjusted(PADDING + 4, 11, -PADDING, -8)
        row: Found | None = index.data(ROW_ROLE)
        if row is None or row.item is None:
            painter.setPen(QColor(tokens.muted))
            painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, PENDING)
        else:
            self._title(painter, inside.adjusted(0, 0, -self._marks(painter, inside, row), 0), row.item, option.font)
            self._facts(painter, inside.adjusted(0, 25, 0, 0), row.item, option.font)
            self._place(painter, inside.adjusted(0, 46, 0, 0), row.snippet, option.font)
        painter.restore()

    def _marks(self, painter: QPainter, area: QRectF, row: Found) -> float:
        """What is particular about the record, as badges at the right of its title. Returns the room they take."""
        taken = 0.0
        font = QFont(painter.font())
        font.setPixelSize(12)
        for state, said in reversed(row.marks):
            width = QFontMetrics(font).horizontalAdvance(said) + 16
            taken += width + 6
            # `draw_badge` keeps the inset of a table cell.
            draw_badge(painter, self._theme.tokens, QRectF(area.right() - taken + 6 - 16, area.y(), width, 22), said, state)
        return taken

    def _title(self, painter: QPainter, area: QRectF, item: Item, base: QFont) -> None:
        font = QFont(base)
        font.setPixelSize(15)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.tokens.text))
        shown = QFontMetrics(font).elidedText(item.title, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown)

    def _facts(self, painter: QPainter, area: QRectF, item: Item, base: QFont) -> None:
        font = QFont(base)
        font.setPixelSize(12)
        painter.setFont(font)
        metrics = QFontMetrics(font)
        painter.setPen(QColor(self._theme.tokens.accent))
        code = item.reference_code or wording.say("ties.unnumbered")
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, code)
        left = metrics.horizontalAdvance(code) + 16
        facts = "   ".join(
            part for part in (show(item.doc_date), item.document_no, item.creator,
                              choices.retention_word(item.retention)) if part
        )
        painter.setPen(QColor(self._theme.tokens.muted))
        room = area.adjusted(left, 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop,
                         metrics.elidedText(facts, Qt.TextElideMode.ElideRight, int(room.width())))

    def _place(self, painter: QPainter, area: QRectF, snippet: Snippet, base: QFont) -> None:
        tokens = self._theme.tokens
        font = QFont(base)
        font.setPixelSize(13)
        # One character for one, so that the spans stay where they are.
        layout = QTextLayout("".join(" " if c.isspace() else c for c in snippet.text), font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        marks = []
        for start, end in snippet.spans:
            mark = QTextLayout.FormatRange()
            mark.start, mark.length = start, end - start
            style = QTextCharFormat()
            style.setBackground(QColor(tokens.found))
            style.setForeground(QColor(tokens.text))
            mark.format = style
            marks.append(mark)
        layout.setFormats(marks)
        layout.beginLayout()
        top = 0.0
        for _number in range(LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(area.width())
            line.setPosition(QPointF(0, top))
            top += 19
        layout.endLayout()
        painter.setPen(QColor(tokens.text))
        painter.setClipRect(area)
        layout.draw(painter, area.topLeft())
