"""storage/queries/base.py — how every room of reads asks the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

import msgspec

from storage.connection import Connection, Database
from storage.records import AccessStatus, Delivery, Item, Origin, Retention, SecurityClass, State

#: The columns of an item, as `item_of` takes them.
ITEM = ", ".join(field.name for field in fields(Item) if field.name != "object_ids")
_ENUMS: dict[str, Callable[[Any], Any]] = {
    "retention": Retention,
    "security_class": SecurityClass,
    "access_status": AccessStatus,
    "origin": Origin,
    "delivery": Delivery,
    "state": State,
    "sealed": bool,
}


class Reading:
    """Reads. Every method may be called from any thread.

    Items and volumes are read through the views `visible_item` and `visible_volume`, which hold neither what is sealed nor
    what is gone: only `storage.queries.sealing` and `storage.queries.disposal` look further.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def _row(self, sql: str, parameters: Iterable[Any] = ()) -> Any:
        return self._database.reader().row(sql, tuple(parameters))

    def _rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[Any]:
        return self._database.reader().rows(sql, tuple(parameters))


def marks(values: Sequence[object]) -> str:
    """As many question marks as there are values."""
    return ",".join("?" * len(values))


def chunks(values: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    """The values in pieces that a statement can take."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def item_of(row: Sequence[Any], object_ids: tuple[int, ...]) -> Item:
    """An item out of the columns of `ITEM`."""
    values = dict(zip(ITEM.split(", "), row, strict=True))
    for name, kind in _ENUMS.items():
        values[name] = kind(values[name])
    return Item(**values, object_ids=object_ids)


def unseen_pages(connection: Connection, object_id: int, numbers: Sequence[int]) -> set[int]:
    """Which of an original's pages only records hold that may not be seen (sealed, destroyed, merged into another).

    What no record holds, such as a paper in the inbox or a page left out, may be seen; so may a page that a record which
    may be seen shares with one that may not.
    """
    owners = connection.rows(
        "SELECT pages, EXISTS (SELECT 1 FROM visible_item WHERE id = item_id) FROM document WHERE object_id = ?", (object_id,)
    )
    if all(seen for _pages, seen in owners):
        return set()
    held: dict[bool, set[int]] = {False: set(), True: set()}
    for pages, seen in owners:
        held[bool(seen)].update(msgspec.json.decode(pages) if pages else numbers)
    return held[False] - held[True]
