"""app/reports/volume_contents.py — 卷内文件目录 (GB/T 9705-2008 annex H): the papers of a volume in their order.

A4 portrait, first leaf of the volume. The combined register (全引目录) prints the same lines for every volume of a class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.privacy import cover
from app.reports import volume_head as head
from app.reports.sheet import PORTRAIT, Align, Sheet
from app.reports.table import Table
from app.reports.words import Words
from storage.records import Fonds, Item, Retention
from storage.records.volumes import Volume

COLUMNS: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 12, "centre", 9),
    ("document_no", 30, "left", 9),
    ("creator", 26, "left", 9),
    ("title", 58, "left", 10.5),
    ("doc_date", 20, "centre", 8),
    ("page_no", 12, "centre", 8),
    ("remarks", 12, "left", 9),
)


@dataclass(frozen=True, slots=True)
class VolumeWishes:
    """One volume, and who made the form when (`2026-11-22`)."""

    volume_id: int = 0
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class ClassWishes:
    """Volumes of a class; None means all. `secret`: with the 密卷, for those who may open them."""

    category: str | None = None
    category_name: str = ""
    year: int | None = None
    retention: Retention | None = None
    secret: bool = False
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(volume: Volume, items: Sequence[Item], wishes: VolumeWishes) -> bytes:
    words = Words(wishes.language)
    name = Words("zh").say("volume_contents.title")
    sheet = Sheet(PORTRAIT, words, title=name, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)

    def top() -> float:
        y = head.title(sheet, "volume_contents")
        parts = [words.say("volume.code", value=head.code(words, volume)), head.book(words, volume)]
        y = head.facts(sheet, y + 1, [part for part in parts if part])
        return head.facts(sheet, y, [words.say("volume.title", value=cover(volume.title))]) + 1.5

    table = Table(sheet, head.columns(words, "volume_contents", COLUMNS), top)
    for place in range(len(items)):
        table.row(head.item_cells(items, place))
    if not items:
        table.wide(words.say("volume.no_items"))
    table.finish(words.say("register.blank_below"))
    return sheet.finish()


def build_combined(volumes: Iterable[tuple[Volume, Sequence[Item]]], fonds: Fonds, wishes: ClassWishes) -> bytes:
    """全引目录: each volume's line over the lines of its papers."""
    words = Words(wishes.language)
    name = Words("zh").say("combined_register.title")
    sheet = Sheet(PORTRAIT, words, title=name, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)

    def top() -> float:
        y = head.title(sheet, "combined_register")
        return head.facts(sheet, y + 1, class_facts(words, fonds, wishes)) + 1.5

    table = Table(sheet, head.columns(words, "volume_contents", COLUMNS), top)
    count = total = 0
    for volume, items in volumes:
        count, total = count + 1, total + len(items)
        about = (
            head.code(words, volume), cover(volume.title), head.book(words, volume), head.span(volume),
            words.say("volume.counts", items=volume.item_count, pages=volume.page_count),
            words.say(f"retention.{volume.retention.value}"),
        )  # fmt: skip
        table.wide("  ".join(part for part in about if part), bold=True)
        for place in range(len(items)):
            table.row(head.item_cells(items, place))
    table.wide(words.say("combined_register.total", volumes=count, items=total) if count else words.say("volume.none"), bold=True)
    table.finish(words.say("register.blank_below"))
    return sheet.finish()


def class_facts(words: Words, fonds: Fonds, wishes: ClassWishes) -> list[str]:
    """The line over a register: which volumes it lists."""
    everything = words.say("register.everything")
    category = " ".join(part for part in (wishes.category, wishes.category_name) if part)
    kept = words.say(f"retention.{wishes.retention.value}") if wishes.retention else everything
    return [
        words.say("register.fonds_number", value=fonds.number),
        words.say("register.fonds_name", value=fonds.name),
        words.say("register.category", value=category or everything),
        words.say("register.year", value=wishes.year or everything),
        words.say("register.retention", value=kept),
    ]
