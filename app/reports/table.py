"""app/reports/table.py — a ruled table that runs over as many pages as it needs.

Every page repeats the head of the form and the labels of the columns. A row is at least 8 mm high, grows with its text,
and moves to the next page whole; only a row taller than a page is continued. Widths are millimetres.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm

from app.reports import fonts, lines
from app.reports.fonts import BODY, BOLD
from app.reports.sheet import POINT, Align, Sheet, baseline

SIZE = 10.5
LEADING = 1.3
ROW = 8.0
PAD_X = 1.0
PAD_Y = 1.0


@dataclass(frozen=True, slots=True)
class Column:
    """`label` may have several lines, the first the largest. Letters shrink from `size` to `smallest` before the text
    takes a second line."""

    label: tuple[str, ...]
    width: float
    align: Align = "left"
    size: float = SIZE
    smallest: float = SIZE


@dataclass(frozen=True, slots=True)
class _Cell:
    lines: list[str]
    size: float

    @property
    def step(self) -> float:
        return self.size * LEADING * POINT


class Table:
    """Draws on `sheet`. `head` draws what stands above the table on each page and gives the y where it begins."""

    def __init__(self, sheet: Sheet, columns: Sequence[Column], head: Callable[[], float]) -> None:
        self._sheet = sheet
        self._columns = columns
        self._head = head
        self._left = sheet.paper.left
        self._right = self._left + sum(column.width for column in columns)
        self._top = self._y = 0.0
        self._grid_from = 0.0
        self._begin_page()

    def row(self, cells: Sequence[str]) -> None:
        """One row; `cells` as many as there are columns."""
        laid = [self._lay(text, column) for text, column in zip(cells, self._columns, strict=True)]
        height = self._height(laid)
        if self._y + height > self._sheet.bottom and self._y > self._first_row:
            self._next_page()
        while self._y + height > self._sheet.bottom:
            room = self._sheet.bottom - self._y - 2 * PAD_Y
            self._draw([_Cell(cell.lines[: int(room / cell.step)], cell.size) for cell in laid])
            laid = [_Cell(cell.lines[int(room / cell.step) :], cell.size) for cell in laid]
            height = self._height(laid)
            self._next_page()
        self._draw(laid)

    def wide(self, text: str, *, bold: bool = False, followed: bool = False) -> None:
        """A row of one cell across the whole table, for totals and notes; a heading is `followed` by a row on its page."""
        if followed and self._y + 2 * ROW > self._sheet.bottom:
            self._next_page()
        hand = BOLD if bold else BODY
        width = (self._right - self._left - 2 * PAD_X) * mm
        broken = lines.break_lines(lines.clean(text), width, fonts.widths(hand, SIZE))
        step = SIZE * LEADING * POINT
        while broken:
            if self._y + ROW > self._sheet.bottom:
                self._next_page()
            room = max(1, int((self._sheet.bottom - self._y - 2 * PAD_Y) / step))
            piece, broken = broken[:room], broken[room:]
            height = max(ROW, len(piece) * step + 2 * PAD_Y)
            self._close_grid()
            y = self._y + (height - len(piece) * step) / 2
            for line in piece:
                self._sheet.text(self._left + PAD_X, baseline(y, step, SIZE), line, size=SIZE, hand=hand)
                y += step
            self._y += height
            self._sheet.rule(self._left, self._y, self._right, self._y)
            self._grid_from = self._y

    def finish(self, below: str = "") -> None:
        """Close the ruling; `below` (以下空白) is printed under it when the page has room."""
        self._end_page()
        if below and self._y + ROW <= self._sheet.bottom:
            middle = (self._left + self._right) / 2
            self._sheet.text(middle, baseline(self._y, ROW, SIZE), below, size=SIZE, align="centre")

    # ---- laying and drawing

    def _lay(self, text: str, column: Column) -> _Cell:
        text, size = lines.clean(text), column.size
        width = (column.width - 2 * PAD_X) * mm
        if size > column.smallest:
            natural = fonts.text_width(text, 1, BODY)
            while size > column.smallest and natural * size > width:
                size -= 0.5
        return _Cell(lines.break_lines(text, width, fonts.widths(BODY, size)), size)

    def _height(self, cells: Sequence[_Cell]) -> float:
        return max(ROW, *(len(cell.lines) * cell.step + 2 * PAD_Y for cell in cells))

    def _draw(self, cells: Sequence[_Cell]) -> None:
        height = self._height(cells)
        x = self._left
        for cell, column in zip(cells, self._columns, strict=True):
            y = self._y + (height - len(cell.lines) * cell.step) / 2
            for line in cell.lines:
                self._put(x, y, line, column, cell)
                y += cell.step
            x += column.width
        self._y += height
        self._sheet.rule(self._left, self._y, self._right, self._y)

    def _put(self, x: float, y: float, line: str, column: Column, cell: _Cell) -> None:
        at = {"left": x + PAD_X, "centre": x + column.width / 2, "right": x + column.width - PAD_X}[column.align]
        self._sheet.text(at, baseline(y, cell.step, cell.size), line, size=cell.size, align=column.align)

    def _begin_page(self) -> None:
        self._sheet.new_page()
        self._top = self._y = self._head()
        self._grid_from = self._top
        deepest = max(len(column.label) for column in self._columns)
        height = 9.0 if deepest == 1 else 7.0 + 3.2 * (deepest - 1)
        x = self._left
        for column in self._columns:
            middle = x + column.width / 2
            y = self._y + (height - 5.0 - 3.2 * (len(column.label) - 1)) / 2
            for number, label in enumerate(column.label):
                size, step = (10.5, 5.0) if number == 0 else (7.0, 3.2)
                hand = BOLD if number == 0 else BODY
                self._sheet.text(middle, baseline(y, step, size), label, size=size, align="centre", hand=hand)
                y += step
            x += column.width
        self._y += height
        self._first_row = self._y
        self._sheet.rule(self._left, self._y, self._right, self._y, 0.8)

    def _next_page(self) -> None:
        self._end_page()
        self._begin_page()

    def _close_grid(self) -> None:
        """The upright rules of the rows drawn since the last wide row."""
        x = self._left
        for column in self._columns[:-1]:
            x += column.width
            if self._y > self._grid_from:
                self._sheet.rule(x, self._grid_from, x, self._y)
        self._grid_from = self._y

    def _end_page(self) -> None:
        self._close_grid()
        self._sheet.box(self._left, self._top, self._right - self._left, self._y - self._top, 1.0)
