"""storage/search/asking.py — the terms of one question, each read once, and what they prove.

Terms do not always prove a word (a word of four characters is three pairs, and pairs can stand apart). So every word
gives two sets of documents: `sure` and `maybe`, and the truth lies between; where both are the same array there is no
doubt. Threads: an `Asked` belongs to the thread that made it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from storage.search.postings import Numbers
from storage.search.query import Way, Word

K1 = 1.2
B = 0.75
#: When so few documents are left, lists more than this many times longer are not read any more.
FEW = 64


class Abandoned(Exception):
    """Nobody waits for this answer any more."""


class Lists(Protocol):
    """Where the terms are: a generation of the index."""

    documents: int

    def frequency(self, term: str) -> int: ...

    def weights(self, term: str) -> Numbers: ...


class Asked:
    """`cancelled` is asked before every list that is read; then Abandoned is raised."""

    def __init__(self, lists: Lists, cancelled: Callable[[], bool]) -> None:
        self._lists = lists
        self._cancelled = cancelled
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
                idf = math.log(self._lists.documents / (self._frequency(term) + 1)) + 1
                weights = self._weights[term][found].astype(np.float32)
                scores += np.float32(idf * (K1 + 1)) * weights / (weights + norms_of)
        return scores

    def _all(self, way: Way) -> tuple[Numbers, bool]:
        """Documents that have all terms of a way, the rarest first; and whether that proves the word."""
        terms = sorted(way.terms, key=self._frequency)
        has = np.zeros(self._lists.documents, bool)
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
            self._frequencies[term] = self._lists.frequency(term)
        return self._frequencies[term]

    def _weight(self, term: str) -> Numbers:
        if term not in self._weights:
            if self._cancelled():
                raise Abandoned
            self._weights[term] = self._lists.weights(term)
        return self._weights[term]
