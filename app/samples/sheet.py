"""app/samples/sheet.py — sets a sample paper: from blocks of text to marks at places on A4 sheets.

A `Draft` is a paper as data: a few blocks (letterhead, title, paragraphs, tables, signature) and what is true about it.
`lay_out` breaks it into `Sheet`s of marks in points from the top left corner; the picture, PDF and OFD writers only draw
marks, so all of them show the same page. In every text `{…}` means filled in by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from fontTools.ttLib import TTFont

import resources

WIDTH, HEIGHT = 595.0, 842.0
LEFT, RIGHT, TOP, BOTTOM = 79.0, 521.0, 96.0, 762.0
BLACK, RED, GREY, INK = (20, 20, 20), (200, 16, 24), (150, 150, 150), (28, 36, 92)
FACES = {
    "song": "NotoSerifSC-Regular.ttf",
    "bold": "NotoSerifSC-Bold.ttf",
    "hei": "NotoSansSC-Regular.ttf",
    "hand": "ZhiMangXing-Regular.ttf",
}
MARK = "样本·内容虚构"
_NO_LINE_START = "，。；：！？、）》〕”’％"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one line in one face. `y` is the baseline."""

    x: float
    y: float
    size: float
    face: str
    text: str
    colour: tuple[int, int, int]

    @property
    def width(self) -> float:
        return sum(advance(self.face, char) for char in self.text) * self.size


@dataclass(frozen=True, slots=True)
class Rule:
    x0: float
    y0: float
    x1: float
    y1: float
    width: float
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Print:
    """Something pressed onto the paper: a round seal, a thumb, a stamp of receipt. `x`, `y` are its middle."""

    kind: str
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One set page; `lines` is its text in reading order (one entry for each line or table row)."""

    marks: tuple[Run | Rule | Print, ...]
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The red head of an official document: organ, number, red rule. `plain` heads are black and have no rule."""

    organ: str
    number: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Title:
    text: str
    size: float = 22


@dataclass(frozen=True, slots=True)
class Body:
    """One paragraph."""

    text: str
    align: str = "left"
    indent: float = 2
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    span: int = 1
    centre: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table. `widths` are shares; a `header` row is repeated on every page."""

    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    header: bool = False
    row_height: float = 30


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs, and the day. A seal of `seal` is pressed over the day; `thumb` adds a fingerprint over the name."""

    lines: tuple[str, ...]
    seal: str = ""
    thumb: bool = False


@dataclass(frozen=True, slots=True)
class Imprint:
    """版记: copies to, printed by, between two rules."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A stamp of receipt in the upper right corner of the first page."""

    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """The next block begins a new page."""


Block = Letterhead | Title | Body | Table | Signature | Imprint | Received | Break


@dataclass(frozen=True, slots=True)
class Draft:
    """One paper as data. `foot` stands at the bottom of every page; $page and $pages are filled in."""

    kind: str
    title: str
    document_no: str
    creator: str
    doc_date: str
    category: str
    blocks: tuple[Block, ...]
    names: tuple[str, ...]
    phrases: tuple[str, ...]
    foot: str = ""
    size: float = 16
    leading: float = 28


@cache
def font(face: str) -> TTFont:
    return TTFont(resources.path("fonts", FACES[face]), lazy=True)


@cache
def _coverage(face: str) -> dict[int, str]:
    return dict(font(face).getBestCmap())


@cache
def advance(face: str, char: str) -> float:
    """The width of a character at size 1."""
    drawn = font(face)
    width, _bearing = drawn["hmtx"][_coverage(face).get(ord(char), ".notdef")]
    return float(width / drawn["head"].unitsPerEm)


def spans(text: str, face: str) -> Iterator[tuple[str, str]]:
    """`text` as (face, piece); the pen has no rare characters, so those fall back to print, as in a typed-over form."""
    for piece in re.split(r"(\{[^}]*\})", text):
        if not piece.startswith("{"):
            if piece:
                yield face, piece
            continue
        for part in re.findall(r"[^\W_]|\W|_", piece[1:-1]):
            yield ("hand" if ord(part) in _coverage("hand") else "song"), part


def plain(text: str) -> str:
    return text.replace("{", "").replace("}", "")


def _units(text: str, face: str, widest: float) -> Iterator[tuple[str, str, float]]:
    """What may not be broken at a line end, and its width at size 1: a character, or a Latin word or number that fits."""
    for used, piece in spans(text, face):
        for unit in re.findall(r"[A-Za-z0-9./:\-]+|.", piece, re.DOTALL):
            width = sum(advance(used, char) for char in unit)
            if width <= widest:
                yield used, unit, width
            else:
                yield from ((used, char, advance(used, char)) for char in unit)


def wrap(text: str, face: str, size: float, width: float, indent: float = 0) -> list[list[tuple[str, str]]]:
    """Lines of (face, piece), none wider than `width` except by one closing mark."""
    lines: list[list[tuple[str, str]]] = [[]]
    used = indent * size
    for unit_face, unit, unit_advance in _units(text, face, width / size):
        unit_width = unit_advance * size
        if unit == "\n" or (used + unit_width > width + 0.5 and lines[-1] and unit not in _NO_LINE_START):
            lines.append([])
            used = 0.0
        if unit == "\n":
            continue
        if lines[-1] and lines[-1][-1][0] == unit_face:
            lines[-1][-1] = (unit_face, lines[-1][-1][1] + unit)
        else:
            lines[-1].append((unit_face, unit))
        used += unit_width
    return lines


def _measure(line: list[tuple[str, str]], size: float) -> float:
    return sum(advance(face, char) for face, piece in line for char in piece) * size


class _Setter:
    """The state of setting one draft: the cursor, and the pages so far."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.pages: list[tuple[list[Run | Rule | Print], list[str]]] = []
        self.turn()

    def turn(self) -> None:
        self.marks: list[Run | Rule | Print] = []
        self.lines: list[str] = []
        self.pages.append((self.marks, self.lines))
        self.y = TOP

    def room(self, height: float) -> None:
        if self.y + height > BOTTOM:
            self.turn()

    def put(
        self, line: list[tuple[str, str]], x: float, y: float, size: float, colour: tuple[int, int, int] = BLACK
    ) -> None:
        for face, piece in line:
            run = Run(x, y, size, face, piece, INK if face == "hand" else colour)
            if piece.strip():
                self.marks.append(run)
            x += run.width

    def centred(self, text: str, size: float, face: str, colour: tuple[int, int, int] = BLACK) -> None:
        leading = size * 1.45
        lines = wrap(text, face, size, RIGHT - LEFT)
        for line in lines:
            self.room(leading)
            self.y += leading
            self.put(line, (LEFT + RIGHT - _measure(line, size)) / 2, self.y, size, colour)
            self.lines.append("".join(piece for _face, piece in line))

    def block(self, block: Block) -> None:
        match block:
            case Break():
                self.turn()
            case Letterhead():
                self.letterhead(block)
            case Title(text, size):
                self.centred(text, size, "bold")
                self.y += size * 0.6
            case Body():
                self.body(block)
            case Table():
                self.table(block)
            case Signature():
                self.signature(block)
            case Imprint(lines):
                self.imprint(lines)
            case Received(text):
                self.marks.append(Print("receipt", RIGHT - 40, 62, text))

    def letterhead(self, block: Letterhead) -> None:
        if block.plain:
            self.centred(block.organ, 20, "bold")
        else:
            width = sum(advance("bold", char) for char in block.organ)
            self.centred(block.organ, min(38.0, (RIGHT - LEFT) / width), "bold", RED)
            self.y += 10
        if block.number:
            self.y += 8
            if block.plain:
                self.y += 16
                line = wrap(block.number, "song", 14, RIGHT - LEFT)[0]
                self.put(line, RIGHT - _measure(line, 14), self.y, 14)
                self.lines.append(plain(block.number))
            else:
                self.centred(block.number, 15, "song")
        if not block.plain:
            self.y += 12
            self.marks.append(Rule(LEFT, self.y, RIGHT, self.y, 2.2, RED))
            self.y += 18

    def body(self, block: Body) -> None:
        size, leading = self.draft.size, self.draft.leading
        face = "hei" if block.bold else "song"
        indent = block.indent if block.align == "left" else 0.0
        for number, line in enumerate(wrap(block.text, face, size, RIGHT - LEFT, indent)):
            self.room(leading)
            self.y += leading
            x = LEFT + (indent * size if number == 0 else 0)
            if block.align != "left":
                slack = RIGHT - LEFT - _measure(line, size)
                x += slack if block.align == "right" else slack / 2
            self.put(line, x, self.y, size)
            self.lines.append("".join(piece for _face, piece in line))

    def table(self, block: Table) -> None:
        unit = (RIGHT - LEFT) / sum(block.widths)
        size, leading = min(self.draft.size, 12.0), 17.0
        self.y += 8
        for number, row in enumerate(block.rows):
            widths, column = [], 0
            for cell in row:
                widths.append(sum(block.widths[column : column + cell.span]) * unit)
                column += cell.span
            if self.row(row, widths, size, leading, block.row_height):
                continue
            self.turn()
            if block.header and number:
                self.row(block.rows[0], widths, size, leading, block.row_height)
            if not self.row(row, widths, size, leading, block.row_height):
                raise ValueError("a table row is higher than a page")

    def row(self, row: tuple[Cell, ...], widths: list[float], size: float, leading: float, least: float) -> bool:
        """Set one row; False, with nothing set, when the page has no room for it and is not empty."""
        wrapped = [wrap(cell.text, "song", size, width - 10) for cell, width in zip(row, widths, strict=True)]
        height = max(least, max(len(lines) for lines in wrapped) * leading + 10)
        if self.y + height > BOTTOM and self.lines:
            return False
        x, top, bottom = LEFT, self.y, self.y + height
        for cell, width, lines in zip(row, widths, wrapped, strict=True):
            for x0, y0, x1, y1 in (
                (x, top, x + width, top), (x, bottom, x + width, bottom), (x, top, x, bottom), (x + width, top, x + width, bottom),
            ):
                self.marks.append(Rule(x0, y0, x1, y1, 0.8, BLACK))
            y = top + (height - len(lines) * leading) / 2 + size
            for line in lines:
                slack = width - 10 - _measure(line, size)
                self.put(line, x + 5 + (max(slack, 0) / 2 if cell.centre else 0), y, size)
                y += leading
            x += width
        self.lines.append("\t".join(plain(cell.text) for cell in row))
        self.y = bottom
        return True

    def signature(self, block: Signature) -> None:
        size, leading = self.draft.size, self.draft.leading
        self.room(leading * (len(block.lines) + 1) + (30 if block.seal else 0))
        self.y += leading
        lines = [wrap(text, "song", size, RIGHT - LEFT)[0] for text in block.lines]
        middle = RIGHT - 32 - max(_measure(line, size) for line in lines) / 2
        for text, line in zip(block.lines, lines, strict=True):
            self.y += leading
            self.put(line, middle - _measure(line, size) / 2, self.y, size)
            self.lines.append(plain(text))
        if block.seal:
            self.marks.append(Print("seal", middle + 6, self.y - leading * 0.7, block.seal))
        if block.thumb:
            self.marks.append(Print("thumb", middle + 34, self.y - leading - 4, ""))
        self.y += 10

    def imprint(self, lines: tuple[str, ...]) -> None:
        leading = 24.0
        height = leading * len(lines) + 12
        self.room(height)
        self.y = max(self.y + 12, BOTTOM - height)
        for text in lines:
            self.marks.append(Rule(LEFT, self.y, RIGHT, self.y, 0.9, BLACK))
            self.y += leading - 7
            left, _gap, right = text.partition("\t")
            self.put(wrap(left, "song", 12, RIGHT - LEFT)[0], LEFT + 8, self.y, 12)
            if right:
                end = wrap(right, "song", 12, RIGHT - LEFT)[0]
                self.put(end, RIGHT - 8 - _measure(end, 12), self.y, 12)
            self.lines.append(plain(text))
            self.y += 7
        self.marks.append(Rule(LEFT, self.y, RIGHT, self.y, 0.9, BLACK))

    def finish(self) -> tuple[Sheet, ...]:
        for number, (marks, lines) in enumerate(self.pages, 1):
            self.marks, self.lines = marks, lines
            if self.draft.foot:
                foot = self.draft.foot.replace("$pages", str(len(self.pages))).replace("$page", str(number))
                line = wrap(foot, "song", 10.5, RIGHT - LEFT + 40)[0]
                self.put(line, (WIDTH - _measure(line, 10.5)) / 2, 794, 10.5)
                lines.append(plain(foot))
            for stamp in [mark for mark in marks if isinstance(mark, Print) and mark.kind == "receipt"]:
                lines.extend(stamp.text.split("\n"))
            self.put([("hei", MARK)], 24, 826, 7.5, GREY)
            lines.append(MARK)
        return tuple(Sheet(tuple(marks), tuple(lines)) for marks, lines in self.pages)


def lay_out(draft: Draft) -> tuple[Sheet, ...]:
    """The pages of `draft`."""
    setter = _Setter(draft)
    for block in draft.blocks:
        setter.block(block)
    return setter.finish()


def paragraphs(draft: Draft) -> list[str]:
    """The same text without pages and feet, one entry for a paragraph or table row (cells parted by tabs)."""
    found: list[str] = []
    for block in draft.blocks:
        match block:
            case Letterhead(organ, number):
                found += [organ, *([number] if number else [])]
            case Title(text) | Body(text):
                found.append(text)
            case Table(_widths, rows):
                found += ["\t".join(cell.text for cell in row) for row in rows]
            case Signature(lines) | Imprint(lines):
                found += lines
            case Received(text):
                found += text.split("\n")
            case Break():
                pass
    return [plain(text) for text in [*found, MARK]]
