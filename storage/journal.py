"""storage/journal.py — events, hash chain.

One line per change, written in the transaction of the change. Each line's hash covers its body and the hash before it
(SHA-256 over canonical JSON), so an edit, a deletion, an insertion or a swap shows; the head is kept outside the database
too (`storage.anchors`), so a cut tail or a wholly new story shows. An event carries ids, counts and digests, never
content: what is destroyed later is really gone.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping

import msgspec

from storage.connection import Connection, Row
from storage.records import Agent, Event, Finding

GENESIS = hashlib.sha256(b"anjuan journal").hexdigest()

#: What every line has, and what lines have since a session, a reason and digests belong to them.
_BODY = "seq, at, monotonic_ms, agent, agent_name, role, type, object, outcome, detail"
_LATER = "session, reason, before, after"
COLUMNS = f"{_BODY}, {_LATER}, previous, hash"
_NAMES = tuple(f"{_BODY}, {_LATER}".split(", "))
_FIRST_FORM = len(_BODY.split(", "))


def append(
    connection: Connection,
    agent: Agent,
    type: str,
    object: str,
    detail: dict[str, object],
    at: str,
    outcome: str,
    *,
    session: str = "",
    reason: str = "",
    before: str = "",
    after: str = "",
) -> Event:
    """Writes the next event. Call only inside the writer's transaction."""
    seq, previous = head(connection)
    body = (
        seq + 1,
        at,
        time.monotonic_ns() // 1_000_000,
        agent.id,
        agent.name,
        agent.standing,
        type,
        object,
        outcome,
        msgspec.json.encode(detail, order="sorted").decode(),
        session,
        reason,
        before,
        after,
    )
    digest = _hash(previous, body)
    marks = ", ".join("?" * (len(body) + 2))
    connection.execute(f"INSERT INTO event ({COLUMNS}) VALUES ({marks})", (*body, previous, digest))
    return Event(
        seq + 1, at, agent.id, agent.name, type, object, outcome, detail, previous, digest,
        agent.standing, body[2], session, reason, before, after,
    )  # fmt: skip


def head(connection: Connection) -> tuple[int, str]:
    """(number, hash) of the last event; (0, GENESIS) of an empty journal."""
    row = connection.row("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
    return (row[0], row[1]) if row else (0, GENESIS)


def read(connection: Connection, after: int, limit: int) -> list[Event]:
    rows = connection.rows(f"SELECT {COLUMNS} FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [event_of(row) for row in rows]


def event_of(row: Row) -> Event:
    """An event out of the columns of `COLUMNS`."""
    seq, at, ms, agent, name, standing, type, object, outcome, detail, session, reason, before, after, previous, digest = row
    return Event(
        seq, at, agent, name, type, object, outcome, msgspec.json.decode(detail), previous, digest,
        standing, ms, session, reason, before, after,
    )  # fmt: skip


def lines(connection: Connection, after: int, limit: int) -> list[dict[str, object]]:
    """Whole lines, `detail` as the stored text, so that another house can check the chain with `follows`."""
    names = COLUMNS.split(", ")
    rows = connection.rows(f"SELECT {COLUMNS} FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [dict(zip(names, row, strict=True)) for row in rows]


def follows(previous: str, line: Mapping[str, object]) -> str:
    """The hash `line` must have when the line before it has the hash `previous`. Pure. Raises KeyError."""
    body = [line[name] for name in _NAMES[:_FIRST_FORM]]
    return _hash(previous, (*body, *(line.get(name, "") for name in _NAMES[_FIRST_FORM:])))


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
    while found := connection.rows(f"SELECT {COLUMNS} FROM event WHERE seq > ? ORDER BY seq LIMIT 1000", (after,)):
        yield from found
        after = found[-1][0]


def _hash(previous: str, body: tuple[object, ...]) -> str:
    # A line of the first form keeps the hash it was written with; what a later column holds is never left out.
    if any(body[_FIRST_FORM:]):
        return hashlib.sha256(b"anjuan-event/2" + bytes.fromhex(previous) + msgspec.json.encode(body)).hexdigest()
    body = body[:_FIRST_FORM]
    return hashlib.sha256(b"anjuan-event/1" + bytes.fromhex(previous) + msgspec.json.encode(body)).hexdigest()
