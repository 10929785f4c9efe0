"""storage/search/index.py — class Index: keeps up with the archive, answers, and can be thrown away at any time.

The index is a copy. It follows a `Feed` by a bookmark, lives in an encrypted index.db of its own, and filing never
waits for it. Whatever is wrong with it (a page that does not authenticate, a chunk that is missing, another layout), it is
discarded and built again from the feed by the next `catch_up`; until then `search` answers from what is there and
`behind()` says how many records are missing. An index made by another analysis, or with other words of the station, goes on
answering while its successor is built beside it (index.new.db); so does one that somebody wants built anew. The successor
has a bookmark of its own, so that a build that was cut goes on where it stood.

What cannot be made searchable keeps nothing waiting: `unindexed()` lists it, and it is tried again when the record changes
and whenever the index is built anew.

Threads: asking on any thread, at any time. `catch_up` and `rebuild` from any thread; who publishes into index.db goes one
at a time (a second caller waits), and `catch_up` goes on working while another thread rebuilds. Large batches are made by
other processes (building.py). Segments are made without any lock; only putting one down with its bookmark is a transaction.
A merge of large segments stops after every step to take in what was filed meanwhile, and none begins that is not urgent
while somebody is asking questions.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from storage.connection import Database
from storage.errors import DamagedFile, DiskFails, Known
from storage.files import disk_faults
from storage.records import Finding
from storage.records.search import NO_FILTERS, Filters, IndexState, Order, Results, Snippet
from storage.search import merging, snippets
from storage.search.batches import Entry, Feed, News, description
from storage.search.building import Abandon, Outcome, makers, wait
from storage.search.holder import Closed, Damaged, Holder, files_of, lock_of, on, remove_database
from storage.search.indexfile import IndexFile, Overtaken, Recipe
from storage.search.likeness import like
from storage.search.postings import BadSegment
from storage.search.query import Query, Setting, parse
from storage.search.scoring import Generation, Settle, Settler, Wanted
from storage.search.suggesting import suggest, widened

__all__ = ["Entry", "Feed", "Index"]

#: Changes asked of the feed in one go.
FEED_CHANGES = 250
#: Batches collected ahead of the one that is put down next: one for each child, and one that is ready.
AHEAD = 3
#: Nobody reads further than this into a list of results.
MOST_HITS = 5000
#: A merge that only tidies up begins this long after the last question.
QUIET_S = 1.0
#: A build beside that failed (a full disk) is not tried again by itself before this.
REST_S = 600.0
NO_STATES: Mapping[str, Sequence[int]] = {}

Progress = Callable[[int, int], None]
T = TypeVar("T")
#: Does work on an index file that is open.
On = Callable[[Callable[[IndexFile], Any]], Any]


class Index:
    def __init__(
        self,
        path: Path,
        open_database: Callable[[Path], Database],
        feed: Feed,
        words: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """`open_database` opens or creates the file at `path`, or the one beside it. `words` are the station's own."""
        self._held = Holder(path, open_database, self._recipe)
        self._open_database = open_database
        self._feed = feed
        self._words = words
        self._writing = threading.RLock()
        self._building = threading.Lock()
        self._lock = FileLock(lock_of(path), mode=0o600, thread_local=False)
        self._asked_at = -QUIET_S
        self._rest_until = 0.0
        #: Has the index been compared with the archive since it was opened?
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
        exact: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Results:
        """Best first in this order, newest first among equals. The items `without` count nowhere: they are not for the eyes of
        whoever asks. `states` says which items are at present in another state than their description says. While `typing`
        the last run of letters or digits may go on. `cancelled` is asked between steps; raises Abandoned.

        Every row is true to the text. `total` and facets are true too, except when the query holds words that terms alone
        cannot prove (over three characters and in no dictionary) and more than scoring.SETTLE_ALL records have all their
        pairs: then they count those records, less the ones found wrong among the rows shown, and the answer is not `exact`,
        unless that was asked for; then all of them are read (some 20,000 a second).
        An empty query has no results, filters alone have what they let through; nothing but exclusions has everything else.
        """
        wanted = Wanted(filters, order, max(0, min(limit, MOST_HITS)), exact, cancelled)

        def answer(file: IndexFile, generation: Generation, settler: Settler) -> Results:
            asked = self._reader(file, generation)(query, typing)
            return generation.with_states(states).search(asked, wanted, settler)

        return self._answered(answer, without)

    def suggest(
        self,
        query: str,
        *,
        filters: Filters = NO_FILTERS,
        without: Sequence[int] = (),
        cancelled: Callable[[], bool] = lambda: False,
    ) -> tuple[str, ...]:
        """Whole questions to ask instead of one that finds little: same sound, same shape, one character off. Only words that
        a record holds which may be seen. Empty when there are none. Raises Abandoned when `cancelled`.
        """

        def answer(file: IndexFile, generation: Generation, settler: Settler) -> tuple[str, ...]:
            wanted = Wanted(filters, cancelled=cancelled)
            return suggest(generation, query, wanted, settler, self._reader(file, generation))

        return self._answered(answer, without)

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
            lambda _file, generation, _settler: like(generation.with_states(states), entry, wanted), [item_id, *without]
        )

    def _reader(self, file: IndexFile, generation: Generation) -> Callable[..., Query]:
        """How a question is read: with the words and the categories of the station, and near words where they are asked for."""
        setting = Setting(dictionary=file.dictionary, categories=tuple(self._feed.category_names()))

        def read(query: str, typing: bool = False) -> Query:
            return widened(parse(query, typing, setting), generation)

        return read

    def _answered(self, answer: Callable[[IndexFile, Generation, Settler], T], without: Sequence[int]) -> T:
        """An answer from the latest generation, without what may not be found."""

        def from_one(file: IndexFile, generation: Generation) -> T:
            generation = generation.without([*self._feed.gone(generation.bookmark), *without])

            def settler(accepts: Callable[[str], bool]) -> Settle:
                return lambda items: {item for item, text in file.storage.texts(items, generation.number).items() if accepts(text)}

            return answer(file, generation, settler)

        def work(file: IndexFile) -> T:
            try:
                # Files never change, so there is no need to hold a snapshot, which would take as long as a question.
                return from_one(file, file.latest())
            except BadSegment:
                # Unless a merge has just replaced them. In a snapshot everything must be there.
                with file.database.snapshot() as connection:
                    return from_one(file, file.shown(connection))

        self._asked_at = time.monotonic()
        try:
            return self._held.guarded(work)
        finally:
            self._asked_at = time.monotonic()

    def snippet(self, query: str, item_id: int) -> Snippet:
        """Why this item was found, with exact marks; an empty snippet when the item is gone."""
        entry = self._feed.entries([item_id]).get(item_id)
        return Snippet(1, "", ()) if entry is None else self.shown(query, entry)

    def shown(self, query: str, entry: Entry) -> Snippet:
        """The same of a record that is at hand."""
        asked = parse(query)
        if asked.rough:
            asked = self._answered(lambda _file, generation, _settler: widened(asked, generation), ())
        return snippets.cut(asked, entry.pages, description(entry), parse(query, typing=True))

    def behind(self, without: Sequence[int] = ()) -> int:
        """How many records are filed and not yet searchable; those `without`, and those that cannot be, are not counted."""
        hidden: set[int] = set()

        def work(file: IndexFile) -> int:
            base = file.current()
            hidden.update(self._feed.gone(base.bookmark), without)
            shown = base.without([*hidden])
            return shown.count + len(set(file.absent(base)) - hidden)

        searchable = self._held.guarded(work)
        return max(0, self._feed.count() - len(without) - searchable)

    def unindexed(self) -> dict[int, str]:
        """Items that are not searchable, or not with their text, with the reason (a code: see building.py)."""
        return self._held.guarded(lambda file: file.unindexed())

    def state(self, without: Sequence[int] = ()) -> IndexState:
        """How the index stands; the items `without` count nowhere."""

        def work(file: IndexFile) -> tuple[int, list[tuple[int, str]], int]:
            generation = file.current()
            hidden = {*self._feed.gone(generation.bookmark), *without}
            unindexed = [each for each in file.unindexed().items() if each[0] not in hidden]
            return generation.without([*hidden]).count, unindexed, len(file.recipe.words)

        records, unindexed, words = self._held.guarded(work)
        size = sum(file.stat().st_size for file in files_of(self._held.path) if file.exists())
        rebuilding = self._held.successor.exists() or self._outdated()
        return IndexState(records, self.behind(without), tuple(unindexed), size, words, rebuilding)

    def agreement(self) -> list[Finding]:
        """Does the index hold what the archive holds? Reads every chunk. What cannot be made searchable is a finding each."""

        def work(file: IndexFile) -> tuple[int, int, int, int, dict[int, str], int]:
            with file.database.snapshot() as connection:
                generation = file.shown(connection)
                chunks = file.storage.check()
                return (
                    generation.count, file.texts(), generation.bookmark, chunks, file.unindexed(), len(file.absent(generation))
                )  # fmt: skip

        count, texts, bookmark, chunks, unindexed, absent = self._held.guarded(work)
        due = self._feed.count()
        _, news = self._feed.changed(bookmark, 1)
        agrees = count == texts == due - absent
        if not agrees and not news:
            self._compared = False  # the next `catch_up` looks closer
        return [
            Finding("index", agrees, "count", f"index={count} texts={texts} archive={due} unindexed={absent}"),
            Finding("index", not news, "bookmark", f"bookmark={bookmark} {'behind' if news else 'current'}"),
            Finding("index", True, "chunks", f"read={chunks}"),
            *(Finding("index", False, f"item:{item}", f"unindexed {reason}") for item, reason in unindexed.items()),
        ]

    # -- following ---------------------------------------------------------------------------------------------------

    def catch_up(self, progress: Progress | None = None, cancelled: Callable[[], bool] = lambda: False) -> int:
        """Takes in everything new; returns the documents written. Cheap when there is nothing new. Builds a successor when
        the analysis or the station's words have changed, or when such a build was cut. What is not done when it is
        `cancelled` is done the next time.
        """
        written = 0
        try:
            with self._writing:
                if self._held.renewed():
                    self._compared = False
                written += self._take_in_all(self._held.guarded, progress, give_up=cancelled)
                if not self._compared and self._held.guarded(self._differs):
                    with self._held.using() as file:
                        pass
                    self._held.discard(file)
                    written += self._take_in_all(self._held.guarded, progress, give_up=cancelled)
                self._compared = True
                while self._merge_next(cancelled):
                    written += self._take_in_all(self._held.guarded, progress, give_up=cancelled)
            if self._successor_is_due():
                with self._sole_builder(wait=False) as sole:
                    written += self._build_successor(progress, cancelled) if sole else 0
        except (Closed, Abandon):
            pass  # the archive is being closed; the rest is taken in next time
        return written

    def expunge(self, item_ids: Sequence[int]) -> bool:
        """The words of these items, which the archive has destroyed, leave the file: dictionary, postings and texts, in the
        former pages of the write-ahead log too. Whether they have; if something keeps it (a reader in the way, a successor
        being built), the next `catch_up` goes on, because a segment that holds a record the archive has not is merged whenever
        it is seen.
        """
        self.catch_up()
        with self._sole_builder(wait=False) as sole:
            if not sole:
                return False
            remove_database(self._held.successor)
            return self._held.guarded(lambda file: file.holds_none_of(item_ids) and file.database.fold())

    def rebuild(self, progress: Progress | None = None, cancelled: Callable[[], bool] = lambda: False) -> int:
        """Builds the index anew beside the old one, which goes on answering and following, and then takes its place; returns
        the documents written. When `cancelled` the old one stays. A build that was cut goes on where it stood.
        Raises what the disk raises; the old one stays.
        """
        try:
            with self._sole_builder(wait=True):
                try:
                    written = self._build_successor(progress, cancelled, asked_for=True)
                except Abandon:
                    if not self._held.closed:
                        remove_database(self._held.successor)
                    return 0
        except Closed:
            return 0
        return written + self.catch_up()

    def close(self) -> None:
        """Waits for searches under way; a catch_up or rebuild under way ends after its current step."""
        self._held.close()

    def _differs(self, file: IndexFile) -> bool:
        """Nothing is new, and yet the archive holds another number of records, or never was where the bookmark says: it is not
        the archive this index was made from (a backup was restored beside it)."""
        due = self._feed.count()
        base = file.current()
        mark = base.bookmark
        bookmark, news = self._feed.changed(mark, 1)
        if bookmark != mark or news:
            return False
        return base.count + len(file.absent(base)) != due or (mark > 0 and self._feed.changed(mark - 1, 1)[0] != mark)

    def _take_in_all(
        self,
        work_on: On,
        progress: Progress | None = None,
        between: Callable[[], object] = int,
        give_up: Callable[[], bool] = lambda: False,
    ) -> int:
        """Everything new, in order: collected and made ahead of what is being put down. `between` is called after each batch.
        Raises Abandon when the index is closed meanwhile, or somebody gives up.
        """
        written = 0
        recipe: Recipe = work_on(lambda file: file.recipe)
        base: Generation = work_on(IndexFile.current)
        bookmark = base.bookmark
        making: deque[tuple[News, Future[Outcome]]] = deque()
        with makers(recipe.words) as some:
            while True:
                while len(making) < AHEAD:
                    ahead = base.count + sum(len(news) for news, _ in making)
                    news = self._collect(bookmark, ahead, progress)
                    if news.bookmark == bookmark:
                        break
                    bookmark = news.bookmark
                    making.append((news, some.make(news.entries)))
                if not making:
                    return written
                news, outcome = making.popleft()
                made = wait(outcome, lambda: self._held.closed or give_up())
                try:
                    base = work_on(lambda file, base=base, news=news, made=made: file.publish(base, recipe, news, made))  # type: ignore[misc]
                except Overtaken:
                    break
                written += len(news.entries)
                between()
                if give_up():
                    raise Abandon
        return written + self._take_in_all(work_on, progress, between, give_up)

    def _collect(self, bookmark: int, ahead: int, progress: Progress | None) -> News:
        """The next batch of news."""
        news = News(bookmark)
        while not news.full and not self._held.closed:
            mark, changes = self._feed.changed(news.bookmark, FEED_CHANGES)
            if mark == news.bookmark and not changes:
                break
            news.add(mark, changes)
            if progress is not None:
                due = self._feed.count()
                progress(min(ahead + len(news), due), due)
        return news

    def _merge_next(self, cancelled: Callable[[], bool]) -> bool:
        """One merge, if one is due. Takes in news between its steps."""
        base = self._held.guarded(IndexFile.current)
        quiet = time.monotonic() - self._asked_at >= QUIET_S
        parts = merging.due(base, patient=not quiet)
        if not parts:
            if quiet:
                self._held.guarded(IndexFile.sweep)
            return False
        try:
            with self._held.using() as begun:
                steps = begun.merge(parts)
            while True:
                with self._held.using() as file:
                    if file is not begun:
                        raise Overtaken
                    if on(file, lambda: next(steps, steps)) is steps:
                        return True
                self._take_in_all(self._held.guarded, give_up=cancelled)
        except Overtaken:
            pass
        except Damaged as damage:
            self._held.discard(damage.file)
        return True

    # -- the successor -----------------------------------------------------------------------------------------------

    @contextmanager
    def _sole_builder(self, *, wait: bool) -> Iterator[bool]:
        """Whether nobody else builds a successor or waits to, in this process or another one; then nobody will meanwhile."""
        if not self._building.acquire(blocking=wait):
            yield False
            return
        try:
            with disk_faults(self._held.path):
                self._lock.acquire(timeout=-1 if wait else 0)
        except Timeout:
            self._building.release()
            yield False
            return
        try:
            yield True
        finally:
            self._lock.release()
            self._building.release()

    def _recipe(self) -> Recipe:
        return Recipe.of(self._words())

    def _outdated(self) -> bool:
        with self._held.using() as file:
            return file.recipe != self._recipe()

    def _successor_is_due(self) -> bool:
        return time.monotonic() >= self._rest_until and (self._held.successor.exists() or self._outdated())

    def _build_successor(self, progress: Progress | None, cancelled: Callable[[], bool], *, asked_for: bool = False) -> int:
        """As the sole builder. Raises Abandon when it is cancelled, the index is closed, or it cannot be done now."""
        new = self._open_successor(anew=asked_for)
        if new is None:
            return 0

        def work_on(work: Callable[[IndexFile], T]) -> T:
            return on(new, lambda: work(new))

        def between() -> None:
            if self._held.closed or cancelled():
                raise Abandon
            with self._writing:
                # Everyday news go into the index that answers.
                self._take_in_all(self._held.guarded)

        try:
            resumed = work_on(IndexFile.current).bookmark > 0
            written = self._take_in_all(work_on, progress, between, cancelled)
            while parts := merging.due(work_on(IndexFile.current)):
                steps = new.merge(parts)
                while on(new, lambda steps=steps: next(steps, steps)) is not steps:  # type: ignore[misc]
                    between()
                between()
            with self._writing:  # nobody publishes into the old one from here on
                written += self._take_in_all(work_on)
                if resumed and work_on(self._differs):
                    raise Damaged(new)  # begun for another archive
                work_on(IndexFile.sweep)
                if not new.database.fold():
                    raise Abandon  # somebody reads a file that is not in use yet
                new.close()
                self._held.succeed()
            return written
        except (Known, Damaged) as error:
            new.close()
            remove_database(new.path)
            self._rest_until = time.monotonic() + REST_S
            if isinstance(error, Damaged):
                raise Abandon from error
            raise
        finally:
            new.close()

    def _open_successor(self, *, anew: bool) -> IndexFile | None:
        """What was begun, if it fits; else a new one, if there is a reason for one."""
        path, recipe = self._held.successor, self._recipe()
        if path.exists():
            try:
                new = IndexFile(path, self._open_database, recipe)
                if new.recipe == recipe:
                    return new
                new.close()
            except (BadSegment, DamagedFile, DiskFails):
                pass
        remove_database(path)
        return IndexFile(path, self._open_database, recipe) if anew or self._outdated() else None
