"""storage/search/scoring.py — one generation of the index as arrays, and ranked answers from it.

A `Generation` is one published state: its segments end to end, documents numbered through. It never changes, so any
number of threads may search it. Terms give posting arrays; AND, OR, NOT, filters and facets are work on boolean arrays,
and the ranking is BM25 exactly as Whoosh's BM25F has it (k1 1.2, b 0.75, same idf and same one-byte lengths).

A question gives two sets (asking.py): `sure` and `maybe`. The difference is settled by asking the text, through a settler:
all of it while it is at most `SETTLE_ALL` documents, or whenever an exact answer is wanted; beyond that only for the rows
that are shown, and then the total is the most that it can be, and says so. Dictionary words, single characters, pairs,
numbers and plates are always proof, so their totals are always exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from storage.records.search import NO_FILTERS, Filters, Hit, Order, Results
from storage.search import matching
from storage.search.asking import K1, Asked, B
from storage.search.dates import Period
from storage.search.facets import Facets
from storage.search.postings import LENGTH_OF_BYTE, Numbers, SegmentArrays
from storage.search.query import Choice, Query
from storage.search.words import Like, Word

#: So many documents are settled by their texts at most, so that totals and facets are exact.
SETTLE_ALL = 300

Settle = Callable[[Sequence[int]], set[int]]
#: From what a text must meet to what settles it.
Settler = Callable[[Callable[[str], bool]], Settle]
#: Of each of these documents, whether it is what is asked for.
Truly = Callable[[Numbers], Numbers]


@dataclass(frozen=True, slots=True)
class Part:
    """A segment in a generation: its documents begin at `base`; `live` marks those not replaced or removed."""

    segment: SegmentArrays
    base: int
    live: Numbers


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an answer is narrowed, sorted and cut. `exact`: however long it takes. `cancelled` is asked between steps."""

    filters: Filters = NO_FILTERS
    order: Order = Order.RELEVANCE
    limit: int = 50
    exact: bool = False
    cancelled: Callable[[], bool] = lambda: False


class Generation:
    def __init__(self, number: int, bookmark: int, segments: Sequence[tuple[SegmentArrays, Numbers]]) -> None:
        self.number = number
        self.bookmark = bookmark
        self.parts: list[Part] = []
        base = 0
        for segment, live in segments:
            self.parts.append(Part(segment, base, live))
            base += segment.documents
        self.documents = base
        self.live = _joined([part.live for part in self.parts], bool)
        self.items = _joined([part.segment.items for part in self.parts], np.int64)
        self.count = int(np.count_nonzero(self.live))
        self.facets = Facets([part.segment for part in self.parts])
        average = sum(part.segment.length for part in self.parts) / base if base else 1.0
        lengths = LENGTH_OF_BYTE[_joined([part.segment.length_bytes for part in self.parts], np.uint8)]
        self._norms = (K1 * ((1 - B) + B * lengths / (average or 1.0))).astype(np.float32)

    def without(self, items: Sequence[int]) -> Generation:
        """The same, as if these items had been removed."""
        if not items:
            return self
        less = copy(self)
        less.live = self.live & ~np.isin(self.items, items)
        less.count = int(np.count_nonzero(less.live))
        return less

    def with_states(self, states: Mapping[str, Sequence[int]]) -> Generation:
        """The same, with these items in another state than their column says."""
        if not any(states.values()):
            return self
        changed = copy(self)
        changed.facets = self.facets.with_states(states, self.items)
        return changed

    def frequency(self, term: str) -> int:
        """Documents that have a term, removed ones too, as Whoosh counts them. Reads no postings."""
        key = term.encode()
        return sum(part.segment.terms.count(key) for part in self.parts)

    def weights(self, term: str) -> Numbers:
        """The weight of a term in every document, 0 where it is not."""
        key = term.encode()
        found = [(part.segment, part.segment.weights(key)) for part in self.parts]
        return _joined([np.zeros(segment.documents, np.uint8) if own is None else own for segment, own in found], np.uint8)

    def search(self, query: Query, asked_for: Wanted, settler: Settler) -> Results:
        """The answer; raises Abandoned when it is cancelled."""
        if not (query or asked_for.filters) or not self.count:
            return Results((), 0, self.facets.count(np.zeros(0, np.intp)), query.notes)
        asked = Asked(self, asked_for.cancelled)
        truly = self._truly(query, asked, settler)
        sure = maybe = self.live & self.facets.allowed(asked_for.filters) if asked_for.filters else self.live
        for group in query.groups:
            sure, maybe = _both(sure, maybe, *asked.any_of(group))
            if not maybe.any():
                break
        else:
            for word in query.excluded:
                surely, perhaps = asked.any_of((word,))
                sure, maybe = _both(sure, maybe, ~perhaps, ~surely)
        if sure is not maybe:
            unsure = np.flatnonzero(maybe & ~sure)
            if len(unsure) <= SETTLE_ALL or asked_for.exact:
                sure = sure.copy()
                for first in range(0, len(unsure), SETTLE_ALL):
                    asked.go_on()
                    some = unsure[first : first + SETTLE_ALL]
                    sure[some] = truly(some)
                maybe = sure
        found = np.flatnonzero(maybe)
        if asked_for.order is Order.RELEVANCE:
            keys = asked.scores(found, query.wanted, self._norms)
        else:
            keys = self.facets.keys(asked_for.order)[found]
        return replace(self._ranked(found, sure[found], keys, asked_for.limit, truly), notes=query.notes)

    def _truly(self, query: Query, asked: Asked, settler: Settler) -> Truly:
        """Asks the texts of documents, which have some of the days and values of the question."""
        columns = [term for group in (*query.groups, query.excluded) for term in group if not isinstance(term, Word)]

        def truly(documents: Numbers) -> Numbers:
            alike: dict[frozenset[Period | Choice], list[int]] = {}
            for place, document in enumerate(documents.tolist()):
                met = frozenset(term for term in columns if asked.column(term)[document])
                alike.setdefault(met, []).append(place)
            true = np.zeros(len(documents), bool)
            for met, places in alike.items():
                items = self.items[documents[places]]
                accepted = settler(partial(query.accepts, met=met))(items.tolist())
                true[places] = np.isin(items, list(accepted))
            return true

        return truly

    def _ranked(self, found: Numbers, sure: Numbers, keys: Numbers, limit: int, truly: Truly) -> Results:
        """`found` documents with what they are sorted by and whether they are surely right; `sure` is changed."""
        right = np.ones(len(found), bool)
        reach = limit
        while True:
            best = self._best(np.flatnonzero(right) if not right.all() else None, found, keys, reach)
            if sure[best[:limit]].all():
                break
            # Only what is shown is asked; where rows fall away, the next look reaches further ahead.
            doubtful = best[~sure[best]]
            true = truly(found[doubtful])
            sure[doubtful[true]] = True
            right[doubtful[~true]] = False
            reach *= 2
        true_ones = found if right.all() else found[right]
        shown = best[:limit]
        hits = tuple(map(Hit, self.items[found[shown]].tolist(), keys[shown].astype(np.float64).tolist()))
        return Results(hits, len(true_ones), self.facets.count(true_ones), exact=bool(sure[right].all()))

    def matching(self, like: Like) -> Numbers:
        """The weight of all terms of a kind in every document, 0 where there is none."""
        found = [matching.weights(part.segment, like) for part in self.parts]
        return _joined(found, np.uint8)

    def _best(self, some: Numbers | None, found: Numbers, keys: Numbers, limit: int) -> Numbers:
        """Places in `found` (of `some`, or all) of the `limit` best, best first; among equals the newest item first."""
        if not limit:
            return np.zeros(0, np.intp)
        keys_of = keys if some is None else keys[some]
        kept = np.arange(len(keys_of))
        if len(keys_of) > limit:
            least = np.partition(keys_of, len(keys_of) - limit)[len(keys_of) - limit]
            kept = np.flatnonzero(keys_of >= least)
        places = kept if some is None else some[kept]
        order = np.lexsort((-self.items[found[places]], -keys[places]))[:limit]
        return places[order]


def _both(sure: Numbers, maybe: Numbers, surely: Numbers, perhaps: Numbers) -> tuple[Numbers, Numbers]:
    """AND of what is sure and of what may be; one array for both as long as there is no doubt."""
    if sure is maybe and surely is perhaps:
        return (both := sure & surely), both
    return sure & surely, maybe & perhaps


def _joined(arrays: Sequence[Numbers], kind: object) -> Numbers:
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)  # type: ignore[call-overload]
