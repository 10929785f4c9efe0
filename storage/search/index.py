"""storage/search/index.py — class Index: keeps up with the archive, answers, and can be thrown away at any time.

The index is a copy. It follows a `Feed` by a bookmark, lives in an encrypted index.db of its own, and filing never
waits for it. Whatever is wrong with it (a page that does not authenticate, a chunk that is missing, another version of
the analysis), it is discarded and built again from the feed by the next `catch_up`; until then `search` answers from
what is there and `behind()` says how many records are missing.

Threads: `search`, `snippet`, `behind` and `agreement` on any thread, at any time. `catch_up` and `rebuild` from any
thread, one at a time (a second caller waits). Segments are built without any lock; only putting one down with its
bookmark is a transaction, which first makes sure that nobody else has published since. A merge of large segments stops
after every step to take in what was filed meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np
from whoosh.codec.whoosh3 import W3Segment

from storage.connection import Connection, Database
from storage.errors import DamagedFile, Known
from storage.records import Finding, Results, Snippet
from storage.search import analysis, merging, snippets
from storage.search.postings import (
    POSTINGS,
    SEGMENT_DOCUMENTS,
    BadSegment,
    Numbers,
    SegmentArrays,
    SegmentBuilder,
    field_length,
    known_segment,
    new_segment,
)
from storage.search.query import parse
from storage.search.scoring import Filters, Generation
from storage.search.segments import TABLES, ChunkStorage, FileWriter, MemoryStorage, pack_text, put_files, sweep

#: Changes with the layout of index.db; another layout is built anew.
LAYOUT = "1 " + analysis.MADE_WITH
#: A segment is put down after this many documents or characters, whichever comes first.
BATCH_DOCUMENTS = 2000
BATCH_CHARACTERS = 16_000_000
#: Changes asked of the feed in one go.
FEED_CHANGES = 250
#: How much more a word in the title or a reference number weighs than one in the text.
TITLE_WEIGHT = 3
#: Nobody reads further than this into a list of results.
MOST_HITS = 1000

_SEGMENTS = "SELECT id, documents, length, deleted FROM segments ORDER BY documents DESC, id"

Progress = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index knows of one item. `pages` is the text of each page, `doc_date` YYYYMMDD or empty."""

    item_id: int
    reference_code: str
    title: str
    document_no: str
    creator: str
    doc_date: str
    category: str
    year: int
    retention: str
    remarks: str
    pages: tuple[str, ...]


class Feed(Protocol):
    """What the archive tells the index."""

    def changed(self, after: int, limit: int) -> tuple[int, list[tuple[int, Entry | None]]]:
        """New bookmark and (item id, entry, or None when the item is gone) in order; the same bookmark when no news."""
        ...

    def entries(self, item_ids: Sequence[int]) -> dict[int, Entry]: ...

    def count(self) -> int:
        """Items that should be in the index."""
        ...


class _Overtaken(Exception):
    """The index changed under a segment that was being built; build it again."""


class _Closed(RuntimeError):
    """The index has been closed."""


class _Damaged(Exception):
    """This index is worth nothing any more."""

    def __init__(self, opened: _Open) -> None:
        super().__init__()
        self.opened = opened


@dataclass(slots=True)
class _Open:
    """index.db while it is open."""

    database: Database
    storage: ChunkStorage
    segments: dict[str, SegmentArrays] = field(default_factory=dict)
    generation: Generation | None = None


class Index:
    def __init__(self, open_database: Callable[[], Database], discard: Callable[[], None], feed: Feed) -> None:
        """`open_database` opens (or creates) index.db; `discard` deletes its files, after it has been closed here."""
        self._open_database = open_database
        self._discard_files = discard
        self._feed = feed
        self._writing = threading.Lock()
        self._state = threading.Condition(threading.RLock())
        self._users = 0
        self._leaving = False
        self._opened: _Open | None = None
        self._closed = False

    # -- asking ------------------------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        limit: int = 50,
        category: str | None = None,
        year: int | None = None,
        retention: str | None = None,
    ) -> Results:
        """Best first, newest first among equals. `category` also takes its branches (ZY takes ZY·XZ).

        Every row is true to the text. `total` and facets are exact too, except when the query holds words that terms
        alone cannot prove (over three characters and in no dictionary) and more than scoring.SETTLE_ALL records have
        all their pairs: then they count those records, less the ones found wrong among the rows shown.
        An empty query has no results; one with nothing but exclusions has everything else.
        """
        asked = parse(query)
        filters = Filters(category, year, retention)

        def work(opened: _Open) -> Results:
            def settle(items: Sequence[int]) -> set[int]:
                return {item for item, text in opened.storage.texts(items).items() if asked.accepts(text)}

            with opened.database.snapshot() as connection:
                generation = self._generation(opened, connection)
                return generation.search(asked, filters, max(0, min(limit, MOST_HITS)), settle)

        return self._guarded(work)

    def snippet(self, query: str, item_id: int) -> Snippet:
        """Why this item was found, with exact marks; an empty snippet when the item is gone."""
        entry = self._feed.entries([item_id]).get(item_id)
        if entry is None:
            return Snippet(1, "", ())
        return snippets.cut(parse(query), entry.pages, _description(entry))

    def behind(self) -> int:
        """How many records are filed and not yet searchable."""
        return max(0, self._feed.count() - self._guarded(lambda opened: self._current(opened).count))

    def agreement(self) -> list[Finding]:
        """Does the index hold what the archive holds? Reads every chunk."""

        def work(opened: _Open) -> tuple[int, int, int, int]:
            with opened.database.snapshot() as connection:
                generation = self._generation(opened, connection)
                chunks = opened.storage.check()
                texts = connection.rows("SELECT count(*) FROM texts")[0][0]
                return generation.count, texts, generation.bookmark, chunks

        count, texts, bookmark, chunks = self._guarded(work)
        due = self._feed.count()
        _, news = self._feed.changed(bookmark, 1)
        return [
            Finding("index", count == texts == due, "count", f"index={count} texts={texts} archive={due}"),
            Finding("index", not news, "bookmark", f"bookmark={bookmark} {'behind' if news else 'current'}"),
            Finding("index", True, "chunks", f"read={chunks}"),
        ]

    # -- following ---------------------------------------------------------------------------------------------------

    def catch_up(self, progress: Progress | None = None) -> int:
        """Takes in everything new; returns the documents written. Cheap when there is nothing new."""
        written = 0
        with self._writing:
            self._notice_deletion()
            try:
                written += self._take_in_all(progress)
                while self._merge_next():
                    written += self._take_in_all(progress)
            except _Closed:
                pass  # the archive is being closed; the rest is taken in next time
        return written

    def rebuild(self, progress: Progress | None = None) -> int:
        """Throws the index away and builds it again."""
        with self._writing:
            with self._using() as opened:
                pass
            self._discard(opened)
        return self.catch_up(progress)

    def close(self) -> None:
        """Waits for searches under way; a catch_up under way ends after its current step."""
        with self._state:
            self._closed = True
        with self._alone():
            if self._opened is not None:
                self._opened.database.close()
                self._opened = None

    def _notice_deletion(self) -> None:
        """Somebody deleted index.db under us: what we hold open is a file that is no longer there."""
        with self._using() as opened:
            there = opened.database.path.exists()
        if not there:
            self._discard(opened)

    def _take_in_all(self, progress: Progress | None = None) -> int:
        written = 0
        while (more := self._take_in(progress)) is not None:
            written += more
        return written

    def _take_in(self, progress: Progress | None) -> int | None:
        """One batch from the feed: built without a lock, then put down. None when there is nothing new."""
        base = self._guarded(self._current)
        batch = _Batch(base.bookmark)
        while len(batch.builder) < BATCH_DOCUMENTS and batch.characters < BATCH_CHARACTERS:
            bookmark, changes = self._feed.changed(batch.bookmark, FEED_CHANGES)
            if bookmark == batch.bookmark and not changes:
                break
            batch.add(bookmark, changes)
            if progress is not None:
                due = self._feed.count()
                progress(min(base.count + len(batch.builder), due), due)
        if batch.bookmark == base.bookmark:
            return None
        segment, files = batch.segment()
        try:
            self._guarded(lambda opened: self._publish(opened, base, batch, segment, files))
        except _Overtaken:
            return 0
        return len(batch.builder)

    def _publish(
        self, opened: _Open, base: Generation, batch: _Batch, segment: W3Segment | None, files: dict[str, bytes]
    ) -> None:
        with opened.database.transaction() as connection:
            self._claim(opened, connection, base, batch.bookmark)
            changed = np.fromiter(batch.latest, np.int64, len(batch.latest))
            for part in base.parts:
                hit = np.isin(part.segment.items, changed) & part.live
                if hit.any():
                    _set_live(connection, part.segment.id, part.live & ~hit)
            gone = [(item,) for item, place in batch.latest.items() if place < 0]
            connection.executemany("DELETE FROM texts WHERE item = ?", gone)
            connection.executemany("INSERT OR REPLACE INTO texts (item, data) VALUES (?, ?)", batch.texts.items())
            if segment is not None:
                put_files(connection, files)
                _put_segment(connection, segment, batch.live())
        self._current(opened)

    def _claim(self, opened: _Open, connection: Connection, base: Generation, bookmark: int) -> None:
        """The next generation is ours, or somebody has published since and our segment is worthless."""
        if _meta(connection) != (LAYOUT, base.number, base.bookmark):
            raise _Overtaken
        connection.execute("UPDATE meta SET value = ? WHERE name = 'generation'", (base.number + 1,))
        connection.execute("UPDATE meta SET value = ? WHERE name = 'bookmark'", (bookmark,))

    def _merge_next(self) -> bool:
        """One merge, if one is due. Takes in news between its steps."""
        base = self._guarded(self._current)
        parts = merging.due(base)
        if not parts:
            self._guarded(lambda opened: sweep(opened.database))
            return False
        try:
            self._merge(merging.sources(parts))
        except _Overtaken:
            pass
        except _Damaged as damage:
            self._discard(damage.opened)
        return True

    def _merge(self, sources: Sequence[merging.Source]) -> None:
        segment = new_segment()
        steps = merging.pieces(sources)
        done: list[merging.Piece] = []
        with self._using() as begun, begun.database.transaction() as connection:
            writer = FileWriter(connection, segment.make_filename(POSTINGS))

        def step() -> merging.Piece | None:
            piece = next(steps, None)
            if piece is not None:
                with begun.database.transaction() as connection:
                    writer.append(connection, piece.postings)
            return piece

        while True:
            with self._using() as opened:
                if opened is not begun:
                    raise _Overtaken
                piece = self._on(begun, step)
            if piece is None:
                break
            # The postings are put down; the dictionary is kept until the end.
            done.append(replace(piece, postings=b""))
            self._take_in_all()
        storage = MemoryStorage()
        merging.finish(sources, done, storage, segment)
        with self._using() as opened:
            if opened is not begun:
                raise _Overtaken
            self._on(begun, lambda: self._replace(begun, sources, segment, writer, storage.files))

    def _replace(
        self,
        opened: _Open,
        sources: Sequence[merging.Source],
        segment: W3Segment,
        writer: FileWriter,
        files: dict[str, bytes],
    ) -> None:
        """The merged segment takes the place of its sources, which may have lost documents since the merge began."""
        base = self._current(opened)
        now_live = {part.segment.id: part.live for part in base.parts}
        if not all(source.segment.id in now_live for source in sources):
            raise _Overtaken
        live = np.concatenate([now_live[source.segment.id][source.places >= 0] for source in sources])
        with opened.database.transaction() as connection:
            self._claim(opened, connection, base, base.bookmark)
            if connection.row("SELECT 1 FROM files WHERE id = ? AND name = ?", (writer.number, writer.name)) is None:
                raise _Overtaken  # another process swept it away
            writer.finish(connection)
            put_files(connection, files)
            connection.executemany("DELETE FROM segments WHERE id = ?", [(s.segment.id,) for s in sources])
            if len(live):
                _put_segment(connection, segment, live)
        self._current(opened)
        sweep(opened.database)

    # -- the open database -------------------------------------------------------------------------------------------

    def _generation(self, opened: _Open, connection: Connection) -> Generation:
        """What this snapshot shows; segments already in memory are not read again."""
        layout, number, bookmark = _meta(connection)
        if layout != LAYOUT:
            raise BadSegment("another layout")
        generation = opened.generation
        if generation is not None and generation.number == number:
            return generation
        known, loaded = opened.segments, []
        for identity, documents, length, deleted in connection.rows(_SEGMENTS):
            arrays = known.get(identity)
            if arrays is None:
                arrays = SegmentArrays(opened.storage, known_segment(identity, documents, length))
            loaded.append((arrays, _live(deleted, documents)))
        generation = Generation(number, bookmark, loaded)
        with self._state:
            if opened.generation is None or opened.generation.number < number:
                opened.generation = generation
                opened.segments = {arrays.id: arrays for arrays, _ in loaded}
        return generation

    def _current(self, opened: _Open) -> Generation:
        with opened.database.snapshot() as connection:
            return self._generation(opened, connection)

    @contextmanager
    def _using(self) -> Iterator[_Open]:
        """The open index; it will not be closed or discarded meanwhile. Not while holding another one."""
        with self._state:
            while self._leaving:
                self._state.wait()
            if self._closed:
                raise _Closed("the index is closed")
            if self._opened is None:
                self._opened = self._open()
            opened = self._opened
            self._users += 1
        try:
            yield opened
        finally:
            with self._state:
                self._users -= 1
                self._state.notify_all()

    def _open(self) -> _Open:
        try:
            database = self._open_database()
            try:
                if not _fits(database):
                    database.close()
                    self._discard_files()
                    database = self._open_database()
            except BaseException:
                database.close()
                raise
        except (DamagedFile, BadSegment):
            self._discard_files()
            database = self._open_database()
        with database.transaction() as connection:
            if connection.row("SELECT 1 FROM sqlite_master LIMIT 1") is None:
                for sql in TABLES.values():
                    connection.execute(sql)
                values = [("layout", LAYOUT), ("generation", 0), ("bookmark", 0)]
                connection.executemany("INSERT INTO meta (name, value) VALUES (?, ?)", values)
        return _Open(database, ChunkStorage(database))

    def _guarded(self, work: Callable[[_Open], T]) -> T:
        """Runs `work`; when the index turns out damaged, once more on a new and empty one."""
        try:
            with self._using() as opened:
                return self._on(opened, lambda: work(opened))
        except _Damaged as damage:
            self._discard(damage.opened)
        with self._using() as opened:
            return work(opened)

    def _on(self, opened: _Open, work: Callable[[], T]) -> T:
        """Tells damage of the index from damage of the archive and from bugs: with a sound index, it was neither."""
        try:
            return work()
        except BadSegment as error:
            raise _Damaged(opened) from error
        except DamagedFile as error:
            if error.facts.get("file") == opened.database.path.name:
                raise _Damaged(opened) from error
            raise
        except (Known, _Overtaken, _Damaged):
            raise
        except Exception as error:
            if _sound(opened):
                raise
            raise _Damaged(opened) from error

    def _discard(self, opened: _Open) -> None:
        """Throws this index away, unless somebody already has. Waits for searches under way."""
        with self._alone():
            if self._opened is opened:
                opened.database.close()
                self._opened = None
                self._discard_files()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody is using the index; whoever comes now waits. Not while using it oneself."""
        with self._state:
            while self._leaving:
                self._state.wait()
            self._leaving = True
            while self._users:
                self._state.wait()
            try:
                yield
            finally:
                self._leaving = False
                self._state.notify_all()


class _Batch:
    """News from the feed on their way to become a segment."""

    def __init__(self, bookmark: int) -> None:
        self.bookmark = bookmark
        self.builder = SegmentBuilder()
        self.characters = 0
        #: The last document of every item in this batch; -1 when the item is gone.
        self.latest: dict[int, int] = {}
        #: The folded text of every item that is not gone, packed.
        self.texts: dict[int, bytes] = {}

    def add(self, bookmark: int, changes: Sequence[tuple[int, Entry | None]]) -> None:
        self.bookmark = bookmark
        for item_id, entry in changes:
            self.latest[item_id] = -1
            self.texts.pop(item_id, None)
            if entry is None:
                continue
            self.latest[item_id] = len(self.builder)
            texts = Folded(entry)
            self.texts[item_id] = pack_text(texts.whole)
            self.builder.add(
                ((texts.heavy_terms(), TITLE_WEIGHT), (texts.light_terms(), 1)),
                item_id,
                entry.year,
                entry.category,
                entry.retention,
            )
            self.characters += len(texts.whole)

    def segment(self) -> tuple[W3Segment | None, dict[str, bytes]]:
        if not len(self.builder):
            return None, {}
        storage = MemoryStorage()
        segment = new_segment()
        self.builder.write(storage, segment)
        return segment, storage.files

    def live(self) -> Numbers:
        live = np.zeros(len(self.builder), bool)
        live[[place for place in self.latest.values() if place >= 0]] = True
        return live


class Folded:
    """The folded text of an entry: title and numbers first, because they weigh more."""

    def __init__(self, entry: Entry) -> None:
        self._codes = [code for code in map(analysis.fold, (entry.reference_code, entry.document_no)) if code]
        light = (entry.creator, entry.remarks, *_dates(entry.doc_date), *entry.pages)
        self._heavy = "|".join((analysis.fold(entry.title), *self._codes))
        self._light = "|".join(analysis.fold(text) for text in light if text)
        #: Everything that can be found, kept apart by bars that no word crosses.
        self.whole = f"{self._heavy}|{self._light}"

    def heavy_terms(self) -> list[str]:
        return analysis.terms(self._heavy) + [analysis.squeezed(code) for code in self._codes]

    def light_terms(self) -> list[str]:
        return analysis.terms(self._light)


def _description(entry: Entry) -> tuple[str, ...]:
    codes = entry.reference_code, entry.document_no
    return entry.title, *codes, entry.creator, entry.remarks, *_dates(entry.doc_date)


def _dates(date: str) -> tuple[str, ...]:
    """YYYYMMDD, and the same as people write it; unknown month and day (00) are left out."""
    if len(date) != 8 or not date.isdigit():
        return (date,)
    spoken = f"{int(date[:4])}年"
    for digits, name in ((date[4:6], "月"), (date[6:], "日")):
        if digits == "00":
            break
        spoken += f"{int(digits)}{name}"
    return date, spoken


def _meta(connection: Connection) -> tuple[str, int, int]:
    found: dict[str, object] = dict(connection.rows("SELECT name, value FROM meta"))
    layout, number, bookmark = (found.get(name) for name in ("layout", "generation", "bookmark"))
    if not (isinstance(layout, str) and isinstance(number, int) and isinstance(bookmark, int)):
        raise BadSegment("meta rows are missing")
    return layout, number, bookmark


def _put_segment(connection: Connection, segment: W3Segment, live: Numbers) -> None:
    values = segment.segid, segment.doc_count_all(), field_length(segment)
    connection.execute("INSERT INTO segments (id, documents, length) VALUES (?, ?, ?)", values)
    if not live.all():
        _set_live(connection, segment.segid, live)


def _set_live(connection: Connection, identity: str, live: Numbers) -> None:
    """A segment without living documents is dropped; its files are swept away later."""
    if not live.any():
        connection.execute("DELETE FROM segments WHERE id = ?", (identity,))
        return
    connection.execute("UPDATE segments SET deleted = ? WHERE id = ?", (np.packbits(~live).tobytes(), identity))


def _live(deleted: bytes | None, documents: int) -> Numbers:
    if not 0 < documents <= SEGMENT_DOCUMENTS:
        raise BadSegment("a segment of impossible size")
    if deleted is None:
        return np.ones(documents, bool)
    if not isinstance(deleted, bytes) or len(deleted) != -(-documents // 8):
        raise BadSegment("the marks of removed documents do not fit the segment")
    return ~np.unpackbits(np.frombuffer(deleted, np.uint8), count=documents).astype(bool)


def _fits(database: Database) -> bool:
    """An empty file, or one with our tables and our layout."""
    with database.snapshot() as connection:
        tables: dict[str, str] = dict(
            connection.rows("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        )
        return not tables or (tables == TABLES and _meta(connection)[0] == LAYOUT)


def _sound(opened: _Open) -> bool:
    """Is every row of the index as it was put down? Whatever keeps it from being read says no."""
    try:
        if not _fits(opened.database):
            return False
        opened.storage.check()
        with opened.database.snapshot() as connection:
            for identity, documents, length, deleted in connection.rows(_SEGMENTS):
                _live(deleted, documents)
                SegmentArrays(opened.storage, known_segment(identity, documents, length))
        return not opened.database.check()
    except DamagedFile:
        return False
    except Known:
        raise
    except Exception:
        return False
