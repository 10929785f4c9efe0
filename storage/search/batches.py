"""storage/search/batches.py — what the archive tells the index, and how it becomes a segment.

`News` are collected without any lock, by one thread; `make` turns entries into a segment, here or in a process that holds
no key (building.py); what was made is put down together with the bookmark (indexfile.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import msgspec

from storage.search import analysis
from storage.search.postings import Columns, SegmentBuilder, field_length, new_segment
from storage.search.segments import MemoryStorage, pack_text

#: A segment is put down after this many documents or characters, whichever comes first.
BATCH_DOCUMENTS = 2000
BATCH_CHARACTERS = 6_000_000
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

    def category_names(self) -> Sequence[tuple[str, str]]:
        """The codes of categories and what people call each, in every language."""
        ...

    def gone(self, after: int) -> list[int]:
        """Items that since this bookmark may not be found any more: no answer waits for the index to learn it."""
        ...


class News:
    """What the feed told since a bookmark, the last word on every item. On its way to become a segment."""

    def __init__(self, bookmark: int) -> None:
        self.bookmark = bookmark
        self.characters = 0
        self._latest: dict[int, Entry | None] = {}

    def __len__(self) -> int:
        return len(self._latest)

    @property
    def full(self) -> bool:
        return len(self._latest) >= BATCH_DOCUMENTS or self.characters >= BATCH_CHARACTERS

    def add(self, bookmark: int, changes: Sequence[tuple[int, Entry | None]]) -> None:
        self.bookmark = bookmark
        for item_id, entry in changes:
            self._latest[item_id] = entry
            self.characters += size_of(entry) if entry else 0

    @property
    def items(self) -> list[int]:
        return list(self._latest)

    @property
    def entries(self) -> list[Entry]:
        return [entry for entry in self._latest.values() if entry is not None]


class Made(msgspec.Struct, frozen=True, tag="made"):
    """What entries have become: one segment with its files, and the folded text of every item, packed."""

    segment: str
    documents: int
    length: int
    files: dict[str, bytes]
    texts: dict[int, bytes]


def make(entries: Sequence[Entry], dictionary: analysis.Dictionary = analysis.EVERYDAY) -> Made:
    """The segment of these entries, which are of different items and at least one. Whatever is wrong with one of them may
    raise anything. Any thread, any process.
    """
    builder = SegmentBuilder()
    texts = {}
    for entry in entries:
        folded = FoldedEntry(entry, dictionary)
        texts[entry.item_id] = pack_text(entry.item_id, folded.whole)
        builder.add(folded.weighed_terms(), columns_of(entry))
    storage, segment = MemoryStorage(), new_segment()
    builder.write(storage, segment)
    return Made(segment.segid, len(entries), field_length(segment), storage.files, texts)


def size_of(entry: Entry) -> int:
    """Characters of an entry, without the short ones that every entry has."""
    return sum(map(len, (entry.title, entry.remarks, *entry.pages)))


class FoldedEntry:
    """The folded text of an entry: the fields that can be asked alone, then the rest."""

    def __init__(self, entry: Entry, dictionary: analysis.Dictionary = analysis.EVERYDAY) -> None:
        self._dictionary = dictionary
        self._fields = {name: analysis.fold("|".join(_FIELDS[name](entry))) for name in analysis.FIELD_MARKS}
        rest = (entry.remarks, *_dates(entry.doc_date), *entry.pages)
        self._rest = analysis.APART.join(analysis.fold(text) for text in rest if text)
        #: Everything that can be found. No word goes from one part into the next.
        self.whole = analysis.APART.join((*self._fields.values(), self._rest))
        self._terms = {name: _terms_of(name, text, dictionary) for name, text in self._fields.items()}

    def weighed_terms(self) -> tuple[tuple[list[str], int], ...]:
        """The terms, and how much each of them weighs."""
        return (self.heavy_terms(), TITLE_WEIGHT), (self.light_terms(), 1)

    def heavy_terms(self) -> list[str]:
        """Of the title and the numbers."""
        return [term for name in _HEAVY for term in self._terms[name]]

    def light_terms(self) -> list[str]:
        """Of everything else, of the fields on their own, and of how they sound."""
        found = analysis.terms(self._rest, self._dictionary)
        for name, terms in self._terms.items():
            if name not in _HEAVY:
                found += terms
            mark = analysis.mark(name)
            found += [mark + term for term in terms]
        for name in analysis.SOUNDING:
            found += analysis.sound_terms(self._fields[name])
        return found


def _terms_of(field: str, folded: str, dictionary: analysis.Dictionary) -> Sequence[str]:
    if not folded:
        return ()
    if field == "creator":
        return _terms_of_creator(folded, dictionary)
    terms = analysis.terms(folded, dictionary)
    return [*terms, analysis.squeezed(folded)] if field in _NUMBERS else terms


@lru_cache(maxsize=256)
def _terms_of_creator(folded: str, dictionary: analysis.Dictionary) -> tuple[str, ...]:
    """Few write most of the papers."""
    return tuple(analysis.terms(folded, dictionary))


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
