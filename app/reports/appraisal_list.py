"""app/reports/appraisal_list.py — 到期档案鉴定清册: the records of a batch, the opinion on each, and the places to sign.

A4 landscape; columns as the appraisal rules of archives have them (§11 R22). A record that was sealed since stands as that one
word. What is printed before the opinions are complete leaves their cells empty, to be filled in by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app import wording
from app.privacy import cover
from app.reports.errors import BadWish
from app.reports.loan_page import columns, fonds_parts, head
from app.reports.sheet import LANDSCAPE, Align, Sheet
from app.reports.table import Table
from app.reports.words import Words
from storage.errors import NoSuchRecord
from storage.records import Fonds, Kind
from storage.records.disposal import Appraisal, AppraisalLine, DestroyedRecord, DueRecord, Opinion, kept_years

_CHUNK = 500
_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 10, "centre", 8),
    ("reference_code", 46, "left", 8),
    ("title", 80, "left", 9),
    ("year", 14, "centre", 9),
    ("retention", 20, "centre", 9),
    ("kept_years", 20, "centre", 9),
    ("opinion", 35, "left", 9),
    ("appraiser", 18, "left", 8),
    ("remarks", 14, "left", 8),
)


class DisposalSource(Protocol):
    """The reads the forms of disposal make (`storage.queries.Queries` has them all)."""

    def fonds(self) -> Fonds: ...

    def appraisal_by_number(self, number: str) -> Appraisal: ...

    def appraisal_lines(
        self, appraisal_id: int, today: str, *, limit: int = -1, offset: int = 0
    ) -> Sequence[AppraisalLine]: ...

    def destroyed(
        self, appraisal_id: int | None = None, *, limit: int = -1, offset: int = 0
    ) -> Sequence[DestroyedRecord]: ...


@dataclass(frozen=True, slots=True)
class BatchWishes:
    """`batch` is the number of the batch (JD-2026-01)."""

    batch: str = ""
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(source: DisposalSource, wishes: BatchWishes) -> bytes:
    """The list as PDF. Raises BadWish for a batch that does not exist."""
    words = Words(wishes.language)
    batch = find(source, wishes)
    sheet = Sheet(
        LANDSCAPE, words, title=Words("zh").say("appraisal_list.title"), prepared_by=wishes.prepared_by,
        prepared_on=wishes.prepared_on,
    )  # fmt: skip
    parts = [
        *fonds_parts(words, source.fonds()),
        words.say("disposal.batch", value=batch.number),
        words.say("disposal.cutoff", value=spoken_day(batch.cutoff)),
    ]
    table = Table(
        sheet, columns(words, "appraisal_list", _COLUMNS), lambda: head(sheet, words, "appraisal_list", parts)
    )
    gone = {record.subject: record for record in source.destroyed(batch.id)}
    opinions: Counter[Opinion] = Counter()
    rows = 0
    for line in lines_of(source, batch):
        rows += 1
        if line.opinion is not None:
            opinions[line.opinion] += 1
        table.row((str(rows), *_row(line, line.record or gone.get(line.subject), batch, wishes.language)))
    said = words.say("list").join(
        f"{wording.say(f'opinion.{opinion.value}', wishes.language)} {count}" for opinion, count in opinions.items()
    )
    table.wide(words.say("appraisal_list.total", rows=rows, opinions=said or "—"), bold=True)
    table.wide(words.say("appraisal_list.group", names="　　　　　　　　　　".join(batch.appraisers)))
    if batch.report:
        table.wide(words.say("appraisal_list.report", text=batch.report))
    table.wide(words.say("appraisal_list.leader"))
    table.wide(words.say("appraisal_list.decision", text=batch.opinion))
    table.finish()
    return sheet.finish()


def find(source: DisposalSource, wishes: BatchWishes) -> Appraisal:
    try:
        return source.appraisal_by_number(wishes.batch.strip().upper())
    except NoSuchRecord as error:
        raise BadWish(field="batch", value=wishes.batch) from error


def lines_of(source: DisposalSource, batch: Appraisal) -> Iterator[AppraisalLine]:
    """The lines of a batch, fetched a few hundred at a time."""
    offset = 0
    while chunk := source.appraisal_lines(batch.id, batch.cutoff, limit=_CHUNK, offset=offset):
        yield from chunk
        offset += len(chunk)


def spoken_day(day: str) -> str:
    """A day of the archive (YYYYMMDD) as people write it; unknown months and days are left out."""
    return "-".join(part for part in (day[:4], day[4:6], day[6:8]) if part.strip("0"))


def opinion_of(line: AppraisalLine, language: str) -> str:
    if line.opinion is None:
        return ""
    if line.opinion is Opinion.EXTEND:
        return wording.say("opinion.extend_until", language, day=spoken_day(line.kept_until))
    return wording.say(f"opinion.{line.opinion.value}", language)


def years(count: int, language: str) -> str:
    return Words(language).say("disposal.years", n=count)


def _row(
    line: AppraisalLine, record: DueRecord | DestroyedRecord | None, batch: Appraisal, language: str
) -> tuple[str, ...]:
    words = Words(language)
    opinion = "　".join(part for part in (opinion_of(line, language), line.reason) if part)
    if record is None:
        return "", wording.say("obstacle.sealed", language), "", "", "", opinion, line.appraiser, ""
    if isinstance(record, DestroyedRecord):
        kept_for, remarks = record.kept_years, ""
    else:
        kept_for = kept_years(record.basis_date, batch.cutoff)
        remarks = words.say("disposal.items", n=record.items) if record.subject.kind is Kind.VOLUME else ""
    return (
        record.reference_code,
        cover(record.title),
        str(record.year),
        words.say(f"retention.{record.retention.value}"),
        years(kept_for, language),
        opinion,
        line.appraiser,
        remarks,
    )
