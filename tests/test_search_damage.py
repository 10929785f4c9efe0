"""tests/test_search_damage.py — whatever happens to the files of the index: right answers or a new index, and nothing is executed.

Damage from outside is done to the files as a clean end leaves them and as a pulled plug leaves them in the middle of building
a successor; damage by somebody who holds the key is done in SQL, with and without making the seals fit again. After each the
index is asked (never an exception, never a wrong record), caught up, and asked again: then every answer is the right one.
A sample of the cases is tried; ANJUAN_ALL_CUTS=1 tries all.
"""

from __future__ import annotations

import os
import pickle
import random
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.connection import Connection, Database
from storage.search import batches, building, index, merging, segments
from storage.search.index import Index
from storage.search.segments import checksum_of
from tests.cuts import Sweep
from tests.test_search import KEY, ListFeed, entry, found, open_index
from tests.test_search_keeping import sentence

WORDS = ("盗窃", "治安", "样本派出所", "编号7", "初稿", "厚书", "title:样本", "-样本", "w001", "电动车 -治安")
PAGE = 4096
_EXECUTES = ("pickle.find_class", "exec", "compile", "import", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
_ATTACKED = "anjuan-unpickled"
_LARGE = 4000


# -- an index with everything in it


def news(feed: ListFeed) -> Iterator[None]:
    """Three rounds of filing: each becomes a segment; some are replaced later, one is too long to be indexed."""
    for first in (1, 12, 23):
        for number in range(first, first + 11):
            feed.put(entry(number, f"初稿 {sentence(number)}" if number % 5 == 0 else sentence(number), creator="样本派出所", names=("样本一",)))
        if first == 12:
            feed.put(entry(5, sentence(5)))
            feed.put(entry(13, "长" * (_LARGE + 1), title="一本厚书"))
        yield


def whole_feed() -> ListFeed:
    feed = ListFeed()
    for _ in news(feed):
        pass
    return feed


class Stop(Exception):
    """Somebody pulled the plug."""


@dataclass(frozen=True)
class States:
    """Copies of the folder: ended cleanly, as a pulled plug left it, and on an earlier day."""

    clean: Path
    cut: Path
    earlier: Path


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[States]:
    root = tmp_path_factory.mktemp("index")
    work, found_states = root / "work", States(root / "clean", root / "cut", root / "earlier")
    work.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "DOCUMENT_CHARACTERS", _LARGE)
        feed = ListFeed()
        one = open_index(work, feed)
        for _ in news(feed):
            one.catch_up()
            if not found_states.earlier.exists():
                one.close()
                shutil.copytree(work, found_states.earlier)
                one = open_index(work, feed)
        one.close()
        shutil.copytree(work, found_states.clean)
        shutil.rmtree(work)
        work.mkdir()
        feed = ListFeed()
        one = open_index(work, feed)
        for _ in news(feed):
            one.catch_up()
        patch.setattr(index, "FEED_CHANGES", 10)
        patch.setattr(batches, "BATCH_DOCUMENTS", 10)

        def progress(done: int, total: int) -> None:
            if done > 25:
                shutil.copytree(work, found_states.cut)
                raise Stop

        with pytest.raises(Stop):
            one.rebuild(progress)
        one.close()
    assert {path.name for path in found_states.cut.iterdir()} >= {
        "index.db", "index.db-wal", "index.db-shm", "index.new.db", "index.new.db-wal", "index.new.db-shm"
    }  # fmt: skip
    yield found_states


@pytest.fixture(scope="module")
def truth(states: States, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[int]]:
    folder = tmp_path_factory.mktemp("truth")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "DOCUMENT_CHARACTERS", _LARGE)
        one = open_index(folder, whole_feed())
        one.catch_up()
        right = {word: found(one, word) for word in WORDS}
        look_everywhere(one, right)
        one.close()
    assert all(right.values()) and len(right["样本派出所"]) == 32
    return right


# -- looking

_watching: list[str] | None = None


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _watching is not None and (event.startswith(_EXECUTES) or (event == "os.mkdir" and _ATTACKED in str(arguments[0]))):
        _watching.append(f"{event} {arguments!r:.200}")


sys.addaudithook(_watch)


@contextmanager
def nothing_is_executed() -> Iterator[None]:
    global _watching
    _watching = executed = []
    try:
        yield
    finally:
        _watching = None
    assert not executed, executed


def look_everywhere(one: Index, truth: dict[str, set[int]], *, right: bool = True) -> None:
    """Every door of the index. Never an exception; `right`: never a record that does not belong there."""
    for word in WORDS:
        results = one.search(word, limit=100)
        if right:
            assert {hit.item_id for hit in results.hits} <= truth[word], word
            assert len(results.hits) == results.total, word
    one.search("派出", typing=True)
    one.search("样本", order=index.Order.CODE)
    one.suggest("样奔派出所")
    one.like(3)
    one.snippet("治安", 3)
    one.behind()
    one.state()
    one.agreement()


def recovers(folder: Path, truth: dict[str, set[int]], *, right: bool = True, old: bool = False) -> None:
    """Asked, caught up and asked again, the index is right. An `old` one does not know yet that a draft was replaced."""
    known = truth | {"初稿": truth["初稿"] | {5}} if old else truth
    one = open_index(folder, whole_feed())
    try:
        with nothing_is_executed():
            look_everywhere(one, known, right=right)
            one.catch_up()
            one.catch_up()
            if not right:  # what was forged with the key may stand; a new one is right
                one.rebuild()
            assert {word: found(one, word) for word in WORDS} == truth
            assert [f.detail for f in one.agreement() if not f.ok] == ["unindexed large"]
            assert one.behind() == 0 and not (folder / "index.new.db").exists()
    finally:
        one.close()


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "DOCUMENT_CHARACTERS", _LARGE)


def some(cases: Sequence[object], most: int) -> list[object]:
    """All cases, or as many of them as this, evenly spread, always the same."""
    if os.environ.get("ANJUAN_ALL_CUTS") == "1" or len(cases) <= most:
        return list(cases)
    step = len(cases) / most
    return [cases[int((n + 0.5) * step)] for n in range(most)]


# -- damage from outside


def places(name: str, size: int) -> Iterator[int]:
    """Bytes of every kind in a file: header and salt, page headers, cells, the reserve at a page's end, log headers, frames."""
    if name.endswith("-shm"):
        yield from (place for place in (0, 8, 12, 16, 24, 40, 48, 96, 100, 120, 136, 140, 1000, 16_384, size - 1) if place < size)
    elif name.endswith("-wal"):
        yield from (place for place in (0, 4, 8, 12, 16, 24, 31) if place < size)
        for frame in range(32, size, 24 + PAGE):
            yield from (frame + place for place in (0, 4, 8, 16, 24, 24 + 100, 24 + 2000, 24 + PAGE - 70, 24 + PAGE - 1) if frame + place < size)
    else:
        for page in range(0, size, PAGE):
            yield from (page + place for place in (0, 5, 20, 100, 1000, 2500, 3990, PAGE - 80, PAGE - 60, PAGE - 1) if page + place < size)


def sizes(size: int) -> list[int]:
    """Where a file is cut off: nowhere special, at a page, in the middle of one."""
    return sorted({n for n in (0, 1, 15, 16, 100, 1024, PAGE, PAGE + 1, 2 * PAGE, size // PAGE // 2 * PAGE, size // 2, size - PAGE, size - 1) if 0 <= n < size})


Hurt = Callable[[Path], None]


def _changed(place: int) -> Hurt:
    def change(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[place] ^= 1 << place % 8
        path.write_bytes(data)

    return change


def _cut(size: int) -> Hurt:
    return lambda path: os.truncate(path, size)


def _exchanged(page: int, other: int) -> Hurt:
    def change(path: Path) -> None:
        data = path.read_bytes()
        pages = [data[n : n + PAGE] for n in range(0, len(data), PAGE)]
        pages[page], pages[other] = pages[other], pages[page]
        path.write_bytes(b"".join(pages))

    return change


def _filled(page: int, junk: bytes) -> Hurt:
    def change(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(page * PAGE)
            file.write((junk * PAGE)[:PAGE])

    return change


def hurts(folder: Path) -> list[tuple[str, str, Hurt]]:
    """Every damage to every file of a folder: file, what is done, how."""
    found_hurts: list[tuple[str, str, Hurt]] = []
    for path in sorted(folder.iterdir()):
        name, size = path.name, path.stat().st_size
        if name.endswith(".lock"):
            continue
        found_hurts += [(name, f"byte {place}", _changed(place)) for place in places(name, size)]
        found_hurts += [(name, f"cut to {size}", _cut(size)) for size in sizes(size)]
        found_hurts.append((name, "gone", Path.unlink))
        found_hurts.append((name, "junk", lambda path: path.write_bytes(random.Random(1).randbytes(path.stat().st_size)) and None))
        pages = size // PAGE
        found_hurts += [(name, f"pages {n} and {n + 1} exchanged", _exchanged(n, n + 1)) for n in range(pages - 1)]
        found_hurts += [(name, f"page {n} of nothing", _filled(n, b"\0")) for n in range(pages)]
    return found_hurts


@pytest.mark.parametrize("state", ["clean", "cut"])
def test_bytes_changed_exchanged_cut_and_gone(states: States, truth: dict[str, set[int]], state: str, tmp_path: Path) -> None:
    start: Path = getattr(states, state)
    every = hurts(start)
    tried = 0
    for name, what, hurt in some(every, 20):  # type: ignore[misc]
        folder = tmp_path / "index"
        shutil.copytree(start, folder)
        hurt(folder / name)
        try:
            recovers(folder, truth, old=state == "cut")  # of a log that is cut, what stands before the cut counts
        except BaseException as error:
            error.add_note(f"{name}: {what}")
            raise
        shutil.rmtree(folder)
        tried += 1
    print(f"{state}: {tried} of {len(every)} damages to {len(list(start.iterdir()))} files")


def test_an_old_file_put_back(states: States, truth: dict[str, set[int]], tmp_path: Path) -> None:
    """The file of an earlier day in the place of today's, and among the logs of today's."""
    for number, start in enumerate((states.clean, states.cut)):
        folder = tmp_path / str(number)
        shutil.copytree(start, folder)
        shutil.copy(states.earlier / "index.db", folder / "index.db")
        recovers(folder, truth, old=True)
    folder = tmp_path / "new"
    shutil.copytree(states.clean, folder)
    shutil.copy(states.earlier / "index.db", folder / "index.new.db")
    recovers(folder, truth)


@pytest.mark.parametrize("how", ["deleted", "replaced", "deleted with its logs", "written over", "cut"])
def test_what_happens_to_the_file_while_it_is_open(states: States, truth: dict[str, set[int]], how: str, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(states.clean, folder)
    one = open_index(folder, whole_feed())
    look_everywhere(one, truth)
    path = folder / "index.db"
    with nothing_is_executed():
        if how == "deleted":
            path.unlink()
        elif how == "replaced":
            shutil.copy(states.earlier / "index.db", folder / "other")
            os.replace(folder / "other", path)
        elif how == "deleted with its logs":
            for each in folder.iterdir():
                each.unlink()
        elif how == "written over":
            path.write_bytes((states.earlier / "index.db").read_bytes())
        else:
            os.truncate(path, PAGE * 3)
        look_everywhere(one, truth | {"初稿": truth["初稿"] | {5}})
        one.catch_up()
        one.catch_up()
        assert {word: found(one, word) for word in WORDS} == truth
    one.close()
    recovers(folder, truth, old=True)


# -- damage by somebody who holds the key


class _Attack:
    """Unpickling this would make a folder."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (os.path.join(tempfile.gettempdir(), _ATTACKED),)


VALUES: tuple[object, ...] = (
    None, 0, -1, 1, 2**31, 2**63 - 1, -(2**63), 1.5, float("inf"), "", "text", "'; DROP TABLE texts; --", "../../../etc/passwd", "MAIN_x.trm",
    "a\0b", "9" * 5000, "[1, 2]", '["词", 3]', b"", b"\0", b"\xff" * 9, pickle.dumps(_Attack()), bytes(100_000),
)  # fmt: skip
COLUMNS = {
    "meta": ("name", "value"), "files": ("id", "name", "size"), "chunks": ("id", "checksum", "data"),
    "segments": ("id", "documents", "length", "deleted"), "unindexed": ("item", "reason"), "texts": ("item", "data"),
    "sqlite_sequence": ("name", "seq"),
}  # fmt: skip
SQL = {
    "rows gone": [f"DELETE FROM {table}" for table in COLUMNS],
    "one row gone": [f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})" for table in ("files", "chunks", "texts", "unindexed")],
    "exchanged": [
        f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} AS other WHERE other.rowid <> {table}.rowid ORDER BY other.rowid LIMIT 1)"
        for table, column in (("chunks", "data"), ("texts", "data"), ("files", "size"))
    ],
    "tables": [
        "DROP TABLE texts", "DROP TABLE unindexed", "CREATE TABLE more (x)", "ALTER TABLE texts ADD COLUMN more",
        "CREATE VIEW more AS SELECT * FROM texts", "CREATE TRIGGER more AFTER INSERT ON texts BEGIN DELETE FROM texts; END",
        "CREATE INDEX more ON texts (data)", "UPDATE meta SET value = '1 of old' WHERE name = 'layout'",
        "INSERT INTO meta VALUES ('more', 1)", "INSERT INTO texts VALUES (999, x'00')", "INSERT INTO unindexed VALUES (3, 'large')",
        "INSERT INTO segments VALUES ('none', 10, 10, NULL)", "INSERT INTO segments SELECT id || 'x', documents, length, deleted FROM segments",
        "PRAGMA user_version = 9", "PRAGMA application_id = 9",
    ],
}  # fmt: skip


def tamper(folder: Path, change: Callable[[Connection], object], *, seal: bool = False) -> bool:
    """Whether the file let itself be changed. `seal`: and then made to look as if it belonged together."""
    database = Database(folder / "index.db", KEY)
    try:
        with database.transaction() as connection:
            change(connection)
            if seal:
                for number, name, data in connection.rows(
                    "SELECT c.id, f.name, c.data FROM chunks AS c JOIN files AS f ON f.id = c.id / 16777216"
                ):
                    if isinstance(data, bytes):
                        connection.execute("UPDATE chunks SET checksum = ? WHERE id = ?", (checksum_of(str(name), number, data), number))
                for item, data in connection.rows("SELECT item, data FROM texts"):
                    if isinstance(data, bytes):
                        sealed = zlib.crc32(data[4:], item & 0xFFFFFFFF).to_bytes(4, "little") + data[4:]
                        connection.execute("UPDATE texts SET data = ? WHERE item = ?", (sealed, item))
                connection.execute("UPDATE meta SET value = ? WHERE name = 'seal'", (segments._seal(connection),))
    except Exception:  # this value does not go into that column
        return False
    finally:
        database.close()
    return True


def _one_value(table: str, column: str, value: object, where: str) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(f"UPDATE {table} SET {column} = ? {where}", (value,))


def forgeries() -> list[tuple[str, Callable[[Connection], object]]]:
    every: list[tuple[str, Callable[[Connection], object]]] = []
    for table, columns in COLUMNS.items():
        one = "rowid = (SELECT rowid FROM {0} LIMIT 1 OFFSET 1)" if table not in ("meta", "segments") else "{1} = (SELECT {1} FROM {0} LIMIT 1 OFFSET 1)"
        for column in columns:
            for value in VALUES:
                every.append((f"{table}.{column} one {value!r:.40}", _one_value(table, column, value, "WHERE " + one.format(table, columns[0]))))
                every.append((f"{table}.{column} all {value!r:.40}", _one_value(table, column, value, "")))
    for name in ("layout", "generation", "bookmark", "made_with", "words", "seal"):
        for value in VALUES:
            every.append((f"meta {name} {value!r:.40}", _one_value("meta", "value", value, f"WHERE name = '{name}'")))
    for what, statements in SQL.items():
        every += [(f"{what}: {sql}", lambda connection, sql=sql: connection.execute(sql)) for sql in statements]
    return every


def _junk_of(ending: str, how: str) -> Callable[[Connection], object]:
    """Another content for every file of a kind, of the same length or not."""

    def change(connection: Connection) -> None:
        for number, _size in connection.rows("SELECT id, size FROM files WHERE name LIKE ?", ("%" + ending,)):
            for place, data in connection.rows("SELECT id, data FROM chunks WHERE id / 16777216 = ?", (number,)):
                draw = random.Random(place)
                new = {
                    "ones": b"\xff" * len(data), "zeros": bytes(len(data)), "noise": draw.randbytes(len(data)), "shorter": data[:-1],
                    "longer": data + b"\0", "pickle": (pickle.dumps(_Attack()) + data)[: len(data)], "turned": data[::-1],
                    "one bit": bytes([data[0] ^ 1]) + data[1:] if data else data,
                    "one in the middle": data[: len(data) // 2] + b"\xfe" + data[len(data) // 2 + 1 :],
                }[how]  # fmt: skip
                connection.execute("UPDATE chunks SET data = ? WHERE id = ?", (new, place))
                if how in ("shorter", "longer"):
                    connection.execute("UPDATE files SET size = size + ? WHERE id = ?", (len(new) - len(data), number))

    return change


HOWS = ("ones", "zeros", "noise", "shorter", "longer", "pickle", "turned", "one bit", "one in the middle")


def endings(folder: Path) -> list[str]:
    database = Database(folder / "index.db", KEY)
    names = {name[name.index(".") :] for (name,) in database.reader().rows("SELECT name FROM files")}
    database.close()
    return sorted(names)


def test_every_kind_of_file_is_there(states: States) -> None:
    assert set(endings(states.clean)) >= {
        ".trm", ".pst", ".cod", ".item.col", ".date.col", "._words_len.col", ".category.col", ".year.col", ".creator.col", ".state.col"
    }  # fmt: skip


@pytest.mark.parametrize("seal", [False, True], ids=["as it is", "with fitting seals"])
def test_rows_changed_by_somebody_with_the_key(states: States, truth: dict[str, set[int]], seal: bool, tmp_path: Path) -> None:
    every = forgeries() + [(f"{ending} {how}", _junk_of(ending, how)) for ending in endings(states.clean) for how in HOWS]
    tried = refused = 0
    for what, change in some(every, 25):  # type: ignore[misc]
        folder = tmp_path / "index"
        shutil.copytree(states.clean, folder)
        if tamper(folder, change, seal=seal):
            tried += 1
            try:
                recovers(folder, truth, right=not seal)
            except BaseException as error:
                error.add_note(what)
                raise
        else:
            refused += 1
        shutil.rmtree(folder)
    assert not (Path(tempfile.gettempdir()) / _ATTACKED).exists()
    print(f"seal {seal}: {tried} changes tried, {refused} refused by SQLite, of {len(every)}")
    assert tried > refused


@pytest.mark.parametrize("sql", SQL["exchanged"])
def test_rows_that_were_exchanged(states: States, truth: dict[str, set[int]], sql: str, tmp_path: Path) -> None:
    """Each is as it was put down, and stands in the wrong place."""
    folder = tmp_path / "index"
    shutil.copytree(states.clean, folder)
    assert tamper(folder, lambda connection: connection.execute(sql))
    recovers(folder, truth)


@pytest.mark.parametrize("sql", [sql for sql in SQL["tables"] if sql.startswith(("CREATE", "ALTER"))])
def test_what_does_not_belong_in_the_file(states: States, truth: dict[str, set[int]], sql: str, tmp_path: Path) -> None:
    """A trigger that deletes what is put down, a view, a table: whatever holds it is made anew."""
    folder = tmp_path / "index"
    shutil.copytree(states.clean, folder)
    assert tamper(folder, lambda connection: connection.execute(sql), seal=True)
    recovers(folder, truth)
    database = Database(folder / "index.db", KEY)
    made = dict(database.reader().rows("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))
    database.close()
    assert made == segments.TABLES


# -- the plug is pulled


def following(folder: Path) -> None:
    """A batch after a batch, and what becomes of a destroyed record."""
    building.DOCUMENT_CHARACTERS = _LARGE
    feed = ListFeed()
    one = open_index(folder, feed)
    for _ in news(feed):
        one.catch_up()
    feed.put(entry(99, "绝密样本词"))
    one.catch_up()
    feed.remove(99)
    assert one.expunge([99])
    one.close()


def merge(folder: Path) -> None:
    merging.STEP_POSTINGS = 500
    merging.CLASS_LIMIT = 2
    building.DOCUMENT_CHARACTERS = _LARGE
    one = open_index(folder, whole_feed())
    one.catch_up()
    one.close()


def rebuild(folder: Path) -> None:
    """Beside, in several batches and merges, and the change of places."""
    index.FEED_CHANGES = batches.BATCH_DOCUMENTS = 8
    building.DOCUMENT_CHARACTERS = _LARGE
    one = open_index(folder, whole_feed())
    assert one.rebuild() > 0
    one.close()


def starting(folder: Path) -> None:
    """Another layout: discarded, and built anew."""
    building.DOCUMENT_CHARACTERS = _LARGE
    tamper(folder, lambda connection: connection.execute("UPDATE meta SET value = '1' WHERE name = 'layout'"))
    one = open_index(folder, whole_feed())
    one.catch_up()
    one.close()


def afterwards(folder: Path) -> None:
    """Right at once or after catching up, and nothing on the disk in clear."""
    building.DOCUMENT_CHARACTERS = _LARGE
    feed = whole_feed()
    texts = {number: each for number in range(1, 34) for each in feed.entries([number]).values()}
    one = open_index(folder, feed)
    for word in ("盗窃", "编号7"):
        right = {number for number, each in texts.items() if any(word in page for page in each.pages)}
        assert found(one, word) <= right
        one.catch_up()
        assert found(one, word) == right
    one.catch_up()
    assert [f.detail for f in one.agreement() if not f.ok] == ["unindexed large"], one.agreement()
    assert one.expunge([99]) and not found(one, "绝密样本词")
    assert not (folder / "index.new.db").exists()
    one.close()
    needles = [word.encode(code) for word in ("盗窃", "样本", "绝密") for code in ("utf-8", "utf-16-le", "gb18030")]
    for path in folder.iterdir():
        data = path.read_bytes()
        assert not any(needle in data for needle in needles), path


@pytest.mark.parametrize("scenario", ["following", "merge", "rebuild", "starting"])
def test_the_plug_is_pulled(states: States, scenario: str, tmp_path: Path) -> None:
    start = tmp_path / "start"
    if scenario == "following":
        start.mkdir()
    else:
        shutil.copytree(states.clean, start)
    assert Sweep(f"tests.test_search_damage:{scenario}", "tests.test_search_damage:afterwards", most=3).run(start)
