"""storage/search/batches.py — what the archive tells the index, and how it becomes a segment.

A `Batch` is filled without any lock, by one thread; its segment and its texts are put down together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

_HEAVY = ("title", "code", "number")
_NUMBERS = ("code", "number")


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


_FIELDS: dict[str, Callable[[Entry], tuple[str, ...]]] = {
    "title": lambda entry: (entry.title,),
    "code": lambda entry: (entry.reference_code,),
    "number": lambda entry: (entry.document_no,),
    "creator": lambda entry: (entry.creator,),
    "person": lambda entry: entry.names,
}


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

    def __init__(self, bookmark: int, dictionary: analysis.Dictionary = analysis.EVERYDAY) -> None:
        self.bookmark = bookmark
        self.dictionary = dictionary
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
            texts = FoldedEntry(entry, self.dictionary)
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
    """The folded text of an entry: the fields that can be asked alone, then the rest."""

    def __init__(self, entry: Entry, dictionary: analysis.Dictionary = analysis.EVERYDAY) -> None:
        self._dictionary = dictionary
        self._fields = {name: analysis.fold("|".join(_FIELDS[name](entry))) for name in analysis.FIELD_MARKS}
        self._rest = analysis.APART.join(analysis.fold(text) for _field, text in description(entry) if not _field and text)
        self._pages = analysis.APART.join(map(analysis.fold, entry.pages))
        #: Everything that can be found. No word goes from one part into the next.
        self.whole = analysis.APART.join((*self._fields.values(), self._rest, self._pages))
        self._terms = {name: self._terms_of(text, name in _NUMBERS) for name, text in self._fields.items()}

    def heavy_terms(self) -> list[str]:
        """Of the title and the numbers."""
        return [term for name in _HEAVY for term in self._terms[name]]

    def light_terms(self) -> list[str]:
        """Of everything else, of the fields on their own, and of how they sound."""
        found = [term for name, terms in self._terms.items() if name not in _HEAVY for term in terms]
        found += self._terms_of(self._rest) + self._terms_of(self._pages)
        for name, terms in self._terms.items():
            mark = analysis.mark(name)
            found += [mark + term for term in terms]
        for name in analysis.SOUNDING:
            found += analysis.sound_terms(self._fields[name])
        return found

    def _terms_of(self, folded: str, number: bool = False) -> list[str]:
        if not folded:
            return []
        terms = analysis.terms(folded, self._dictionary)
        return [*terms, analysis.squeezed(folded)] if number else terms


def columns_of(entry: Entry) -> Columns:
    """What filters, counts and sorts. A facet value is at most so long as a person would write it."""
    date = int(entry.doc_date) if len(entry.doc_date) == 8 and entry.doc_date.isascii() and entry.doc_date.isdigit() else 0
    facets = (entry.category, str(entry.year), entry.retention, entry.creator[:LONGEST_VALUE], entry.security_class, entry.state)
    return Columns(entry.item_id, date, facets, " ".join(entry.reference_code.split()))


def description(entry: Entry) -> tuple[tuple[str, str], ...]:
    """The texts of a record beside its pages, each with the field it can be asked in (empty: none)."""
    fields = [(name, text) for name in analysis.FIELD_MARKS for text in _FIELDS[name](entry)]
    return (*fields, ("", entry.remarks), *(("", date) for date in _dates(entry.doc_date)))


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
