"""storage/search/merging.py — many segments into one, in bulk and in steps.

Which segments are merged: those of one size class (a class is a factor of four) once there are four, with everything
smaller, as many as fit into one segment; and any segment that still holds the words of a removed record, or of which
a good part has been replaced. So a hundred filings one by one leave a handful of segments, and what was destroyed in
the archive is gone from the index too.

`pieces` works through the terms in alphabetical stretches of about `STEP_POSTINGS` postings, so memory stays flat and
the caller can do something more urgent between two steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from whoosh.codec.whoosh3 import W3Segment
from whoosh.filedb.filestore import Storage

from storage.search.dictionary import BETWEEN, pack_terms
from storage.search.lists import pack_all
from storage.search.postings import (
    FIELD,
    LENGTH_OF_BYTE,
    SEGMENT_DOCUMENTS,
    TERMS,
    Numbers,
    SegmentArrays,
    write_columns,
    write_file,
)
from storage.search.scoring import Generation, Part

#: No merge makes a larger segment: it stays a matter of seconds, and leaves little free space in the file behind.
LARGEST = SEGMENT_DOCUMENTS // 2
CLASS_FACTOR = 4
CLASS_LIMIT = 4
#: So many times as many may stand for as long as somebody is asking questions.
PATIENCE = 3
#: A segment is written anew when this share of it has been replaced.
MOSTLY_DEAD = 0.3
STEP_POSTINGS = 1_500_000


def due(generation: Generation, *, patient: bool = False) -> list[Part]:
    """The segments to merge next; empty when all is well. When `patient`, only what cannot wait: words of a removed record,
    and more segments than a question should go through.
    """
    living = generation.items[generation.live]
    for part in generation.parts:
        dead = ~part.live
        if not dead.any():
            continue
        gone = ~np.isin(part.segment.items[dead], living)
        if gone.any() or (not patient and np.count_nonzero(dead) > MOSTLY_DEAD * part.segment.documents):
            return [part]
    small = sorted((part for part in generation.parts if _size(part) <= LARGEST // 2), key=lambda part: _size(part))
    classes = [_class(_size(part)) for part in small]
    limit = CLASS_LIMIT * PATIENCE if patient else CLASS_LIMIT
    full = [number for number in set(classes) if classes.count(number) >= limit]
    if not full:
        return []
    taken: list[Part] = []
    total = 0
    for part, number in zip(small, classes, strict=True):
        total += _size(part)
        if number > max(full) or total > LARGEST:
            break
        taken.append(part)
    return taken if len(taken) > 1 else []


def _size(part: Part) -> int:
    return int(np.count_nonzero(part.live))


def _class(size: int) -> int:
    number = 0
    while size >= CLASS_FACTOR:
        size //= CLASS_FACTOR
        number += 1
    return number


@dataclass(frozen=True, slots=True)
class Source:
    """A segment to be merged, and where each of its documents goes (-1: nowhere)."""

    segment: SegmentArrays
    places: Numbers


def sources(parts: Sequence[Part]) -> list[Source]:
    found, base = [], 0
    for part in parts:
        places = np.where(part.live, np.cumsum(part.live) - 1 + base, -1)
        base += _size(part)
        found.append(Source(part.segment, places))
    return found


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the merged segment: its terms, and their posting lists as they go into the file."""

    text: bytes
    counts: Numbers
    sizes: Numbers
    postings: bytes


def pieces(merged: Sequence[Source]) -> Iterator[Piece]:
    last = [0] * len(merged)
    documents = sum(int(np.count_nonzero(source.places >= 0)) for source in merged)
    for pivot in _pivots(merged):
        beyond = [len(s.segment.terms) if pivot is None else s.segment.terms.find(pivot) for s in merged]
        yield _piece(merged, last, beyond, documents)
        last = beyond


def _pivots(merged: Sequence[Source]) -> Iterator[bytes | None]:
    """Terms at which to cut, taken from the largest segment, then None for the end."""
    postings = [np.cumsum(source.segment.terms.counts, dtype=np.int64) for source in merged]
    totals = [int(each[-1]) if len(each) else 0 for each in postings]
    largest = totals.index(max(totals))
    terms, before = merged[largest].segment.terms, postings[largest]
    step = max(1, STEP_POSTINGS * totals[largest] // max(1, sum(totals)))
    number = 0
    while True:
        target = step + (int(before[number - 1]) if number else 0)
        number = max(number + 1, int(np.searchsorted(before, target)) + 1)
        if number >= len(terms):
            yield None
            return
        yield terms.term(number)


def _piece(merged: Sequence[Source], first: Sequence[int], beyond: Sequence[int], documents: int) -> Piece:
    terms = [s.segment.terms.between(a, b) for s, a, b in zip(merged, first, beyond, strict=True)]
    every = sorted(set().union(*terms))
    number = {term: n for n, term in enumerate(every)}
    keys: list[Numbers] = []
    weights: list[Numbers] = []
    for source, own, a, b in zip(merged, terms, first, beyond, strict=True):
        if not len(own):
            continue
        places, weight = source.segment.lists(a, b)
        term = np.repeat(np.fromiter((number[t] for t in own), np.int64, len(own)), source.segment.terms.counts[a:b])
        place = source.places[places]
        kept = place >= 0
        keys.append((term * SEGMENT_DOCUMENTS + place)[kept])
        weights.append(weight[kept])
    key = np.concatenate(keys) if keys else np.zeros(0, np.int64)
    order = np.argsort(key, kind="stable")
    key = key[order]
    counts = np.bincount(key // SEGMENT_DOCUMENTS, minlength=len(every))
    used = np.flatnonzero(counts)
    counts = counts[used]
    weight = np.concatenate(weights)[order] if weights else np.zeros(0, np.uint8)
    packed, sizes = pack_all(key % SEGMENT_DOCUMENTS, weight, counts, documents)
    return Piece(BETWEEN.join(every[n] for n in used), counts, sizes, packed)


def finish(merged: Sequence[Source], done: Sequence[Piece], storage: Storage, segment: W3Segment) -> None:
    """Writes everything but the postings, which the caller has put down piece by piece."""
    text = BETWEEN.join(piece.text for piece in done if len(piece.counts))
    counts = np.concatenate([piece.counts for piece in done])
    sizes = np.concatenate([piece.sizes for piece in done])
    write_file(storage, segment, TERMS, pack_terms(text, counts, sizes))
    documents = [source.segment.columns(n) for source in merged for n in np.flatnonzero(source.places >= 0).tolist()]
    length_bytes = np.concatenate([source.segment.length_bytes[source.places >= 0] for source in merged]).tolist()
    write_columns(storage, segment, documents, length_bytes)
    segment.set_doc_count(len(length_bytes))
    segment._fieldlengths = {FIELD: int(LENGTH_OF_BYTE[np.array(length_bytes, np.int64)].sum())}
