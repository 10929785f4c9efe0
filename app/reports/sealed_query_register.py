"""app/reports/sealed_query_register.py — 封存记录查询登记: who asked to consult sealed records, on what ground, and what came of it.

A4 landscape, one row for each request of the days asked for. What was sought is masked: names to their first character,
numbers as everywhere. Which records were opened is not printed; their number is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from app.privacy import cover, cover_name
from app.reports.loan_page import UseWishes, columns, day, fonds_parts, head, period
from app.reports.sheet import LANDSCAPE, Align, Sheet
from app.reports.table import Table
from app.reports.words import Words
from app.sealing import basis_name
from storage.records import Fonds
from storage.records.sealing import Consultation, ConsultationState

_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (  # name, millimetres, alignment, smallest letters
    ("seq", 10, "centre", 8),
    ("number", 22, "centre", 8),
    ("unit", 36, "left", 8),
    ("basis", 44, "left", 8),
    ("sought", 36, "left", 8),
    ("scope", 30, "left", 8),
    ("decision", 34, "left", 8),
    ("result", 27, "left", 8),
    ("notice", 18, "centre", 8),
)
_NUMBER = re.compile(r"[0-9A-Za-z]")


class SealedQuerySource(Protocol):
    """The reads this form makes (`storage.queries.Queries` has them all)."""

    def fonds(self) -> Fonds: ...

    def consultations(
        self, *states: ConsultationState, since: str = "", until: str = "9999", limit: int = -1, offset: int = 0
    ) -> Sequence[Consultation]: ...


def build(source: SealedQuerySource, wishes: UseWishes) -> bytes:
    """The register as PDF."""
    words = Words(wishes.language)
    title = Words("zh").say("sealed_query_register.title")
    sheet = Sheet(LANDSCAPE, words, title=title, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)
    parts = [*fonds_parts(words, source.fonds()), period(words, wishes)]
    table = Table(
        sheet,
        columns(words, "sealed_query_register", _COLUMNS),
        lambda: head(sheet, words, "sealed_query_register", parts),
    )
    first, last = wishes.days
    found = source.consultations(since=first, until=last)[::-1]
    for number, consultation in enumerate(found, 1):
        table.row((str(number), *_row(consultation, words)))
    total = words.say("sealed_query_register.total", n=len(found)) if found else words.say("loans.none")
    table.wide(total, bold=bool(found))
    table.finish(words.say("register.blank_below"))
    return sheet.finish()


def _row(consultation: Consultation, words: Words) -> tuple[str, ...]:
    asked = consultation.request
    return (
        f"{consultation.number} {day(consultation.requested_at)}",
        f"{asked.unit} {asked.person}",
        f"{basis_name(asked.basis, words.language)} {asked.document_no}",
        words.say("list").join(masked(term) for term in asked.sought),
        cover(asked.scope),
        _decision(consultation, words),
        _result(consultation, words),
        words.say("sealed_query_register.notified", day=day(consultation.notified_at)) if consultation.notified_at else "",
    )


def masked(term: str) -> str:
    """A sought term as it may be printed: a name loses all but its first character, a code stays what it is."""
    return cover(term) if _NUMBER.search(term) else cover_name(term)


def _decision(consultation: Consultation, words: Words) -> str:
    if not consultation.decided_at:
        return words.say("sealed_query_register.undecided")
    decided = "refused" if consultation.state is ConsultationState.REFUSED else "approved"
    return words.say(
        f"sealed_query_register.{decided}", name=consultation.decided_by, day=day(consultation.decided_at),
        until=consultation.ends_on, opinion=cover(consultation.opinion),
    )  # fmt: skip


def _result(consultation: Consultation, words: Words) -> str:
    opened = words.say("sealed_query_register.opened", n=consultation.consulted) if consultation.notified_at else ""
    return " ".join(part for part in (cover(consultation.result), opened) if part)
