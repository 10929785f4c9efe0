"""app/reports/loan_page.py — what the registers of lending and use have in common: their head, columns, days, and words.

A record that was sealed since, or is no longer kept, stands in a register as that one word and the number of the loan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app import wording
from app.privacy import cover
from app.reports import fonts, lines
from app.reports.fonts import BODY, BOLD
from app.reports.sheet import POINT, Align, Sheet, baseline
from app.reports.table import SIZE, Column
from app.reports.words import Words
from storage.records import Fonds
from storage.records.lending import Loan, LoanSubject, Standing, UseCount


class LoanSource(Protocol):
    """The reads these forms make (`storage.queries.Queries` has them all)."""

    def fonds(self) -> Fonds: ...

    def loan(self, loan_id: int) -> Loan: ...

    def loan_by_number(self, number: str) -> Loan: ...

    def overdue(self, today: str) -> Sequence[Loan]: ...

    def loans_used(self, first_day: str, last_day: str) -> Iterator[Loan]: ...

    def use_counts(self, first_day: str, last_day: str) -> Sequence[UseCount]: ...


@dataclass(frozen=True, slots=True)
class UseWishes:
    """The days whose use is wanted (`2026-01-01`), both included; empty means from the first, up to the last."""

    first_day: str = ""
    last_day: str = ""
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"

    @property
    def days(self) -> tuple[str, str]:
        return self.first_day or "0000", self.last_day or "9999-12-31"


def day(at: str) -> str:
    """The day of a moment (UTC, ISO) by the clock of the station."""
    return datetime.fromisoformat(at).astimezone().date().isoformat() if at else ""


def named(record: LoanSubject, loan: Loan, language: str) -> tuple[str, str]:
    """What stands in the cells of code and title."""
    if record.standing is Standing.SHOWN:
        return record.reference_code, cover(record.title)
    return wording.say(f"loan_standing.{record.standing.value}", language), loan.number


def purpose(loan: Loan, language: str) -> str:
    return wording.say(f"loan_purpose.{loan.draft.purpose}", language)


def columns(words: Words, form: str, widths: Sequence[tuple[str, float, Align, float]]) -> list[Column]:
    """Columns from (name, millimetres, alignment, smallest letters); in English the label stands below the Chinese one."""
    made = []
    for name, width, align, smallest in widths:
        label = [Words("zh").say(f"{form}.column.{name}")]
        if words.language != "zh":
            label += words.say(f"{form}.column.{name}").split("\n")
        made.append(Column(tuple(label), width, align, min(SIZE, 9.0), smallest))
    return made


def head(sheet: Sheet, words: Words, form: str, parts: Sequence[str]) -> float:
    """The title, official Chinese first, and the head line; gives the y where the table begins."""
    paper = sheet.paper
    middle, y = paper.left + paper.inner_width / 2, paper.top
    sheet.text(middle, baseline(y, 9, 20), Words("zh").say(f"{form}.title"), size=20, hand=BOLD, align="centre", spacing=4)
    y += 9
    if words.language != "zh":
        sheet.text(middle, baseline(y, 5, 10), words.say(f"{form}.title"), size=10, align="centre")
        y += 5
    y += 1.5
    said = [lines.clean(part) for part in parts]
    widths = [fonts.text_width(part, 10.5, BODY) * POINT for part in said]
    gap = (paper.inner_width - sum(widths)) / max(1, len(said) - 1)
    if gap < 3:
        for part in said:
            y = sheet.paragraph(paper.left, y, paper.inner_width, part, leading=1.35)
        return y + 1.5
    x = paper.left
    for part, width in zip(said, widths, strict=True):
        sheet.text(x, baseline(y, 6, 10.5), part)
        x += width + gap
    return y + 7.5


def fonds_parts(words: Words, fonds: Fonds) -> list[str]:
    return [words.say("register.fonds_number", value=fonds.number), words.say("register.fonds_name", value=fonds.name)]


def period(words: Words, wishes: UseWishes) -> str:
    if not (wishes.first_day or wishes.last_day):
        return words.say("loans.all_days")
    first = words.day(wishes.first_day) if wishes.first_day else words.say("loans.beginning")
    last = words.day(wishes.last_day) if wishes.last_day else words.say("loans.end")
    return words.say("loans.days", first=first, last=last)
