"""storage/search/asking.py — the terms of one question, each read once, and what they prove.

Days and values of facets are columns of the index and leave no doubt.

Terms do not always prove a word (a word of four characters is three pairs, and pairs can stand apart). So every word
gives two sets of documents: `sure` and `maybe`, and the truth lies between; where both are the same array there is no
doubt. Threads: an `Asked` belongs to the thread that made it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from storage.search.dates import Period
from storage.search.facets import Facets
from storage.search.postings import Numbers
from storage.search.query import Choice
from storage.search.words import Like, Term, Way, Word

Column = Period | Choice

K1 = 1.2
B = 0.75
#: When so few documents are left, lists more than this many times longer are not read any more.
FEW = 64


class Abandoned(Exception):
    """Nobody waits for this answer any more."""


class Lists(Protocol):
    """Where the terms are: a generation of the index."""

    documents: int
    facets: Facets

    def frequency(self, term: str) -> int: ...

    def weights(self, term: str) -> Numbers: ...

    def matching(self, like: Like) -> Numbers: ...


class Asked:
    """`cancelled` is asked before every step; then Abandoned is raised."""

    def __init__(self, lists: Lists, cancelled: Callable[[], bool]) -> None:
        self._lists = lists
        self._cancelled = cancelled
        self._frequencies: dict[Term, int] = {}
        self._weights: dict[Term, Numbers] = {}
        self._columns: dict[Column, Numbers] = {}

    def go_on(self) -> None:
        """Raises Abandoned when nobody waits any more."""
        if self._cancelled():
            raise Abandoned

    def any_of(self, terms: Sequence[Word | Column]) -> tuple[Numbers, Numbers]:
        """Documents that surely have, and that may have, one of these; the same array when there is no doubt."""
        sure = maybe = None
        doubt = False
        for has, proof in self._answers(terms):
            maybe = has if maybe is None else maybe | has
            if proof:
                sure = has if sure is None else sure | has
            else:
                doubt = doubt or bool(has.any())
        assert maybe is not None
        if not doubt:
            return maybe, maybe
        return np.zeros_like(maybe) if sure is None else sure, maybe

    def _answers(self, terms: Sequence[Word | Column]) -> Iterator[tuple[Numbers, bool]]:
        for term in terms:
            if isinstance(term, Word):
                yield from map(self._all, term.ways)
            else:
                yield self.column(term), True

    def column(self, term: Column) -> Numbers:
        """Documents of these days, or with one of these values."""
        if term not in self._columns:
            facets = self._lists.facets
            if isinstance(term, Period):
                self._columns[term] = facets.dated(term.since, term.until)
            else:
                self._columns[term] = facets.having(term.facet, term.values)
        return self._columns[term]

    def scores(self, found: Numbers, words: Sequence[Word], norms: Numbers) -> Numbers:
        """BM25 of these documents over the terms that were read. What has a word itself stands before what has it loosely."""
        norms_of = norms[found]
        scores = self._bm25(found, (t for word in words for way in word.ways if not way.loose for t in way.terms), norms_of)
        for word in words:
            loose = dict.fromkeys(term for way in word.ways if way.loose for term in way.terms)
            if not loose.keys() & self._weights.keys():
                continue
            itself = dict.fromkeys(term for way in word.ways if not way.loose for term in way.terms)
            strict = self._bm25(found, itself, norms_of)
            least = strict[strict > 0].min(initial=1)
            less = self._bm25(found, loose, norms_of)
            scores += np.where(strict > 0, 0, least * less / (1 + less))
        return scores

    def _bm25(self, found: Numbers, terms: Iterable[Term], norms_of: Numbers) -> Numbers:
        scores = np.zeros(len(found), np.float32)
        for term in dict.fromkeys(terms):
            if term in self._weights:
                idf = math.log(self._lists.documents / (self._frequency(term) + 1)) + 1
                weights = self._weights[term][found].astype(np.float32)
                scores += np.float32(idf * (K1 + 1)) * weights / (weights + norms_of)
        return scores

    def _all(self, way: Way) -> tuple[Numbers, bool]:
        """Documents that have all terms of a way, the rarest first; and whether that proves the word."""
        # To know how frequent a kind of terms is, it must be read: last.
        terms = sorted(way.terms, key=lambda term: (isinstance(term, Like), 0 if isinstance(term, Like) else self._frequency(term)))
        has = np.zeros(self._lists.documents, bool)
        if not isinstance(terms[0], Like) and not self._frequency(terms[0]):
            return has, True  # surely nowhere
        for place, term in enumerate(terms):
            if place == 0:
                has = self._weight(term) != 0
                continue
            left = int(np.count_nonzero(has))
            if not left:
                return has, True
            if not way.proof and left <= FEW and (isinstance(term, Like) or self._frequency(term) > left * FEW):
                break  # cheaper to ask the texts of the few that are left than to read a long list
            has = has & (self._weight(term) != 0)
        return has, way.proof

    def _frequency(self, term: Term) -> int:
        if term not in self._frequencies:
            if isinstance(term, Like):
                self._frequencies[term] = int(np.count_nonzero(self._weight(term)))
            else:
                self._frequencies[term] = self._lists.frequency(term)
        return self._frequencies[term]

    def _weight(self, term: Term) -> Numbers:
        if term not in self._weights:
            self.go_on()
            self._weights[term] = self._lists.matching(term) if isinstance(term, Like) else self._lists.weights(term)
        return self._weights[term]
