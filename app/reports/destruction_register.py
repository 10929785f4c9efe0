"""app/reports/destruction_register.py — 档案销毁清册: a cover with the places to sign, and a row for every record destroyed.

A4 landscape, kept for ever. Printed before the batch is carried out it is what the approver and the supervisors hold in their
hands; afterwards its rows come from the register in the archive, and lines that could not be destroyed say why. Cover and
columns: §5 and §11 R23 of the archive rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from app import wording
from app.privacy import cover as covered
from app.reports import appraisal_list, fonts
from app.reports.appraisal_list import BatchWishes, DisposalSource, lines_of, spoken_day, years
from app.reports.fonts import BODY, BOLD
from app.reports.loan_page import columns, fonds_parts, head
from app.reports.sheet import LANDSCAPE, POINT, Align, Sheet, baseline
from app.reports.table import Table
from app.reports.words import Words
from storage.records import Fonds, Kind
from storage.records.disposal import Appraisal, AppraisalLine, DestroyedRecord, DueRecord, Opinion, kept_years

_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 10, "centre", 8),
    ("reference_code", 46, "left", 8),
    ("document_no", 32, "left", 8),
    ("creator", 26, "left", 9),
    ("title", 56, "left", 9),
    ("doc_date", 20, "centre", 8),
    ("retention", 20, "centre", 9),
    ("kept_years", 20, "centre", 9),
    ("page_count", 11, "centre", 8),
    ("remarks", 16, "left", 7),
)
_SIGNED = (("leader", "approver"), ("supervisor_one", "supervisor_two"), ("executor", "destroyed_on"))


def build(source: DisposalSource, wishes: BatchWishes) -> bytes:
    """The register of one batch as PDF. Raises BadWish for a batch that does not exist."""
    words = Words(wishes.language)
    batch, fonds = appraisal_list.find(source, wishes), source.fonds()
    sheet = Sheet(
        LANDSCAPE, words, title=Words("zh").say("destruction_register.title"), prepared_by=wishes.prepared_by,
        prepared_on=wishes.prepared_on,
    )  # fmt: skip
    rows = list(_rows(source, batch))
    _cover(sheet, words, fonds, batch, rows)
    parts = [*fonds_parts(words, fonds), words.say("disposal.batch", value=batch.number)]
    table = Table(
        sheet, columns(words, "destruction_register", _COLUMNS),
        lambda: head(sheet, words, "destruction_register", parts),
    )  # fmt: skip
    for number, (line, record) in enumerate(rows, 1):
        table.row((str(number), *_row(line, record, batch, wishes.language)))
    table.wide(words.say("destruction_register.total", **_counts(batch, rows)), bold=True)
    table.finish(words.say("register.blank_below"))
    return sheet.finish()


def _rows(source: DisposalSource, batch: Appraisal) -> Iterator[tuple[AppraisalLine, DestroyedRecord | DueRecord | None]]:
    """Every line that says 销毁, with its line of the register once it is gone, or itself while it is still there."""
    gone = {record.subject: record for record in source.destroyed(batch.id)}
    for line in lines_of(source, batch):
        if line.opinion is Opinion.DESTROY:
            yield line, gone.get(line.subject, line.record)


def _counts(
    batch: Appraisal, rows: list[tuple[AppraisalLine, DestroyedRecord | DueRecord | None]]
) -> dict[str, int]:
    """What was destroyed; before the batch is carried out, what is to be."""
    counted = [
        (line, record) for line, record in rows if record is not None and (not line.result or line.result == "done")
    ]
    return {
        "volumes": sum(line.subject.kind is Kind.VOLUME for line, _record in counted),
        "items": sum(line.subject.kind is Kind.ITEM for line, _record in counted),
        "pages": sum(record.page_count for _line, record in counted),
    }


def _row(
    line: AppraisalLine, record: DestroyedRecord | DueRecord | None, batch: Appraisal, language: str
) -> tuple[str, ...]:
    words = Words(language)
    kept = wording.say(f"kept_by.{line.result}", language) if line.result not in ("", "done") else ""
    remarks = words.say("destruction_register.kept", why=kept) if kept else ""
    if record is None:
        return "", "", "", wording.say("obstacle.sealed", language), "", "", "", "", remarks
    if isinstance(record, DestroyedRecord):
        day, kept_for, items = record.doc_date, record.kept_years, 0
    else:
        day, kept_for, items = record.basis_date, kept_years(record.basis_date, batch.cutoff), record.items
    if items and record.subject.kind is Kind.VOLUME and not remarks:
        remarks = words.say("disposal.items", n=items)
    return (
        record.reference_code,
        record.document_no,
        record.creator,
        covered(record.title),
        spoken_day(day),
        words.say(f"retention.{record.retention.value}"),
        years(kept_for, language),
        str(record.page_count),
        remarks,
    )


def _cover(
    sheet: Sheet, words: Words, fonds: Fonds, batch: Appraisal,
    rows: list[tuple[AppraisalLine, DestroyedRecord | DueRecord | None]],
) -> None:
    """全宗, 批次, 数量, place and method, and who signs."""
    sheet.new_page()
    paper = sheet.paper
    middle, y = paper.left + paper.inner_width / 2, paper.top + 8
    title = Words("zh").say("destruction_register.title")
    sheet.text(middle, baseline(y, 14, 30), title, size=30, hand=BOLD, align="centre", spacing=8)
    y += 15
    if words.language != "zh":
        sheet.text(middle, baseline(y, 7, 14), words.say("destruction_register.title"), size=14, align="centre")
        y += 7
    y += 7
    left, inner = paper.left + 12, paper.inner_width - 24
    executed = datetime.fromisoformat(batch.executed_at).astimezone().date().isoformat() if batch.executed_at else ""
    facts = [
        words.say("register.fonds_number", value=fonds.number),
        words.say("register.fonds_name", value=fonds.name),
        words.say("disposal.batch", value=batch.number),
        words.say("destruction_register.amount", **_counts(batch, rows)),
        words.say("destruction_register.place", value=batch.place or "　" * 12),
        words.say("destruction_register.method", value=batch.method or "　" * 12),
    ]
    for fact in facts:
        y = sheet.paragraph(left, y, inner, fact, size=13, leading=1.75)
    y += 6
    names = {
        "supervisor_one": batch.supervisors[0] if batch.supervisors else "",
        "supervisor_two": batch.supervisors[1] if len(batch.supervisors) > 1 else "",
        "destroyed_on": words.day(executed),
    }
    width = inner / 2
    for pair in _SIGNED:
        for place, who in enumerate(pair):
            _sign(sheet, words, who, names.get(who, ""), left + place * width, y, width - 10)
        y += 16
    sheet.text(middle, sheet.bottom - 3, words.say("destruction_register.for_ever"), size=11, align="centre")


def _sign(sheet: Sheet, words: Words, who: str, name: str, x: float, y: float, width: float) -> None:
    """A label, a line to sign on, and room for the day."""
    label, dated = words.say(f"destruction_register.{who}", name=name), who != "destroyed_on"
    sheet.text(x, y + 8, label, size=11.5)
    if not dated:
        return
    day = words.say("destruction_register.day")
    start = x + fonts.text_width(label, 11.5, BODY) * POINT + 2
    sheet.rule(start, y + 9.5, x + width - fonts.text_width(day, 10, BODY) * POINT - 2, y + 9.5)
    sheet.text(x + width, y + 8, day, size=10, align="right")
