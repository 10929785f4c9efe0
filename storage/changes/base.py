"""storage/changes/base.py — the open transaction, as every room of changes knows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from storage import journal
from storage.connection import Connection
from storage.digests import Digests
from storage.errors import NoSuchRecord
from storage.records import Agent, Delivery, Event, Kind, Subject


def now() -> str:
    """The time of an event: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Writing:
    """The open transaction. Belongs to the thread that opened it; `events` are what it has written so far.

    Two rules hold for every method of the rooms: it writes exactly one event of its own name as its last event, and an
    item or volume whose description, documents, code, seal or state changes is named by an event of its own (`_note_item`,
    `_note_volume`), written after the change. It moves `changed_seq`, which the search index and headquarters follow, and
    carries the record's digest before and after.
    """

    def __init__(self, connection: Connection, agent: Agent, session: str = "") -> None:
        self._connection = connection
        self._agent = agent
        self._session = session
        self._digests = Digests(connection)
        self.events: list[Event] = []

    def _note(
        self,
        type: str,
        object: str | Subject,
        /,
        outcome: str = "success",
        reason: str = "",
        before: str = "",
        after: str = "",
        **detail: object,
    ) -> int:
        """Writes the event; returns its number. `reason` is a code, never a text that somebody typed."""
        event = journal.append(
            self._connection, self._agent, type, str(object), detail, now(), outcome, session=self._session, reason=reason,
            before=before, after=after,
        )  # fmt: skip
        self.events.append(event)
        return event.seq

    def _note_item(self, type: str, item_id: int, /, **detail: Any) -> int:
        """The event of a change that the index and headquarters must follow; the record is undelivered from now on."""
        before, after = self._digests.change(Subject(Kind.ITEM, item_id))
        seq = self._note(type, Subject(Kind.ITEM, item_id), before=before, after=after, **detail)
        self._touch(
            "UPDATE item SET changed_seq = ?, delivery = ?, digest = ? WHERE id = ?",
            (seq, Delivery.LOCAL.value, after, item_id),
        )
        return seq

    def _note_volume(self, type: str, volume_id: int, /, **detail: Any) -> int:
        before, after = self._digests.change(Subject(Kind.VOLUME, volume_id))
        seq = self._note(type, Subject(Kind.VOLUME, volume_id), before=before, after=after, **detail)
        self._touch("UPDATE volume SET changed_seq = ?, digest = ? WHERE id = ?", (seq, after, volume_id))
        return seq

    def _mention_anew(self, seq: int, subjects: Iterable[Subject]) -> None:
        """What these records mention has changed with the event `seq`, for a volume in all that it holds: the index follows;
        headquarters, which is told of no mention, and the records' digests do not.
        """
        for subject in subjects:
            whose = "id" if subject.kind is Kind.ITEM else "volume_id"
            self._connection.execute(
                f"UPDATE item SET named_seq = ? WHERE {whose} = ?"
                " AND EXISTS (SELECT 1 FROM visible_item AS seen WHERE seen.id = item.id)",
                (seq, subject.id),
            )

    def _touch(self, sql: str, parameters: tuple[object, ...]) -> None:
        """Changes exactly one row; the last parameter names it. Raises NoSuchRecord."""
        if self._connection.execute(sql, parameters).rowcount != 1:
            raise NoSuchRecord(record=str(parameters[-1]))

    def _insert(self, table: str, /, **values: object) -> int:
        """A new row; `table` and the names are this program's own words. Returns its id."""
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        cursor = self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))
        return int(cursor.lastrowid)

    def _next_number(self, scope: tuple[str, ...]) -> int:
        """The next number of the scope, without gaps: it is given inside the transaction that uses it."""
        row = self._connection.row(
            "INSERT INTO serial VALUES (?, 1) ON CONFLICT (scope) DO UPDATE SET last = last + 1 RETURNING last",
            ("|".join(scope),),
        )
        assert row is not None
        return int(row[0])
