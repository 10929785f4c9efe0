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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from storage.records import Hit, Results
from storage.search.postings import LENGTH_OF_BYTE, Numbers, SegmentArrays
from storage.search.query import Query, Word

K1 = 1.2
B = 0.75
SETTLE_ALL = 300

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
        self._years = _joined([part.segment.years for part in self.parts], np.int32)
        self._categories = _Texts([part.segment.categories for part in self.parts])
        self._retentions = _Texts([part.segment.retentions for part in self.parts])
        self.count = int(np.count_nonzero(self.live))
        average = sum(part.segment.length for part in self.parts) / base if base else 1.0
        lengths = LENGTH_OF_BYTE[_joined([part.segment.length_bytes for part in self.parts], np.uint8)]
        self._norms = (K1 * ((1 - B) + B * lengths / (average or 1.0))).astype(np.float32)

    def term(self, term: str) -> tuple[Numbers, Numbers]:
        """Documents (removed ones too) and weights of a term over all segments."""
        key = term.encode()
        documents: list[Numbers] = []
        weights: list[Numbers] = []
        for part in self.parts:
            found = part.segment.find(key)
            if found is not None:
                documents.append(found[0].astype(np.int32) + np.int32(part.base))
                weights.append(found[1])
        if len(documents) == 1:
            return documents[0], weights[0]
        return _joined(documents, np.int32), _joined(weights, np.uint8)

    def search(self, query: Query, filters: Filters, limit: int, settle: Settle) -> Results:
        if not query or not self.count:
            return Results((), 0, {"category": {}, "year": {}, "retention": {}})
        allowed = self._allowed(filters)
        scores = np.zeros(self.documents, np.float32)
        asked = _Asked(self)
        sure, maybe = allowed, allowed
        for group in query.groups:
            answers = [asked.word(word) for word in group]
            sure = sure & _any(answer.sure for answer in answers)
            maybe = maybe & _any(answer.maybe for answer in answers)
            if not maybe.any():
                break
        else:
            for word in query.excluded:
                answer = asked.word(word)
                sure = sure & ~answer.maybe
                maybe = maybe & ~answer.sure
            for word in query.wanted:
                asked.add_scores(word, scores)
        unsure = np.flatnonzero(maybe & ~sure)
        if 0 < len(unsure) <= SETTLE_ALL:
            true = settle(self.items[unsure].tolist())
            maybe = sure.copy()
            maybe[unsure] = np.isin(self.items[unsure], list(true))
            sure = maybe
        return self._ranked(maybe, sure, scores, limit, settle)

    def _ranked(self, maybe: Numbers, sure: Numbers, scores: Numbers, limit: int, settle: Settle) -> Results:
        found = np.flatnonzero(maybe)
        facets = self._facets(found)
        total = len(found)
        reach = limit
        while True:
            best = self._best(found, scores[found], reach)
            if sure[best[:limit]].all():
                hits = tuple(Hit(int(self.items[n]), float(scores[n])) for n in best[:limit])
                return Results(hits, total, facets)
            # Only what is shown is asked; where rows fall away, the next look reaches further ahead.
            doubtful = best[~sure[best]]
            true = np.isin(self.items[doubtful], list(settle(self.items[doubtful].tolist())))
            sure = sure.copy()
            sure[doubtful[true]] = True
            wrong = doubtful[~true]
            if len(wrong):
                found = found[~np.isin(found, wrong)]
                total -= len(wrong)
                for name, values in self._facets(wrong).items():
                    for value, number in values.items():
                        facets[name][value] -= number
                        if not facets[name][value]:
                            del facets[name][value]
            reach *= 2

    def _best(self, found: Numbers, scores: Numbers, limit: int) -> Numbers:
        """The `limit` best of `found`, best first; among equals the newest item first."""
        if len(found) > limit:
            least = np.partition(scores, len(scores) - limit)[len(scores) - limit] if limit else np.inf
            keep = scores >= least
            found, scores = found[keep], scores[keep]
        order = np.lexsort((-self.items[found], -scores))[:limit]
        return found[order]

    def _allowed(self, filters: Filters) -> Numbers:
        allowed = self.live
        if filters.category is not None:
            branch = filters.category + "·"
            allowed = allowed & self._categories.where(lambda code: code == filters.category or code.startswith(branch))
        if filters.retention is not None:
            allowed = allowed & self._retentions.where(lambda code: code == filters.retention)
        if filters.year is not None:
            allowed = allowed & (self._years == filters.year)
        return allowed

    def _facets(self, found: Numbers) -> dict[str, dict[str, int]]:
        years = np.bincount(self._years[found]) if len(found) else np.zeros(0, np.int64)
        return {
            "category": self._categories.count(found),
            "year": {str(year): int(years[year]) for year in np.flatnonzero(years)},
            "retention": self._retentions.count(found),
        }

    def bm25(self, documents: Numbers, weights: Numbers) -> Numbers:
        frequency = weights.astype(np.float32)
        idf = math.log(self.documents / (len(documents) + 1)) + 1
        return np.float32(idf * (K1 + 1)) * frequency / (frequency + self._norms[documents])


@dataclass(frozen=True, slots=True)
class _Answer:
    sure: Numbers
    maybe: Numbers


class _Asked:
    """The terms of one query, each read once."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._terms: dict[str, tuple[Numbers, Numbers]] = {}
        self._words: dict[int, _Answer] = {}

    def word(self, word: Word) -> _Answer:
        if id(word) not in self._words:
            sure = maybe = None
            for way in word.ways:
                has = self._all(way.terms)
                maybe = has if maybe is None else maybe | has
                if way.proof:
                    sure = has if sure is None else sure | has
            assert maybe is not None
            nothing = np.zeros(self._generation.documents, bool)
            self._words[id(word)] = _Answer(nothing if sure is None else sure, maybe)
        return self._words[id(word)]

    def add_scores(self, word: Word, scores: Numbers) -> None:
        for term in dict.fromkeys(term for way in word.ways for term in way.terms):
            documents, weights = self._term(term)
            if len(documents):
                scores[documents] += self._generation.bm25(documents, weights)

    def _all(self, terms: Sequence[str]) -> Numbers:
        has = np.zeros(self._generation.documents, bool)
        for place, term in enumerate(terms):
            documents, _ = self._term(term)
            if place == 0:
                has[documents] = True
            else:
                both = np.zeros_like(has)
                both[documents] = has[documents]
                has = both
            if not len(documents):
                break
        return has

    def _term(self, term: str) -> tuple[Numbers, Numbers]:
        if term not in self._terms:
            self._terms[term] = self._generation.term(term)
        return self._terms[term]


class _Texts:
    """A column of few different texts over all segments: a number per document, and the texts."""

    def __init__(self, columns: Sequence[tuple[Numbers, list[str]]]) -> None:
        numbers: dict[str, int] = {}
        parts = []
        for values, texts in columns:
            renumbered = np.array([numbers.setdefault(text, len(numbers)) for text in texts] or [0], np.int32)
            parts.append(renumbered[values])
        self._numbers = _joined(parts, np.int32)
        self._texts = list(numbers)

    def where(self, test: Callable[[str], bool]) -> Numbers:
        passed = np.array([test(text) for text in self._texts] or [False], bool)
        return passed[self._numbers]

    def count(self, documents: Numbers) -> dict[str, int]:
        counts = np.bincount(self._numbers[documents], minlength=1)
        return {self._texts[n]: int(counts[n]) for n in np.flatnonzero(counts)}


def _any(sets: Iterable[Numbers]) -> Numbers:
    return reduce(np.bitwise_or, sets)


def _joined(arrays: Sequence[Numbers], kind: object) -> Numbers:
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)  # type: ignore[call-overload]
