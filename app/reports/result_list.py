"""app/reports/result_list.py — 查找结果清单: what a question found, in the order it was answered, as a paper to take along.

A4 landscape. The first page says what was asked, how it was narrowed and sorted, how much was found, when and by whom; every
page repeats the question. A list that is shorter than what was found says so. With snippets every row has the place where
the words stand. Rows are taken from the iterator one at a time, covered already. Not among REPORTS: what it tells is found,
not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.reports import fonts, lines
from app.reports.fonts import BODY, BOLD
from app.reports.sheet import LANDSCAPE, POINT, Align, Sheet, baseline
from app.reports.table import SIZE, Column, Table
from app.reports.words import Words
from storage.records import Item

_PLAIN: tuple[tuple[str, float, Align, float], ...] = (  # name, millimetres, alignment, smallest letters
    ("seq", 12, "centre", 8),
    ("reference_code", 50, "left", 8),
    ("title", 100, "left", SIZE),
    ("creator", 38, "left", SIZE),
    ("doc_date", 22, "centre", 8),
    ("retention", 20, "centre", 8),
    ("page_count", 15, "centre", 8),
)
_WITH_PLACES: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 12, "centre", 8),
    ("reference_code", 44, "left", 8),
    ("title", 61, "left", SIZE),
    ("creator", 26, "left", 9),
    ("doc_date", 20, "centre", 8),
    ("retention", 19, "centre", 8),
    ("page_count", 12, "centre", 8),
    ("place", 63, "left", 9),
)
#: So many short facts stand beside each other in the head.
_BESIDE = 3
#: What the list was asked for: (label, value), the question first.
Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One record, and where in it the words stand: a page and a piece of its text."""

    item: Item
    page: int = 0
    snippet: str = ""


def columns(places: bool) -> tuple[str, ...]:
    """The names of the columns."""
    return tuple(name for name, *_ in (_WITH_PLACES if places else _PLAIN))


def cells(row: Row, number: int, places: bool, words: Words) -> list[str | int]:
    """What stands in the columns of one row, in every form of the list."""
    item = row.item
    known: dict[str, str | int] = {
        "seq": number, "reference_code": item.reference_code, "title": item.title, "creator": item.creator,
        "doc_date": item.doc_date, "retention": words.say(f"retention.{item.retention.value}"),
        "page_count": item.page_count or "",
    }  # fmt: skip
    if places:
        known["place"] = words.say("result_list.place", page=row.page, text=row.snippet) if row.snippet else ""
    return list(known.values())


def build(
    rows: Iterable[Row], *, facts: Facts, total: int, places: bool, prepared_by: str, prepared_on: str, language: str
) -> bytes:
    """The list as PDF. `total` is how much was found, listed or not."""
    words, chinese = Words(language), Words("zh")
    sheet = Sheet(LANDSCAPE, words, title=chinese.say("result_list.title"), prepared_by=prepared_by, prepared_on=prepared_on)
    first = True

    def head() -> float:
        nonlocal first
        shown, first = (facts if first else facts[:1]), False
        return _head(sheet, words, shown)

    table = Table(sheet, _columns(words, chinese, _WITH_PLACES if places else _PLAIN), head)
    listed = pages = 0
    for row in rows:
        listed += 1
        pages += row.item.page_count
        table.row([str(cell) for cell in cells(row, listed, places, words)])
    table.wide(closing(words, total, listed, pages), bold=bool(listed))
    table.finish(words.say("register.blank_below"))
    return sheet.finish()


def closing(words: Words, total: int, listed: int, pages: int) -> str:
    """The last line: how much the list holds, and that there is more."""
    if not listed:
        return words.say("result_list.none")
    told = words.say("result_list.total", n=f"{listed:,}", pages=f"{pages:,}")
    return told + words.say("result_list.more", n=f"{total - listed:,}") if total > listed else told


def _columns(words: Words, chinese: Words, widths: Sequence[tuple[str, float, Align, float]]) -> list[Column]:
    made = []
    for name, width, align, smallest in widths:
        label = [chinese.say(f"result_list.column.{name}")]
        if words.language != "zh":
            label.append(words.say(f"result_list.column.{name}"))
        made.append(Column(tuple(label), width, align, SIZE, min(SIZE, smallest)))
    return made


def _head(sheet: Sheet, words: Words, facts: Facts) -> float:
    """The title and the facts: the question in a line of its own, what is short beside each other. Gives the y below."""
    paper = sheet.paper
    middle, y = paper.left + paper.inner_width / 2, paper.top
    sheet.text(middle, baseline(y, 9, 20), Words("zh").say("result_list.title"), size=20, hand=BOLD, align="centre", spacing=4)
    y += 9
    if words.language != "zh":
        sheet.text(middle, baseline(y, 5, 10), words.say("result_list.title"), size=10, align="centre")
        y += 5
    y += 2
    indent = 22.0 if words.language == "zh" else 28.0
    column, step, place = paper.inner_width / _BESIDE, 10.5 * 1.35 * POINT, 0
    for number, (label, value) in enumerate(facts):
        value = lines.clean(value)
        wide = not number or indent + fonts.text_width(value, 10.5, BODY) * POINT > column - 4
        if place and (wide or place == _BESIDE):
            y, place = y + step, 0
        x = paper.left + column * place
        sheet.text(x, baseline(y, step, 10.5), label, hand=BOLD)
        if wide:
            y = sheet.paragraph(x + indent, y, paper.inner_width - indent, value, leading=1.35)
        else:
            sheet.text(x + indent, baseline(y, step, 10.5), value)
            place += 1
    return y + (step if place else 0) + 2
