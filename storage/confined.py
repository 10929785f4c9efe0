"""storage/confined.py — the same archive as one person may see it: whatever is outside of their scope was never there.

Reads go through the views `visible_item` and `visible_volume`. A confined connection has temporary views of the same names
(and of the names of the tables that speak of records), which stand before those of the file, so every read of
`storage.queries` is confined without knowing it, and a new one too. What a volume holds is seen with the volume or not at
all. To somebody who may see nothing every table is empty that is not listed in `PLAIN`: a new table is hidden until
somebody decides otherwise.

Writing goes through the one writer; a change that names a record outside of the scope is rolled back. The followers of the
archive (intake, index, headquarters, backups) work on the whole one. Threads: as `Archive`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from storage.archive import Archive
from storage.changes import Changes
from storage.connection import Connection, Database
from storage.errors import NoSuchRecord, OutsideScope
from storage.queries import Queries
from storage.records import PROGRAM, Agent, Finding, Kind
from storage.records.search import IndexState, Results, Snippet
from storage.records.users import Scope
from storage.search.index import Index, Progress

#: Tables that speak of no record: whoever may see nothing still reads them.
PLAIN = frozenset({
    "fact", "setting", "fonds", "agent", "duty", "former_passphrase", "attempt", "draft", "event", "serial", "scheme", "category",
    "former_category", "profile", "retention_rule", "enrolment", "package", "receipt", "acknowledgement", "day_sheet", "backup",
    "reseal", "anchor",
})  # fmt: skip
#: Tables whose rows are about one record each, by `kind` and `subject_id`. Not `mention`, `former_code` and `seal`: with them
#: the reads themselves decide what may be seen, and need to know what there is.
_ABOUT = (
    "version", "disclosure", "hold", "loan_subject", "appraisal_line", "destroyed", "inspection_finding", "consultation_subject",
    "unsealing",
)  # fmt: skip
_NAMED = re.compile(r"(item|volume):(\d+)")


class Confined(Archive):
    """An open archive behind a scope. Everything but reading and writing records is the whole archive's."""

    def __init__(self, whole: Archive, scope: Scope) -> None:
        own: dict[str, Any] = {"_whole": whole, "_scope": scope}
        own["database"] = ConfinedDatabase(whole.database, scope)
        own["queries"] = ConfinedQueries(own["database"])
        own["index"] = ConfinedIndex(whole.index, own["queries"], own["database"], scope)
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_whole"], name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._whole, name, value)

    @contextmanager
    def write(self, agent: Agent) -> Iterator[Changes]:
        """As the whole archive's. Raises OutsideScope when it made something that this person could not see, and
        NoSuchRecord when it was about something they cannot; then nothing was changed.
        """
        with self._whole.write(agent) as change:
            connection = change._connection
            newest = {kind: _newest(connection, kind) for kind in Kind}
            yield change
            if agent != PROGRAM:
                for kind, id in sorted({name for event in change.events for name in _names(event.object, event.detail)}):
                    if not connection.row(f"SELECT 1 FROM main.{kind.value} AS one WHERE id = ? AND {within(self._scope, kind)}", (id,)):
                        raise OutsideScope() if id > newest[kind] else NoSuchRecord(record=f"{kind.value}:{id}")

    def verify(self, *step: Any) -> Iterator[Finding]:
        """The whole archive's own check, in numbers."""
        yield from self._whole.verify(*step)

    def close(self) -> None:
        self._whole.close()


class ConfinedDatabase(Database):
    """The readers of a database behind temporary views; the writer, and everything about the file, is the whole one's."""

    def __init__(self, whole: Database, scope: Scope) -> None:
        self.__dict__.update(_whole=whole, _local=threading.local(), _views=views(whole.reader(), scope))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_whole"], name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._whole, name, value)

    def _prepare(self, reader: Connection) -> None:
        for view in self._views:
            reader.execute(view)


class ConfinedQueries(Queries):
    """Every read through a confined database. What headquarters is told are whole records: nobody's business here."""

    def items_changed(self, after_seq: int, limit: int) -> NoReturn:
        raise RuntimeError("headquarters is told from the whole archive")

    volumes_changed = items_changed


class ConfinedIndex(Index):
    """What may be seen is found and counted; following the archive is the whole index's business."""

    def __init__(self, whole: Index, queries: Queries, database: Database, scope: Scope) -> None:
        self._whole, self._queries, self._database, self._scope = whole, queries, database, scope
        self._known: tuple[object, list[int]] = (None, [])

    def search(self, query: str, *, without: Sequence[int] = (), **wanted: Any) -> Results:
        if self._scope.nothing:
            return Results((), 0)
        return self._whole.search(query, without=[*self._outside(), *without], **wanted)

    def suggest(self, query: str, *, without: Sequence[int] = (), **wanted: Any) -> tuple[str, ...]:
        return () if self._scope.nothing else self._whole.suggest(query, without=[*self._outside(), *without], **wanted)

    def like(self, item_id: int, *, without: Sequence[int] = (), **wanted: Any) -> Results:
        if item_id not in self._queries.entries([item_id]):
            return Results((), 0)
        return self._whole.like(item_id, without=[*self._outside(), *without], **wanted)

    def snippet(self, query: str, item_id: int) -> Snippet:
        entry = self._queries.entries([item_id]).get(item_id)
        return self._whole.shown(query, entry) if entry else Snippet(1, "", ())

    def behind(self, without: Sequence[int] = ()) -> int:
        return 0 if self._scope.nothing else self._whole.behind([*self._outside(), *without])

    def agreement(self) -> list[Finding]:
        return self._whole.agreement()

    def catch_up(self, progress: Progress | None = None, cancelled: Callable[[], bool] = lambda: False) -> int:
        return self._whole.catch_up(progress, cancelled)

    def expunge(self, item_ids: Sequence[int]) -> bool:
        return self._whole.expunge(item_ids)

    def unindexed(self) -> dict[int, str]:
        hidden = {*self._outside()}
        return {item: reason for item, reason in self._whole.unindexed().items() if item not in hidden and not self._scope.nothing}

    def state(self, without: Sequence[int] = ()) -> IndexState:
        if self._scope.nothing:
            return IndexState(0, 0, (), 0, 0, False)
        return self._whole.state([*self._outside(), *without])

    def rebuild(self, progress: Progress | None = None, cancelled: Callable[[], bool] = lambda: False) -> int:
        return self._whole.rebuild(progress, cancelled)

    def close(self) -> None:
        self._whole.close()

    def _outside(self) -> list[int]:
        """The records out of sight, asked anew when a record or a volume has changed."""
        with self._database.snapshot() as reader:
            state = reader.row("SELECT (SELECT max(changed_seq) FROM main.item), (SELECT max(changed_seq) FROM main.volume)")
            known = self._known
            if known[0] != state:
                hidden = reader.rows("SELECT id FROM main.visible_item WHERE id NOT IN (SELECT id FROM visible_item)")
                known = self._known = (state, [row[0] for row in hidden])
        return known[1]


def within(scope: Scope, kind: Kind, row: str = "one") -> str:
    """The condition, on a row of `item` or `volume`, that it is within the scope, whatever else keeps it out of sight."""
    if scope.nothing:
        return "0"
    conditions = ["1"]
    if scope.categories:
        branches = " OR ".join(
            f"code = {_text(code)} OR substr(code, 1, {len(code) + 1}) = {_text(code + '·')}" for code in scope.categories
        )
        # The plus keeps the planner from an index by category, which is half of the table.
        conditions.append(f"+{row}.category IN (SELECT code FROM main.category WHERE {branches})")
    if scope.highest_class is not None:
        classes = ", ".join(_text(each.value) for each in scope.classes)
        above = f"security_class NOT IN ({classes})"
        volume = "id" if kind is Kind.VOLUME else "volume_id"
        conditions.append(f"{row}.security_class IN ({classes})")
        conditions.append(f"NOT EXISTS (SELECT 1 FROM main.item AS inside WHERE inside.volume_id = {row}.{volume} AND inside.{above})")
        if kind is Kind.ITEM:
            conditions.append(f"NOT EXISTS (SELECT 1 FROM main.volume AS outer WHERE outer.id = {row}.volume_id AND outer.{above})")
    return "(" + " AND ".join(conditions) + ")"


def views(reader: Connection, scope: Scope) -> list[str]:
    """The statements that confine a connection."""
    if scope.nothing:
        tables = [row[0] for row in reader.rows("SELECT name FROM main.sqlite_master WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'")]
        return [_view(name, f"SELECT * FROM main.{name} WHERE 0") for name in tables if name not in PLAIN]
    item, volume = within(scope, Kind.ITEM), within(scope, Kind.VOLUME)
    inside = {"item": f"SELECT 1 FROM main.item AS one WHERE {item} AND one.id =",
              "volume": f"SELECT 1 FROM main.volume AS one WHERE {volume} AND one.id ="}  # fmt: skip

    def about(row: str, prefix: str = "", number: str = "subject_id") -> str:
        return " AND ".join(f"({row}.{prefix}kind <> '{kind}' OR EXISTS ({seen} {row}.{prefix}{number}))" for kind, seen in inside.items())

    held = "SELECT 1 FROM main.document WHERE document.object_id = row.object_id"
    return [
        _view("visible_item", f"SELECT * FROM main.visible_item AS one WHERE {item}"),
        _view("visible_volume", f"SELECT * FROM main.visible_volume AS one WHERE {volume}"),
        _view("unseen_item", f"SELECT * FROM main.item AS one WHERE sealed = 1 OR state IN ('destroyed', 'merged') OR NOT {item}"),
        # A paper that became a record out of sight, and every copy of it, never arrived.
        _view("arrival", f"SELECT * FROM main.arrival AS row WHERE (item_id IS NULL OR EXISTS ({inside['item']} row.item_id))"
              f" AND (object_id IS NULL OR NOT EXISTS ({held}) OR EXISTS ({held} AND EXISTS ({inside['item']} document.item_id)))"),
        *(_view(table, f"SELECT * FROM main.{table} AS row WHERE {about('row')}") for table in _ABOUT),
        _view("relation", "SELECT * FROM main.relation AS row WHERE "
              + " AND ".join(about("row", prefix, "id") for prefix in ("from_", "to_"))),
        _view("loan", "SELECT * FROM main.loan AS row WHERE EXISTS (SELECT 1 FROM temp.loan_subject WHERE loan_id = row.id)"
              " OR NOT EXISTS (SELECT 1 FROM main.loan_subject WHERE loan_id = row.id)"),
        _view("bulk", "SELECT * FROM main.bulk AS row WHERE EXISTS (SELECT 1 FROM temp.version WHERE bulk_id = row.id)"
              " OR NOT EXISTS (SELECT 1 FROM main.version WHERE bulk_id = row.id)"),
    ]  # fmt: skip


def _view(name: str, select: str) -> str:
    return f"CREATE TEMP VIEW {name} AS {select}"


def _text(value: str) -> str:
    """A text inside a statement: a view takes no parameters."""
    return "'" + value.replace("'", "''") + "'"


def _newest(connection: Connection, kind: Kind) -> int:
    return int(connection.row(f"SELECT coalesce(max(id), 0) FROM main.{kind.value}")[0])  # type: ignore[index]


def _names(*told: object) -> Iterator[tuple[Kind, int]]:
    """The records that an event names."""
    for each in told:
        if isinstance(each, str):
            if found := _NAMED.fullmatch(each):
                yield Kind(found[1]), int(found[2])
        elif isinstance(each, dict):
            yield from _names(*each.values())
        elif isinstance(each, list | tuple):
            yield from _names(*each)
