"""app/guides.py — in which order the papers of a case stand in their volume, and which of them must not be missing.

A guide is data (resources/schemes/guides/*.toml) that a station may edit. A paper is recognised by its document type (the
entry's code) or by words of its title; the longest word wins. Nothing here refuses anything: a guide proposes an order
and says what it does not see. Pure functions over the data, any thread.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import resources
from storage.records import Category, Item
from storage.records.volumes import Volume

NO_GUIDE_PAGES = 200
NO_GUIDE_DAYS = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the order. `words`: any of them names the paper; `a+b` wants both. `verified` False: 未核实."""

    number: int
    code: str
    title: str
    words: tuple[str, ...]
    verified: bool = False
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class Minimum:
    """What a complete volume has: at least one paper of one of these entries."""

    name: str
    title: str
    title_en: str
    any: tuple[int, ...]
    verified: bool = False

    def named(self, language: str) -> str:
        """The papers keep their Chinese names; another language explains them."""
        return self.title if language == "zh" else f"{self.title} ({self.title_en})"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry beside the papers that stand for it; `mandatory` when a minimum asks for it and nothing else meets it."""

    entry: Entry
    items: tuple[Item, ...]
    mandatory: bool


@dataclass(frozen=True, slots=True)
class Guide:
    """`pages_per_book`: a book (册) has no more; `filing_days`: working days from closing a case to filing its volume;
    `parts`: a volume must say which part (卷别) of the case it is.
    """

    name: str
    title: str
    title_en: str
    entries: tuple[Entry, ...]
    minimum: tuple[Minimum, ...] = ()
    pages_per_book: int = NO_GUIDE_PAGES
    filing_days: int = NO_GUIDE_DAYS
    parts: bool = False

    def match(self, title: str, document_type: str = "") -> Entry | None:
        """The entry a paper stands for, or None when nothing tells."""
        for entry in self.entries:
            if document_type and document_type == entry.code:
                return entry
        plain = re.sub(r"\s+", "", title)
        best: tuple[int, Entry] | None = None
        for entry in self.entries:
            for word in entry.words:
                if all(part in plain for part in word.split("+")) and (best is None or len(word) > best[0]):
                    best = len(word), entry
        return best[1] if best else None

    def order(self, items: Sequence[Item]) -> list[Item]:
        """The items as the guide would have them: by entry, within an entry by date, else as they stand. What it does not
        know stands with the other material.
        """
        other = max((entry.number for entry in self.entries if "其他材料" in entry.words), default=len(self.entries) + 1)
        places = {item.id: entry.number if (entry := self._of(item)) else other for item in items}
        return sorted(items, key=lambda item: (places[item.id], item.doc_date))

    def compare(self, items: Sequence[Item]) -> list[Line]:
        """Every entry in order with its papers."""
        found: dict[int, list[Item]] = {}
        for item in items:
            entry = self._of(item)
            if entry:
                found.setdefault(entry.number, []).append(item)
        lacking = {number for minimum in self.lacking(items) for number in minimum.any}
        return [Line(entry, tuple(found.get(entry.number, ())), entry.number in lacking) for entry in self.entries]

    def lacking(self, items: Sequence[Item]) -> list[Minimum]:
        """The minimums that no paper meets."""
        present = {entry.number for item in items if (entry := self._of(item))}
        return [minimum for minimum in self.minimum if not present.intersection(minimum.any)]

    def _of(self, item: Item) -> Entry | None:
        return self.match(item.title, item.document_type)


@cache
def shipped() -> dict[str, Guide]:
    """The guides every archive knows, by name."""
    found = {}
    for file in sorted(resources.path("schemes", "guides").glob("*.toml")):
        values = tomllib.loads(file.read_text("utf-8"))
        entries = tuple(Entry(**entry | {"words": tuple(entry["words"])}) for entry in values.pop("entry"))
        minimum = tuple(Minimum(**row | {"any": tuple(row["any"])}) for row in values.pop("minimum", ()))
        found[values["name"]] = Guide(**values, entries=entries, minimum=minimum)
    return found


def guide(name: str) -> Guide | None:
    """A guide by its name; None for a volume that has none."""
    return shipped().get(name)


def of_volume(volume: Volume, categories: Iterable[Category]) -> Guide | None:
    """The guide a volume names itself, else that of its category."""
    if volume.guide:
        return guide(volume.guide)
    return next((guide(category.guide) for category in categories if category.code == volume.category), None)
