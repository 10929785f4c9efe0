"""app/interchange/selected.py — the records of an export: streamed, what is personal in their texts masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from app.privacy import cover
from storage.archive import Archive
from storage.queries.base import chunks
from storage.records import Category, Event, Item, StoredObject
from storage.records.volumes import Volume

_ITEM = ("title", "creator", "document_no", "remarks", "parallel_title", "sub_title", "subjects", "abstract")
_VOLUME = ("title", "case_name", "cause", "notes", "remarks", "handling_unit", "lead_officer", "maker", "checker")


class Selected:
    """`ids` are items, or volumes for a format of volumes. `step(done, total)` is told on the way and may raise."""

    def __init__(self, archive: Archive, ids: Sequence[int], step: Callable[[int, int], None]) -> None:
        self._queries, self._ids, self._step = archive.queries, ids, step
        self.fonds = archive.fonds

    @cached_property
    def categories(self) -> dict[str, Category]:
        return {category.code: category for category in self._queries.categories()}

    def items(self) -> Iterator[Item]:
        for done, chunk in enumerate(chunks(self._ids)):
            self._step(done * len(chunk), len(self._ids))
            found = self._queries.items_by_id(chunk)
            for item_id in chunk:
                item = found[item_id]
                yield replace(item, **_covered(item, _ITEM))

    def volumes(self) -> Iterator[Volume]:
        for chunk in chunks(self._ids):
            self._step(0, len(self._ids))
            yield from (self._volumes(chunk)[volume_id] for volume_id in chunk)

    def volumes_of(self, items: Sequence[Item]) -> dict[int, Volume]:
        """The volumes in which these items stand, by id."""
        return self._volumes(list(dict.fromkeys(item.volume_id for item in items if item.volume_id is not None)))

    def volume_code(self, volume_id: int | None) -> str:
        """The 档号 of the volume in which an item stands; empty for an item of its own."""
        if volume_id is None:
            return ""
        if volume_id not in self._codes:
            self._codes[volume_id] = self._queries.volume(volume_id).reference_code
        return self._codes[volume_id]

    def originals(self, item: Item) -> list[StoredObject]:
        kept = [self._queries.object(object_id) for object_id in item.object_ids]
        return [replace(one, original_name=cover(one.original_name)) for one in kept]

    def events(self, objects: Sequence[str]) -> list[Event]:
        return self._queries.events_about(objects)

    @cached_property
    def _codes(self) -> dict[int, str]:
        return {}

    def _volumes(self, ids: Sequence[int]) -> dict[int, Volume]:
        found = self._queries.volumes_by_id(ids)
        return {
            id: replace(volume, **_covered(volume, _VOLUME))
            for id, volume in found.items()
        }


def _covered(record: Item | Volume, names: Sequence[str]) -> dict[str, Any]:
    return {name: cover(getattr(record, name)) for name in names}
