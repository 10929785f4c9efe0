"""storage/search/facets.py — the columns of a generation as arrays: what filters, counts and sorts an answer.

Every document has one combination of facet values (category, year, retention, creator, secrecy, state). There are few
combinations, so a filter is a small table looked up for every document, and all facets are counted by counting
combinations once. A segment knows its own combinations and never changes; a generation only renumbers them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np

from storage.records.search import FACETS, Filters, Order
from storage.search.postings import Numbers, SegmentArrays

_STATE = FACETS.index("state")
_FIRST_DAY, _LAST_DAY = 0, 99_999_999


class Facets:
    """Facet values, dates and codes of every document, numbered as the generation numbers them. Any thread."""

    def __init__(self, segments: Sequence[SegmentArrays]) -> None:
        self._segments = segments
        known: dict[tuple[str, ...], int] = {}
        parts = []
        for segment in segments:
            numbers, combinations = segment.combinations
            renumbered = np.array([known.setdefault(each, len(known)) for each in combinations] or [0], np.int32)
            parts.append(renumbered[numbers])
        self._combination = np.concatenate(parts) if parts else np.zeros(0, np.int32)
        self._tabulate(list(known))
        self._ranks: Numbers | None = None

    def _tabulate(self, combinations: list[tuple[str, ...]]) -> None:
        self._combinations = combinations
        self._names: list[list[str]] = []
        self._values: list[Numbers] = []
        for place in range(len(FACETS)):
            known: dict[str, int] = {}
            numbers = [known.setdefault(each[place], len(known)) for each in combinations]
            self._values.append(np.array(numbers, np.intp))
            self._names.append(list(known))

    def with_states(self, states: Mapping[str, Sequence[int]], items: Numbers) -> Facets:
        """The same, with these states in the place of what the column says. `items` is the item of every document."""
        changed = copy(self)
        changed._combination = self._combination.copy()
        combinations = list(self._combinations)
        known = {each: number for number, each in enumerate(combinations)}
        for state, item_ids in states.items():
            for document in np.flatnonzero(np.isin(items, np.asarray(item_ids, np.int64))).tolist():
                values = list(combinations[changed._combination[document]])
                values[_STATE] = state
                if (one := tuple(values)) not in known:
                    known[one] = len(combinations)
                    combinations.append(one)
                changed._combination[document] = known[one]
        changed._tabulate(combinations)
        return changed

    def allowed(self, filters: Filters) -> Numbers:
        """Documents these filters let through."""
        wanted = {facet: values for facet in FACETS if (values := getattr(filters, facet))}
        allowed = self._table(wanted)[self._combination]
        if filters.since or filters.until:
            allowed &= self.dated(int(filters.since or _FIRST_DAY), int(filters.until or _LAST_DAY))
        return allowed

    def having(self, facet: str, meets: Sequence[str]) -> Numbers:
        """Documents with one of these values, branches of a category included."""
        return self._table({facet: meets})[self._combination]

    def _table(self, wanted: Mapping[str, Sequence[str]]) -> Numbers:
        """Whether each combination has one of the wanted values of every facet."""
        table = np.ones(max(1, len(self._combinations)), bool)
        for facet, names, values in zip(FACETS, self._names, self._values, strict=True):
            if facet in wanted:
                right = np.array([_meets(facet, name, wanted[facet]) for name in names] or [False])
                table[: len(values)] &= right[values]
        return table

    def dated(self, since: int, until: int) -> Numbers:
        """Documents some day of whose date is within (YYYYMMDD, both included)."""
        return self._of_segments([(s.dates[0] <= until) & (s.dates[1] >= since) & (s.dates[1] > 0) for s in self._segments], bool)

    def count(self, documents: Numbers) -> dict[str, dict[str, int]]:
        counts = np.bincount(self._combination[documents], minlength=len(self._combinations))
        found = {}
        for facet, names, values in zip(FACETS, self._names, self._values, strict=True):
            of_each = np.bincount(values, counts, len(names)).astype(np.int64)
            found[facet] = {names[n]: int(of_each[n]) for n in np.flatnonzero(of_each).tolist() if names[n]}
        return found

    def values(self, facet: str) -> list[str]:
        """Every value of a facet that some document has."""
        return [name for name in self._names[FACETS.index(facet)] if name]

    def keys(self, order: Order) -> Numbers:
        """A number for every document: the higher, the earlier it stands in this order. Not for RELEVANCE."""
        if order is Order.NEWEST:
            return self._of_segments([s.dates[1] for s in self._segments], np.int64)
        if order is Order.OLDEST:
            first = self._of_segments([s.dates[0] for s in self._segments], np.int64)
            return np.where(first > 0, -first, -_LAST_DAY - 1)
        if self._ranks is None:
            codes = self._of_segments([s.codes for s in self._segments], np.bytes_)
            ranks = np.empty(len(codes), np.int64)
            ranks[np.argsort(codes, kind="stable")] = np.arange(len(codes), 0, -1)
            ranks[codes == b""] = 0  # what has no code yet stands last
            self._ranks = ranks
        return self._ranks

    def _of_segments(self, arrays: list[Numbers], kind: object) -> Numbers:
        return np.concatenate(arrays) if arrays else np.zeros(0, kind)  # type: ignore[call-overload]


def _meets(facet: str, value: str, wanted: Sequence[str]) -> bool:
    if facet == "category":
        return any(value == code or value.startswith(code + "·") for code in wanted)
    return value in wanted
