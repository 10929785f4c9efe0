"""tests/test_connection.py — the one way to open a database: keyed, closed to other files, honest about the world."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import connection
from storage.connection import Database
from storage.errors import ArchiveBusy, DamagedFile, DiskFull, Known, ReadOnly, UnsafeCipher
from tests.stations import small_disk  # noqa: F401  # a fixture

KEY = bytes(range(32))
OTHER_KEY = bytes(reversed(range(32)))
SECRET = "样本秘密词语"
PAGE = 4096
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", KEY)
    with database.transaction() as writer:
        writer.execute("CREATE TABLE paper (number INTEGER PRIMARY KEY, text TEXT)")
    yield database
    database.close()


def write(database: Database, number: int, text: str = SECRET) -> None:
    with database.transaction() as writer:
        writer.execute("INSERT INTO paper VALUES (?, ?)", (number, text))


def numbers(database: Database) -> list[int]:
    return [row[0] for row in database.reader().rows("SELECT number FROM paper ORDER BY number")]


def test_a_clear_text_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "clear.db"
    with sqlite3.connect(path) as clear:
        clear.execute("CREATE TABLE paper (text TEXT)")
    clear.close()
    before = path.read_bytes()
    with pytest.raises(UnsafeCipher):
        Database(path, KEY)
    assert path.read_bytes() == before


def test_nothing_is_readable_in_the_files(database: Database, tmp_path: Path) -> None:
    write(database, 1)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert SECRET.encode() not in content
        assert SECRET.encode("utf-16-le") not in content
        assert b"CREATE TABLE" not in content
        assert KEY not in content and KEY.hex().encode() not in content


def test_a_wrong_key_opens_nothing_and_changes_nothing(database: Database) -> None:
    write(database, 1)
    database.close()
    before = database.path.read_bytes()
    with pytest.raises(DamagedFile):
        Database(database.path, OTHER_KEY)
    assert database.path.read_bytes() == before


@pytest.mark.parametrize("key", [b"", b"short", bytes(31), bytes(33)])
def test_a_database_without_a_whole_key_cannot_be_made(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Database(tmp_path / "test.db", key)
    assert not (tmp_path / "test.db").exists()


def test_an_engine_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "OLDEST_SAFE_SQLITE", (999, 0, 0))
    with pytest.raises(UnsafeCipher):
        Database(tmp_path / "test.db", KEY)


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '{other}' AS other",
        "ATTACH '{other}' AS other KEY ''",
        "VACUUM INTO '{other}'",
        "PRAGMA temp_store = FILE",
        "PRAGMA temp_store_directory = '{other}'",
    ],
)
def test_no_other_file_and_no_temporary_data_on_disk(database: Database, tmp_path: Path, sql: str) -> None:
    other = tmp_path / "other.db"
    for ask in (database.reader().execute, database._writer.execute):
        with pytest.raises(connection.sqlcipher.DatabaseError):
            ask(sql.format(other=other))
    assert not other.exists()


def test_a_large_sort_leaves_nothing_beside_the_database(database: Database, tmp_path: Path) -> None:
    with database.transaction() as writer:
        writer.executemany("INSERT INTO paper VALUES (?, ?)", [(n, f"{SECRET}{n * 7919 % 5000}") for n in range(5000)])
        writer.execute("CREATE INDEX by_text ON paper (text)")
    rows = database.reader().rows("SELECT text FROM paper ORDER BY text || 'x' DESC")
    assert len(rows) == 5000
    assert {path.name for path in tmp_path.iterdir()} <= {"test.db", "test.db-wal", "test.db-shm"}


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(ReadOnly):
        database.reader().execute("INSERT INTO paper VALUES (1, 'x')")
    with database.snapshot() as snapshot, pytest.raises(ReadOnly):
        snapshot.execute("DELETE FROM paper")


def test_an_exception_takes_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as writer:
        writer.execute("INSERT INTO paper VALUES (1, 'x')")
        raise ZeroDivisionError
    assert numbers(database) == []
    write(database, 2)
    assert numbers(database) == [2]


def test_a_transaction_inside_a_transaction_is_a_bug(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as writer:
        writer.execute("INSERT INTO paper VALUES (1, 'x')")
        with database.transaction():
            pass
    assert numbers(database) == []


def test_a_snapshot_is_one_moment(database: Database) -> None:
    write(database, 1)
    with database.snapshot() as snapshot:
        assert snapshot.row("SELECT count(*) FROM paper") == (1,)
        other = threading.Thread(target=write, args=(database, 2))
        other.start()
        other.join()
        assert snapshot.row("SELECT count(*) FROM paper") == (1,)
        with database.snapshot() as inner:
            assert inner.row("SELECT count(*) FROM paper") == (1,)
    assert numbers(database) == [1, 2]


def test_many_threads_write_and_read_without_loss(database: Database) -> None:
    failures: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, first + 25):
                write(database, number)
                assert number in numbers(database)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(numbers(database)) == 200
    assert database.check() == []


def test_the_barred_thread_may_not_touch_the_database(database: Database) -> None:
    database.barred = threading.get_ident()
    for touch in (database.reader, lambda: database.transaction().__enter__(), lambda: database.snapshot().__enter__()):
        with pytest.raises(RuntimeError, match="window"):
            touch()
    worker = threading.Thread(target=write, args=(database, 1))
    worker.start()
    worker.join()
    database.barred = None
    assert numbers(database) == [1]


HOLD = """
import sys
from pathlib import Path
from storage.connection import Database
database = Database(Path(sys.argv[1]), bytes(range(32)))
with database.transaction() as writer:
    writer.execute("INSERT INTO paper VALUES (77, 'held')")
    print("held", flush=True)
    sys.stdin.readline()
database.close()
"""


def test_a_second_process_that_writes_makes_it_busy(database: Database) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database.path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    database._writer.execute("PRAGMA busy_timeout = 20")
    with pytest.raises(ArchiveBusy):
        write(database, 1)
    assert numbers(database) == []
    holder.communicate("\n")
    assert holder.returncode == 0
    write(database, 1)
    assert numbers(database) == [1, 77]


def test_a_killed_writer_leaves_what_was_committed(database: Database) -> None:
    write(database, 1)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database.path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    holder.kill()
    holder.communicate()
    write(database, 2)
    assert numbers(database) == [1, 2]
    assert database.check() == []


def test_a_full_disk_is_said_so_and_loses_nothing_acknowledged(small_disk: Path) -> None:  # noqa: F811
    database = Database(small_disk / "test.db", KEY)
    with database.transaction() as writer:
        writer.execute("CREATE TABLE paper (number INTEGER PRIMARY KEY, text TEXT)")
    acknowledged = []
    with pytest.raises(DiskFull):
        for number in range(1000):
            write(database, number, "x" * 3000)
            acknowledged.append(number)
    assert acknowledged
    assert numbers(database) == acknowledged
    database.close()
    again = Database(small_disk / "test.db", KEY)
    assert numbers(again) == acknowledged
    assert again.check() == []
    again.close()
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"), filler.open("wb") as file:
        file.write(bytes(10**6))
    with pytest.raises(DiskFull):
        Database(small_disk / "another.db", KEY)


def test_a_folder_that_cannot_be_written(small_disk: Path) -> None:  # noqa: F811
    database = Database(small_disk / "test.db", KEY)
    with database.transaction() as writer:
        writer.execute("CREATE TABLE paper (number INTEGER PRIMARY KEY, text TEXT)")
    write(database, 1)
    database.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(ReadOnly):
        Database(small_disk / "another.db", KEY)
    try:
        frozen = Database(small_disk / "test.db", KEY)
    except ReadOnly:
        return
    with pytest.raises(ReadOnly):
        write(frozen, 2)
    assert numbers(frozen) == [1]
    frozen.close()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Known):
        Database(tmp_path / "gone" / "test.db", KEY)


def _filled(path: Path) -> int:
    """Fills a database, closes it; returns how many pages it has."""
    database = Database(path, KEY)
    with database.transaction() as writer:
        writer.execute("CREATE TABLE paper (number INTEGER PRIMARY KEY, text TEXT)")
        writer.executemany("INSERT INTO paper VALUES (?, ?)", [(n, SECRET * 100) for n in range(60)])
    assert database.check() == []
    database.close()
    assert path.stat().st_size % PAGE == 0
    return path.stat().st_size // PAGE


def _damage(path: Path) -> list[str]:
    """What opening and checking says; opening may refuse already."""
    try:
        database = Database(path, KEY)
    except DamagedFile as error:
        return [repr(error)]
    found = database.check()
    database.close()
    return found


def test_one_flipped_bit_in_any_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    pages = _filled(path)
    whole = path.read_bytes()
    assert pages > 10
    for page in range(pages):
        hurt = bytearray(whole)
        hurt[page * PAGE + 1000] ^= 1
        path.write_bytes(hurt)
        assert _damage(path), f"page {page}"
    path.write_bytes(whole)
    assert _damage(path) == []


def test_a_file_cut_at_a_page_or_with_swapped_pages_is_found(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    pages = _filled(path)
    whole = path.read_bytes()
    for kept in (pages - 1, pages // 2, 1):
        path.write_bytes(whole[: kept * PAGE])
        assert _damage(path), f"cut to {kept} pages"
    swapped = bytearray(whole)
    swapped[5 * PAGE : 6 * PAGE], swapped[6 * PAGE : 7 * PAGE] = whole[6 * PAGE : 7 * PAGE], whole[5 * PAGE : 6 * PAGE]
    path.write_bytes(swapped)
    assert _damage(path)


def test_damage_met_while_reading_is_known(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    pages = _filled(path)
    hurt = bytearray(path.read_bytes())
    for page in range(3, pages):
        hurt[page * PAGE + 1000] ^= 1
    path.write_bytes(hurt)
    database = Database(path, KEY)
    with pytest.raises(DamagedFile):
        database.reader().rows("SELECT text FROM paper")
    database.close()


def test_deleted_content_is_overwritten(database: Database) -> None:
    write(database, 1)
    assert database.reader().row("PRAGMA secure_delete") == (1,)
    assert database.reader().row("PRAGMA cipher_memory_security") == ("1",)
