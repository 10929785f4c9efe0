"""storage/search/lists.py — posting lists as bytes: as short as they can be, and read in bulk.

A list is the documents (ascending) that have a term, with its weight in each. First one bit a document says where the
term weighs more than 1 (two of three times it does not), then come those weights, a byte each, then the document
numbers in the shortest of three forms:

- two bytes each (rare terms),
- one bit for every document of the segment (common terms),
- one byte for the step from the document before, where 255 means that the step goes on (all others).

Which form it is follows from the length, because of equals the first is taken. One list is read by `unpack` or `spread`; `pack_all`
and `unpack_all` do a whole stretch of lists at once, for building and merging. Numbers are little-endian; bits begin
with the highest. Raises `BadSegment` when a list does not have the form it should have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]

#: A step of this size is continued in the next byte.
_ON = 255
#: Postings packed in one go, so that the arrays needed meanwhile stay small.
_AT_ONCE = 1_000_000


class BadSegment(Exception):
    """A segment's files do not fit together. The index is damaged."""


def unpack(raw: bytes, count: int, size: int) -> tuple[Numbers, Numbers]:
    """The documents and the weights of one list; `size` is the number of documents in the segment."""
    heavy, heavier, beyond = _heavy(raw, count)
    weights = np.ones(count, np.uint8)
    weights[heavy] = heavier
    bits = _bits(raw, beyond, count, size)
    return (np.flatnonzero(bits.view(bool)) if bits is not None else _documents(raw, beyond, count, size)), weights


def spread(raw: bytes, count: int, size: int) -> Numbers:
    """The weight in every document of the segment, 0 where the term is not."""
    heavy, heavier, beyond = _heavy(raw, count)
    of_all = _bits(raw, beyond, count, size)
    if of_all is None:
        documents = _documents(raw, beyond, count, size)
        of_all = np.zeros(size, np.uint8)
        of_all[documents] = 1
    else:
        documents = np.flatnonzero(of_all.view(bool))
    of_all[documents[heavy]] = heavier
    return of_all


def _heavy(raw: bytes, count: int) -> tuple[Numbers, Numbers, int]:
    """Which postings weigh more than 1, how much these weigh, and where the documents begin."""
    marks = -(-count // 8)
    if marks > len(raw):
        raise BadSegment("a list is short")
    heavy = np.flatnonzero(np.unpackbits(np.frombuffer(raw, np.uint8, marks), count=count).view(bool))
    if marks + len(heavy) > len(raw):
        raise BadSegment("a list is short")
    return heavy, np.frombuffer(raw, np.uint8, len(heavy), marks), marks + len(heavy)


def _bits(raw: bytes, beyond: int, count: int, size: int) -> Numbers | None:
    """1 for every document that has the term, when the list has that form."""
    left = len(raw) - beyond
    if left == 2 * count or left != -(-size // 8):
        return None
    bits = np.unpackbits(np.frombuffer(raw, np.uint8, left, beyond), count=size)
    if np.count_nonzero(bits) != count:
        raise BadSegment("a list does not fit its term")
    return bits


def _documents(raw: bytes, beyond: int, count: int, size: int) -> Numbers:
    """Of a list in one of the other forms."""
    left = len(raw) - beyond
    if left == 2 * count:
        documents: Numbers = np.frombuffer(raw, "<u2", count, beyond)
    else:
        steps = np.frombuffer(raw, np.uint8, left, beyond)
        documents = np.cumsum(steps, dtype=np.uint32)[steps != _ON]
    if len(documents) != count or (count and int(documents[-1]) >= size):
        raise BadSegment("a list does not fit its term")
    return documents


def pack_all(documents: Numbers, weights: Numbers, counts: Numbers, size: int) -> tuple[bytes, Numbers]:
    """Many lists one after the other, and the bytes each takes. `counts` postings of every term, none of them 0."""
    ends = np.cumsum(counts, dtype=np.int64)
    packed: list[bytes] = []
    sizes: list[Numbers] = [np.zeros(0, np.int64)]
    term = 0
    while term < len(counts):
        first = int(ends[term] - counts[term])
        beyond = max(term + 1, int(np.searchsorted(ends, first + _AT_ONCE, "right")))
        last = int(ends[beyond - 1])
        data, taken = _packed(
            documents[first:last].astype(np.int64), weights[first:last], counts[term:beyond].astype(np.int64), size
        )
        packed.append(data)
        sizes.append(taken)
        term = beyond
    return b"".join(packed), np.concatenate(sizes)


def _packed(documents: Numbers, weights: Numbers, counts: Numbers, size: int) -> tuple[bytes, Numbers]:
    begins = _begins(counts)
    term = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(documents)) - begins[term]
    steps = np.diff(documents, prepend=0)
    steps[begins] = documents[begins]
    more = steps // _ON
    wide, bits, step = 2 * counts, -(-size // 8), counts + np.add.reduceat(more, begins)
    shortest = np.minimum(np.minimum(wide, bits), step)
    is_wide = wide == shortest
    is_bits = ~is_wide & (shortest == bits)
    is_step = ~is_wide & ~is_bits
    marks = -(-counts // 8)
    is_heavy = weights > 1
    heavy = np.add.reduceat(is_heavy, begins, dtype=np.int64)
    sizes = marks + heavy + shortest
    places = _begins(sizes)
    out = np.zeros(int(sizes.sum()), np.uint8)

    flags = np.zeros(8 * int(marks.sum()), np.uint8)
    flags[(8 * _begins(marks)[term] + within)[is_heavy]] = 1
    out[_stretches(places, marks)] = np.packbits(flags)
    out[_stretches(places + marks, heavy)] = weights[is_heavy]

    at = places + marks + heavy
    some = np.flatnonzero(is_wide[term])
    low = at[term[some]] + 2 * within[some]
    out[low] = documents[some] & 0xFF
    out[low + 1] = documents[some] >> 8

    some = np.flatnonzero(is_bits[term])
    flags = np.zeros(8 * bits * int(np.count_nonzero(is_bits)), np.uint8)
    flags[8 * bits * (np.cumsum(is_bits) - 1)[term[some]] + documents[some]] = 1
    out[_stretches(at[is_bits], np.full(np.count_nonzero(is_bits), bits))] = np.packbits(flags)

    some = np.flatnonzero(is_step[term])
    out[_stretches(at[is_step], step[is_step])] = _ON
    so_far = np.cumsum(more)
    before = so_far[begins] - more[begins]
    out[at[term[some]] + within[some] + so_far[some] - before[term[some]]] = steps[some] % _ON
    return out.tobytes(), sizes


def unpack_all(raw: bytes, counts: Numbers, sizes: Numbers, size: int) -> tuple[Numbers, Numbers]:
    """The reverse of `pack_all`: flat arrays of documents and weights."""
    data = np.frombuffer(raw, np.uint8)
    counts, sizes = counts.astype(np.int64), sizes.astype(np.int64)
    if not len(counts):
        return np.zeros(0, np.int64), np.zeros(0, np.uint8)
    begins, places, marks = _begins(counts), _begins(sizes), -(-counts // 8)
    term = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(int(counts.sum())) - begins[term]
    flags = np.unpackbits(data[_stretches(places, marks)])
    is_heavy = flags[8 * _begins(marks)[term] + within].astype(bool)
    heavy = np.add.reduceat(is_heavy, begins, dtype=np.int64)
    weights = np.ones(len(term), np.uint8)
    weights[is_heavy] = data[_stretches(places + marks, heavy)]

    at, left, bits = places + marks + heavy, sizes - marks - heavy, -(-size // 8)
    if (left <= 0).any():
        raise BadSegment("a list is short")
    is_wide = left == 2 * counts
    is_bits = ~is_wide & (left == bits)
    is_step = ~is_wide & ~is_bits
    documents = np.zeros(len(term), np.int64)
    some = np.flatnonzero(is_wide[term])
    low = at[term[some]] + 2 * within[some]
    documents[some] = data[low].astype(np.int64) | (data[low + 1].astype(np.int64) << 8)

    rows = data[_stretches(at[is_bits], left[is_bits])].reshape(-1, bits)
    found = np.nonzero(np.unpackbits(rows, axis=1, count=size).view(bool))
    if not np.array_equal(np.bincount(found[0], minlength=len(rows)), counts[is_bits]):
        raise BadSegment("a list does not fit its term")
    documents[is_bits[term]] = found[1]

    steps = data[_stretches(at[is_step], left[is_step])].astype(np.int64)
    so_far = np.cumsum(steps)
    first = _begins(left[is_step])
    before = np.repeat(so_far[first] - steps[first], left[is_step])
    last = steps != _ON
    if not np.array_equal(np.add.reduceat(last, first, dtype=np.int64) if len(first) else first, counts[is_step]):
        raise BadSegment("a list does not fit its term")
    documents[is_step[term]] = (so_far - before)[last]
    if int(documents.max()) >= size:
        raise BadSegment("a list names a document that is not there")
    return documents, weights


def _begins(lengths: Numbers) -> Numbers:
    """Where each of these stretches begins when they lie end to end."""
    begins = np.cumsum(lengths, dtype=np.int64)
    return begins - lengths


def _stretches(places: Numbers, lengths: Numbers) -> Numbers:
    """Every index of the stretches that begin at `places`."""
    return np.repeat(places - _begins(lengths), lengths) + np.arange(int(lengths.sum()))
