"""storage/search/indexfile.py — class IndexFile: one index.db while it is open; it shows a generation, and it grows.

Every method may raise `BadSegment` or DamagedFile: then the file is worth nothing any more, and whoever holds it throws it
away. Reading is for any thread, at any time. Putting something down is one transaction, which first makes sure that nobody
else has published since (`Overtaken`), whichever process that was: SQLite's own lock between processes is the writer's.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from storage.connection import Connection, Database
from storage.errors import DamagedFile, DiskFails, Known
from storage.search import analysis, merging
from storage.search.analysis import Dictionary
from storage.search.batches import News
from storage.search.building import Outcome
from storage.search.postings import POSTINGS, BadSegment, Numbers, SegmentArrays, known_segment, new_segment
from storage.search.scoring import Generation, Part
from storage.search.segments import (
    LAYOUT,
    TABLES,
    ChunkStorage,
    FileWriter,
    MemoryStorage,
    Meta,
    fits,
    live_of,
    put_files,
    put_segment,
    read_meta,
    segment_rows,
    set_live,
    sweep,
    write_meta,
)

_LISTS_AT_ONCE = 5000


class Overtaken(Exception):
    """The index changed under a segment that was being built; build it again."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the same text gives the same terms by. `words` are the station's own."""

    words: tuple[str, ...] = ()
    made_with: str = analysis.MADE_WITH

    @classmethod
    def of(cls, words: Sequence[str]) -> Recipe:
        return cls(tuple(sorted(set(words))))


class IndexFile:
    def __init__(self, path: Path, open_database: Callable[[Path], Database], recipe: Recipe) -> None:
        """Opens the file, or makes an empty one by this recipe. Raises BadSegment for one of another layout, DamagedFile,
        DiskFull, ReadOnly.
        """
        self.path = path
        self.database = open_database(path)
        try:
            if not fits(self.database):
                raise BadSegment("another layout")
            with self.database.transaction() as connection:
                if connection.row("SELECT 1 FROM sqlite_master LIMIT 1") is None:
                    for sql in TABLES.values():
                        connection.execute(sql)
                    write_meta(connection, Meta(LAYOUT, 0, 0, recipe.made_with, recipe.words))
                meta = read_meta(connection)
            self.recipe = Recipe(meta.words, meta.made_with)
            self.dictionary = Dictionary(meta.words)
            self._identity = _identity(path)
        except BaseException:
            self.database.close()
            raise
        self.storage = ChunkStorage(self.database)
        self._lock = threading.Lock()
        self._segments: dict[str, SegmentArrays] = {}
        self._generation: Generation | None = None

    @property
    def replaced(self) -> bool:
        """Is the file under this name another one by now, or none?"""
        return _identity(self.path) != self._identity

    def close(self) -> None:
        self.database.close()

    # -- what it shows

    def latest(self) -> Generation:
        """The latest generation; one short question when it is in memory already."""
        row = self.database.reader().row("SELECT value FROM meta WHERE name = 'generation'")
        generation = self._generation
        if generation is not None and row is not None and row[0] == generation.number:
            return generation
        return self.current()

    def current(self) -> Generation:
        with self.database.snapshot() as connection:
            return self.shown(connection)

    def shown(self, connection: Connection) -> Generation:
        """What this snapshot shows; segments already in memory are not read again."""
        meta = read_meta(connection)
        if meta.layout != LAYOUT:
            raise BadSegment("another layout")
        generation = self._generation
        if generation is not None and generation.number == meta.generation:
            return generation
        known, loaded = self._segments, []
        for identity, documents, length, deleted in segment_rows(connection):
            arrays = known.get(identity)
            if arrays is None:
                arrays = SegmentArrays(self.storage, known_segment(identity, documents, length))
            loaded.append((arrays, live_of(deleted, documents)))
        generation = Generation(meta.generation, meta.bookmark, loaded)
        with self._lock:
            if self._generation is None or self._generation.number < meta.generation:
                self._generation = generation
                self._segments = {arrays.id: arrays for arrays, _ in loaded}
        return generation

    def unindexed(self) -> dict[int, str]:
        """What is not searchable, or not with its text: item and reason."""
        return dict(self.database.reader().rows("SELECT item, reason FROM unindexed ORDER BY item"))

    def absent(self, generation: Generation) -> list[int]:
        """What is not searchable at all."""
        unindexed = self.unindexed()
        return sorted(unindexed.keys() - set(generation.items[generation.live].tolist())) if unindexed else []

    def texts(self) -> int:
        return int(self.database.reader().rows("SELECT count(*) FROM texts")[0][0])

    def holds_none_of(self, item_ids: Sequence[int]) -> bool:
        """Neither a segment nor a text holds a word of these items."""
        texts = {row[0] for row in self.database.reader().rows("SELECT item FROM texts")}
        return not texts & set(item_ids) and not any(
            np.isin(part.segment.items, item_ids).any() for part in self.current().parts
        )

    def sound(self) -> bool:
        """Is every row as it was put down? Whatever keeps it from being read says no. Reads everything."""
        try:
            if not fits(self.database):
                return False
            self.storage.check()
            with self.database.snapshot() as connection:
                read_meta(connection)
                for identity, documents, length, deleted in segment_rows(connection):
                    live_of(deleted, documents)
                    if not _readable(SegmentArrays(self.storage, known_segment(identity, documents, length))):
                        return False
            return not self.database.check()
        except (DamagedFile, DiskFails):
            return False
        except Known:
            raise
        except Exception:  # unforeseen damage is damage
            return False

    # -- how it grows

    def publish(self, base: Generation, recipe: Recipe, news: News, outcome: Outcome) -> Generation:
        """What was made of the news by this recipe, with their bookmark, in the place of what it replaces. Raises Overtaken."""
        if recipe != self.recipe:
            raise Overtaken
        with self.database.transaction() as connection:
            meta = self._claim(connection, base)
            changed = np.fromiter(news.items, np.int64, len(news))
            for part in base.parts:
                hit = np.isin(part.segment.items, changed) & part.live
                if hit.any():
                    set_live(connection, part.segment.id, part.live & ~hit)
            items = [(item,) for item in news.items]
            connection.executemany("DELETE FROM texts WHERE item = ?", items)
            connection.executemany("DELETE FROM unindexed WHERE item = ?", items)
            connection.executemany("INSERT INTO unindexed (item, reason) VALUES (?, ?)", outcome.refused.items())
            for made in outcome.made:
                connection.executemany("INSERT INTO texts (item, data) VALUES (?, ?)", made.texts.items())
                put_files(connection, made.files)
                put_segment(connection, known_segment(made.segment, made.documents, made.length), np.ones(made.documents, bool))
            write_meta(connection, replace(meta, bookmark=news.bookmark))
        return self.current()

    def _claim(self, connection: Connection, base: Generation) -> Meta:
        """The next generation is ours, or somebody has published since and our segment is worthless."""
        meta = read_meta(connection)
        if (meta.generation, meta.bookmark) != (base.number, base.bookmark):
            raise Overtaken
        return replace(meta, generation=base.number + 1)

    def merge(self, parts: Sequence[Part]) -> Iterator[None]:
        """Merges these segments step by step; between two steps anything may be published. Raises Overtaken."""
        sources = merging.sources(parts)
        segment = new_segment()
        with self.database.transaction() as connection:
            writer = FileWriter(connection, segment.make_filename(POSTINGS))
        done: list[merging.Piece] = []
        for piece in merging.pieces(sources):
            with self.database.transaction() as connection:
                writer.append(connection, piece.postings)
            # The postings are put down; the dictionary is kept until the end.
            done.append(replace(piece, postings=b""))
            yield
        storage = MemoryStorage()
        merging.finish(sources, done, storage, segment)
        base = self.current()
        now_live = {part.segment.id: part.live for part in base.parts}
        if not all(source.segment.id in now_live for source in sources):
            raise Overtaken
        # The sources may have lost documents since the merge began.
        live: Numbers = np.concatenate([now_live[source.segment.id][source.places >= 0] for source in sources])
        with self.database.transaction() as connection:
            meta = self._claim(connection, base)
            if connection.row("SELECT 1 FROM files WHERE id = ? AND name = ?", (writer.number, writer.name)) is None:
                raise Overtaken  # another process swept it away
            writer.finish(connection)
            put_files(connection, storage.files)
            connection.executemany("DELETE FROM segments WHERE id = ?", [(s.segment.id,) for s in sources])
            if len(live):
                put_segment(connection, segment, live)
            write_meta(connection, meta)
        self.current()
        sweep(self.database)

    def sweep(self) -> None:
        sweep(self.database)


def _readable(segment: SegmentArrays) -> bool:
    """Do all lists and codes become what they should?"""
    terms = len(segment.terms)
    lists = (segment.lists(first, min(first + _LISTS_AT_ONCE, terms)) for first in range(0, terms, _LISTS_AT_ONCE))
    return len(segment.codes) == segment.documents and all(
        len(places) == len(weights) and not (places >= segment.documents).any() for places, weights in lists
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino

