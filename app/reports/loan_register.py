"""app/reports/loan_register.py — 档案借阅登记簿: every record that was handed out, with who, why, who allowed it and when it came back.

A4 landscape, one row for each record. The condition of the paper stands under the day it went and the day it came back.
"""

from __future__ import annotations

from app.reports.loan_page import LoanSource, UseWishes, columns, day, fonds_parts, head, named, period, purpose
from app.reports.sheet import LANDSCAPE, Align, Sheet
from app.reports.table import Table
from app.reports.words import Words
from storage.records import SecurityClass
from storage.records.lending import Loan, LoanSubject

_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 10, "centre", 8),
    ("lent_on", 20, "centre", 9),
    ("person", 18, "left", 9),
    ("unit", 28, "left", 9),
    ("reference_code", 46, "left", 8),
    ("title", 50, "left", 9),
    ("security_class", 12, "centre", 8),
    ("purpose", 19, "left", 8),
    ("approver", 16, "left", 8),
    ("due_on", 19, "centre", 9),
    ("returned_on", 19, "centre", 9),
)


def build(source: LoanSource, wishes: UseWishes) -> bytes:
    """The register as PDF."""
    words = Words(wishes.language)
    title = Words("zh").say("loan_register.title")
    sheet = Sheet(LANDSCAPE, words, title=title, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)
    parts = [*fonds_parts(words, source.fonds()), period(words, wishes)]
    table = Table(
        sheet, columns(words, "loan_register", _COLUMNS), lambda: head(sheet, words, "loan_register", parts)
    )
    rows = loans = out = 0
    for loan in source.loans_used(*wishes.days):
        if not loan.draft.mode.hands_out:
            continue
        loans += 1
        for record in loan.subjects:
            rows += 1
            out += record.out
            table.row((str(rows), *_row(loan, record, words)))
    table.wide(
        words.say("loan_register.total", loans=loans, records=rows, out=out) if rows else words.say("loans.none"),
        bold=bool(rows),
    )
    table.finish(words.say("register.blank_below"))
    return sheet.finish()


def _row(loan: Loan, record: LoanSubject, words: Words) -> tuple[str, ...]:
    code, title = named(record, loan, words.language)
    level = record.security_class
    return (
        f"{day(loan.used_at)} {record.condition_out}",
        loan.draft.person,
        loan.draft.unit,
        code,
        title,
        "" if level is None or level is SecurityClass.PUBLIC else words.say(f"security.{level.value}"),
        purpose(loan, words.language),
        words.say("list").join(loan.approvers),
        loan.due_on,
        f"{day(record.returned_at)} {record.condition_in}",
    )
