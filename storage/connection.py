"""storage/connection.py — SQLCipher: one writer, one reader per thread, pragmas, self-check.

The only module that may open a database. Every connection is keyed with a raw 32-byte key before anything else is
asked of it, keeps temporary data in memory and cannot attach other files, because a connection whose key was forgotten
writes clear text without a word. Errors of the world leave here as `Known`; all others are bugs.

`Database` may be used from any thread. `transaction()` is the single writer: a lock and BEGIN IMMEDIATE, because a read
transaction that turns into a write is refused at once whatever the time limit. `reader()` belongs to the calling thread.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from storage.errors import ArchiveBusy, DamagedFile, DiskFails, DiskFull, ReadOnly, UnsafeCipher
from storage.files import disk_faults, try_out

# Before 3.51.3 two connections that write and checkpoint at once can corrupt a write-ahead log.
OLDEST_SAFE_SQLITE = (3, 51, 3)
BUSY_MS = 10_000
#: How many pages of a copy are written before it can be cancelled (4 KiB each).
_PAGES = 2048
PLAIN_HEADER = b"SQLite format 3\x00"

_ATTACH, _PRAGMA = 24, 19
_DENY, _OK = 1, 0

_FULL, _BUSY, _LOCKED, _READONLY, _CANTOPEN, _CORRUPT, _NOTADB, _IOERR = 13, 5, 6, 8, 14, 11, 26, 10

Row = tuple[Any, ...]


class Connection(sqlcipher.Connection):
    """A keyed connection whose errors of the world are `Known`."""

    file_name = ""
    folder: Path | None = None

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        with faults(self.file_name, self.folder):
            return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any) -> Any:
        with faults(self.file_name, self.folder):
            return super().executemany(sql, parameters)

    def executescript(self, sql: str) -> Any:
        with faults(self.file_name, self.folder):
            return super().executescript(sql)

    def row(self, sql: str, parameters: Any = ()) -> Row | None:
        with faults(self.file_name, self.folder):
            return super().execute(sql, parameters).fetchone()

    def rows(self, sql: str, parameters: Any = ()) -> list[Row]:
        with faults(self.file_name, self.folder):
            return super().execute(sql, parameters).fetchall()


@contextmanager
def faults(file_name: str, folder: Path | None = None) -> Iterator[None]:
    """Turns SQLite's own words for a full or failing disk, a busy or a damaged file into `Known` errors."""
    try:
        yield
    except sqlcipher.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if code is not None else _code_from(str(error))
        if primary == _FULL:
            raise DiskFull(file=file_name) from error
        if primary in (_BUSY, _LOCKED):
            raise ArchiveBusy(file=file_name) from error
        if primary in (_CANTOPEN, _IOERR) and folder is not None:
            try_out(folder)  # SQLite does not say whether the disk is full, read-only or broken; the disk does
        if primary in (_READONLY, _CANTOPEN):  # where nothing may be written, a new file cannot be opened
            raise ReadOnly(file=file_name) from error
        if primary == _IOERR:  # damage has codes of its own
            raise DiskFails(file=file_name) from error
        if primary in (_CORRUPT, _NOTADB):
            raise DamagedFile(file=file_name) from error
        raise


def _code_from(message: str) -> int:
    for words, code in (
        ("is full", _FULL),
        ("is locked", _BUSY),
        ("readonly", _READONLY),
        ("unable to open", _CANTOPEN),
        ("malformed", _CORRUPT),
        ("not a database", _NOTADB),
        ("disk I/O", _IOERR),
    ):
        if words in message:
            return code
    return 0


class Database:
    """One encrypted SQLite file.

    `path` is created when absent. `key` is 32 raw bytes. `synchronous` is FULL for what is true (a commit survives a
    power cut) and NORMAL for what can be made again. A file that `shrinks` (decided when it is created) can give free pages
    back by PRAGMA incremental_vacuum. Raises UnsafeCipher, DamagedFile (also for a wrong key: SQLCipher
    cannot tell the two apart), DiskFull, ReadOnly.
    """

    def __init__(self, path: Path, key: bytes, *, synchronous: str = "FULL", shrinks: bool = False) -> None:
        if len(key) != 32:
            raise ValueError("a raw key has 32 bytes")
        self.path = path
        self._key = key
        self._synchronous = synchronous
        self._shrinks = shrinks
        self._lock = threading.RLock()
        self._local = threading.local()
        self._readers: list[Connection] = []
        self._readers_lock = threading.Lock()
        self._closed = False
        #: Set to a thread's ident by the window: touching the database from that thread is then a bug.
        self.barred: int | None = None
        self._refuse_clear_text()
        self._writer = self._connect()
        self._writer.row("SELECT count(*) FROM sqlite_master")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The writer inside BEGIN IMMEDIATE; commits at the end, rolls back on any exception. Not nestable."""
        self._bar()
        with self._lock:
            if self._writer.in_transaction:
                raise RuntimeError("a transaction is already open on this thread")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def restructure(self) -> Iterator[Connection]:
        """`transaction` for new tables: references are not followed while a table is being replaced, and must all hold
        at the end (SQLite's own procedure for changes that ALTER TABLE cannot make).
        """
        self._writer.execute("PRAGMA foreign_keys = OFF")
        try:
            with self.transaction() as connection:
                yield connection
                broken = connection.rows("PRAGMA foreign_key_check")
                if broken:
                    raise RuntimeError(f"a step left {len(broken)} broken references")
        finally:
            self._writer.execute("PRAGMA foreign_keys = ON")

    def reader(self) -> Connection:
        """This thread's read-only connection."""
        self._bar()
        reader: Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._connect()
            self._prepare(reader)
            reader.execute("PRAGMA query_only = ON")
            self._local.reader = reader
            with self._readers_lock:
                self._readers.append(reader)
        return reader

    def _prepare(self, reader: Connection) -> None:
        """What a reader needs before it may only read; temporary views stay in memory."""

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """This thread's reader inside one read transaction: everything read is one moment in time."""
        reader = self.reader()
        if reader.in_transaction:
            yield reader
            return
        reader.execute("BEGIN")
        try:
            yield reader
        finally:
            reader.execute("ROLLBACK")

    def fold(self) -> bool:
        """Folds the write-ahead log back into the file and cuts it to nothing: no former page stays in it.

        Whether it could be done; a reader in the middle of a long snapshot prevents it.
        """
        self._bar()
        with self._lock:
            row = self._writer.row("PRAGMA wal_checkpoint(TRUNCATE)")
        return row is not None and row[0] == 0

    def copy_to(self, path: Path, key: bytes, step: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Writes the whole database, as it is at one moment, into a new file under another raw key, while others go on
        working (SQLCipher's online backup). The file has a rollback journal, so that it also opens from where nothing may
        be written. `step(done, total)` counts pages and may raise to cancel. Raises DiskFull, ReadOnly, DamagedFile.
        """
        with disk_faults(path):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with faults(path.name):
            target = sqlcipher.connect(str(path), factory=Connection, isolation_level=None, check_same_thread=False)
        target.file_name = path.name
        try:
            # The key's hex form is the whole statement; nothing is formatted from outside.
            target.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            target.execute("PRAGMA temp_store = 2")
            self._check_cipher(target)
            # One moment: the snapshot holds until the last page is written, whatever others commit meanwhile.
            with self.snapshot() as source, faults(path.name):
                source.row("SELECT count(*) FROM sqlite_master")  # only a first read begins the snapshot
                source.backup(target, pages=_PAGES, progress=lambda _status, left, total: step(total - left, total))
            target.execute("PRAGMA journal_mode = DELETE")
        finally:
            target.close()
        with path.open("rb") as file:
            if file.read(16) == PLAIN_HEADER:
                raise UnsafeCipher(file=path.name)
            os.fsync(file.fileno())

    def close(self) -> None:
        """Closes every connection, the readers first; the writer's last act folds the write-ahead log back in."""
        if self._closed:
            return
        self._closed = True
        with self._readers_lock:
            for reader in self._readers:
                reader.close()
            self._readers.clear()
        with self._lock:
            self._writer.close()

    def check(self) -> list[str]:
        """Damage found by SQLCipher's page authentication and by SQLite's own check; empty when sound.

        Both are needed: a file cut at a page boundary passes the first.
        """
        try:
            reader = self.reader()
            found = [str(row[0]) for row in reader.rows("PRAGMA cipher_integrity_check")]
            found += [str(row[0]) for row in reader.rows("PRAGMA integrity_check") if row[0] != "ok"]
        except DamagedFile as error:
            found = [str(error.__cause__)]
        return found

    def _bar(self) -> None:
        if self.barred is not None and threading.get_ident() == self.barred:
            raise RuntimeError("the database was touched from the thread of the window")

    def _refuse_clear_text(self) -> None:
        if self.path.exists() and self.path.stat().st_size:
            with self.path.open("rb") as file:
                if file.read(16) == PLAIN_HEADER:
                    raise UnsafeCipher(file=self.path.name)

    def _connect(self) -> Connection:
        with faults(self.path.name, self.path.parent):
            connection = sqlcipher.connect(
                str(self.path), factory=Connection, isolation_level=None, check_same_thread=False
            )
        connection.file_name, connection.folder = self.path.name, self.path.parent
        try:
            # The key's hex form is the whole statement; nothing is formatted from outside.
            connection.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
            connection.execute("PRAGMA cipher_memory_security = ON")
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute("PRAGMA temp_store = 2")
            self._check_cipher(connection)
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            if self._shrinks:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            # Else INSERT OR REPLACE would delete a row past the triggers that keep the journal as it was written.
            connection.execute("PRAGMA recursive_triggers = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.set_authorizer(_authorize)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_cipher(self, connection: Connection) -> None:
        version = connection.row("PRAGMA cipher_version")
        if not version or not version[0]:
            raise UnsafeCipher(file=self.path.name)
        sqlite = connection.row("SELECT sqlite_version()")
        assert sqlite is not None
        if tuple(map(int, re.findall(r"\d+", sqlite[0])[:3])) < OLDEST_SAFE_SQLITE:
            raise UnsafeCipher(file=self.path.name, version=sqlite[0])


def _authorize(action: int, first: str | None, _second: str | None, _database: str | None, _trigger: str | None) -> int:
    """No other file may be attached (it would be clear text) and temporary data may not move to the disk."""
    if action == _ATTACH or (action == _PRAGMA and (first or "").lower() in ("temp_store", "temp_store_directory")):
        return _DENY
    return _OK
