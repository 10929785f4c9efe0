"""storage/search/scoring.py — one generation of the index as arrays, and ranked answers from it.

A `Generation` is one published state: its segments end to end, documents numbered through. It never changes, so any
number of threads may search it. Terms give posting arrays; AND, OR, NOT, filters and facets are work on boolean arrays,
and the ranking is BM25 exactly as Whoosh's BM25F has it (k1 1.2, b 0.75, same idf and same one-byte lengths).

Terms do not always prove a word (a word of four characters is three pairs, and pairs can stand apart). So every word
gives two sets: `sure` and `maybe`, and the truth lies between. The difference is settled by asking the text, through
`settle`: all of it while it is at most `SETTLE_ALL` documents, which makes totals and facets exact; beyond that only
for the rows that are shown, and then the total counts what the terms allow. Dictionary words, single characters, pairs,
numbers and plates are always proof, so their totals are always exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from storage.records.search import Hit, Results
from storage.search.postings import LENGTH_OF_BYTE, Numbers, SegmentArrays
from storage.search.query import Query, Way, Word

K1 = 1.2
B = 0.75
SETTLE_ALL = 300

#: When so few documents are left, lists more than this many times longer are not read any more.
FEW = 64

Settle = Callable[[Sequence[int]], set[int]]


@dataclass(frozen=True, slots=True)
class Part:
    """A segment in a generation: its documents begin at `base`; `live` marks those not replaced or removed."""

    segment: SegmentArrays
    base: int
    live: Numbers


@dataclass(frozen=True, slots=True)
class Filters:
    category: str | None = None
    year: int | None = None
    retention: str | None = None


_EVERYTHING = Filters()


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
        self._facets = _Facets([part.segment for part in self.parts])
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

    def frequency(self, term: str) -> int:
        """Documents that have a term, removed ones too, as Whoosh counts them. Reads no postings."""
        key = term.encode()
        return sum(extent[1] for part in self.parts if (extent := part.segment.terms.extent(key)))

    def weights(self, term: str) -> Numbers:
        """The weight of a term in every document, 0 where it is not."""
        key = term.encode()
        weights = np.zeros(self.documents, np.uint8)
        for part in self.parts:
            found = part.segment.find(key)
            if found is not None:
                weights[part.base : part.base + part.segment.documents][found[0]] = found[1]
        return weights

    def search(self, query: Query, filters: Filters, limit: int, settle: Settle) -> Results:
        if not query or not self.count:
            return Results((), 0, self._facets.count(np.zeros(0, np.intp)))
        asked = _Asked(self)
        sure = maybe = self.live & self._facets.allowed(filters) if filters != _EVERYTHING else self.live
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
            if len(unsure) <= SETTLE_ALL:
                true = settle(self.items[unsure].tolist())
                sure = sure.copy()
                sure[unsure] = np.isin(self.items[unsure], list(true))
                maybe = sure
        found = np.flatnonzero(maybe)
        return self._ranked(found, sure[found], asked.scores(found, query.wanted, self._norms), limit, settle)

    def _ranked(self, found: Numbers, sure: Numbers, scores: Numbers, limit: int, settle: Settle) -> Results:
        """`found` documents with their scores and whether they are surely right; `sure` is changed."""
        facets = self._facets.count(found)
        right = np.ones(len(found), bool)
        reach = limit
        while True:
            best = self._best(np.flatnonzero(right) if not right.all() else None, found, scores, reach)
            if sure[best[:limit]].all():
                break
            # Only what is shown is asked; where rows fall away, the next look reaches further ahead.
            doubtful = best[~sure[best]]
            items = self.items[found[doubtful]]
            true = np.isin(items, list(settle(items.tolist())))
            sure[doubtful[true]] = True
            right[doubtful[~true]] = False
            reach *= 2
        wrong = found[~right]
        for name, values in self._facets.count(wrong).items():
            for value, number in values.items():
                facets[name][value] -= number
                if not facets[name][value]:
                    del facets[name][value]
        hits = tuple(Hit(int(self.items[found[n]]), float(scores[n])) for n in best[:limit])
        return Results(hits, len(found) - len(wrong), facets)

    def _best(self, some: Numbers | None, found: Numbers, scores: Numbers, limit: int) -> Numbers:
        """Places in `found` (of `some`, or all) of the `limit` best, best first; among equals the newest item first."""
        if not limit:
            return np.zeros(0, np.intp)
        scores_of = scores if some is None else scores[some]
        kept = np.arange(len(scores_of))
        if len(scores_of) > limit:
            least = np.partition(scores_of, len(scores_of) - limit)[len(scores_of) - limit]
            kept = np.flatnonzero(scores_of >= least)
        places = kept if some is None else some[kept]
        order = np.lexsort((-self.items[found[places]], -scores[places]))[:limit]
        return places[order]


class _Asked:
    """The terms of one query, each read once."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._frequencies: dict[str, int] = {}
        self._weights: dict[str, Numbers] = {}

    def any_of(self, words: Sequence[Word]) -> tuple[Numbers, Numbers]:
        """Documents that surely have, and that may have, one of these words; the same array when there is no doubt."""
        sure = maybe = None
        doubt = False
        for way in (way for word in words for way in word.ways):
            has, proof = self._all(way)
            maybe = has if maybe is None else maybe | has
            if proof:
                sure = has if sure is None else sure | has
            else:
                doubt = doubt or bool(has.any())
        assert maybe is not None
        if not doubt:
            return maybe, maybe
        return np.zeros_like(maybe) if sure is None else sure, maybe

    def scores(self, found: Numbers, words: Sequence[Word], norms: Numbers) -> Numbers:
        """BM25 of these documents over the terms that were read."""
        scores = np.zeros(len(found), np.float32)
        norms_of = norms[found]
        terms = dict.fromkeys(term for word in words for way in word.ways for term in way.terms)
        for term in terms:
            if term in self._weights:
                idf = math.log(self._generation.documents / (self._frequency(term) + 1)) + 1
                weights = self._weights[term][found].astype(np.float32)
                scores += np.float32(idf * (K1 + 1)) * weights / (weights + norms_of)
        return scores

    def _all(self, way: Way) -> tuple[Numbers, bool]:
        """Documents that have all terms of a way, the rarest first; and whether that proves the word."""
        terms = sorted(way.terms, key=self._frequency)
        has = np.zeros(self._generation.documents, bool)
        if not self._frequency(terms[0]):
            return has, True  # surely nowhere
        for place, term in enumerate(terms):
            if place == 0:
                has = self._weight(term) != 0
                continue
            left = int(np.count_nonzero(has))
            if not left:
                return has, True
            if not way.proof and left <= FEW and self._frequency(term) > left * FEW:
                break  # cheaper to ask the texts of the few that are left than to read a long list
            has = has & (self._weight(term) != 0)
        return has, way.proof

    def _frequency(self, term: str) -> int:
        if term not in self._frequencies:
            self._frequencies[term] = self._generation.frequency(term)
        return self._frequencies[term]

    def _weight(self, term: str) -> Numbers:
        if term not in self._weights:
            self._weights[term] = self._generation.weights(term)
        return self._weights[term]


class _Facets:
    """Category, year and retention of every document: as one number each, and one for all three together."""

    def __init__(self, segments: Sequence[SegmentArrays]) -> None:
        self._texts: list[list[str]] = []
        numbers: list[Numbers] = []
        for column in ([s.categories for s in segments], [s.retentions for s in segments]):
            known: dict[str, int] = {}
            parts = []
            for values, texts in column:
                renumbered = np.array([known.setdefault(text, len(known)) for text in texts] or [0], np.intp)
                parts.append(renumbered[values])
            self._texts.append(list(known) or [""])
            numbers.append(_joined(parts, np.intp))
        self._years, year = np.unique(_joined([s.years for s in segments], np.int32), return_inverse=True)
        self._shape = len(self._texts[0]), len(self._texts[1]), max(1, len(self._years))
        category, retention = numbers
        self._numbers = (category * self._shape[1] + retention) * self._shape[2] + year

    def allowed(self, filters: Filters) -> Numbers:
        """Documents these filters let through."""
        table = np.ones(self._shape, bool)
        if filters.category is not None:
            branch = filters.category + "·"
            table[[not (code == filters.category or code.startswith(branch)) for code in self._texts[0]]] = False
        if filters.retention is not None:
            table[:, [code != filters.retention for code in self._texts[1]]] = False
        if filters.year is not None:
            table[:, :, self._years != filters.year] = False
        return table.ravel()[self._numbers]

    def count(self, documents: Numbers) -> dict[str, dict[str, int]]:
        size = math.prod(self._shape)
        counts = np.bincount(self._numbers[documents], minlength=size).reshape(self._shape)
        return {
            "category": _named(self._texts[0], counts.sum(axis=(1, 2))),
            "year": _named([str(year) for year in self._years.tolist()], counts.sum(axis=(0, 1))),
            "retention": _named(self._texts[1], counts.sum(axis=(0, 2))),
        }


def _named(names: Sequence[str], counts: Numbers) -> dict[str, int]:
    return {names[n]: int(counts[n]) for n in np.flatnonzero(counts).tolist()}


def _both(sure: Numbers, maybe: Numbers, surely: Numbers, perhaps: Numbers) -> tuple[Numbers, Numbers]:
    """AND of what is sure and of what may be; one array for both as long as there is no doubt."""
    if sure is maybe and surely is perhaps:
        return (both := sure & surely), both
    return sure & surely, maybe & perhaps


def _joined(arrays: Sequence[Numbers], kind: object) -> Numbers:
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)  # type: ignore[call-overload]
