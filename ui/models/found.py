"""ui/models/found.py — one row of a search answer, fetched only when it is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.station import Station
from storage.records import Item
from storage.records.search import Snippet
from ui.models.columns import Column


@dataclass(frozen=True, slots=True)
class Found:
    """`item` is None when the record went away between the search and the look."""

    item: Item | None
    snippet: Snippet


COLUMNS: tuple[Column[Found], ...] = (
    Column("search.results", lambda row: f"{row.item.title}  {row.item.reference_code}" if row.item else ""),
)


def loader(station: Station, query: Callable[[], str]) -> Callable[[Sequence[int]], Sequence[Found]]:
    """Fetches the rows of an answer to `query`. Runs on a worker."""

    def load(ids: Sequence[int]) -> Sequence[Found]:
        asked = query()
        items = station.items_by_id(list(ids))
        return [
            Found(items.get(id), station.snippet(asked, id) if id in items else Snippet(0, "", ())) for id in ids
        ]

    return load
