"""sync/headquarters/register.py — what headquarters knows, in SQL: stations, packages, records, receipts, alarms.

SQLAlchemy Core; SQLite in the headquarters folder by default, PostgreSQL by giving its URL. The register keeps codes,
digests, numbers and states, no titles and no names of people: content stays in the sealed packages of the vault.

`Register.transaction()` is one database transaction; `lock_station` takes the station's row for its duration (SELECT ...
FOR UPDATE, on SQLite the whole file by BEGIN IMMEDIATE), so two uploads of one station are decided one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)

ACTIVE: Final = "active"
FROZEN: Final = "frozen"

_tables = MetaData()

station = Table(
    "station",
    _tables,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("fonds", Text, nullable=False),
    Column("verify_key", String(64), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("enrolled_at", String(32), nullable=False),
    # How far the station's journal is held: epoch, last line, its hash, and the digest of the package that brought it.
    Column("epoch", String(32), nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("journal_head", String(64), nullable=False),
    Column("last_digest", String(64), nullable=False),
    Column("receipts", Integer, nullable=False),
    Column("last_receipt", String(64), nullable=False),
)
package = Table(
    "package",
    _tables,
    Column("digest", String(64), primary_key=True),
    Column("station", ForeignKey("station.id"), nullable=False),
    Column("epoch", String(32), nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("previous_digest", String(64), nullable=False),
    Column("journal_head", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("records", Integer, nullable=False),
    Column("vault_key", Text, nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("receipt", LargeBinary, nullable=False),
    Index("package_once", "station", "epoch", "first_seq", unique=True),
)
record = Table(
    "record",
    _tables,
    Column("station", ForeignKey("station.id"), primary_key=True),
    Column("uuid", String(32), primary_key=True),
    Column("reference_code", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("package", ForeignKey("package.digest"), nullable=False),
    Index("record_by_code", "station", "reference_code"),
)
volume = Table(
    "volume",
    _tables,
    Column("station", ForeignKey("station.id"), primary_key=True),
    Column("uuid", String(32), primary_key=True),
    Column("reference_code", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("items", Integer, nullable=False),
    Column("package", ForeignKey("package.digest"), nullable=False),
)
alarm = Table(
    "alarm",
    _tables,
    Column("id", Integer, primary_key=True),
    Column("station", String(32), nullable=False),
    Column("at", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("detail", Text, nullable=False),
)


class Register:
    """Thread-safe: each transaction has its own connection from the pool."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            _make_sqlite_strict(self._engine)
        _tables.create_all(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()


def find_station(connection: Connection, station_id: str) -> RowMapping | None:
    return connection.execute(select(station).where(station.c.id == station_id)).mappings().first()


def lock_station(connection: Connection, station_id: str) -> RowMapping | None:
    return connection.execute(select(station).where(station.c.id == station_id).with_for_update()).mappings().first()


def put_station(connection: Connection, facts: dict[str, Any]) -> None:
    """Adds a station, or refreshes its name and keys and sets it free; what is held of it stays."""
    if find_station(connection, facts["id"]) is None:
        nothing = {"epoch": "", "last_seq": 0, "journal_head": "", "last_digest": "", "receipts": 0, "last_receipt": ""}
        connection.execute(insert(station).values(**facts, **nothing, state=ACTIVE))
    else:
        connection.execute(update(station).where(station.c.id == facts["id"]).values(**facts, state=ACTIVE))


def move_station(connection: Connection, station_id: str, **values: object) -> None:
    connection.execute(update(station).where(station.c.id == station_id).values(**values))


def find_package(connection: Connection, station_id: str, digest: str) -> RowMapping | None:
    held = select(package).where(package.c.station == station_id, package.c.digest == digest)
    return connection.execute(held).mappings().first()


def epoch_held(connection: Connection, station_id: str, epoch: str) -> bool:
    held = select(package.c.digest).where(package.c.station == station_id, package.c.epoch == epoch).limit(1)
    return connection.execute(held).first() is not None


def put_package(connection: Connection, **values: object) -> None:
    connection.execute(insert(package).values(**values))


def put_records(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Adds or replaces records of one station."""
    _put(connection, record, rows)


def put_volumes(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Adds or replaces volumes of one station."""
    _put(connection, volume, rows)


def _put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        key = (table.c.station == row["station"]) & (table.c.uuid == row["uuid"])
        if connection.execute(update(table).where(key).values(**row)).rowcount == 0:
            connection.execute(insert(table).values(**row))


def codes_held(connection: Connection, station_id: str, codes: Sequence[str]) -> dict[str, str]:
    """reference code -> uuid of the record that has it: every one that was not returned, whatever became of it."""
    held: dict[str, str] = {}
    for start in range(0, len(codes), 500):
        found = select(record.c.reference_code, record.c.uuid).where(
            record.c.station == station_id,
            record.c.state != "returned",
            record.c.reference_code.in_(codes[start : start + 500]),
        )
        held.update((row[0], row[1]) for row in connection.execute(found))
    return held


def raise_alarm(connection: Connection, station_id: str, at: str, kind: str, detail: str) -> None:
    connection.execute(insert(alarm).values(station=station_id, at=at, kind=kind, detail=detail))


def overview(connection: Connection) -> dict[str, object]:
    """For people and scripts: every station with its counts, and the alarms, newest first."""
    counted = connection.execute(select(package.c.station, func.count()).group_by(package.c.station))
    packages: dict[str, int] = {row[0]: row[1] for row in counted}
    states = connection.execute(
        select(record.c.station, record.c.state, func.count()).group_by(record.c.station, record.c.state)
    ).all()
    bound = connection.execute(select(volume.c.station, func.count()).group_by(volume.c.station))
    volumes: dict[str, int] = {row[0]: row[1] for row in bound}
    stations = []
    for row in connection.execute(select(station).order_by(station.c.fonds, station.c.id)).mappings():
        counts = {state: count for owner, state, count in states if owner == row["id"]}
        stations.append(
            {
                "station": row["id"],
                "name": row["name"],
                "fonds": row["fonds"],
                "state": row["state"],
                "epoch": row["epoch"],
                "last_seq": row["last_seq"],
                "journal_head": row["journal_head"],
                "packages": packages.get(row["id"], 0),
                "accepted": counts.get("accepted", 0),
                "returned": counts.get("returned", 0),
                "sealed": counts.get("sealed", 0),
                "destroyed": counts.get("destroyed", 0),
                "volumes": volumes.get(row["id"], 0),
                "receipts": row["receipts"],
            }
        )
    newest = select(alarm.c.station, alarm.c.at, alarm.c.kind, alarm.c.detail).order_by(alarm.c.id.desc()).limit(100)
    return {"stations": stations, "alarms": [dict(row) for row in connection.execute(newest).mappings()]}


def _make_sqlite_strict(engine: Any) -> None:
    """Full durability, and BEGIN IMMEDIATE: a read that turns into a write would be refused whatever the time limit."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
