"""app/reports/item_register.py — 归档文件目录: the register of filed items, columns as DA/T 22-2015 orders them.

A4 landscape, one row for each item in the order given, the head repeated on every page, totals at the end. Rows are
taken from the iterator one at a time. In English the labels stand under the Chinese ones, which stay: the form is official.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.reports import fonts, lines
from app.reports.fonts import BOLD
from app.reports.sheet import LANDSCAPE, POINT, Align, Sheet, baseline
from app.reports.table import SIZE, Column, Table
from app.reports.words import Words
from storage.records import Fonds, Item, Retention, SecurityClass

_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (  # name, millimetres, alignment, smallest letters
    ("seq", 10, "centre", 8),
    ("reference_code", 48, "left", 8),
    ("document_no", 36, "left", 9),
    ("creator", 32, "left", SIZE),
    ("title", 74, "left", SIZE),
    ("doc_date", 20, "centre", 8),
    ("security_class", 12, "centre", SIZE),
    ("page_count", 11, "centre", 8),
    ("remarks", 14, "left", SIZE),
)


@dataclass(frozen=True, slots=True)
class RegisterWishes:
    """Which register is wanted. None means all; `prepared_on` is a day (`2026-11-22`)."""

    category: str | None = None
    category_name: str = ""
    year: int | None = None
    retention: Retention | None = None
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(items: Iterable[Item], *, fonds: Fonds, wishes: RegisterWishes) -> bytes:
    """The register as PDF."""
    words, chinese = Words(wishes.language), Words("zh")
    title = chinese.say("register.title")
    sheet = Sheet(LANDSCAPE, words, title=title, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)
    table = Table(sheet, _columns(words, chinese), lambda: _head(sheet, words, title, fonds, wishes))
    count = pages = 0
    lacking: dict[str, int] = {}
    for item in items:
        count += 1
        pages += item.page_count
        row = (
            str(count),
            item.reference_code,
            item.document_no,
            item.creator,
            item.title,
            item.doc_date,
            _security(item.security_class, words),
            str(item.page_count) if item.page_count else "",
            item.remarks,
        )
        for char in fonts.missing(lines.clean("".join(row))):
            lacking.setdefault(char, count)
        table.row(row)
    if count:
        table.wide(words.say("register.total", items=count, pages=pages), bold=True)
    else:
        table.wide(words.say("register.none"))
    if lacking:
        found = words.say("list").join(
            words.say("register.lacking_one", code=f"U+{ord(char):04X}", row=row) for char, row in lacking.items()
        )
        table.wide(words.say("register.lacking", found=found))
    table.finish(words.say("register.blank_below"))
    return sheet.finish()


def _columns(words: Words, chinese: Words) -> list[Column]:
    columns = []
    for name, width, align, smallest in _COLUMNS:
        label = [chinese.say(f"register.column.{name}")]
        if words.language != "zh":
            label += words.say(f"register.column.{name}").split("\n")
        narrow = words.language != "zh" and name == "security_class"
        size = 7.0 if narrow else SIZE
        columns.append(Column(tuple(label), width, align, size, min(size, smallest)))
    return columns


def _security(level: SecurityClass, words: Words) -> str:
    """DA/T 22: papers without a class leave the cell empty."""
    return "" if level is SecurityClass.PUBLIC else words.say(f"security.{level.value}")


def _head(sheet: Sheet, words: Words, title: str, fonds: Fonds, wishes: RegisterWishes) -> float:
    """Title and head line; gives the y where the table begins."""
    paper = sheet.paper
    middle = paper.left + paper.inner_width / 2
    y = paper.top
    sheet.text(middle, baseline(y, 9, 20), title, size=20, hand=BOLD, align="centre", spacing=4)
    y += 9
    if words.language != "zh":
        sheet.text(middle, baseline(y, 5, 10), words.say("register.title"), size=10, align="centre")
        y += 5
    everything = words.say("register.everything")
    category = " ".join(part for part in (wishes.category, wishes.category_name) if part)
    parts = (
        words.say("register.fonds_number", value=fonds.number),
        words.say("register.fonds_name", value=fonds.name),
        words.say("register.category", value=category or everything),
        words.say("register.year", value=wishes.year or everything),
        words.say(
            "register.retention",
            value=words.say(f"retention.{wishes.retention.value}") if wishes.retention else everything,
        ),
    )
    return _head_line(sheet, y + 1.5, [lines.clean(part) for part in parts]) + 1.5


def _head_line(sheet: Sheet, y: float, parts: list[str]) -> float:
    """The parts spread over the width; when they do not fit on one line, one below the other, wrapped."""
    paper, size, step = sheet.paper, 10.5, 6.0
    widths = [fonts.text_width(part, size, fonts.BODY) * POINT for part in parts]
    gap = (paper.inner_width - sum(widths)) / (len(parts) - 1)
    if gap < 3:
        for part in parts:
            y = sheet.paragraph(paper.left, y, paper.inner_width, part, size=size, leading=1.35)
        return y
    x = paper.left
    for part, width in zip(parts, widths, strict=True):
        sheet.text(x, baseline(y, step, size), part, size=size)
        x += width + gap
    return y + step
