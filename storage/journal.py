"""storage/journal.py — events, hash chain.

One line per change, written in the transaction of the change. Each line's hash covers its body and the hash before it
(SHA-256 over canonical JSON), so an edit, a deletion, an insertion or a swap shows; headquarters keeps the head from
every receipt, so a cut tail shows too. An event carries ids, counts and digests, never content: what is destroyed later
is really gone.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping

import msgspec

from storage.connection import Connection, Row
from storage.records import Agent, Event, Finding

GENESIS = hashlib.sha256(b"anjuan journal").hexdigest()

_COLUMNS = "seq, at, monotonic_ms, agent, agent_name, role, type, object, outcome, detail, previous, hash"


def append(
    connection: Connection, agent: Agent, type: str, object: str, detail: dict[str, object], at: str, outcome: str
) -> Event:
    """Writes the next event. Call only inside the writer's transaction."""
    seq, previous = head(connection)
    body = (
        seq + 1,
        at,
        time.monotonic_ns() // 1_000_000,
        agent.id,
        agent.name,
        agent.role.value,
        type,
        object,
        outcome,
        msgspec.json.encode(detail, order="sorted").decode(),
    )
    digest = _hash(previous, body)
    connection.execute(f"INSERT INTO event ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", (*body, previous, digest))
    return Event(seq + 1, at, agent.id, agent.name, type, object, outcome, detail, previous, digest)


def head(connection: Connection) -> tuple[int, str]:
    """(number, hash) of the last event; (0, GENESIS) of an empty journal."""
    row = connection.row("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
    return (row[0], row[1]) if row else (0, GENESIS)


def read(connection: Connection, after: int, limit: int) -> list[Event]:
    rows = connection.rows(f"SELECT {_COLUMNS} FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [
        Event(seq, at, agent, name, type, object, outcome, msgspec.json.decode(detail), previous, digest)
        for seq, at, _ms, agent, name, _role, type, object, outcome, detail, previous, digest in rows
    ]


def lines(connection: Connection, after: int, limit: int) -> list[dict[str, object]]:
    """Whole lines, `detail` as the stored text, so that another house can check the chain with `follows`."""
    names = _COLUMNS.split(", ")
    rows = connection.rows(f"SELECT {_COLUMNS} FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [dict(zip(names, row, strict=True)) for row in rows]


def follows(previous: str, line: Mapping[str, object]) -> str:
    """The hash `line` must have when the line before it has the hash `previous`. Pure. Raises KeyError."""
    return _hash(previous, tuple(line[name] for name in _COLUMNS.split(", ")[:-2]))


def verify(connection: Connection) -> Iterator[Finding]:
    """Walks the whole chain. Yields one finding: sound, or the first line that does not follow from those before."""
    expected, previous = 1, GENESIS
    for *body, row_previous, row_hash in _walk(connection):
        if body[0] != expected:
            yield Finding("journal", False, f"event:{expected}", "missing")
            return
        if row_previous != previous or _hash(previous, tuple(body)) != row_hash:
            yield Finding("journal", False, f"event:{expected}", "hash")
            return
        expected, previous = expected + 1, row_hash
    yield Finding("journal", True, f"event:{expected - 1}", previous)


def _walk(connection: Connection) -> Iterator[Row]:
    """Every line, by `rows`: a cursor read step by step would let a damaged page out as SQLite's own error."""
    after = -(2**63)
    while found := connection.rows(f"SELECT {_COLUMNS} FROM event WHERE seq > ? ORDER BY seq LIMIT 1000", (after,)):
        yield from found
        after = found[-1][0]


def _hash(previous: str, body: tuple[object, ...]) -> str:
    return hashlib.sha256(b"anjuan-event/1" + bytes.fromhex(previous) + msgspec.json.encode(body)).hexdigest()
