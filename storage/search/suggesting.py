"""storage/search/suggesting.py — did you mean: whole questions to ask instead of one that finds little."""

from __future__ import annotations

from storage.records.search import Filters
from storage.search.scoring import Generation, Settler


def suggest(generation: Generation, query: str, filters: Filters, settler: Settler) -> tuple[str, ...]:
    """At most three questions, the closest first."""
    return ()
