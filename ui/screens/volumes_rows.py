"""ui/screens/volumes_rows.py — volumes and their papers as rows of tables: what stands in a column, which state is which.

Titles stand masked: a list on a screen is looked at by whoever passes.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

from app import wording
from app.guides import Entry, Minimum
from app.privacy import cover
from storage.records import Item
from storage.records.volumes import Volume, VolumePart
from ui.models.columns import Column, word

#: From so many working days on, the time left is shown as a warning.
SOON = 3
RIGHT = Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """`left` are the working days until a closed case must be filed, None when nothing is due."""

    volume: Volume
    left: int | None = None

    @property
    def state(self) -> str:
        if not self.volume.open:
            return "filed"
        if self.left is None or self.left > SOON:
            return "open"
        return "late" if self.left < 0 else "soon"


def state_word(row: VolumeRow) -> str:
    """整理中, 还剩 2 天, 逾期 5 天, 已立卷."""
    if row.state in ("late", "soon"):
        return wording.say(f"volumes.{row.state}", days=abs(row.left or 0))
    return word("volume_state", row.state)


def heading(volume: Volume, *, full: bool = False) -> str:
    """The title, masked unless `full`, and what makes one volume of a case different from the next."""
    parts = [volume.title if full else cover(volume.title)]
    if volume.part is not VolumePart.WHOLE:
        parts.append(word("volume_part", volume.part.value))
    if volume.book_total > 1:
        parts.append(wording.say("volumes.book", number=volume.book_no, total=volume.book_total))
    return "  ".join(parts)


def counts(volume: Volume) -> str:
    return wording.say("volumes.counts", items=volume.item_count, pages=volume.page_count)


VOLUMES: tuple[Column[VolumeRow], ...] = (
    Column("volumes.column_title", lambda row: heading(row.volume)),
    Column("volumes.column_code", lambda row: row.volume.reference_code or row.volume.case_no, 232),
    Column("volumes.column_category", lambda row: row.volume.category, 92),
    Column("volumes.column_counts", lambda row: counts(row.volume), 164),
    Column("volumes.column_state", state_word, 132, state=lambda row: row.state),
)


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper of a volume, the place the guide knows for it, and its title as it may be shown."""

    item: Item
    entry: Entry | None
    title: str


def _pages(row: PaperRow) -> str:
    item = row.item
    if not item.page_from:
        return "—"
    return str(item.page_from) if item.page_from == item.page_to else f"{item.page_from}-{item.page_to}"


PAPERS: tuple[Column[PaperRow], ...] = (
    Column("volumes.column_seq", lambda row: str(row.item.position), 58, RIGHT),
    Column("field.title", lambda row: row.title, hint=lambda row: row.title),
    Column("volumes.column_entry", lambda row: row.entry.title if row.entry else "—", 148,
           hint=lambda row: row.entry.title if row.entry else wording.say("volumes.unknown")),
    Column("volumes.column_pages", _pages, 74, RIGHT),
)


@dataclass(frozen=True, slots=True)
class GuideRow:
    """A line of the guide: an entry that is present, or a minimum that nothing meets."""

    number: str
    title: str
    papers: int
    verified: bool

    @classmethod
    def present(cls, entry: Entry, papers: int) -> GuideRow:
        return cls(str(entry.number), entry.title, papers, entry.verified)

    @classmethod
    def lacking(cls, minimum: Minimum) -> GuideRow:
        return cls("、".join(map(str, minimum.any)), minimum.named(wording.language()), 0, minimum.verified)


GUIDE: tuple[Column[GuideRow], ...] = (
    Column("volumes.guide_title", lambda row: row.title, hint=lambda row: f"{row.number}  {row.title}"),
    Column("volumes.guide_state",
           lambda row: wording.say("volumes.present", n=row.papers) if row.papers else wording.say("volumes.absent"), 92,
           state=lambda row: "done" if row.papers else "absent"),
)
