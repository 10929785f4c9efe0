"""storage/health.py — what the archive stands on: the cipher, the disk, the clock, and no files that are not its own.

Each check answers with `Health`: good, a warning that stays, or bad, which means that the archive must not be opened. The
reason is a code with a sentence in the wording. No check needs the archive's keys but `clock_of`. Any thread; the first
three take milliseconds, `room` looks at every original.

A write-ahead log that belongs to an older state of the database is not seen here, because SQLCipher gives no sign of it
without the key: the journal's head, compared with its anchors at unlock, shows it (storage/anchors.py). What is seen here
is a log or journal that this program cannot have left.
"""

from __future__ import annotations

import os
import re
import secrets
import struct
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from storage.archive import DATABASE, INDEX, OBJECTS, PICTURES, Archive
from storage.ballast import BALLAST, TO_OPEN, Ballast
from storage.connection import OLDEST_SAFE_SQLITE, PLAIN_HEADER, Database
from storage.errors import Known

#: Below this a warning stays on the screen.
LOW = 2 * 1024**3
#: A clock may be this much behind the newest event: two programs, or a correction by a time server.
TOLERANCE = timedelta(minutes=10)
#: The first bytes of a write-ahead log (SQLite's file format, section 4.1), and the size of its head.
_WAL_MAGIC, _WAL_HEAD = (0x377F0682, 0x377F0683), 32
#: What Whoosh and SQLite leave in a temporary folder when somebody lets them.
_SPILLED = re.compile(r".+\.tmp$"), re.compile(r"etilqs_.+")


class SelfTestFailed(Known):
    """This machine does not keep what the program promises; `reason` says which promise and what to do."""

    number = 179


class State(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Health:
    """`reason` is a code, empty when good; `fact` a number or the name of a file or folder."""

    check: str
    state: State = State.GOOD
    reason: str = ""
    fact: str = ""


def cipher() -> list[Health]:
    """The database library, by a database made for the purpose and removed again."""
    with tempfile.TemporaryDirectory(prefix="anjuan-trial-") as folder:
        path = Path(folder, "trial.db")
        try:
            database = Database(path, secrets.token_bytes(32))
        except Known:
            return [Health("cipher", State.BAD, "cipher_unsafe")]
        try:
            with database.transaction() as connection:
                connection.execute("CREATE TABLE trial (word TEXT)")
                connection.execute("INSERT INTO trial VALUES ('trial')")
            reader = database.reader()
            (version,) = reader.row("SELECT sqlite_version()") or ("0",)
            (cipher_version,) = reader.row("PRAGMA cipher_version") or ("",)
            options = {row[0] for row in reader.rows("PRAGMA compile_options")}
        finally:
            database.close()
        written = path.read_bytes()
    return judge(version, cipher_version, options, written)


def judge(version: str, cipher_version: str, options: set[str], written: bytes) -> list[Health]:
    """What is wrong with a library of these properties; `written` is a database file that it wrote."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:3])
    clear = written.startswith(PLAIN_HEADER) or b"trial" in written
    return [
        _either("sqlite", numbers >= OLDEST_SAFE_SQLITE, "sqlite_old", version),
        _either("cipher", bool(cipher_version), "cipher_unsafe", str(cipher_version)),
        _either("memory", "TEMP_STORE=2" in options or "TEMP_STORE=3" in options, "temp_on_disk"),
        _either("header", not clear, "clear_header"),
    ]


def disk(folder: Path) -> list[Health]:
    """Whether there is room to open the archive at all, and the ballast."""
    ballast = Ballast(folder)
    free = ballast.free
    if free < TO_OPEN and not ballast.whole:
        return [Health("disk", State.BAD, "disk_none", str(free))]
    answers = [Health("disk", State.WARNING, "disk_low", _size(free)) if free < LOW else Health("disk", fact=_size(free))]
    if not ballast.whole and (folder / DATABASE).exists() and free < LOW:
        answers.append(Health("ballast", State.WARNING, "ballast_missing", BALLAST))
    else:
        answers.append(Health("ballast"))
    return answers


def room(folder: Path) -> list[Health]:
    """Whether the largest file could be kept twice over, as a correction or a rotation of the keys needs it."""
    largest = max(
        (entry.stat().st_size for name in (OBJECTS, PICTURES) for entry in (folder / name).glob("*/*")), default=0
    )
    free = Ballast(folder).free
    if free < 2 * largest:
        return [Health("room", State.WARNING, "disk_low", _size(free))]
    return [Health("room", fact=_size(free))]


def strays(folder: Path) -> list[Health]:
    """Logs beside the databases that this program cannot have left there."""
    for name in (DATABASE, INDEX):
        # Our databases keep a write-ahead log; a rollback journal belongs to a copy that somebody put in their place.
        journal = folder / f"{name}-journal"
        if journal.exists() and journal.stat().st_size:
            return [Health("strays", State.BAD, "strange_log", journal.name)]
        log = folder / f"{name}-wal"
        if log.exists() and not (folder / name).exists() and log.stat().st_size:
            return [Health("strays", State.BAD, "strange_log", log.name)]
        if log.exists() and log.stat().st_size >= _WAL_HEAD:
            with log.open("rb") as file:
                magic, _version, page = struct.unpack(">III", file.read(12))
            # The index may be thrown away: what is wrong with its log, it mends itself.
            if (magic not in _WAL_MAGIC or page != 4096) and name == DATABASE:
                return [Health("strays", State.BAD, "strange_log", log.name)]
    return [Health("strays")]


def clock(released: datetime) -> list[Health]:
    """A clock before the day the program was made is certainly wrong."""
    return [_either("clock", datetime.now(UTC) >= released, "clock_behind")]


def clock_of(archive: Archive) -> Health:
    """The clock against the newest event that an open archive had before it was opened."""
    seq = archive.queries.head()[0]
    while seq:
        (event,) = archive.queries.events(seq - 1, 1)
        if event.session != archive.session:
            behind = datetime.fromisoformat(event.at) > datetime.now(UTC) + TOLERANCE
            return _either("clock", not behind, "clock_behind_journal")
        seq -= 1
    return Health("clock")


def spilled(folder: Path) -> list[Health]:
    """Whether something of this user was spilled into the temporary folder by a library that was let do so."""
    for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
        try:
            ours = not hasattr(os, "getuid") or entry.stat().st_uid == os.getuid()
            whoosh = _SPILLED[0].fullmatch(entry.name) and entry.is_dir() and any(entry.glob("*.run"))
            if ours and (whoosh or _SPILLED[1].fullmatch(entry.name)):
                return [Health("spilled", State.WARNING, "clear_left", str(entry))]
        except OSError:
            continue  # gone meanwhile, or not ours to look into
    return [Health("spilled")]


def _either(check: str, good: bool, reason: str, fact: str = "") -> Health:
    return Health(check, State.GOOD if good else State.BAD, "" if good else reason, fact)


def _size(bytes_: int) -> str:
    return f"{bytes_ / 1024**3:.1f} GiB"
