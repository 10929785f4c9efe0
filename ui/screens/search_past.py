"""ui/screens/search_past.py — what this person has saved and asked before, under the box: to be asked again, removed, cleared.

Down in an empty box, the clock or its key open it; Enter asks, Delete removes, Esc closes. Nobody sees another's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app import wording
from app.privacy import cover
from app.searches import LONGEST_NAME, PastSearch, SavedSearch, SearchNameTaken, SearchNotKept
from storage.records import Category
from storage.records.searches import Question
from ui.messages import sentence
from ui.models.asked import spoken
from ui.models.columns import moment
from ui.phrases import name, plain
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets import question as dialogs
from ui.widgets.form import Field
from ui.widgets.layout import button, label, row, rule

ROW_PX, MOST_ROWS, WIDEST_PX = 34, 11, 720
_SAID = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class _Said:
    """A line of the list; a heading has no entry."""

    words: str
    more: str = ""
    right: str = ""
    entry: SavedSearch | PastSearch | None = None


class Past(QFrame):
    """`wanted` carries the question that is to be asked again; `left` when the person goes back to the box."""

    wanted = Signal(object)
    left = Signal()

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look(self, "popup")
        self._screen, self._searches = screen, screen.station.searches
        self._categories: Mapping[str, Category] = {}
        self._current: Question | None = None
        self.list = QListWidget()
        look(self.list, "menu")
        self.list.setItemDelegate(_Line(screen.desk.theme, self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        name(self.list, "search.past.list")
        self.list.itemActivated.connect(self._on_chosen)
        self.list.itemClicked.connect(self._on_chosen)
        self._nothing = label("search.past.none", "muted", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.save_button = button("search.past.save", "link", theme=screen.desk.theme, drawing="check")
        self.save_button.clicked.connect(self.save)
        self.clear_button = button("search.past.clear", "link")
        self.clear_button.clicked.connect(self.clear)
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 6, 1, 4)
        box.setSpacing(2)
        box.addWidget(self.list, 1)
        box.addWidget(self._nothing)
        box.addWidget(rule())
        self._keys = label("search.past.keys", "small")
        foot = row(self.save_button, None, self._keys, 8, self.clear_button)
        foot.setContentsMargins(10, 0, 10, 0)
        box.addLayout(foot)
        QApplication.instance().focusChanged.connect(self._on_focus)  # type: ignore[union-attr]
        self.hide()

    def open(self, under: QRect, current: Question | None, categories: Mapping[str, Category]) -> None:
        """Fetch and show the list below this place of the screen; `current` is what could be saved."""
        self._current, self._categories, self._under = current, categories, under
        self._screen.run("view", lambda _job: (self._searches.saved(), self._searches.past()), done=lambda found: self._show(*found))

    def save(self) -> None:
        """Keep the question in force under a name."""
        if self._current is not None:
            self.hide()
            SaveDialog(self._screen, self._current, spoken(self._current.filters, self._categories)).open()

    def clear(self) -> None:
        """All of this person's past questions, after asking."""
        self._screen.desk.messages.ask("search.past.forget", lambda: self._act(lambda: self._searches.clear()))

    # -- inside

    def _show(self, saved: Sequence[SavedSearch], past: Sequence[PastSearch]) -> None:
        lines = [self._of(one) for one in saved]
        if lines:
            lines.insert(0, _Said(wording.say("search.past.saved")))
        if past:
            lines += [_Said(wording.say("search.past.asked")), *(self._of(one) for one in past)]
        self.list.clear()
        for line in lines:
            made = QListWidgetItem(f"{line.words}  {line.more}  {line.right}", self.list)
            made.setData(_SAID, line)
            if line.entry is None:
                made.setFlags(Qt.ItemFlag.NoItemFlags)
        self._nothing.setVisible(not lines)
        self.list.setVisible(bool(lines))
        self.save_button.setVisible(self._current is not None)
        self.clear_button.setVisible(bool(past))
        self._keys.setVisible(bool(lines))
        if lines:
            self.list.setCurrentRow(1)
        under = self._under
        rows = min(len(lines), MOST_ROWS) * ROW_PX if lines else 70
        high = min(rows + 60, self._screen.height() - under.bottom() - 12)
        self.setGeometry(QRect(under.x(), under.bottom() + 4, min(under.width(), WIDEST_PX), high))
        self.show()
        self.raise_()
        (self.list if lines else self.save_button if self._current is not None else self).setFocus()

    def _of(self, one: SavedSearch | PastSearch) -> _Said:
        question = one.question
        filters = spoken(question.filters, self._categories)
        if isinstance(one, SavedSearch):
            asks = " · ".join(part for part in (cover(question.query), filters) if part)
            return _Said(one.name, "" if asks == one.name else asks, "", one)
        found = "" if one.found is None else wording.say("search.past.found", n=f"{one.found:,}")
        right = "   ".join(part for part in (found, moment(one.at)) if part)
        return _Said(cover(question.query) or filters, filters if question.query else "", right, one)

    def _on_chosen(self, item: QListWidgetItem) -> None:
        line: _Said = item.data(_SAID)
        if line.entry is not None:
            self.hide()
            self.wanted.emit(line.entry.question)

    def _remove(self) -> None:
        item = self.list.currentItem()
        entry = item.data(_SAID).entry if item is not None else None
        if isinstance(entry, PastSearch):
            self._act(lambda: self._searches.clear(entry.id))
        elif isinstance(entry, SavedSearch):
            self._screen.desk.messages.ask(
                "search.past.drop", lambda: self._act(lambda: self._searches.drop(entry.name)), name=entry.name
            )

    def _act(self, work: object) -> None:
        again = self._current, self._categories
        self._screen.run("write", lambda _job: work(), done=lambda _none: self.open(self._under, *again))  # type: ignore[operator]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self._remove()
        elif event.key() == Qt.Key.Key_Up and self.list.currentRow() <= 1:
            self.hide()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        # Whoever goes elsewhere in the screen is done here; a question over it is part of what goes on.
        if self.isVisible() and now is not None and not (now is self or self.isAncestorOf(now)) and self._screen.isAncestorOf(now):
            self.hide()


class SaveDialog(dialogs.Question):
    """Asks for a name; one that is taken is replaced only by a second press."""

    def __init__(self, screen: Screen, asked: Question, filters: str) -> None:
        about = " · ".join(part for part in (cover(asked.query), filters) if part)
        super().__init__(screen, "search.save", about)
        self._screen, self._asked = screen, asked
        self._taken = ""
        self.line = QLineEdit(about[:LONGEST_NAME])
        self.line.setMaxLength(LONGEST_NAME)
        self.field = Field("search.save.name", self.line)
        self.box.addWidget(self.field)
        self.close_with_buttons()
        self.field.take_focus()

    def agree(self) -> None:
        called = " ".join(self.line.text().split())
        replace = called == self._taken
        self._screen.run(
            "write", lambda _job: self._screen.station.searches.keep(called, self._asked, replace=replace),
            done=lambda _none: self._on_kept(called), failed=lambda error: self._on_not_kept(called, error),
        )

    def _on_kept(self, called: str) -> None:
        self._screen.desk.messages.tell("search.save.done", name=called)
        self.accept()

    def _on_not_kept(self, called: str, error: BaseException) -> None:
        if isinstance(error, SearchNameTaken):
            self._taken = called
            self.field.show_problem("search.save.taken")
        elif isinstance(error, SearchNotKept):
            self.field.show_problem("search.save.taken")
            plain(self.field.problem, sentence(error))
        else:
            self._screen.desk.messages.trouble(error)
        self.field.take_focus()


class _Line(QStyledItemDelegate):
    """Words, what else is to be said of them, and a quiet note at the right; a heading small and grey."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        line: _Said = index.data(_SAID)
        tokens, area = self._theme.tokens, QRectF(option.rect).adjusted(16, 0, -14, 0)
        painter.save()
        font = painter.font()
        if line.entry is None:
            font.setPixelSize(12)
            painter.setFont(font)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line.words)
            painter.restore()
            return
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.fillRect(option.rect, QColor(tokens.accent_soft))
        right = QFontMetrics(font).horizontalAdvance(line.right)
        for words, colour in ((line.words, tokens.text), (line.more, tokens.muted)):
            painter.setPen(QColor(colour))
            shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, max(0, int(area.width() - right - 16)))
            painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
            area.setLeft(area.left() + QFontMetrics(font).horizontalAdvance(shown) + 14)
        painter.drawText(QRectF(option.rect).adjusted(0, 0, -14, 0), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, line.right)
        painter.restore()


