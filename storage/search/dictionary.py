"""storage/search/dictionary.py — the sorted terms of one segment, and where in `.pst` each has its list.

In memory: the terms one after the other with a NUL between, the first of every BLOCK as an entry to them, and of every
term how many postings it has and where its list begins. A term is found by two bisections in C, one over the blocks and
one within. In the file the same, packed. Raises `BadSegment` when the file does not fit together.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import numpy as np
import zstandard

from storage.search.lists import BadSegment, Numbers

#: What stands between two terms, and in none.
BETWEEN = b"\0"
BLOCK = 64
_HEADER = struct.Struct("<4sIQ")  # magic, number of terms, bytes of what is packed
_MAGIC = b"AJT2"
#: Of each term: postings less one (two bytes), bytes of its list (four).
_EACH = 6
_LEVEL = 3


class TermDictionary:
    """`counts[n]` the postings of the nth term; its list is the bytes of `.pst` from `starts[n]` to `starts[n + 1]`."""

    def __init__(self, raw: bytes) -> None:
        try:
            magic, count, size = _HEADER.unpack_from(raw)
            if magic != _MAGIC:
                raise BadSegment("not a term dictionary")
            whole = zstandard.ZstdDecompressor().decompress(raw[_HEADER.size :], max_output_size=size)
        except (struct.error, zstandard.ZstdError) as error:
            raise BadSegment("a term dictionary that cannot be read") from error
        if len(whole) != size or size < _EACH * count:
            raise BadSegment("term dictionary does not fit its header")
        self.counts = np.frombuffer(whole, "<u2", count).astype(np.uint32) + 1
        self.starts = np.zeros(count + 1, np.uint32)
        np.cumsum(np.frombuffer(whole, "<u4", count, 2 * count), out=self.starts[1:])
        self._text = whole[_EACH * count :]
        ends = np.flatnonzero(np.frombuffer(self._text, np.uint8) == 0)
        if len(ends) != max(0, count - 1):
            raise BadSegment("term dictionary has another number of terms")
        # Where every block of terms begins, and where the last one would be followed by another.
        self._blocks: list[int] = [0, *(ends[BLOCK - 1 :: BLOCK] + 1).tolist(), len(self._text) + 1] if count else [0]
        self._heads = [self._text[here : self._text.find(BETWEEN, here)] for here in self._blocks[:-2]]
        self._heads += [self._block(len(self._heads))[0]] if count else []

    def __len__(self) -> int:
        return len(self.counts)

    def _block(self, number: int) -> list[bytes]:
        return self._text[self._blocks[number] : self._blocks[number + 1] - 1].split(BETWEEN)

    def term(self, number: int) -> bytes:
        return self._block(number // BLOCK)[number % BLOCK]

    def find(self, term: bytes) -> int:
        """The number of the first term that is not less than `term`."""
        block = bisect_right(self._heads, term) - 1
        return block * BLOCK + bisect_left(self._block(block), term) if block >= 0 else 0

    def number(self, term: bytes) -> int | None:
        """The number of a term, None when the segment does not have it."""
        block = bisect_right(self._heads, term) - 1
        if block < 0:
            return None
        terms = self._block(block)
        place = bisect_left(terms, term)
        return block * BLOCK + place if place < len(terms) and terms[place] == term else None

    def count(self, term: bytes) -> int:
        """How many documents have a term."""
        number = self.number(term)
        return 0 if number is None else int(self.counts[number])

    def between(self, first: int, beyond: int) -> list[bytes]:
        if first >= beyond:
            return []
        block, last = first // BLOCK, (beyond - 1) // BLOCK
        terms = self._text[self._blocks[block] : self._blocks[last + 1] - 1].split(BETWEEN)
        return terms[first - block * BLOCK : beyond - block * BLOCK]

    def of_size(self, size: int) -> Numbers:
        """The terms of so many bytes in order, a row each."""
        text = np.frombuffer(self._text, np.uint8)
        begins = np.concatenate(([0], np.flatnonzero(text == 0) + 1))
        lengths = np.diff(begins, append=len(text) + 1) - 1
        rows: Numbers = text[begins[lengths == size][:, None] + np.arange(size)]
        return rows

    def holding(self, piece: bytes, first: int, beyond: int) -> Iterator[tuple[int, bytes]]:
        """The terms from one to another that hold `piece`, with their numbers, in order; at their end when it ends in BETWEEN."""
        text, place, end = self._text, self._place(first), self._place(beyond)
        while (found := text.find(piece, place, end)) >= 0:
            begin = text.rfind(BETWEEN, place, found) + 1 or place
            close = text.find(BETWEEN, found)
            close = len(text) if close < 0 else close
            block = bisect_right(self._blocks, begin) - 1
            yield block * BLOCK + text.count(BETWEEN, self._blocks[block], begin), text[begin:close]
            place = close + 1
        last = piece.removesuffix(BETWEEN)
        if last != piece and first < beyond == len(self) and text.endswith(last):
            yield beyond - 1, self.term(beyond - 1)

    def _place(self, number: int) -> int:
        """Where the nth term begins."""
        block, within = divmod(number, BLOCK)
        if number >= len(self):
            return len(self._text)
        return self._blocks[block] + len(BETWEEN.join(self._block(block)[:within])) + bool(within)


def pack_terms(text: bytes, counts: Numbers, sizes: Numbers) -> bytes:
    """The file of the sorted terms in `text`; of each the number of postings and the bytes of its list."""
    whole = (counts - 1).astype("<u2").tobytes() + sizes.astype("<u4").tobytes() + text
    return _HEADER.pack(_MAGIC, len(counts), len(whole)) + zstandard.ZstdCompressor(level=_LEVEL).compress(whole)
