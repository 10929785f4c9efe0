"""app/reports/overdue_list.py — 超期未还清单: who still has which record, past which day, the longest first. A4 portrait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.reports.loan_page import LoanSource, columns, fonds_parts, head, named
from app.reports.sheet import PORTRAIT, Align, Sheet
from app.reports.table import Table
from app.reports.words import Words

_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 10, "centre", 8),
    ("number", 26, "left", 8),
    ("person", 18, "left", 9),
    ("unit", 34, "left", 9),
    ("reference_code", 46, "left", 8),
    ("due_on", 20, "centre", 8),
    ("days", 16, "centre", 9),
)


@dataclass(frozen=True, slots=True)
class OverdueWishes:
    """Overdue on which day (`2026-11-22`)."""

    day: str = ""
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(source: LoanSource, wishes: OverdueWishes) -> bytes:
    """The list as PDF."""
    words = Words(wishes.language)
    today = date.fromisoformat(wishes.day) if wishes.day else date.today()
    title = Words("zh").say("overdue_list.title")
    sheet = Sheet(PORTRAIT, words, title=title, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)
    parts = [*fonds_parts(words, source.fonds()), words.say("overdue_list.on", day=words.day(today.isoformat()))]
    table = Table(sheet, columns(words, "overdue_list", _COLUMNS), lambda: head(sheet, words, "overdue_list", parts))
    rows = 0
    for loan in source.overdue(today.isoformat()):
        late = (today - date.fromisoformat(loan.due_on)).days
        for record in loan.subjects:
            if record.out:
                rows += 1
                code, _title = named(record, loan, words.language)
                table.row((str(rows), loan.number, loan.draft.person, loan.draft.unit, code, loan.due_on, str(late)))
    table.wide(words.say("overdue_list.total", records=rows) if rows else words.say("overdue_list.none"), bold=bool(rows))
    table.finish(words.say("register.blank_below"))
    return sheet.finish()
