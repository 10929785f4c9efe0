"""storage/records/searches.py — what is kept of finding: a person's questions, and the words of the station."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records.search import NO_FILTERS, Filters, Order


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it can be asked again."""

    query: str
    filters: Filters = NO_FILTERS
    order: Order = Order.RELEVANCE


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A question under the name its writer gave it."""

    name: str
    question: Question
    at: str


@dataclass(frozen=True, slots=True)
class PastSearch:
    """A question that was asked and worked with. `found` is how many records it had then; None since a record was sealed or
    destroyed: what is out of sight is not told by a number either.
    """

    id: int
    question: Question
    found: int | None
    at: str


@dataclass(frozen=True, slots=True)
class StationWord:
    """A name or place of the station that the search takes for one word."""

    word: str
    at: str
    agent_name: str
