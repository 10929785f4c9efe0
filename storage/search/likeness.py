"""storage/search/likeness.py — more like this: records that share the telling words of one."""

from __future__ import annotations

from storage.records.search import Results
from storage.search.batches import Entry
from storage.search.scoring import Generation, Wanted


def like(generation: Generation, entry: Entry, wanted: Wanted) -> Results:
    """The most alike first."""
    return Results((), 0)
