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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from whoosh.codec.whoosh3 import W3Segment

from storage.connection import Connection, Database
from storage.errors import DamagedFile, Known
from storage.records import Finding
from storage.records.search import NO_FILTERS, Filters, Order, Results, Snippet
from storage.search import merging, snippets
from storage.search.asking import Abandoned
from storage.search.batches import Batch, Entry, Feed, description
from storage.search.likeness import like
from storage.search.postings import POSTINGS, BadSegment, SegmentArrays, known_segment, new_segment
from storage.search.query import parse
from storage.search.scoring import Generation, Settle, Settler, Wanted
from storage.search.segments import (
    LAYOUT,
    TABLES,
    ChunkStorage,
    FileWriter,
    MemoryStorage,
    fits,
    live_of,
    put_files,
    put_segment,
    read_meta,
    segment_rows,
    set_live,
    sweep,
)
from storage.search.suggesting import suggest

__all__ = ["Entry", "Feed", "Index"]

#: Changes asked of the feed in one go.
FEED_CHANGES = 250
#: Nobody reads further than this into a list of results.
MOST_HITS = 5000
NO_STATES: Mapping[str, Sequence[int]] = {}

Progress = Callable[[int, int], None]
T = TypeVar("T")


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
        #: Has the number of records been compared with the archive since this index was opened?
        self._compared = False

    # -- asking ------------------------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        filters: Filters = NO_FILTERS,
        order: Order = Order.RELEVANCE,
        limit: int = 50,
        without: Sequence[int] = (),
        states: Mapping[str, Sequence[int]] = NO_STATES,
        typing: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Results:
        """Best first in this order, newest first among equals. The items `without` count nowhere: they are not for the eyes of
        whoever asks. `states` says which items are at present in another state than their description says. While `typing`
        the last run of letters or digits may go on. `cancelled` is asked between steps; raises Abandoned.

        Every row is true to the text. `total` and facets are exact too, except when the query holds words that terms
        alone cannot prove (over three characters and in no dictionary) and more than scoring.SETTLE_ALL records have
        all their pairs: then they count those records, less the ones found wrong among the rows shown.
        An empty query has no results; one with nothing but exclusions has everything else.
        """
        asked = parse(query, typing=typing)
        wanted = Wanted(filters, order, max(0, min(limit, MOST_HITS)), cancelled)
        return self._answered(
            lambda generation, settle: generation.with_states(states).search(asked, wanted, settle(asked.accepts)), without
        )

    def suggest(self, query: str, *, filters: Filters = NO_FILTERS, without: Sequence[int] = ()) -> tuple[str, ...]:
        """Whole questions to ask instead of one that finds little: same sound, same shape, one character off. Only words that
        a record holds which may be seen. Empty when there are none.
        """
        return self._answered(lambda generation, settle: suggest(generation, query, filters, settle), without)

    def like(
        self,
        item_id: int,
        *,
        filters: Filters = NO_FILTERS,
        order: Order = Order.RELEVANCE,
        limit: int = 50,
        without: Sequence[int] = (),
        states: Mapping[str, Sequence[int]] = NO_STATES,
    ) -> Results:
        """Records that share the telling words of this one, which is not among them."""
        entry = self._feed.entries([item_id]).get(item_id)
        if entry is None:
            return Results((), 0)
        wanted = Wanted(filters, order, max(0, min(limit, MOST_HITS)))
        return self._answered(
            lambda generation, settle: like(generation.with_states(states), entry, wanted), [item_id, *without]
        )

    def _answered(self, answer: Callable[[Generation, Settler], T], without: Sequence[int]) -> T:
        """An answer from the latest generation, without what may not be found."""

        def from_one(opened: _Open, generation: Generation) -> T:
            generation = generation.without([*self._feed.gone(generation.bookmark), *without])

            def settler(accepts: Callable[[str], bool]) -> Settle:
                return lambda items: {item for item, text in opened.storage.texts(items, generation.number).items() if accepts(text)}

            return answer(generation, settler)

        def work(opened: _Open) -> T:
            try:
                # Files never change, so there is no need to hold a snapshot, which would take as long as a question.
                return from_one(opened, self._latest(opened))
            except BadSegment:
                # Unless a merge has just replaced them. In a snapshot everything must be there.
                with opened.database.snapshot() as connection:
                    return from_one(opened, self._generation(opened, connection))

        return self._guarded(work)

    def snippet(self, query: str, item_id: int) -> Snippet:
        """Why this item was found, with exact marks; an empty snippet when the item is gone."""
        entry = self._feed.entries([item_id]).get(item_id)
        if entry is None:
            return Snippet(1, "", ())
        return snippets.cut(parse(query), entry.pages, description(entry))

    def behind(self, without: Sequence[int] = ()) -> int:
        """How many records are filed and not yet searchable; those `without` are not counted."""
        base = self._guarded(self._current)
        due = self._feed.count() - len(without)
        return max(0, due - base.without([*self._feed.gone(base.bookmark), *without]).count)

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
            try:
                self._notice_deletion()
                written += self._take_in_all(progress)
                if not self._compared and self._differs():
                    with self._using() as opened:
                        pass
                    self._discard(opened)
                    written += self._take_in_all(progress)
                self._compared = True
                while self._merge_next():
                    written += self._take_in_all(progress)
            except _Closed:
                pass  # the archive is being closed; the rest is taken in next time
        return written

    def expunge(self, item_ids: Sequence[int]) -> bool:
        """The words of these items, which the archive has destroyed, leave the file: dictionary, postings and texts, in the
        former pages of the write-ahead log too. Whether they have; if something keeps it (a reader in the way), the next
        `catch_up` goes on, because a segment that holds a record the archive has not is merged whenever it is seen.
        """
        self.catch_up()

        def work(opened: _Open) -> bool:
            generation = self._current(opened)
            held = any(np.isin(part.segment.items, item_ids).any() for part in generation.parts)
            texts = opened.database.reader().rows("SELECT item FROM texts")
            return not held and not {row[0] for row in texts} & set(item_ids) and opened.database.fold()

        return self._guarded(work)

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

    def _differs(self) -> bool:
        """Nothing is new, and yet the archive holds another number of records: it is not the archive this index was
        made from (a backup was restored beside it)."""
        due = self._feed.count()
        base = self._guarded(self._current)
        bookmark, news = self._feed.changed(base.bookmark, 1)
        return bookmark == base.bookmark and not news and base.count != due

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
        batch = Batch(base.bookmark)
        while not batch.full:
            bookmark, changes = self._feed.changed(batch.bookmark, FEED_CHANGES)
            if bookmark == batch.bookmark and not changes:
                break
            batch.add(bookmark, changes)
            if progress is not None:
                due = self._feed.count()
                progress(min(base.count + len(batch), due), due)
        if batch.bookmark == base.bookmark:
            return None
        segment, files = batch.segment()
        try:
            self._guarded(lambda opened: self._publish(opened, base, batch, segment, files))
        except _Overtaken:
            return 0
        return len(batch)

    def _publish(
        self, opened: _Open, base: Generation, batch: Batch, segment: W3Segment | None, files: dict[str, bytes]
    ) -> None:
        with opened.database.transaction() as connection:
            self._claim(opened, connection, base, batch.bookmark)
            changed = np.fromiter(batch.latest, np.int64, len(batch.latest))
            for part in base.parts:
                hit = np.isin(part.segment.items, changed) & part.live
                if hit.any():
                    set_live(connection, part.segment.id, part.live & ~hit)
            gone = [(item,) for item, place in batch.latest.items() if place < 0]
            connection.executemany("DELETE FROM texts WHERE item = ?", gone)
            connection.executemany("INSERT OR REPLACE INTO texts (item, data) VALUES (?, ?)", batch.texts.items())
            if segment is not None:
                put_files(connection, files)
                put_segment(connection, segment, batch.live())
        self._current(opened)

    def _claim(self, opened: _Open, connection: Connection, base: Generation, bookmark: int) -> None:
        """The next generation is ours, or somebody has published since and our segment is worthless."""
        if read_meta(connection) != (LAYOUT, base.number, base.bookmark):
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
                put_segment(connection, segment, live)
        self._current(opened)
        sweep(opened.database)

    # -- the open database -------------------------------------------------------------------------------------------

    def _generation(self, opened: _Open, connection: Connection) -> Generation:
        """What this snapshot shows; segments already in memory are not read again."""
        layout, number, bookmark = read_meta(connection)
        if layout != LAYOUT:
            raise BadSegment("another layout")
        generation = opened.generation
        if generation is not None and generation.number == number:
            return generation
        known, loaded = opened.segments, []
        for identity, documents, length, deleted in segment_rows(connection):
            arrays = known.get(identity)
            if arrays is None:
                arrays = SegmentArrays(opened.storage, known_segment(identity, documents, length))
            loaded.append((arrays, live_of(deleted, documents)))
        generation = Generation(number, bookmark, loaded)
        with self._state:
            if opened.generation is None or opened.generation.number < number:
                opened.generation = generation
                opened.segments = {arrays.id: arrays for arrays, _ in loaded}
        return generation

    def _latest(self, opened: _Open) -> Generation:
        """The latest generation; one short question when it is in memory already."""
        row = opened.database.reader().row("SELECT value FROM meta WHERE name = 'generation'")
        generation = opened.generation
        if generation is not None and row is not None and row[0] == generation.number:
            return generation
        return self._current(opened)

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
                if not fits(database):
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
        except (Known, Abandoned, _Overtaken, _Damaged):
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


def _sound(opened: _Open) -> bool:
    """Is every row of the index as it was put down? Whatever keeps it from being read says no."""
    try:
        if not fits(opened.database):
            return False
        opened.storage.check()
        with opened.database.snapshot() as connection:
            for identity, documents, length, deleted in segment_rows(connection):
                live_of(deleted, documents)
                SegmentArrays(opened.storage, known_segment(identity, documents, length))
        return not opened.database.check()
    except DamagedFile:
        return False
    except Known:
        raise
    except Exception:
        return False
