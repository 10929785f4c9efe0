"""storage/search/postings.py — a Whoosh codec whose posting lists are arrays, written and read in bulk.

Whoosh's own codec writes posting by posting and pickles every block. Here a posting list is a few bytes that become
arrays at once (lists.py), and the sorted terms of a segment, at most 65,536 documents, are held in memory
(dictionary.py). Nothing is pickled, so nothing is ever unpickled. Whoosh's readers, columns and scoring work on these
segments as on its own (a test compares the scores); our search reads the arrays.

Files of a segment: `.trm` term dictionary, `.pst` postings, `<column>.col` one value per document (Whoosh columns),
`.cod` reference codes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from whoosh import columns, fields, formats
from whoosh.codec.whoosh3 import LENGTHS_COLUMN, W3Codec, W3PerDocReader, W3Segment
from whoosh.filedb.filestore import Storage
from whoosh.filedb.structfile import BufferFile
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound
from whoosh.util.numeric import byte_to_length, length_to_byte

from storage.records.search import FACETS
from storage.search.dictionary import BETWEEN, TermDictionary, pack_terms
from storage.search.lists import BadSegment as BadSegment
from storage.search.lists import Numbers as Numbers
from storage.search.lists import pack_all, spread, unpack, unpack_all

#: The field all terms are in.
FIELD = "words"
#: Documents one segment can hold: their numbers are two bytes.
SEGMENT_DOCUMENTS = 1 << 16
#: A term's weight in one document is one byte.
HEAVIEST = 255

TERMS, POSTINGS = W3Codec.TERMS_EXT, W3Codec.POSTS_EXT
#: The reference codes of the documents, one after the other: read only when an answer is sorted by them.
CODES = ".cod"
_BETWEEN_CODES = b"\n"

LENGTH_OF_BYTE = np.array([byte_to_length(n) for n in range(256)], dtype=np.float32)


class Words(fields.FieldType):
    """Terms come ready made from analysis.py; Whoosh only needs to know how they are kept."""

    def __init__(self) -> None:
        self.analyzer = None
        self.format = formats.Frequency()
        self.scorable = True
        self.stored = False
        self.unique = False


#: Passed in, never read from a file. Column values: item_id, date (YYYYMMDD), and a short text for every facet.
SCHEMA = fields.Schema(
    words=Words(),
    item=fields.COLUMN(columns.NumericColumn("I")),
    date=fields.COLUMN(columns.NumericColumn("I")),
    **{facet: fields.COLUMN(columns.RefBytesColumn()) for facet in FACETS},
)


def new_segment() -> W3Segment:
    """A segment with a name nobody has used."""
    return W3Segment(ArrayCodec(), "MAIN")


def known_segment(identity: str, documents: int, length: int) -> W3Segment:
    segment = W3Segment(ArrayCodec(), "MAIN", doccount=documents, segid=identity)
    segment._fieldlengths = {FIELD: length}
    return segment


def field_length(segment: W3Segment) -> int:
    """All words of all documents."""
    return int(segment._fieldlengths.get(FIELD, 0))


class _Numbers(dict[str, int]):
    """Numbers terms as they are met."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


@dataclass(frozen=True, slots=True)
class Columns:
    """What a document has one of. `date` is YYYYMMDD, with zeros for what is not known; `facets` in the order of FACETS."""

    item: int
    date: int
    facets: tuple[str, ...]
    code: str


class SegmentBuilder:
    """Collects documents in memory and writes them as one segment into a Whoosh storage."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._flat = array("I")
        self._documents = array("I")
        self._lengths: list[int] = []
        self._columns: list[Columns] = []

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, texts: Iterable[tuple[list[str], int]], columns: Columns) -> None:
        """One document: terms as often as they occur, and how much each occurrence of these weighs."""
        length = 0
        before = len(self._flat)
        for terms, weight in texts:
            length += len(terms)
            numbers = array("I", map(self._numbers.__getitem__, terms))
            self._flat.extend(numbers * weight)
        self._documents.append(len(self._flat) - before)
        self._lengths.append(length)
        self._columns.append(columns)

    def write(self, storage: Storage, segment: W3Segment) -> None:
        count = len(self._lengths)
        document = np.repeat(np.arange(count, dtype=np.int64), np.frombuffer(self._documents, np.uint32))
        terms = [term.encode() for term in self._numbers]
        order = sorted(range(len(terms)), key=terms.__getitem__)
        rank = np.empty(len(terms), np.int64)
        rank[order] = np.arange(len(terms))
        keys = rank[np.frombuffer(self._flat, np.uint32)] * SEGMENT_DOCUMENTS + document
        keys, weights = np.unique(keys, return_counts=True)
        counts = np.bincount(keys // SEGMENT_DOCUMENTS, minlength=len(terms))
        weights = np.minimum(weights, HEAVIEST).astype(np.uint8)
        packed, sizes = pack_all(keys % SEGMENT_DOCUMENTS, weights, counts, count)
        write_file(storage, segment, TERMS, pack_terms(BETWEEN.join(terms[n] for n in order), counts, sizes))
        write_file(storage, segment, POSTINGS, packed)
        write_columns(storage, segment, self._columns, [length_to_byte(n) for n in self._lengths])
        segment.set_doc_count(count)
        segment._fieldlengths = {FIELD: sum(self._lengths)}


def write_file(storage: Storage, segment: W3Segment, extension: str, data: bytes) -> None:
    file = segment.create_file(storage, extension)
    file.write(data)
    file.close()


def write_columns(
    storage: Storage, segment: W3Segment, documents: Sequence[Columns], length_bytes: Sequence[int]
) -> None:
    every: list[tuple[str, columns.Column, Sequence[Any]]] = [
        (f"_{FIELD}_len", LENGTHS_COLUMN, length_bytes),
        ("item", SCHEMA["item"].column_type, [one.item for one in documents]),
        ("date", SCHEMA["date"].column_type, [one.date for one in documents]),
    ]
    for place, facet in enumerate(FACETS):
        every.append((facet, SCHEMA[facet].column_type, [one.facets[place].encode() for one in documents]))
    for name, kind, column in every:
        file = storage.create_file(W3Codec.column_filename(segment, name))
        writer = kind.writer(file)
        for document, value in enumerate(column):
            writer.add(document, value)
        writer.finish(len(column))
        file.close()
    write_file(storage, segment, CODES, _BETWEEN_CODES.join(one.code.encode() for one in documents))


def _first_days(dates: Numbers) -> Numbers:
    months = np.where(dates // 100 % 100 == 0, 100, 0)
    return np.where(dates > 0, dates + months + (dates % 100 == 0), 0)


def _last_days(dates: Numbers) -> Numbers:
    months = np.where(dates // 100 % 100 == 0, 1200, 0)
    return np.where(dates > 0, dates + months + np.where(dates % 100 == 0, 31, 0), 0)


def _combined(facets: Sequence[tuple[Numbers, list[str]]], documents: int) -> tuple[Numbers, list[tuple[str, ...]]]:
    """One number for all the values of a document, and the values behind each number."""
    joint = np.zeros(documents, np.int64)
    for numbers, values in facets:
        # Renumbered at every step, so that the product of many values fits.
        _, joint = np.unique(joint * max(1, len(values)) + numbers, return_inverse=True)
    _, first = np.unique(joint, return_index=True)
    combinations = [tuple(values[numbers[document]] for numbers, values in facets) for document in first.tolist()]
    return joint.astype(np.int32), combinations


class SegmentArrays:
    """One segment as arrays: the terms and the columns in memory, postings read from the storage when asked."""

    def __init__(self, storage: Storage, segment: W3Segment) -> None:
        self.id: str = segment.segid
        self.documents: int = segment.doc_count_all()
        self.length: int = field_length(segment)
        self.terms = TermDictionary(whole(storage, segment.make_filename(TERMS)))
        name = segment.make_filename(POSTINGS)
        self._postings = storage.open_file(name)
        if storage.file_length(name) != int(self.terms.starts[-1]):
            raise BadSegment("postings do not fit the term dictionary")
        self.items = self._numbers(storage, segment, "item", ">u4").astype(np.int64)
        self._dates = date = self._numbers(storage, segment, "date", ">u4").astype(np.int64)
        #: The first and the last day that a document's date may be; 0 when it has none.
        self.dates = _first_days(date), _last_days(date)
        self.length_bytes = self._numbers(storage, segment, f"_{FIELD}_len", "u1")
        #: The number of its combination of facet values for every document, and the combinations.
        self.combinations = _combined([self._texts(storage, segment, facet) for facet in FACETS], self.documents)
        self._read_codes = lambda: whole(storage, segment.make_filename(CODES))

    def _numbers(self, storage: Storage, segment: W3Segment, name: str, kind: str) -> Numbers:
        values = np.frombuffer(whole(storage, W3Codec.column_filename(segment, name)), kind)
        if len(values) > self.documents:
            raise BadSegment("a column is longer than the segment")
        # Whoosh leaves out default values at the end of a column.
        return np.concatenate((values, np.zeros(self.documents - len(values), kind)))

    def _texts(self, storage: Storage, segment: W3Segment, name: str) -> tuple[Numbers, list[str]]:
        """The number of its value for every document, and the values."""
        raw = whole(storage, W3Codec.column_filename(segment, name))
        reader = SCHEMA[name].column_type.reader(BufferFile(raw), 0, len(raw), self.documents)
        kind = "u1" if raw[-1:] == b"B" else ">u2"
        numbers = np.frombuffer(raw, kind, self.documents).astype(np.int64)
        values = [value.decode() for value in reader._uniques]
        if self.documents and int(numbers.max()) >= len(values):
            raise BadSegment("a column refers to a value it does not have")
        return numbers, values

    @cached_property
    def codes(self) -> Numbers:
        """The reference code of every document, as bytes."""
        codes = self._read_codes().split(_BETWEEN_CODES) if self.documents else []
        if len(codes) != self.documents:
            raise BadSegment("the codes do not fit the segment")
        return np.array(codes, np.bytes_)

    def columns(self, document: int) -> Columns:
        numbers, combinations = self.combinations
        date = int(self._dates[document])
        return Columns(int(self.items[document]), date, combinations[numbers[document]], self.codes[document].decode())

    def find(self, term: bytes) -> tuple[Numbers, Numbers] | None:
        """Document numbers (ascending) and weights of a term."""
        number = self.terms.number(term)
        return None if number is None else self.postings_of(number)

    def postings_of(self, number: int) -> tuple[Numbers, Numbers]:
        """Document numbers and weights of the nth term."""
        return unpack(self._raw(number), int(self.terms.counts[number]), self.documents)

    def weights(self, term: bytes) -> Numbers | None:
        """The weight of a term in every document, 0 where it is not; None when it is in none."""
        number = self.terms.number(term)
        return None if number is None else spread(self._raw(number), int(self.terms.counts[number]), self.documents)

    def _raw(self, number: int) -> bytes:
        first, beyond = int(self.terms.starts[number]), int(self.terms.starts[number + 1])
        return bytes(self._postings.get(first, beyond - first))

    def lists(self, first: int, beyond: int) -> tuple[Numbers, Numbers]:
        """The same of all terms from one to another, end to end, for a merge that reads everything once."""
        starts = self.terms.starts[first : beyond + 1].astype(np.int64)
        get = getattr(self._postings, "stretch", self._postings.get)
        raw = bytes(get(int(starts[0]), int(starts[-1] - starts[0])))
        return unpack_all(raw, self.terms.counts[first:beyond], np.diff(starts), self.documents)


def whole(storage: Storage, name: str) -> bytes:
    file = storage.open_file(name)
    try:
        return bytes(file.get(0, storage.file_length(name)))
    finally:
        file.close()


class ArrayCodec(W3Codec):
    """What Whoosh's own readers need to work on our segments."""

    def terms_reader(self, storage: Storage, segment: W3Segment) -> ArrayTermsReader:
        return ArrayTermsReader(storage, segment)

    def per_document_reader(self, storage: Storage, segment: W3Segment) -> ArrayPerDocReader:
        return ArrayPerDocReader(storage, segment)


class ArrayPerDocReader(W3PerDocReader):
    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return {}  # nothing is stored in the index


class ArrayTermsReader:
    """Whoosh's view of the term dictionary."""

    def __init__(self, storage: Storage, segment: W3Segment) -> None:
        self._segment = SegmentArrays(storage, segment)

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return term[0] == FIELD and self._segment.terms.number(term[1]) is not None

    def indexed_field_names(self) -> list[str]:
        return [FIELD]

    def terms(self) -> Iterator[tuple[str, bytes]]:
        return self.terms_from(FIELD, b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        terms = self._segment.terms
        return ((FIELD, terms.term(n)) for n in range(terms.find(prefix), len(terms)))

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return self.items_from(FIELD, b"")

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms_from(fieldname, prefix))

    def _list(self, fieldname: str, term: bytes) -> tuple[Numbers, Numbers]:
        found = self._segment.find(term) if fieldname == FIELD else None
        if found is None:
            raise TermNotFound(f"{fieldname}:{term!r}")
        return found

    def term_info(self, fieldname: str, term: bytes) -> TermInfo:
        documents, weights = self._list(fieldname, term)
        lengths = LENGTH_OF_BYTE[self._segment.length_bytes[documents]]
        return TermInfo(
            weight=float(weights.sum()),
            df=len(documents),
            minlength=int(lengths.min()),
            maxlength=int(lengths.max()),
            maxweight=float(weights.max()),
            minid=int(documents[0]),
            maxid=int(documents[-1]),
        )

    def frequency(self, fieldname: str, term: bytes) -> float:
        return float(self._list(fieldname, term)[1].sum())

    def doc_frequency(self, fieldname: str, term: bytes) -> int:
        return self._segment.terms.count(term) if fieldname == FIELD else 0

    def matcher(self, fieldname: str, term: bytes, format_: formats.Format, scorer: Any = None) -> ListMatcher:
        documents, weights = self._list(fieldname, term)
        return ListMatcher(
            documents.tolist(),
            weights.astype(float).tolist(),
            format=format_,
            scorer=scorer,
            term=(fieldname, term),
            terminfo=self.term_info(fieldname, term),
        )

    def close(self) -> None:
        pass
