"""tests/test_search_keeping.py — the index is safe: no clear text, nothing unpickled, damage repairs itself, threads."""

from __future__ import annotations

import os
import pickle
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from whoosh import query as whoosh_query
from whoosh.reading import MultiReader, SegmentReader
from whoosh.scoring import BM25F
from whoosh.searching import Searcher

from storage.connection import Connection, Database
from storage.errors import DamagedFile
from storage.search import merging
from storage.search.postings import FIELD, SCHEMA, known_segment
from storage.search.segments import ChunkStorage
from tests.test_search import KEY, ListFeed, entry, found, law_texts, open_index

WORDS = "盗窃 殴打 电动车 样本 派出所 治安 管理 处罚 询问 笔录 证据 当事人 报案 立案 调解 拘留 公民 证件".split()


def sentence(seed: int) -> str:
    draw = random.Random(seed)
    return "，".join("".join(draw.choices(WORDS, k=4)) for _ in range(draw.randint(3, 30))) + f"，编号{seed}"


def sentences(count: int) -> ListFeed:
    return ListFeed(entry(n, sentence(n)) for n in range(1, count + 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, change: Callable[[Connection], object]) -> None:
    """Changes index.db as somebody could who holds the key."""
    database = Database(folder / "index.db", KEY)
    with database.transaction() as connection:
        change(connection)
    database.close()


def test_ranking_and_scores_are_those_of_whoosh(folder: Path) -> None:
    """The same segments, read by Whoosh's own readers and scored posting by posting."""
    feed = ListFeed()
    index = open_index(folder, feed)
    for first in range(1, 400, 80):  # several segments, with removed documents in them
        for number in range(first, first + 80):
            feed.put(entry(number, sentence(number), title="", reference_code=""))
        index.catch_up()
    for number in (3, 90, 200, 201):
        feed.put(entry(number, sentence(number + 1000), title="", reference_code=""))
    feed.put(entry(5, "盗窃盗窃", title="", reference_code=""))
    index.catch_up()
    database = Database(folder / "index.db", KEY)
    storage = ChunkStorage(database)
    rows = database.reader().rows("SELECT id, documents, length, deleted FROM segments ORDER BY documents DESC, id")
    readers = []
    for identity, documents, length, deleted in rows:
        segment = known_segment(identity, documents, length)
        for place in range(documents):
            if deleted is not None and deleted[place // 8] & (128 >> place % 8):
                segment.delete_document(place)
        readers.append(SegmentReader(storage, SCHEMA, segment))
    assert len(readers) > 1 and any(reader.has_deletions() for reader in readers)
    searcher = Searcher(MultiReader(readers), weighting=BM25F(B=0.75, K1=1.2))
    column = [reader.column_reader("item") for reader in readers]
    bases = [base for _, base in searcher.reader().leaf_readers()]
    for words in (["盗窃"], ["派出所"], ["电动车", "证据"], ["治", "调解"], ["编号"]):
        theirs = searcher.search(whoosh_query.And([whoosh_query.Term(FIELD, word) for word in words]), limit=None)
        ours = index.search(" ".join(words), limit=1000)
        expected = {}
        for hit in theirs:
            part = max(n for n, base in enumerate(bases) if base <= hit.docnum)
            expected[column[part][hit.docnum - bases[part]]] = hit.score
        assert {hit.item_id: hit.score for hit in ours.hits} == pytest.approx(expected, rel=1e-4), words
        assert [hit.score for hit in ours.hits] == sorted((hit.score for hit in ours.hits), reverse=True)
    database.close()
    index.close()


def test_many_small_commits_leave_few_segments_and_the_same_answers(folder: Path) -> None:
    feed = ListFeed()
    index = open_index(folder, feed)
    for number in range(1, 121):
        feed.put(entry(number, sentence(number), title=""))
        if number % 7 == 0:
            feed.put(entry(number - 3, sentence(number + 1000), title=""))
        if number % 11 == 0:
            feed.remove(number - 5)
        index.catch_up()
    database = Database(folder / "index.db", KEY)
    segments = database.reader().row("SELECT count(*) FROM segments")
    files = database.reader().row("SELECT count(DISTINCT substr(name, 1, instr(name, '.') - 1)) FROM files")
    assert segments is not None and segments[0] <= 4 * merging.CLASS_LIMIT
    assert files == segments
    database.close()
    texts = {n: e.pages[0] for n in range(1, 121) for e in feed.entries([n]).values()}
    for word in WORDS:
        assert found(index, word) == {number for number, text in texts.items() if word in text}, word
    assert all(finding.ok for finding in index.agreement())
    index.close()


def test_what_was_removed_is_gone_from_the_file(folder: Path) -> None:
    """Not only from the answers: no segment and no text holds a removed record's words."""
    feed = sentences(30)
    feed.put(entry(31, "秘密样甲乙丙"))
    index = open_index(folder, feed)
    index.catch_up()
    assert found(index, "样甲乙丙") == {31}
    feed.remove(31)
    index.catch_up()
    assert found(index, "样甲乙丙") == set()
    database = Database(folder / "index.db", KEY)
    storage = ChunkStorage(database)
    for identity, documents, length, _deleted in database.reader().rows("SELECT * FROM segments"):
        reader = SegmentReader(storage, SCHEMA, known_segment(identity, documents, length))
        assert "样甲" not in reader.lexicon(FIELD) and "样甲".encode() not in set(reader.lexicon(FIELD))
    assert storage.texts(range(1, 31), 0) and database.reader().row("SELECT 1 FROM texts WHERE item = 31") is None
    database.close()
    index.close()


def _flip(table: str, column: str) -> Callable[[Connection], object]:
    def change(connection: Connection) -> None:
        key, data = connection.rows(f"SELECT rowid, {column} FROM {table} ORDER BY length({column}) DESC LIMIT 1")[0]
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1 :]
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (flipped, key))

    return change


DAMAGE: dict[str, Callable[[Connection], object]] = {
    "a flipped bit in a chunk": _flip("chunks", "data"),
    "a flipped bit in a text": _flip("texts", "data"),
    "every chunk cut short": lambda c: c.execute("UPDATE chunks SET data = substr(data, 1, length(data) / 2)"),
    "chunks gone": lambda c: c.execute("DELETE FROM chunks WHERE id % 2 = 0"),
    "texts gone": lambda c: c.execute("DELETE FROM texts"),
    "files gone": lambda c: c.execute("DELETE FROM files WHERE name LIKE '%.trm'"),
    "two files exchanged": lambda c: [
        c.execute("UPDATE files SET name = replace(name, ?, ?)", pair)
        for pair in ((".category.", ".x."), (".retention.", ".category."), (".x.", ".retention."))
    ],
    "chunks of other rows": lambda c: c.execute("UPDATE chunks SET id = id + 1000000"),
    "a table gone": lambda c: c.execute("DROP TABLE texts"),
    "another layout": lambda c: c.execute("UPDATE meta SET value = 'other' WHERE name = 'layout'"),
    "no meta": lambda c: c.execute("DELETE FROM meta"),
    "impossible sizes": lambda c: c.execute("UPDATE segments SET documents = documents * 1000"),
    "wrong marks": lambda c: c.execute("UPDATE segments SET deleted = X'00'"),
    "text for numbers": lambda c: c.execute("UPDATE segments SET documents = 'many', length = 'long'"),
    "pickles for files": lambda c: c.execute("UPDATE chunks SET data = ?, checksum = 0", (pickle.dumps(_Attack()),)),
}


class _Attack:
    """Unpickling this would make a folder."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (os.path.join(tempfile.gettempdir(), "anjuan-unpickled"),)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_rows_are_noticed_and_the_index_comes_back(folder: Path, damage: str) -> None:
    feed = sentences(60)
    index = open_index(folder, feed)
    index.catch_up()
    words = [*WORDS, "样本派出所治安", "编号17"]
    before = {word: found(index, word) for word in words}
    index.close()
    write(folder, DAMAGE[damage])
    again = open_index(folder, feed)
    for word in words:
        assert {hit.item_id for hit in again.search(word, limit=1000).hits} <= before[word]
    again.agreement()
    again.catch_up()
    assert {word: found(again, word) for word in words} == before
    assert all(finding.ok for finding in again.agreement())
    again.close()
    assert not (Path(tempfile.gettempdir()) / "anjuan-unpickled").exists()


@pytest.mark.parametrize("damage", ["a flipped bit in a chunk", "chunks gone", "a table gone"])
def test_damage_while_the_index_is_open(folder: Path, damage: str) -> None:
    feed = sentences(60)
    index = open_index(folder, feed)
    index.catch_up()
    before = {word: found(index, word) for word in WORDS}
    write(folder, DAMAGE[damage])
    for number in range(61, 80):
        feed.put(entry(number, "新来的", title=""))
        index.catch_up()
    assert not [f for f in index.agreement() if not f.ok] or index.catch_up()
    assert {word: found(index, word) for word in WORDS} == before
    assert found(index, "新来") == set(range(61, 80))
    index.close()


@pytest.mark.parametrize("hurt", ["flip", "cut", "empty", "foreign", "gone", "other key"])
def test_a_damaged_file_comes_back(folder: Path, hurt: str) -> None:
    feed = sentences(60)
    index = open_index(folder, feed)
    index.catch_up()
    before = {word: found(index, word) for word in WORDS}
    index.close()
    path = folder / "index.db"
    data = bytearray(path.read_bytes())
    if hurt == "flip":
        for place in range(4096, len(data), 4096):
            data[place + 100] ^= 1
        path.write_bytes(data)
    elif hurt == "cut":
        path.write_bytes(data[: len(data) // 8192 * 4096])
    elif hurt == "empty":
        path.write_bytes(b"")
    elif hurt == "foreign":
        path.write_bytes(random.Random(1).randbytes(len(data)))
    elif hurt == "gone":
        path.unlink()
    else:
        path.unlink()
        Database(path, bytes(32)).close()
    again = open_index(folder, feed)
    again.search("盗窃")
    again.catch_up()
    assert {word: found(again, word) for word in WORDS} == before
    again.close()


def test_the_file_deleted_under_an_open_index(folder: Path) -> None:
    feed = sentences(20)
    index = open_index(folder, feed)
    index.catch_up()
    for path in folder.iterdir():
        path.unlink()
    feed.put(entry(21, "新来的材料"))
    index.catch_up()
    assert (folder / "index.db").exists()
    assert found(index, "新来") == {21} and len(found(index, "样本")) >= 20
    index.close()


def test_an_index_left_beside_a_restored_archive_is_made_anew(folder: Path) -> None:
    """The archive goes back to an older day: its journal ends before the bookmark, so nothing ever seems new."""
    index = open_index(folder, sentences(30))
    index.catch_up()
    index.close()
    index = open_index(folder, sentences(20))
    index.catch_up()
    assert found(index, "编号") == set(range(1, 21))
    assert all(finding.ok for finding in index.agreement())
    index.close()


def test_an_index_of_another_archive_with_as_many_records_is_made_anew(folder: Path) -> None:
    """Its bookmark lies where that archive never was."""
    feed = sentences(20)
    for number in range(1, 8):
        feed.put(entry(number, "后来改的"))
    index = open_index(folder, feed)
    index.catch_up()
    index.close()
    index = open_index(folder, sentences(20))
    index.catch_up()
    assert not found(index, "后来改的") and found(index, "编号") == set(range(1, 21))
    index.close()


def test_damage_of_the_archive_is_not_taken_for_damage_of_the_index(folder: Path) -> None:
    class Broken(ListFeed):
        def changed(self, after: int, limit: int):  # type: ignore[no-untyped-def]
            raise DamagedFile(file="archive.db")

    feed = sentences(5)
    index = open_index(folder, feed)
    index.catch_up()
    index.close()
    index = open_index(folder, Broken())
    with pytest.raises(DamagedFile):
        index.catch_up()
    assert index.search("样本").total > 0
    index.close()


def test_two_writers_do_not_lose_each_others_records(folder: Path) -> None:
    """Two indexes on one file, as two processes would have it: one builds on a generation that the other replaces."""
    feed = sentences(10)
    one, two = open_index(folder, feed), open_index(folder, feed)
    one.catch_up()
    two.catch_up()

    class Slow(ListFeed):
        """While the one asks for news, the other takes them in and publishes."""

        def changed(self, after: int, limit: int):  # type: ignore[no-untyped-def]
            answer = feed.changed(after, limit)
            two.catch_up()
            return answer

        def count(self) -> int:
            return feed.count()

    slow = open_index(folder, Slow())
    for number in range(11, 16):
        feed.put(entry(number, f"新来的材料{number}"))
    slow.catch_up()
    for index in (one, two, slow):
        assert found(index, "新来") == set(range(11, 16))
    assert all(finding.ok for finding in one.agreement())
    for index in (one, two, slow):
        index.close()


def test_searches_go_on_while_the_index_grows_merges_and_is_rebuilt(folder: Path) -> None:
    feed = sentences(30)
    index = open_index(folder, feed)
    index.catch_up()
    failures: list[BaseException] = []
    over = threading.Event()
    asked = threading.Semaphore(0)

    def ask() -> None:
        draw = random.Random(threading.get_ident())
        try:
            while not over.is_set():
                word = draw.choice([*WORDS, "样本派出所治安", "-样本", "治安 -调解"])
                results = index.search(word, limit=1000)
                assert len(results.hits) == results.total == sum(results.facets["year"].values())
                for hit in results.hits[:2]:
                    index.snippet(word, hit.item_id)
                asked.release()
        except BaseException as error:
            failures.append(error)
            asked.release()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(31, 66):
        feed.put(entry(number, sentence(number)))
        if number % 5 == 0:
            feed.remove(number - 20)
        index.catch_up()
        if number == 50:
            index.rebuild()
        asked.acquire()  # every step sees a search come through
    over.set()
    for thread in threads:
        thread.join()
    assert not failures, failures
    assert all(finding.ok for finding in index.agreement())
    index.close()


def test_a_step_that_is_cancelled_leaves_a_whole_index(folder: Path) -> None:
    class Stop(Exception):
        pass

    feed = sentences(600)
    index = open_index(folder, feed)
    steps: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        steps.append((done, total))
        if len(steps) == 2:
            raise Stop

    with pytest.raises(Stop):
        index.catch_up(progress)
    assert all(0 < done <= total == 600 for done, total in steps)
    index.catch_up(progress)
    assert index.behind() == 0 and len(found(index, "样本")) > 500
    index.close()


PROBE = """
import os, sys, tempfile
from pathlib import Path
tempfile.gettempdir()
opened, pickles = [], []
def watch(event, arguments):
    nothing = os.devnull, str(folder / "index.lock")  # which is empty
    if event == "open" and isinstance(arguments[0], (str, bytes)) and arguments[2] & 3 and arguments[0] not in nothing:
        opened.append(str(arguments[0]))
    if event in ("tempfile.mkstemp", "tempfile.mkdtemp") or (event == "os.mkdir" and Path(arguments[0]) != folder):
        opened.append(event)
    if event == "os.rename" and [Path(path).name for path in arguments[:2]] != ["index.new.db", "index.db"]:
        opened.append(event)
    if event == "pickle.find_class":
        pickles.append(arguments)
from tests.test_search import entry, open_index, ListFeed
folder = Path(sys.argv[1])
sys.addaudithook(watch)
index = open_index(folder, ListFeed())
feed = ListFeed(entry(n, "暗号样甲乙丙丁 MARKERWORD 盗窃电动车" + str(n) * 9) for n in range(1, 400))
index.close()
index = open_index(folder, feed)
index.catch_up()
def look(when):
    words = "样甲乙丙", "样甲", "MARKERWORD", "markerword", "盗窃"
    needles = [word.encode(code) for word in words for code in ("utf-8", "utf-16-le", "gb18030")]
    for root in (folder, Path(tempfile.gettempdir()), Path("/var/tmp")):
        for path in root.rglob("*"):
            if path.is_file() and path.stat().st_mtime > begun:
                data = path.read_bytes()
                assert not any(needle in data for needle in needles), (when, path)
import time
begun = time.time() - 60
look("built")
assert index.search("样甲乙丙丁 markerword").total == 399
assert index.snippet("markerword", 3).spans
for n in range(400, 440):
    feed.put(entry(n, "暗号样甲乙丙丁 MARKERWORD 盗窃"))
    index.catch_up()
    look("grown")
index.rebuild()
look("rebuilt")
index.close()
look("closed")
assert not pickles, pickles
assert not opened, opened
print("clean")
"""


def test_no_clear_text_reaches_the_disk_and_nothing_is_unpickled(folder: Path) -> None:
    """In a process of its own: every file opened for writing from Python is reported by the audit hook; there is none
    (SQLCipher writes its own), and the index folder and the temporary folders hold none of the words."""
    scratch = folder / "tmp"
    scratch.mkdir()
    (folder / "index").mkdir()
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONPATH": str(Path(__file__).parents[1])}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(folder / "index")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip() == "clean", done.stderr[-3000:]
    assert list(scratch.iterdir()) == []


def test_law_texts_survive_a_large_merge(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merged in many steps, with records filed and removed in between, the index answers as one built at once."""
    monkeypatch.setattr(merging, "STEP_POSTINGS", 5_000)
    texts = law_texts(120)
    feed = ListFeed()
    index = open_index(folder, feed)

    class Busy(ListFeed):
        """Something is filed, changed or removed whenever the index asks for news between two steps."""

    spare: Iterator[int] = iter(range(1000, 1030))

    def meddle(after: int, limit: int):  # type: ignore[no-untyped-def]
        if after >= 120 and (number := next(spare, None)) is not None:
            feed.put(entry(number, "插队的材料"))
            if number % 3 == 0:
                feed.remove(number - 999)
        return ListFeed.changed(feed, after, limit)

    for first in range(0, 120, 30):
        for number in range(first, first + 30):
            feed.put(entry(number + 1, texts[number]))
        if first == 90:
            monkeypatch.setattr(feed, "changed", meddle, raising=False)
        index.catch_up()
    for word in ("公民", "应当", "行政处罚", "人民政府", "插队", "第三条"):
        now = {n: e.pages[0] for n in range(1, 1030) for e in feed.entries([n]).values()}
        assert {n for n, text in now.items() if word in text} <= found(index, word), word
    assert found(index, "插队") == set(range(1000, 1030))
    assert all(finding.ok for finding in index.agreement())
    index.close()
