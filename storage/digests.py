"""storage/digests.py — what a record is, as one keyed digest: what its events carry as before and after.

HMAC-SHA256 over the record's row and the files it has in force, under a key of its own that lies inside the archive and
never changes: whoever holds the journal alone can neither guess a title from a digest nor, once the record is destroyed,
learn anything of it. What is empty is left out, so that a further column changes no digest.

A record's last digest stands in its row and in the journal, in the event that wrote it. `verify` computes it anew and holds
it against both: a row that was edited, or an old page of the database put back in its place, agrees with itself but not with
the journal. Records that have not changed since digests are kept have none yet.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from functools import cached_property

import msgspec

from storage.connection import Connection
from storage.errors import NoSuchRecord
from storage.records import Finding, Kind, Subject

#: The fact that holds the key.
KEY = "digest_key"

#: Columns that say how far a record has travelled, or where its paper stands: neither is what the record is.
_BESIDE = frozenset({"digest", "changed_seq", "named_seq", "delivery", "delivered_seq", "place_id", "box_no"})
#: While a volume is being made these move with its order; they belong to a record once it is filed.
_SETTLED = {
    Kind.ITEM: frozenset({"position", "page_from", "page_to"}),
    Kind.VOLUME: frozenset({"first_book", "book_no", "book_total"}),
}
_FILES = (
    "SELECT role, document.position, pages, sha256 FROM document JOIN object ON object.id = object_id"
    " WHERE item_id = ? AND superseded_seq = 0 ORDER BY document.position, document.id"
)
_STEP = 500


class Digests:
    """The digests of the records one connection sees. Belongs to the thread of that connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def change(self, subject: Subject) -> tuple[str, str]:
        """(the digest the record had, the one it has now); the first is empty when it never had one. Raises NoSuchRecord."""
        row = self._connection.row(
            f"SELECT digest, {', '.join(self._columns[subject.kind])} FROM {subject.kind.value} WHERE id = ?", (subject.id,)
        )
        if row is None:
            raise NoSuchRecord(record=str(subject))
        values = dict(zip(self._columns[subject.kind], row[1:], strict=True))
        unsettled = _SETTLED[subject.kind] if values["state"] != "filed" else ()
        body: list[object] = [(name, value) for name, value in values.items() if value and name not in unsettled]
        if subject.kind is Kind.ITEM:
            body.append(self._connection.rows(_FILES, (subject.id,)))
        return row[0], hmac.digest(self._key, subject.kind.value.encode() + msgspec.json.encode(body), "sha256").hex()

    def of_text(self, kind: str, text: str) -> str:
        """The digest of what somebody typed: who knows the text can prove it, and nobody can guess it."""
        return hmac.digest(self._key, f"{kind}/{text}".encode(), "sha256").hex()

    @cached_property
    def _columns(self) -> dict[Kind, list[str]]:
        return {
            kind: sorted(
                row[1] for row in self._connection.rows(f"PRAGMA table_info({kind.value})") if row[1] not in _BESIDE
            )
            for kind in Kind
        }

    @cached_property
    def _key(self) -> bytes:
        row = self._connection.row("SELECT value FROM fact WHERE name = ?", (KEY,))
        assert row is not None
        return bytes(row[0])


def verify(connection: Connection, step: Callable[[int, int, str], None]) -> Iterator[Finding]:
    """Every record against its own digest and the journal's. One finding when all agree, else one for each that does not:
    `changed` (not as its last event left it), `missing` (an event tells of it), `untold` (no event does).
    """
    digests, faults, done = Digests(connection), 0, 0
    told: dict[str, str] = {
        name: after
        for name, after, _seq in connection.rows("SELECT object, after, max(seq) FROM event WHERE after <> '' GROUP BY object")
        if name.partition(":")[0] in tuple(Kind)
    }
    for kind in Kind:
        last = 0
        while found := connection.rows(f"SELECT id FROM {kind.value} WHERE id > ? ORDER BY id LIMIT {_STEP}", (last,)):
            for (last,) in found:
                subject = Subject(kind, last)
                step(done, done + len(told), "record")
                done += 1
                expected = told.pop(str(subject), "")
                if reason := _differs(connection, digests, subject, expected):
                    faults += 1
                    yield Finding("record", False, str(subject), reason)
    for name in sorted(told):
        faults += 1
        yield Finding("record", False, name, "missing")
    if not faults:
        yield Finding("record", True, "", str(done))


def _differs(connection: Connection, digests: Digests, subject: Subject, expected: str) -> str:
    kept, now = digests.change(subject)
    if kept or expected:
        return "" if kept == expected == now else "changed"
    return "" if connection.row("SELECT 1 FROM event WHERE object = ?", (str(subject),)) else "untold"
