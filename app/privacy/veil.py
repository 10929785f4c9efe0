"""app/privacy/veil.py — class Veil: covers what leaves the archive for a screen, a form or a file.

`Station` hands every read that people see through here; reads for editing and for headquarters do not come this way. A
record that was unmasked with a purpose comes through as it is while that lasts. What still waits to be filed is shown in
full to those who have to describe it. Any thread.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

from app.privacy.pictures import cover_picture
from app.privacy.text import cover, cover_lines
from storage.errors import NoSuchRecord
from storage.objects import Objects
from storage.queries import Queries
from storage.records import Arrival, Item, Kind, Outcome, PageText, Subject
from storage.records.search import Results, Snippet

#: What of a description people write freely; the rest are codes, numbers of papers and dates.
_WRITTEN = ("title", "parallel_title", "sub_title", "creator", "subjects", "abstract", "remarks")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")


class Veil:
    """`shown_in_full(subject)` says whether an unmasking is in force, `closed(item_ids)` which of these the person may not
    open, `may_describe` whether the person files papers.
    """

    def __init__(
        self,
        queries: Queries,
        pictures: Objects,
        *,
        shown_in_full: Callable[[Subject], bool],
        closed: Callable[[Sequence[int]], frozenset[int]],
        may_describe: bool,
    ) -> None:
        self._queries = queries
        self._pictures = pictures
        self._shown_in_full = shown_in_full
        self._closed = closed
        self._may_describe = may_describe

    # -- records

    def lifted(self, item: Item) -> bool:
        """Whether the item may be seen in full now, itself or with the volume it is in."""
        volume = item.volume_id
        return self._shown_in_full(Subject(Kind.ITEM, item.id)) or (
            volume is not None and self._shown_in_full(Subject(Kind.VOLUME, volume))
        )

    def item(self, item: Item) -> Item:
        return self.items([item])[0]

    def items(self, items: Sequence[Item]) -> list[Item]:
        minors = self._queries.minors_named([item.id for item in items])
        return [item if self.lifted(item) else _described(item, minors.get(item.id, ())) for item in items]

    def arrival(self, arrival: Arrival) -> Arrival:
        """A file that arrived. What was suggested for it stays in full while somebody has to confirm it, for what is covered
        must never be filed; afterwards it is nobody's business.
        """
        to_describe = self._may_describe and arrival.outcome is Outcome.WAITING
        suggestion = arrival.suggestion if to_describe else None
        return replace(arrival, name=cover(arrival.name), path=cover(arrival.path), suggestion=suggestion)

    def results(self, found: Results) -> Results:
        """An answer without the creators among its counts that would have to be masked: nobody could filter by them."""
        creators = found.facets.get("creator", {})
        shown = {name: count for name, count in creators.items() if cover(name) is name}
        return found if len(shown) == len(creators) else replace(found, facets={**found.facets, "creator": shown})

    def snippet(self, found: Snippet, item_id: int) -> Snippet:
        """A piece cut out of a page may begin inside a number: the whole page is covered, and the piece found in it."""
        item = self._queries.items_by_id([item_id]).get(item_id)
        if item is None or self._closed([item_id]):
            return Snippet(0, "", ())
        if not found.text:
            return found
        if self.lifted(item):
            return found
        names = self._queries.minors_named([item_id]).get(item_id, ())
        shown = list(cover(found.text, names))
        entry = self._queries.entries([item_id])[item_id]
        described = (getattr(entry, field.name) for field in dataclasses.fields(entry))
        for whole in (*entry.pages, *(text for text in described if isinstance(text, str))):
            plain, covered = _BLANKS.sub(" ", whole), _in_one_blank(whole, cover(whole, names))
            place = plain.find(found.text)
            while place >= 0:
                for number, char in enumerate(covered[place : place + len(shown)]):
                    if char != found.text[number]:
                        shown[number] = char
                place = plain.find(found.text, place + 1)
        return replace(found, text="".join(shown))

    # -- pages

    def pages(self, object_id: int) -> list[PageText]:
        """The pages of an original, without those that belong only to papers the person may not open."""
        shown = []
        for page in self._queries.pages(object_id):
            holders = self._queries.items_of_object(object_id, page.number)
            if not self._out_of_reach(holders):
                whole = self._as_it_is(object_id, holders)
                shown.append(page if whole else self._page(page, self._names_in(holders)))
        return shown

    def picture(self, object_id: int, number: int) -> bytes:
        """The WebP picture of a page. Raises DamagedFile, NoSuchRecord."""
        holders = self._queries.items_of_object(object_id, number)
        if self._out_of_reach(holders):
            raise NoSuchRecord(object=object_id, page=number)
        picture = self._pictures.get(self._queries.page_picture(object_id, number))
        if self._as_it_is(object_id, holders):
            return picture
        page = next(page for page in self._queries.pages(object_id) if page.number == number)
        return cover_picture(picture, page.lines, self._names_in(holders))

    # -- forms

    def source(self) -> Any:
        """The archive's reads as a form may see them: every text of every answer is covered."""
        return _CoveredReads(self._queries)

    # -- inside

    def _out_of_reach(self, holders: Sequence[int]) -> bool:
        """Whether every paper with this page is closed to the person."""
        return bool(holders) and len(self._closed(holders)) == len(holders)

    def _as_it_is(self, object_id: int, holders: Sequence[int]) -> bool:
        """Whether a page may be seen in full: in one of the papers it belongs to, or while it waits to be described."""
        if not holders:
            return self._may_describe and self._queries.waits_to_be_filed(object_id)
        return any(self.lifted(item) for item in self._queries.items_by_id(holders).values())

    def _names_in(self, holders: Sequence[int]) -> tuple[str, ...]:
        return tuple(name for names in self._queries.minors_named(holders).values() for name in names)

    def _page(self, page: PageText, names: Iterable[str]) -> PageText:
        lines = tuple(
            replace(line, text=text) for line, text in zip(page.lines, cover_lines(page.lines, names), strict=True)
        )
        return replace(page, lines=lines)


class _CoveredReads:
    """`Queries` whose answers are covered, whatever nouns they are made of. A page of items costs one more question:
    which minors they name.
    """

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    def __getattr__(self, name: str) -> Any:
        read = getattr(self._queries, name)
        if not callable(read):
            return self._covered(read, {})

        def covered(*given: Any, **named: Any) -> Any:
            answer = read(*given, **named)
            if isinstance(answer, Iterator):
                return (self._covered(one, self._minors([one])) for one in answer)
            return self._covered(answer, self._minors(answer if isinstance(answer, list) else [answer]))

        return covered

    def _minors(self, answer: Sequence[Any]) -> dict[int, tuple[str, ...]]:
        return self._queries.minors_named([one.id for one in answer if isinstance(one, Item)])

    def _covered(self, value: Any, minors: dict[int, tuple[str, ...]], names: tuple[str, ...] = ()) -> Any:
        if isinstance(value, str) and not isinstance(value, Enum):
            return cover(value, names)
        if isinstance(value, Item):
            return _described(value, minors.get(value.id, ()))
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            changed = {
                field.name: covered
                for field in dataclasses.fields(value)
                if field.init
                and (covered := self._covered(before := getattr(value, field.name), minors, names)) is not before
            }
            return replace(value, **changed) if changed else value
        if isinstance(value, tuple | list) and type(value) in (tuple, list):
            return type(value)(self._covered(one, minors, names) for one in value)
        if isinstance(value, dict):
            return {key: self._covered(one, minors, names) for key, one in value.items()}
        return value


def _described(described: Item, names: Iterable[str] = ()) -> Item:
    changed: dict[str, Any] = {
        name: covered
        for name in _WRITTEN
        if (covered := cover(before := getattr(described, name), names)) is not before
    }
    return replace(described, **changed) if changed else described


def _in_one_blank(text: str, covered: str) -> str:
    """`covered` with the blanks of `text` as one each, as snippets are cut. No blank is ever masked."""
    out, last = [], 0
    for blank in _BLANKS.finditer(text):
        out += [covered[last : blank.start()], " "]
        last = blank.end()
    return "".join(out) + covered[last:]
