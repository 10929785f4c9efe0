"""app/reports/use_register.py — 档案利用登记簿 with 利用效果: every use that began in a time, what it was good for, and the sums by purpose.

A4 landscape, one row for each use: one person who comes once, or borrows for many days, is one 人次.
"""

from __future__ import annotations

from app import wording
from app.reports.loan_page import LoanSource, UseWishes, columns, day, fonds_parts, head, named, period, purpose
from app.reports.sheet import LANDSCAPE, Align, Sheet
from app.reports.table import Table
from app.reports.words import Words
from storage.records.lending import Loan

_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 10, "centre", 8),
    ("used_on", 20, "centre", 8),
    ("person", 18, "left", 9),
    ("unit", 28, "left", 9),
    ("purpose", 19, "left", 8),
    ("content", 46, "left", 8),
    ("records", 14, "centre", 9),
    ("copied", 14, "centre", 9),
    ("basis", 32, "left", 9),
    ("effect", 38, "left", 9),
    ("handler", 18, "left", 8),
)


def build(source: LoanSource, wishes: UseWishes) -> bytes:
    """The register as PDF."""
    words = Words(wishes.language)
    title = Words("zh").say("use_register.title")
    sheet = Sheet(LANDSCAPE, words, title=title, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)
    parts = [*fonds_parts(words, source.fonds()), period(words, wishes)]
    table = Table(sheet, columns(words, "use_register", _COLUMNS), lambda: head(sheet, words, "use_register", parts))
    uses = 0
    for uses, loan in enumerate(source.loans_used(*wishes.days), 1):
        table.row((str(uses), *_row(loan, words)))
    if not uses:
        table.wide(words.say("loans.none"))
    for count in source.use_counts(*wishes.days):
        said = wording.say(f"loan_purpose.{count.purpose}", words.language)
        facts = {"uses": count.uses, "volumes": count.volumes, "items": count.items, "pages": count.copied_pages}
        table.wide(words.say("use_register.count", purpose=said, **facts), bold=True)
    table.finish(words.say("register.blank_below"))
    return sheet.finish()


def _row(loan: Loan, words: Words) -> tuple[str, ...]:
    codes = [named(record, loan, words.language)[0] for record in loan.subjects]
    return (
        day(loan.used_at),
        loan.draft.person,
        loan.draft.unit,
        purpose(loan, words.language),
        words.say("list").join([wording.say(f"loan_mode.{loan.draft.mode.value}", words.language), *codes]),
        str(len(codes)),
        str(loan.copied_pages or ""),
        " ".join(filter(None, (loan.draft.basis, loan.draft.basis_no))),
        loan.effect,
        loan.handler,
    )
