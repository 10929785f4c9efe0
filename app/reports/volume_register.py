"""app/reports/volume_register.py — 案卷目录: the register of filed volumes, one row each, and what is due to be filed.

A4 landscape. Rows are taken from the iterator one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.privacy import cover
from app.reports import volume_head as head
from app.reports.sheet import LANDSCAPE, Align, Sheet
from app.reports.table import Table
from app.reports.volume_contents import ClassWishes, class_facts
from app.reports.words import Words
from storage.records import Fonds
from storage.records.volumes import Volume

_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 10, "centre", 8),
    ("reference_code", 50, "left", 8),
    ("volume_no", 16, "centre", 8),
    ("title", 86, "left", 10.5),
    ("span", 38, "centre", 8),
    ("item_count", 12, "centre", 8),
    ("page_count", 12, "centre", 8),
    ("retention", 17, "centre", 9),
    ("remarks", 16, "left", 9),
)
_DUE: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 10, "centre", 8),
    ("case_no", 50, "left", 8),
    ("case_name", 94, "left", 10.5),
    ("closed_on", 24, "centre", 8),
    ("due_on", 24, "centre", 8),
    ("late", 22, "centre", 9),
    ("lead_officer", 33, "left", 9),
)


@dataclass(frozen=True, slots=True)
class DeadlineWishes:
    """`today` is a day (`2026-11-22`), `holidays` as the setting has them; `secret`: with the 密卷."""

    today: str = ""
    holidays: str = ""
    secret: bool = False
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(volumes: Iterable[Volume], fonds: Fonds, wishes: ClassWishes) -> bytes:
    words = Words(wishes.language)
    name = Words("zh").say("volume_register.title")
    sheet = Sheet(LANDSCAPE, words, title=name, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)

    def top() -> float:
        y = head.title(sheet, "volume_register")
        return head.facts(sheet, y + 1, class_facts(words, fonds, wishes)) + 1.5

    table = Table(sheet, head.columns(words, "volume_register", _COLUMNS), top)
    count = items = pages = 0
    for volume in volumes:
        count, items, pages = count + 1, items + volume.item_count, pages + volume.page_count
        titled = "  ".join(part for part in (cover(volume.title), head.book(words, volume)) if part)
        table.row(
            (
                str(count), volume.reference_code, str(volume.volume_no or ""), titled, head.span(volume),
                str(volume.item_count), str(volume.page_count), words.say(f"retention.{volume.retention.value}"),
                cover(volume.remarks),
            )
        )  # fmt: skip
    if count:
        table.wide(words.say("volume_register.total", volumes=count, items=items, pages=pages), bold=True)
    else:
        table.wide(words.say("volume.none"))
    table.finish(words.say("register.blank_below"))
    return sheet.finish()


def build_deadlines(due: Iterable[tuple[Volume, date, int]], fonds: Fonds, wishes: DeadlineWishes) -> bytes:
    """归档逾期提醒: closed cases whose volume is not filed, with the working days left (negative once late)."""
    words = Words(wishes.language)
    name = Words("zh").say("filing_deadline.title")
    sheet = Sheet(LANDSCAPE, words, title=name, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)

    def top() -> float:
        y = head.title(sheet, "filing_deadline")
        parts = [words.say("register.fonds_number", value=fonds.number), words.say("register.fonds_name", value=fonds.name),
                 words.say("filing_deadline.today", day=words.day(wishes.today))]  # fmt: skip
        return head.facts(sheet, y + 1, parts) + 1.5

    table = Table(sheet, head.columns(words, "filing_deadline", _DUE), top)
    count = 0
    for volume, due_on, left in due:
        count += 1
        late = words.say("filing_deadline.late", days=-left) if left < 0 else words.say("filing_deadline.left", days=left)
        table.row(
            (str(count), volume.case_no, cover(volume.case_name or volume.title), volume.closed_on,
             due_on.strftime("%Y%m%d"), late, cover(volume.lead_officer))
        )  # fmt: skip
    if not count:
        table.wide(words.say("filing_deadline.none"))
    table.wide(words.say("filing_deadline.basis"))
    table.finish()
    return sheet.finish()
