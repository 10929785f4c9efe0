"""app/reports/day_sheet.py — 日志页: the journal's head at the end of a day, on one page for the paper log.

Number and hash of the head in groups of four, and as QR; how many lines the day has, by kind and person; signatures. What is
on paper cannot be put back with the database: typed or scanned later, it shows whether the journal still has this line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from app import wording
from app.audit import words as told
from app.audit.chain import groups, written
from app.audit.groups import kind_of, kinds
from app.audit.span import span
from app.reports import lines
from app.reports.errors import BadWish
from app.reports.fonts import BOLD, PLAIN
from app.reports.sheet import PORTRAIT, Sheet, baseline
from app.reports.words import Words
from storage.errors import NoSuchRecord
from storage.records import Fonds
from storage.records.journal import DaySheet, JournalCount, JournalFilter

_ROW = 6.4
"""Height of a line of the counts, where there is room."""
_SIGNATURES = 16.0
#: So many people have a line of their own; the others stand together in the last.
_PEOPLE = 18


class DaySource(Protocol):
    """The reads of this form (`app.audit.Books` has them all)."""

    station_id: str

    def fonds(self) -> Fonds: ...
    def day_sheet(self, day: str) -> DaySheet | None: ...
    def audit_bounds(self, since: str, until: str) -> tuple[int, int]: ...
    def audit_counts(self, wanted: JournalFilter, upto: int = 0) -> list[JournalCount]: ...


@dataclass(frozen=True, slots=True)
class DayWishes:
    """Which day (`2026-11-22`); it must have been sealed before."""

    sheet_day: str = ""
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(source: DaySource, wishes: DayWishes) -> bytes:
    """The page as PDF. Raises BadWish for a day that is none, NoSuchRecord for one that was not sealed."""
    try:
        day = date.fromisoformat(wishes.sheet_day)
    except ValueError:
        raise BadWish(field="sheet_day", value=wishes.sheet_day) from None
    sealed = source.day_sheet(wishes.sheet_day)
    if sealed is None:
        raise NoSuchRecord(record=f"day:{wishes.sheet_day}")
    words = Words(wishes.language)
    since, until = span(day, day)
    first, last = source.audit_bounds(since, until)
    counts = source.audit_counts(JournalFilter(since, until), sealed.head_seq)
    sheet = Sheet(PORTRAIT, words, title=Words("zh").say("day_sheet.title"), prepared_by=wishes.prepared_by,
                  prepared_on=wishes.prepared_on)  # fmt: skip
    sheet.new_page()
    y = _title(sheet, words)
    total = sum(count.count for count in counts)
    y = _facts(sheet, y, words, (
        ("fonds", f"{source.fonds().name}  {source.fonds().number}"),
        ("station", source.fonds().station),
        ("day", words.day(wishes.sheet_day)),
        ("lines", words.say("day_sheet.lines_value", first=f"{first:,}", last=f"{min(last, sealed.head_seq):,}", n=f"{total:,}")),
        ("made", words.say("day_sheet.made_value", at=told.when(sealed.at), who=sealed.agent_name)),
    ))  # fmt: skip
    y = _head_of(sheet, y + 5, words, sealed, written(source.station_id, sealed))
    _counts(sheet, y + 5, words, counts)
    _signatures(sheet, words)
    return sheet.finish()


def _title(sheet: Sheet, words: Words) -> float:
    middle, y = sheet.paper.left + sheet.paper.inner_width / 2, sheet.paper.top
    sheet.text(middle, baseline(y, 10, 22), Words("zh").say("day_sheet.title"), size=22, hand=BOLD, align="centre", spacing=6)
    y += 10
    if words.language != "zh":
        sheet.text(middle, baseline(y, 5, 10), words.say("day_sheet.title"), size=10, align="centre")
        y += 5
    return y + 4


def _facts(sheet: Sheet, y: float, words: Words, facts: Sequence[tuple[str, str]]) -> float:
    paper, label, height = sheet.paper, 40.0, 8.5
    left, right, top = paper.left, paper.width - paper.right, y
    for name, value in facts:
        sheet.text(left + 2, baseline(y, height, 10.5), words.say(f"day_sheet.{name}"), hand=BOLD)
        sheet.text(left + label + 2, baseline(y, height, 10.5), lines.clean(value))
        y += height
        sheet.rule(left, y, right, y)
    sheet.rule(left + label, top, left + label, y)
    sheet.box(left, top, right - left, y - top, 1.0)
    return y


def _head_of(sheet: Sheet, y: float, words: Words, sealed: DaySheet, code: str) -> float:
    """The head, large enough to be read aloud and typed; beside it the QR code."""
    paper, side, height = sheet.paper, 46.0, 62.0
    left, right = paper.left, paper.width - paper.right
    sheet.text(left + 4, baseline(y + 3, 7, 11), words.say("day_sheet.head"), size=11, hand=BOLD)
    sheet.text(left + 4, baseline(y + 11, 9, 20), f"{sealed.head_seq}", size=20, hand=PLAIN)
    split = groups(sealed.head_hash).split()
    pitch, step = 25.5, 8.2
    for number, group in enumerate(split):
        at = left + 4 + pitch * (number % 4)
        sheet.text(at, baseline(y + 22 + step * (number // 4), step, 15), group, size=15, hand=PLAIN, spacing=1.2)
    sheet.text(left + 4, baseline(y + 55, 5, 8.5), words.say("day_sheet.compare"), size=8.5)
    sheet.qr(right - side - 3, y + (height - side) / 2, side, code)
    sheet.box(left, y, right - left, height, 1.4)
    return y + height


def _counts(sheet: Sheet, y: float, words: Words, counts: Sequence[JournalCount]) -> None:
    """By kind on the left, by person on the right."""
    language = words.language
    by_kind: Counter[str] = Counter()
    by_person: Counter[str] = Counter()
    failed = 0
    for count in counts:
        by_kind[kind_of(count.type)] += count.count
        by_person[count.agent_name if count.agent else wording.say("home.program", language)] += count.count
        failed += count.count * (count.outcome != "success")
    people = by_person.most_common()
    if len(people) > _PEOPLE:
        rest = sum(number for _name, number in people[_PEOPLE - 1 :])
        people = [*people[: _PEOPLE - 1], (words.say("day_sheet.others"), rest)]
    left, half = sheet.paper.left, sheet.paper.inner_width / 2
    of_kinds = [(wording.say(f"audit.kind.{kind}", language), by_kind[kind]) for kind in kinds() if by_kind[kind]]
    of_kinds.append((words.say("day_sheet.failed"), failed))
    step = min(_ROW, (sheet.bottom - _SIGNATURES - y) / (1 + max(len(of_kinds), len(people))))
    _column(sheet, left, y, half - 4, step, words.say("day_sheet.by_kind"), of_kinds)
    _column(sheet, left + half + 4, y, half - 4, step, words.say("day_sheet.by_person"), people)


def _column(
    sheet: Sheet, x: float, y: float, width: float, step: float, heading: str, rows: Sequence[tuple[str, int]]
) -> None:
    sheet.text(x, baseline(y, step, 10.5), heading, hand=BOLD)
    y += step
    sheet.rule(x, y, x + width, y, 0.8)
    for name, number in rows:
        sheet.text(x + 1, baseline(y, step, 9.5), lines.clean(name), size=9.5)
        sheet.text(x + width - 1, baseline(y, step, 9.5), f"{number:,}", size=9.5, align="right")
        y += step
        sheet.rule(x, y, x + width, y, 0.3)


def _signatures(sheet: Sheet, words: Words) -> None:
    half, y = sheet.paper.inner_width / 2, sheet.bottom - 6
    for number, name in enumerate(("printed_by", "seen_by")):
        x = sheet.paper.left + half * number
        sheet.text(x, y, words.say(f"day_sheet.{name}"), size=10.5)
        sheet.rule(x + 36, y + 1.5, x + half - 8, y + 1.5)
