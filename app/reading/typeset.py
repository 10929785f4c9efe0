"""app/reading/typeset.py — lays out text that has no pages of its own on A4 sheets: plain text, Word, Excel.

Layout is computed once for the whole document (positions only); a sheet is drawn when it is asked for. Units are pixels
at 150 dpi, so a sheet is at once a page picture. Chinese breaks between any two characters, Latin at spaces; closing
punctuation does not begin a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

import resources
from app.reading import limits
from app.reading.errors import Refused
from app.reading.sheet import Leaf, clean
from app.reading.wire import Line

SHORT, LONG = 1240, 1754
MARGIN = 130
BODY = 25
LEADING = 1.55
SMALLEST = 15
CELL, ROW = 8, 4                  # padding inside a table cell, across and down
WORD = re.compile(r"[!-~]{2,24}")    # numbers and Latin words, which are not broken within a cell when there is room
NOT_FIRST = set("，。、；：？！）》」』】〉〕”’…,.;:?!)]}%")
NOT_LAST = set("（《「『【〈〔“‘([{")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph. `scale` of the body size; `indent` in pixels of the first line."""

    text: str
    bold: bool = False
    scale: float = 1.0
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, drawn with rules."""

    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Break:
    """A new sheet begins. `landscape` holds until the next break."""

    landscape: bool = False


Block = Paragraph | Table | Break


@dataclass(slots=True)
class _Sheet:
    width: int
    height: int
    words: list[tuple[str, float, float, int, bool, float]] = field(default_factory=list)   # text x y size bold width
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)


class _Faces:
    """The two weights at every size used, with the advance of each character remembered."""

    def __init__(self) -> None:
        self._faces: dict[tuple[int, bool], ImageFont.FreeTypeFont] = {}
        self._widths: dict[tuple[int, bool], dict[str, float]] = {}

    def face(self, size: int, bold: bool) -> ImageFont.FreeTypeFont:
        key = (size, bold)
        if key not in self._faces:
            name = "NotoSansSC-Bold.ttf" if bold else "NotoSansSC-Regular.ttf"
            self._faces[key] = ImageFont.truetype(resources.path("fonts", name), size, layout_engine=ImageFont.Layout.BASIC)
        return self._faces[key]

    def width(self, character: str, size: int, bold: bool) -> float:
        known = self._widths.setdefault((size, bold), {})
        if character not in known:
            known[character] = self.face(size, bold).getlength(character)
        return known[character]

    def length(self, text: str, size: int, bold: bool) -> float:
        return sum(self.width(character, size, bold) for character in text)

    def wrap(self, text: str, room: float, size: int, bold: bool) -> list[tuple[str, float]]:
        """`text` cut into lines no wider than `room`, each with its width."""
        lines: list[tuple[str, float]] = []
        start, used, soft = 0, 0.0, -1
        for index, character in enumerate(text):
            advance = self.width(character, size, bold)
            if used + advance > room and index > start:
                cut = index
                if index - start > 2 and (character in NOT_FIRST or text[index - 1] in NOT_LAST):
                    cut = index - 1
                elif soft > start and character.isascii() and character.isalnum() and index - soft < 40:
                    cut = soft
                lines.append((text[start:cut], self.length(text[start:cut], size, bold)))
                start, soft = cut, -1
                used = self.length(text[start:index], size, bold)
            used += advance
            if not (character.isascii() and character.isalnum()):
                soft = index + 1
        lines.append((text[start:], used))
        return lines


FACES = _Faces()


class Typeset:
    """Blocks of text laid out on sheets. Raises Refused("too_many_pages") beyond the limit."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._sheets: list[_Sheet] = []
        self._landscape = False
        self._y = 0.0
        for block in blocks:
            if isinstance(block, Paragraph):
                self._paragraph(block)
            elif isinstance(block, Table):
                self._table(block)
            else:
                self._landscape = block.landscape
                if not self._sheets or self._sheets[-1].words or self._sheets[-1].rules:
                    self._next()
                else:
                    self._sheets.pop()
                    self._next()
        while self._sheets and not self._sheets[-1].words:
            self._sheets.pop()
        if not self._sheets:
            raise Refused("empty")
        self.pages = len(self._sheets)

    def _next(self) -> _Sheet:
        if len(self._sheets) >= limits.PAGES:
            raise Refused("too_many_pages")
        width, height = (LONG, SHORT) if self._landscape else (SHORT, LONG)
        self._sheets.append(_Sheet(width, height))
        self._y = float(MARGIN)
        return self._sheets[-1]

    def _room(self, needed: float) -> _Sheet:
        sheet = self._sheets[-1] if self._sheets else self._next()
        return self._next() if self._y + needed > sheet.height - MARGIN and self._y > MARGIN else sheet

    def _paragraph(self, paragraph: Paragraph) -> None:
        size = max(SMALLEST, round(BODY * paragraph.scale))
        step = size * LEADING
        text = clean(paragraph.text).rstrip()
        if not text:
            if self._sheets and self._y > MARGIN:
                self._y += step
            return
        sheet = self._room(step)
        for line, width in FACES.wrap(text, sheet.width - 2 * MARGIN, size, paragraph.bold):
            sheet = self._room(step)
            x = (sheet.width - width) / 2 if paragraph.centred else float(MARGIN)
            if line.strip():
                lead = len(line) - len(line.lstrip())
                x += FACES.length(line[:lead], size, paragraph.bold)
                sheet.words.append((line.strip(), x, self._y, size, paragraph.bold, width))
            self._y += step
        self._y += (size * 0.5) if paragraph.scale > 1 else 0

    def _table(self, table: Table) -> None:
        rows = [["\n".join(clean(line).strip() for line in cell.splitlines()) for cell in row] for row in table.rows]
        columns = max((len(row) for row in rows), default=0)
        if not columns:
            return
        sheet = self._sheets[-1] if self._sheets else self._next()
        room = sheet.width - 2 * MARGIN
        # Every cell is measured roughly; the longest of each column then exactly, at the size that was chosen.
        lines = [[line for row in rows if column < len(row) for line in row[column].split("\n")] for column in range(columns)]
        widest = [max(column, key=_ems, default="") for column in lines]
        unbroken = [max((word for line in column for word in WORD.findall(line)), key=_ems, default="") for column in lines]
        size = BODY
        while size > SMALLEST and sum(map(_ems, widest)) * size + columns * 2 * CELL > room:
            size -= 1

        def exact(texts: list[str]) -> list[float]:
            return [max(FACES.length(text, size, False), size) + 2 * CELL + 1 for text in texts]

        widths = _shares(exact(widest), exact(unbroken), room)
        for row in rows:
            self._row(row, widths, size)
        self._y += size * 0.7

    def _row(self, row: Sequence[str], widths: Sequence[float], size: int) -> None:
        step = size * 1.4
        cells = [[piece for line in cell.split("\n") for piece in FACES.wrap(line, max(width - 2 * CELL, size), size, False)]
                 if cell else [] for cell, width in zip(row, widths, strict=False)]
        at = 0
        deepest = max((len(cell) for cell in cells), default=0)
        while at == 0 or at < deepest:
            sheet = self._room(step + 2 * ROW)
            fits = max(1, int((sheet.height - MARGIN - self._y - 2 * ROW) // step))
            piece = [cell[at: at + fits] for cell in cells]
            height = max((len(cell) for cell in piece), default=1) or 1
            top, bottom = self._y, self._y + height * step + 2 * ROW
            x = float(MARGIN)
            for column, width in enumerate(widths):
                for depth, (line, length) in enumerate(piece[column] if column < len(piece) else ()):
                    if line.strip():
                        sheet.words.append((line.strip(), x + CELL, top + ROW + depth * step, size, False, length))
                sheet.rules.append((x, top, x, bottom))
                x += width
            sheet.rules += [(x, top, x, bottom), (MARGIN, top, x, top), (MARGIN, bottom, x, bottom)]
            self._y = bottom
            at += fits

    def leaf(self, number: int, *, ocr: bool) -> Leaf:
        sheet = self._sheets[number - 1]
        picture = Image.new("L", (sheet.width, sheet.height), 255)
        pen = ImageDraw.Draw(picture)
        for x0, y0, x1, y1 in sheet.rules:
            pen.line((round(x0), round(y0), round(x1), round(y1)), fill=120, width=1)
        lines = []
        for text, x, y, size, bold, width in sheet.words:
            pen.text((x, y), text, fill=20, font=FACES.face(size, bold), anchor="la")
            lines.append(Line(text, x / sheet.width, y / sheet.height, min(width, sheet.width - x) / sheet.width,
                              size * 1.3 / sheet.height))
        return Leaf(picture, lines, "typeset")

    def close(self) -> None:
        self._sheets.clear()


def _ems(text: str) -> float:
    """The width of one line in ems, quickly."""
    return sum(1.0 if ord(one) > 0x2E7F else 0.58 for one in text)


def _shares(wanted: Sequence[float], unbroken: Sequence[float], room: float) -> list[float]:
    """Column widths: as wanted when they fit; otherwise the wide columns give way, down to their longest number or word."""
    total = sum(wanted)
    if total <= room:
        return [one + (room - total) / len(wanted) for one in wanted] if total > room * 0.7 else list(wanted)
    even = room / len(wanted)
    fixed = list(unbroken) if sum(unbroken) <= room else [min(one, even) for one in unbroken]
    spare = max(0.0, room - sum(fixed))
    hungry = [max(0.0, one - has) for one, has in zip(wanted, fixed, strict=True)]
    need = sum(hungry) or 1.0
    return [has + spare * want / need for has, want in zip(fixed, hungry, strict=True)]
