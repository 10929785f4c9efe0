"""storage/records/search.py — what is asked of the index, and what it answers.

A question is a line of text, `Filters` and an `Order`. Values of one filter are alternatives; different filters must all
hold. Dates are YYYYMMDD, both ends included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: What an answer is counted by, in the order people are shown it.
FACETS = ("category", "year", "retention", "creator", "secrecy", "state")


class Order(StrEnum):
    """How an answer is sorted; equals stand newest record first."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows an answer. A category takes its branches too (ZY takes ZY·XZ). `since` and `until` bound the date of the
    paper; one of which only the year or the month is known is within when some day of it is.
    """

    category: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    retention: tuple[str, ...] = ()
    creator: tuple[str, ...] = ()
    secrecy: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    def __bool__(self) -> bool:
        return self != NO_FILTERS


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell the person about their question: `search.note.<key>`. `instead` is a whole question to offer."""

    key: str
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    item_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Results:
    """A sorted answer. `facets` maps a facet to value -> count over all of `total`. Where it is not `exact`, total and facets
    are the most that it can be; the hits are true all the same.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of one page with the exact places (start, end offsets into `text`) of what was searched."""

    page: int
    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class IndexState:
    """How the index stands. `unindexed` names the records that are not searchable, or not with their text, with the reason;
    `words` counts the station's own; `rebuilding`: a successor is being built, or due.
    """

    records: int
    behind: int
    unindexed: tuple[tuple[int, str], ...]
    size_bytes: int
    words: int
    rebuilding: bool
