"""storage/search/segments.py — a Whoosh storage whose files are rows of the encrypted index.db, one page each.

Whoosh's own storages leave clear text behind (also the one that claims to live in memory) and know no transaction. Here
a segment is built in a `MemoryStorage` and its files are put down with the rows that refer to them. Files never change
and their names are never used again, so what is cached by file number stays true for ever. Small files are read whole;
postings are read by the chunk through one bounded cache, texts through another. Decrypting and authenticating is most of
the time a new question takes, hence a chunk of a page: no question decrypts much more than it needs. Every chunk carries
its own checksum: SQLCipher authenticates pages, not that the rows still belong together.

Reading happens on the calling thread's connection; the caller holds `database.snapshot()` around everything that must
see one generation. Raises `BadSegment` when rows are missing or do not match.
"""

from __future__ import annotations

import io
import threading
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from sys import getsizeof
from typing import Any

import msgspec
import numpy as np
import zstandard
from whoosh.codec.whoosh3 import W3Segment
from whoosh.filedb.filestore import Storage
from whoosh.filedb.structfile import BufferFile, StructFile

from storage.connection import Connection, Database
from storage.search.postings import SEGMENT_DOCUMENTS, BadSegment, Numbers, field_length

#: Changes with the layout of index.db and of the files in it; another layout cannot be read, and is built anew.
LAYOUT = "6"
#: A row of this size just fits into one page of SQLCipher (4096 bytes, 80 of them for its own use), with its number.
CHUNK_BYTES = 3960
CACHE_BYTES = 48 * 1024 * 1024
#: Texts that were asked last, ready to be asked again: while typing, or in another order, the same ones are.
TEXT_CACHE_BYTES = 16 * 1024 * 1024
#: Chunks one transaction writes or removes at most, so that no lock is held for long.
CHUNKS_PER_TRANSACTION = 2048
#: Free pages that are kept for what is written next: so many, or this part of the file. The others are given back.
SPARE_PAGES = 500
SPARE_PART = 0.05

# A chunk's row number is its file's number and its place in the file.
_PLACES = 1 << 24
# File numbers go up for ever; one beyond this was made up by somebody.
_MOST_FILES = 1 << 32

# Values in one SQL statement.
_MOST_MARKS = 500
# Higher levels take many times as long for a twentieth less.
_TEXT_LEVEL = 3

TABLES = {
    "meta": "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "files": (
        "CREATE TABLE files (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL)"
    ),
    "chunks": "CREATE TABLE chunks (id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, data BLOB NOT NULL)",
    "segments": (
        "CREATE TABLE segments (id TEXT PRIMARY KEY, documents INTEGER NOT NULL, length INTEGER NOT NULL, deleted BLOB)"
        " WITHOUT ROWID"
    ),
    # What is not searchable, or not with its text, and why.
    "unindexed": "CREATE TABLE unindexed (item INTEGER PRIMARY KEY, reason TEXT NOT NULL)",
    # The folded text of every item: what the terms cannot decide is decided here, without asking the archive.
    "texts": "CREATE TABLE texts (item INTEGER PRIMARY KEY, data BLOB NOT NULL)",
}


class MemoryStorage(Storage):
    """Where one segment is built. Nothing of it ever touches a disk."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def create_file(self, name: str, **_: Any) -> StructFile:
        def keep(file: StructFile) -> None:
            self.files[name] = file.file.getvalue()

        return StructFile(io.BytesIO(), name=name, onclose=keep)

    def open_file(self, name: str, **_: Any) -> BufferFile:
        return MemoryFile(self.files[name], name)

    def list(self) -> Sequence[str]:
        return list(self.files)

    def file_exists(self, name: str) -> bool:
        return name in self.files

    def file_length(self, name: str) -> int:
        return len(self.files[name])

    def delete_file(self, name: str) -> None:
        del self.files[name]

    def temp_storage(self, name: str | None = None) -> MemoryStorage:
        return MemoryStorage()


class MemoryFile(BufferFile):
    """A file read whole. Whoosh may ask it for numbers and bytes, never for a pickle."""

    def read_pickle(self) -> Any:
        raise BadSegment("a pickle where none belongs")


class ChunkStorage(Storage):
    """The files of index.db, for reading. Any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: OrderedDict[int, bytes] = OrderedDict()
        self._cached = 0
        #: Texts of one generation: its number, the texts, and the bytes they take.
        self._generation = -1
        self._texts: OrderedDict[int, str] = OrderedDict()
        self._text_bytes = 0
        self._lock = threading.Lock()

    def open_file(self, name: str, **_: Any) -> StructFile:
        number, size = self._file(name)
        if name.endswith(".pst"):
            return PagedFile(self, number, size, name)
        return MemoryFile(self.read(name, number, size, 0, size, keep=False), name)

    def list(self) -> Sequence[str]:
        return [row[0] for row in self._database.reader().rows("SELECT name FROM files")]

    def file_exists(self, name: str) -> bool:
        return self._database.reader().row("SELECT 1 FROM files WHERE name = ?", (name,)) is not None

    def file_length(self, name: str) -> int:
        return self._file(name)[1]

    def temp_storage(self, name: str | None = None) -> MemoryStorage:
        return MemoryStorage()

    def _file(self, name: str) -> tuple[int, int]:
        row = self._database.reader().row("SELECT id, size FROM files WHERE name = ?", (name,))
        if row is None:
            raise BadSegment(f"file missing: {name}")
        return row[0], row[1]

    def read(self, name: str, file: int, size: int, start: int, length: int, *, keep: bool = True) -> bytes:
        """`length` bytes of a file from `start`. Chunks stay in the cache when `keep`."""
        if length <= 0:
            return b""
        if start + length > size:
            raise BadSegment(f"file {file} ends before {start + length}")
        first, last = start // CHUNK_BYTES, (start + length - 1) // CHUNK_BYTES
        chunks = self._chunks(name, file * _PLACES + first, file * _PLACES + last, keep)
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        begin = start - first * CHUNK_BYTES
        piece = data[begin : begin + length]
        if len(piece) != length:
            raise BadSegment(f"chunk of file {file} is short")
        return piece

    def _chunks(self, name: str, first: int, last: int, keep: bool) -> Sequence[bytes]:
        with self._lock:
            found = {n: self._cache[n] for n in range(first, last + 1) if n in self._cache}
            for number in found:
                self._cache.move_to_end(number)
        if len(found) <= last - first:
            missing = [n for n in range(first, last + 1) if n not in found]
            rows = self._database.reader().rows(
                "SELECT id, checksum, data FROM chunks WHERE id BETWEEN ? AND ?", (missing[0], missing[-1])
            )
            fresh = {}
            for number, checksum, data in rows:
                if not isinstance(data, bytes) or checksum_of(name, number, data) != checksum:
                    raise BadSegment(f"chunk {number} does not match its checksum")
                fresh[number] = data
            if not fresh.keys() >= set(missing):
                raise BadSegment(f"chunks missing between {missing[0]} and {missing[-1]}")
            found.update(fresh)
            if keep:
                self._remember(fresh)
        return [found[n] for n in range(first, last + 1)]

    def _remember(self, fresh: dict[int, bytes]) -> None:
        with self._lock:
            for number, data in fresh.items():
                if number not in self._cache:
                    self._cache[number] = data
                    self._cached += len(data)
            while self._cached > CACHE_BYTES:
                self._cached -= len(self._cache.popitem(last=False)[1])

    def texts(self, items: Sequence[int], generation: int) -> dict[int, str]:
        """The folded texts of these items, at least as new as this generation."""
        with self._lock:
            if self._generation < generation:
                self._generation, self._text_bytes = generation, 0
                self._texts.clear()
            mine = self._generation == generation
            found = {item: self._texts[item] for item in items if item in self._texts} if mine else {}
            for item in found:
                self._texts.move_to_end(item)
        missing = sorted(set(items).difference(found))
        fresh: dict[int, str] = {}
        for first in range(0, len(missing), _MOST_MARKS):
            some = missing[first : first + _MOST_MARKS]
            marks = ",".join("?" * len(some))
            rows = self._database.reader().rows(f"SELECT item, data FROM texts WHERE item IN ({marks})", some)
            fresh.update((item, unpack_text(item, data)) for item, data in rows)
        if len(fresh) < len(missing):
            raise BadSegment("a text is missing")
        if fresh:
            self._remember_texts(fresh, generation)
        return found | fresh

    def _remember_texts(self, fresh: dict[int, str], generation: int) -> None:
        with self._lock:
            if self._generation != generation:
                return
            for item, text in fresh.items():
                if item not in self._texts:
                    self._texts[item] = text
                    self._text_bytes += getsizeof(text)
            while self._text_bytes > TEXT_CACHE_BYTES:
                self._text_bytes -= getsizeof(self._texts.popitem(last=False)[1])

    def check(self) -> int:
        """Reads every chunk of every file past the cache; returns how many. Raises BadSegment at the first damage."""
        read = 0
        for name, number, size in self._database.reader().rows("SELECT name, id, size FROM files"):
            for start in range(0, size, CHUNK_BYTES * CHUNKS_PER_TRANSACTION):
                length = min(size - start, CHUNK_BYTES * CHUNKS_PER_TRANSACTION)
                self.read(name, number, size, start, length, keep=False)
                read += -(-length // CHUNK_BYTES)
        for item, data in self._database.reader().execute("SELECT item, data FROM texts"):
            unpack_text(item, data)
        return read


class PagedFile(StructFile):
    """A file read piece by piece. `get` keeps no state and may be called from any thread."""

    def __init__(self, storage: ChunkStorage, number: int, size: int, name: str) -> None:
        self._storage = storage
        self._number = number
        self._size = size
        self._name = name
        self.onclose = None
        self.is_real = False
        self.is_closed = False

    def get(self, position: int, length: int) -> bytes:
        return self._storage.read(self._name, self._number, self._size, position, length)

    def stretch(self, position: int, length: int) -> bytes:
        """As `get`, for reading a whole file once: leaves the cache to what is searched."""
        return self._storage.read(self._name, self._number, self._size, position, length, keep=False)

    def close(self) -> None:
        self.is_closed = True


def checksum_of(name: str, number: int, data: bytes) -> int:
    """Of a chunk, its place and the name of its file: exchanged rows do not go unnoticed either."""
    return zlib.crc32(data, zlib.crc32(b"%s %d" % (name.encode(), number % _PLACES)))


class _Packers(threading.local):
    """Made once a thread; they are not for two at a time."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_TEXT_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_packers = _Packers()


def pack_text(item: int, folded: str) -> bytes:
    """Compressed, behind a checksum that knows whose text it is."""
    data = _packers.compressor.compress(folded.encode("utf-16-le", "surrogatepass"))
    return zlib.crc32(data, item & 0xFFFFFFFF).to_bytes(4, "little") + data


def unpack_text(item: int, packed: bytes) -> str:
    if not isinstance(packed, bytes) or int.from_bytes(packed[:4], "little") != zlib.crc32(packed[4:], item & 0xFFFFFFFF):
        raise BadSegment("a text does not match its checksum")
    try:
        data = _packers.decompressor.decompress(packed[4:])
    except zstandard.ZstdError as error:
        raise BadSegment("a text that cannot be unpacked") from error
    return data.decode("utf-16-le", "surrogatepass")


class FileWriter:
    """Puts one file down, in one transaction or in several. Not there for anyone before a segment refers to it."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.name = name
        self.number: int = connection.execute("INSERT INTO files (name, size) VALUES (?, 0)", (name,)).lastrowid
        self._size = 0
        self._rest = bytearray()

    def append(self, connection: Connection, data: bytes) -> None:
        self._rest += data
        whole = len(self._rest) - len(self._rest) % CHUNK_BYTES
        self._put(connection, bytes(self._rest[:whole]))
        del self._rest[:whole]

    def finish(self, connection: Connection) -> None:
        self._put(connection, bytes(self._rest))
        self._rest.clear()
        connection.execute("UPDATE files SET size = ? WHERE id = ?", (self._size, self.number))

    def _put(self, connection: Connection, data: bytes) -> None:
        pieces = (data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES))
        first = self.number * _PLACES + self._size // CHUNK_BYTES
        connection.executemany(
            "INSERT INTO chunks (id, checksum, data) VALUES (?, ?, ?)",
            [(first + n, checksum_of(self.name, first + n, piece), piece) for n, piece in enumerate(pieces)],
        )
        self._size += len(data)


def put_files(connection: Connection, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        writer = FileWriter(connection, name)
        writer.append(connection, data)
        writer.finish(connection)


_ORPHAN = "SELECT id FROM files WHERE substr(name, 1, instr(name, '.') - 1) NOT IN (SELECT 'MAIN_' || id FROM segments) LIMIT 1"


def sweep(database: Database) -> None:
    """Removes files that no segment refers to: replaced ones, and those of a merge that never ended."""
    while database.reader().row(_ORPHAN) is not None:
        with database.transaction() as connection:
            row = connection.row(_ORPHAN)
            if row is None:
                return
            first = row[0] * _PLACES
            chunks = "SELECT id FROM chunks WHERE id BETWEEN ? AND ? LIMIT ?"
            some = first, first + _PLACES - 1, CHUNKS_PER_TRANSACTION
            if connection.execute(f"DELETE FROM chunks WHERE id IN ({chunks})", some).rowcount < CHUNKS_PER_TRANSACTION:
                connection.execute("DELETE FROM files WHERE id = ?", (row[0],))
    _give_back(database)


def _give_back(database: Database) -> None:
    """Cuts free pages off the end of the file, some at a time, once there are many."""
    while True:
        free, pages = (int(database.reader().rows(f"PRAGMA {name}")[0][0]) for name in ("freelist_count", "page_count"))
        more = free - max(SPARE_PAGES, int(SPARE_PART * pages))
        if more <= 0:
            return
        with database.transaction() as connection:
            connection.rows(f"PRAGMA incremental_vacuum({min(more, CHUNKS_PER_TRANSACTION)})")
            if connection.rows("PRAGMA freelist_count")[0][0] == free:
                return  # a file that cannot shrink


@dataclass(frozen=True, slots=True)
class Meta:
    """What stands once in index.db. `made_with` is the analysis, `words` are the station's own it was made with."""

    layout: str
    generation: int
    bookmark: int
    made_with: str
    words: tuple[str, ...]


def read_meta(connection: Connection) -> Meta:
    """Raises BadSegment when the rows that say what there is do not belong together."""
    found: dict[str, Any] = dict(connection.rows("SELECT name, value FROM meta"))
    seal = found.pop("seal", None)
    if seal != _seal(connection):
        raise BadSegment("the rows that say what there is do not belong together")
    try:
        words = msgspec.json.decode(found.pop("words"), type=tuple[str, ...])
        return msgspec.convert(found | {"words": words}, Meta)
    except (KeyError, TypeError, msgspec.MsgspecError) as error:
        raise BadSegment("meta rows are missing") from error


def write_meta(connection: Connection, meta: Meta) -> None:
    """The last act of every transaction that changes what there is. Files that no segment refers to are not counted."""
    values = asdict(meta) | {"words": msgspec.json.encode(meta.words).decode()}
    connection.execute("DELETE FROM meta")
    connection.executemany("INSERT INTO meta (name, value) VALUES (?, ?)", values.items())
    connection.execute("INSERT INTO meta (name, value) VALUES ('seal', ?)", (_seal(connection),))


_SEALED = (
    "SELECT name, value FROM meta WHERE name <> 'seal' ORDER BY name",
    "SELECT id, documents, length, deleted FROM segments ORDER BY id",
    "SELECT item, reason FROM unindexed ORDER BY item",
    "SELECT name, id, size FROM files WHERE substr(name, 1, instr(name, '.') - 1) IN (SELECT 'MAIN_' || id FROM segments)"
    " ORDER BY name",
)


def _seal(connection: Connection) -> str:
    """A digest of all that refers to something else."""
    digest = blake2b(digest_size=16)
    for sql in _SEALED:
        for row in connection.execute(sql):
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def segment_rows(connection: Connection) -> Sequence[tuple[str, int, int, bytes | None]]:
    """Name, documents, words and marks of removed documents of every segment, the largest first."""
    return connection.rows("SELECT id, documents, length, deleted FROM segments ORDER BY documents DESC, id")


def put_segment(connection: Connection, segment: W3Segment, live: Numbers) -> None:
    values = segment.segid, segment.doc_count_all(), field_length(segment)
    connection.execute("INSERT INTO segments (id, documents, length) VALUES (?, ?, ?)", values)
    if not live.all():
        set_live(connection, segment.segid, live)


def set_live(connection: Connection, identity: str, live: Numbers) -> None:
    """A segment without living documents is dropped; its files are swept away later."""
    if not live.any():
        connection.execute("DELETE FROM segments WHERE id = ?", (identity,))
        return
    connection.execute("UPDATE segments SET deleted = ? WHERE id = ?", (np.packbits(~live).tobytes(), identity))


def live_of(deleted: bytes | None, documents: int) -> Numbers:
    if not 0 < documents <= SEGMENT_DOCUMENTS:
        raise BadSegment("a segment of impossible size")
    if deleted is None:
        return np.ones(documents, bool)
    if not isinstance(deleted, bytes) or len(deleted) != -(-documents // 8):
        raise BadSegment("the marks of removed documents do not fit the segment")
    return ~np.unpackbits(np.frombuffer(deleted, np.uint8), count=documents).astype(bool)


def fits(database: Database) -> bool:
    """An empty file, or one with our tables and our layout."""
    with database.snapshot() as connection:
        made = connection.rows("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        if not made:
            return True
        # Nothing but our tables: no trigger that somebody has left, no view in the place of a table.
        ours = sorted(made) == sorted(("table", name, sql) for name, sql in TABLES.items())
        return ours and _numbers_go_on(connection) and read_meta(connection).layout == LAYOUT


def _numbers_go_on(connection: Connection) -> bool:
    row = connection.row("SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'files'), (SELECT max(id) FROM files)")
    assert row is not None
    last, most = row[0], row[1] or 0
    return most == 0 if last is None else isinstance(last, int) and most <= last < _MOST_FILES
