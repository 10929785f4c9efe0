"""app/reports/volume_head.py — what the forms of volumes have in common: titles, facts in a line, spans of time, blanks.

Labels are the official Chinese ones; in English the translation stands small beneath. All text of a record passes
`cover`: numbers of people are masked on paper.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.privacy import cover
from app.reports import fonts, lines
from app.reports.fonts import BODY, BOLD
from app.reports.sheet import POINT, Align, Sheet, baseline
from app.reports.table import SIZE, Column
from app.reports.words import Words
from storage.records import Item
from storage.records.volumes import Volume

_CHINESE = Words("zh")


def columns(words: Words, form: str, wanted: Sequence[tuple[str, float, Align, float]]) -> list[Column]:
    """Columns as (name, millimetres, alignment, smallest letters); labels are `report.<form>.column.<name>`."""
    made = []
    for name, width, align, smallest in wanted:
        label = [_CHINESE.say(f"{form}.column.{name}")]
        if words.language != "zh":
            label += words.say(f"{form}.column.{name}").split("\n")
        made.append(Column(tuple(label), width, align, SIZE, smallest))
    return made


def title(sheet: Sheet, form: str, y: float | None = None, size: float = 20) -> float:
    """The name of the form in the middle; gives the y below it."""
    paper, words = sheet.paper, sheet.words
    middle, y = paper.left + paper.inner_width / 2, paper.top if y is None else y
    text = _CHINESE.say(f"{form}.title")
    sheet.text(middle, baseline(y, 9, size), text, size=size, hand=BOLD, align="centre", spacing=4)
    y += 10
    if words.language != "zh":
        sheet.text(middle, baseline(y, 5, 10), words.say(f"{form}.title"), size=10, align="centre")
        y += 5
    return y


def facts(sheet: Sheet, y: float, parts: Sequence[str]) -> float:
    """Facts spread over one line, or one below the other when they do not fit; gives the y below them."""
    paper, step = sheet.paper, 6.0
    shown = [lines.clean(part) for part in parts]
    widths = [fonts.text_width(part, SIZE, BODY) * POINT for part in shown]
    gap = (paper.inner_width - sum(widths)) / max(1, len(shown) - 1)
    if gap < 3:
        for part in shown:
            y = sheet.paragraph(paper.left, y, paper.inner_width, part, leading=1.35)
        return y
    x = paper.left
    for part, width in zip(shown, widths, strict=True):
        sheet.text(x, baseline(y, step, SIZE), part, size=SIZE)
        x += width + gap
    return y + step


def label(words: Words, key: str) -> list[str]:
    """The official label, and its translation where another language is asked for."""
    chinese = _CHINESE.say(key)
    return [chinese] if words.language == "zh" else [chinese, words.say(key)]


def day(words: Words, stored: str) -> str:
    """A stored date as people write it; what is unknown of it is left out."""
    if len(stored) != 8 or not stored.isdigit():
        return stored
    year, month, date = stored[:4], stored[4:6], stored[6:]
    if month == "00":
        return words.say("volume.year", year=year)
    if date == "00":
        return words.say("volume.month", year=year, month=int(month))
    return words.day(f"{year}-{month}-{date}")


def span(volume: Volume) -> str:
    """起止日期 in the digits of a register."""
    return "-".join(part for part in (volume.date_from, volume.date_to) if part)


def code(words: Words, volume: Volume) -> str:
    return volume.reference_code or words.say("volume.unfiled")


def book(words: Words, volume: Volume) -> str:
    """Which book of how many; empty for a volume that is one book."""
    return words.say("volume.book", number=volume.book_no, total=volume.book_total) if volume.book_total > 1 else ""


def pages(items: Sequence[Item], place: int) -> str:
    """页号: where the item begins; of the last one also where it ends (GB/T 9705)."""
    item = items[place]
    if not item.page_from:
        return ""
    return extent(item) if place == len(items) - 1 else str(item.page_from)


def extent(item: Item) -> str:
    """起止页号; one number for one page."""
    if not item.page_from:
        return ""
    return str(item.page_from) if item.page_from == item.page_to else f"{item.page_from}-{item.page_to}"


def item_cells(items: Sequence[Item], place: int) -> tuple[str, ...]:
    """A line of the 卷内文件目录."""
    item = items[place]
    return (
        str(place + 1), item.document_no, cover(item.creator), cover(item.title), item.doc_date, pages(items, place),
        cover(item.remarks),
    )  # fmt: skip
