"""storage/search/batches.py — what the archive tells the index, and how it becomes a segment.

A `Batch` is filled without any lock, by one thread; its segment and its texts are put down together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from whoosh.codec.whoosh3 import W3Segment

from storage.search import analysis
from storage.search.postings import Columns, Numbers, SegmentBuilder, new_segment
from storage.search.segments import MemoryStorage, pack_text

#: A segment is put down after this many documents or characters, whichever comes first.
BATCH_DOCUMENTS = 2000
BATCH_CHARACTERS = 16_000_000
#: How much more a word in the title or a reference number weighs than one in the text.
TITLE_WEIGHT = 3
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index knows of one item. `pages` is the text of each page, `doc_date` YYYYMMDD or empty."""

    item_id: int
    reference_code: str
    title: str
    document_no: str
    creator: str
    doc_date: str
    category: str
    year: int
    retention: str
    remarks: str
    pages: tuple[str, ...]
    security_class: str = "internal"
    state: str = "filed"
    #: Whom and what the record mentions, and the record it stands in.
    names: tuple[str, ...] = ()


class Feed(Protocol):
    """What the archive tells the index."""

    def changed(self, after: int, limit: int) -> tuple[int, list[tuple[int, Entry | None]]]:
        """New bookmark and (item id, entry, or None when the item is gone) in order; the same bookmark when no news."""
        ...

    def entries(self, item_ids: Sequence[int]) -> dict[int, Entry]: ...

    def count(self) -> int:
        """Items that should be in the index."""
        ...

    def gone(self, after: int) -> list[int]:
        """Items that since this bookmark may not be found any more: no answer waits for the index to learn it."""
        ...


class Batch:
    """News from the feed on their way to become a segment."""

    def __init__(self, bookmark: int) -> None:
        self.bookmark = bookmark
        self.builder = SegmentBuilder()
        self.characters = 0
        #: The last document of every item in this batch; -1 when the item is gone.
        self.latest: dict[int, int] = {}
        #: The folded text of every item that is not gone, packed.
        self.texts: dict[int, bytes] = {}

    def __len__(self) -> int:
        """Documents, those that a later change in the same batch replaced included."""
        return len(self.builder)

    @property
    def full(self) -> bool:
        return len(self.builder) >= BATCH_DOCUMENTS or self.characters >= BATCH_CHARACTERS

    def add(self, bookmark: int, changes: Sequence[tuple[int, Entry | None]]) -> None:
        self.bookmark = bookmark
        for item_id, entry in changes:
            self.latest[item_id] = -1
            self.texts.pop(item_id, None)
            if entry is None:
                continue
            self.latest[item_id] = len(self.builder)
            texts = FoldedEntry(entry)
            self.texts[item_id] = pack_text(texts.whole)
            self.builder.add(
                ((texts.heavy_terms(), TITLE_WEIGHT), (texts.light_terms(), 1)),
                columns_of(entry),
            )
            self.characters += len(texts.whole)

    def segment(self) -> tuple[W3Segment | None, dict[str, bytes]]:
        if not len(self.builder):
            return None, {}
        storage = MemoryStorage()
        segment = new_segment()
        self.builder.write(storage, segment)
        return segment, storage.files

    def live(self) -> Numbers:
        live = np.zeros(len(self.builder), bool)
        live[[place for place in self.latest.values() if place >= 0]] = True
        return live


class FoldedEntry:
    """The folded text of an entry: title and numbers first, because they weigh more."""

    def __init__(self, entry: Entry) -> None:
        self._codes = [code for code in map(analysis.fold, (entry.reference_code, entry.document_no)) if code]
        light = (entry.creator, entry.remarks, *_dates(entry.doc_date), *entry.pages)
        self._heavy = "|".join((analysis.fold(entry.title), *self._codes))
        self._light = "|".join(analysis.fold(text) for text in light if text)
        #: Everything that can be found, kept apart by bars that no word crosses.
        self.whole = f"{self._heavy}|{self._light}"

    def heavy_terms(self) -> list[str]:
        return analysis.terms(self._heavy) + [analysis.squeezed(code) for code in self._codes]

    def light_terms(self) -> list[str]:
        return analysis.terms(self._light)


def columns_of(entry: Entry) -> Columns:
    """What filters, counts and sorts. A facet value is at most so long as a person would write it."""
    date = int(entry.doc_date) if len(entry.doc_date) == 8 and entry.doc_date.isascii() and entry.doc_date.isdigit() else 0
    facets = (entry.category, str(entry.year), entry.retention, entry.creator[:LONGEST_VALUE], entry.security_class, entry.state)
    return Columns(entry.item_id, date, facets, " ".join(entry.reference_code.split()))


def description(entry: Entry) -> tuple[str, ...]:
    codes = entry.reference_code, entry.document_no
    return entry.title, *codes, entry.creator, entry.remarks, *_dates(entry.doc_date)


def _dates(date: str) -> tuple[str, ...]:
    """YYYYMMDD, and the same as people write it; unknown month and day (00) are left out."""
    if len(date) != 8 or not date.isdigit():
        return (date,)
    spoken = f"{int(date[:4])}年"
    for digits, name in ((date[4:6], "月"), (date[6:], "日")):
        if digits == "00":
            break
        spoken += f"{int(digits)}{name}"
    return date, spoken
