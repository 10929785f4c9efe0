"""storage/search/matching.py — terms of one kind (words.Like) in the dictionary of a segment, and the documents that have them.

Terms that begin alike lie side by side, in the dictionary and in the file, so a beginning is one read. What stands within
or at the end of terms is looked for in the dictionary's bytes, which are in memory. Threads: any. Raises BadSegment.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from storage.search import analysis
from storage.search.dictionary import BETWEEN, TermDictionary
from storage.search.lists import Numbers
from storage.search.postings import HEAVIEST, SegmentArrays
from storage.search.words import Like

#: Lists with no more others between them are read together, when they are more than a few.
NEAR, FEW_LISTS = 4, 16

# Runs of letters and digits stand between these in the dictionary.
_FIRST, _BEYOND = b"0", "\u2e80".encode()
_MARKS = sorted(mark.encode() for mark in (*map(analysis.mark, analysis.FIELD_MARKS), analysis.SOUND_MARK))


def weights(segment: SegmentArrays, like: Like) -> Numbers:
    """How much the terms of this kind weigh together in every document of the segment."""
    numbers = np.fromiter(_numbers(segment.terms, like), np.int64)
    lists = [
        one
        for stretch in np.split(numbers, np.flatnonzero(np.diff(numbers) > NEAR) + 1)
        for one in (map(segment.postings_of, stretch.tolist()) if len(stretch) <= FEW_LISTS else (_some(segment, stretch),))
    ]
    if not lists:
        return np.zeros(segment.documents, np.uint8)
    documents, weight = map(np.concatenate, zip(*lists, strict=True))
    return np.minimum(np.bincount(documents, weight, segment.documents), HEAVIEST).astype(np.uint8)


def _some(segment: SegmentArrays, numbers: Numbers) -> tuple[Numbers, Numbers]:
    """The lists of these terms, end to end."""
    first, beyond = int(numbers[0]), int(numbers[-1]) + 1
    documents, weight = segment.lists(first, beyond)
    if len(numbers) == beyond - first:
        return documents, weight
    wanted = np.zeros(beyond - first, bool)
    wanted[numbers - first] = True
    kept = np.repeat(wanted, segment.terms.counts[first:beyond])
    return documents[kept], weight[kept]


def _numbers(terms: TermDictionary, like: Like) -> Iterator[int]:
    mark, marked, prefix = like.prefix.rpartition(analysis.MARK)
    piece = like.holds.encode() + BETWEEN * like.last
    for first, beyond in _ranges(terms, like.prefix, bool(marked)):
        if prefix and not piece and like.pattern is None:
            yield from range(first, beyond)
            continue
        some = terms.holding(piece, first, beyond) if piece else enumerate(terms.between(first, beyond), first)
        for number, term in some:
            text = term.decode()[len(mark) + len(marked) :]
            if len(text) >= like.least and _is_run(text) and (like.pattern is None or like.pattern.search(text)):
                yield number


def _ranges(terms: TermDictionary, prefix: str, marked: bool) -> Iterator[tuple[int, int]]:
    """Where the terms are that begin so; without a mark none of those that have one, and no Chinese."""
    first, beyond = terms.find(prefix.encode()), terms.find(prefix.encode() + b"\xff")
    if marked:
        yield first, beyond
        return
    first, beyond = max(first, terms.find(_FIRST)), min(beyond, terms.find(_BEYOND))
    for mark in _MARKS:
        other = terms.find(mark)
        if first < other < beyond:
            yield first, other
        if other < beyond:
            first = max(first, terms.find(mark + b"\xff"))
    if first < beyond:
        yield first, beyond


def _is_run(text: str) -> bool:
    """Not a run together with its neighbour, and not a whole number behind its sign."""
    return text[:1] != "=" and (text.isascii() or max(text) < "\u2e80")
