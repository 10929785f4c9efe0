"""ui/models/found.py — one row of a search answer, fetched only when it is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.station import Station
from storage.records import Item, Kind, SecurityClass, State, Subject
from storage.records.search import Snippet
from ui.models import choices
from ui.models.columns import Column, word

#: Papers everybody of the station may handle: nothing is to be said of them.
_USUAL = frozenset({SecurityClass.PUBLIC, SecurityClass.INTERNAL})


@dataclass(frozen=True, slots=True)
class Found:
    """`item` is None when the record went away between the search and the look. `lent`: the paper is out of the house."""

    item: Item | None
    snippet: Snippet
    lent: bool = False

    @property
    def marks(self) -> list[tuple[str, str]]:
        """What is particular about it: (state as the badges know it, word)."""
        item = self.item
        if item is None:
            return []
        found = [("lent", word("search.state", "lent"))] if self.lent else []
        if item.state is State.OPEN:
            found.append(("open", word("search.state", "open")))
        if item.security_class not in _USUAL:
            found.append(("secret", choices.secrecy_word(item.security_class)))
        return found


def _said(row: Found) -> str:
    """A row in words, for who cannot see it."""
    if row.item is None:
        return ""
    return "  ".join([row.item.title, row.item.reference_code, *(said for _state, said in row.marks)])


COLUMNS: tuple[Column[Found], ...] = (Column("search.results", _said),)


def loader(station: Station, query: Callable[[], str]) -> Callable[[Sequence[int]], Sequence[Found]]:
    """Fetches the rows of an answer to `query`. Runs on a worker."""

    def load(ids: Sequence[int]) -> Sequence[Found]:
        asked = query()
        items = station.items_by_id(list(ids))
        return [
            Found(items[id], station.snippet(asked, id), station.lending.lent(Subject(Kind.ITEM, id)) is not None)
            if id in items else Found(None, Snippet(0, "", ()))
            for id in ids
        ]

    return load
