"""tests/test_schema.py — an archive of the first step is brought up to date: nothing of it is lost, every reference holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import schema
from storage.connection import Database
from storage.errors import NewerArchive
from storage.queries import Queries
from storage.records import Arrangement, Delivery, State

KEY = b"1" * 32


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """What the first program wrote: two items, one delivered, one with two files, and a package."""
    database = Database(tmp_path / "archive.db", KEY)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", schema.STEPS[:1])
        assert schema.bring_up_to_date(database) == 1
    with database.transaction() as connection:
        connection.execute("INSERT INTO fonds VALUES ('Z900', '样本', '样本')")
        for position, code in enumerate(("WS", "ZY·XZ")):
            connection.execute("INSERT INTO category VALUES (?, '样本', 'Sample', 'D10', 0, ?)", (code, position))
        for id in (1, 2, 3):
            connection.execute(
                "INSERT INTO object VALUES (?, ?, ?, 'sm3', 1, 'text', 'a.txt', '2026-01-01')", (id, f"n{id}", f"s{id}")
            )
        for id, delivery in ((1, "delivered"), (2, "local")):
            connection.execute(
                "INSERT INTO item VALUES (?, ?, ?, 'Z900', 'WS', 2026, 'D10', '', ?, '样本题名', '', '样本', '20260101',"
                " 'internal', 1, '', '2026-01-01', '样本', ?, ?)",
                (id, f"u{id}", f"Z900-WS·2026-D10-000{id}", id, delivery, 10 + id),
            )
        connection.executemany("INSERT INTO document VALUES (?, ?, ?)", [(1, 1, 1), (2, 1, 2), (2, 2, 3)])
        connection.execute("INSERT INTO serial VALUES ('Z900|WS|2026|D10|', 2)")
        connection.execute(
            "INSERT INTO package VALUES ('p', 'e', 1, 11, '', 'd', 1, 1, 'delivered', 'f', '2026-01-01', 1, '', '')"
        )
        connection.execute("INSERT INTO packed_item VALUES ('p', 1)")
    yield database
    database.close()


def test_the_first_step_is_brought_up_to_date(old: Database) -> None:
    assert schema.bring_up_to_date(old) == len(schema.STEPS) - 1
    assert schema.bring_up_to_date(old) == 0
    queries = Queries(old)
    one, two = queries.items()
    assert [item.reference_code for item in (one, two)] == ["Z900-WS·2026-D10-0001", "Z900-WS·2026-D10-0002"]
    assert (one.state, one.volume_id, one.delivery, one.delivered_seq) == (State.FILED, None, Delivery.DELIVERED, 11)
    assert (two.delivery, two.delivered_seq, two.object_ids) == (Delivery.LOCAL, 0, (2, 3))
    assert [document.role for document in queries.documents(2)] == ["main", "main"]
    assert queries.last_number(("Z900", "WS", "2026", "D10", "")) == 2
    assert [(category.code, category.seals, category.guide) for category in queries.categories()] == [
        ("WS", False, ""),
        ("ZY·XZ", True, "administrative"),
    ]
    assert queries.categories()[0].arrangement is Arrangement.EITHER
    assert old.reader().rows("PRAGMA foreign_key_check") == []
    assert old.reader().row("PRAGMA foreign_keys") == (1,)
    assert old.reader().rows("SELECT whole FROM packed_item") == [(1,)]
    with old.transaction() as connection, pytest.raises(Exception, match="FOREIGN KEY"):
        connection.execute("INSERT INTO packed_item VALUES ('p', 99, 1)")


def test_an_archive_of_the_third_step_gets_room_for_questions_and_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was released before: its people and papers stay as they are, nobody has asked anything yet."""
    database = Database(tmp_path / "archive.db", KEY)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", schema.STEPS[:3])
        assert schema.bring_up_to_date(database) == 3
    with database.transaction() as connection:
        connection.execute("INSERT INTO agent (id, name, created_at) VALUES (7, '样本', '2026-01-01')")
        connection.execute("INSERT INTO draft VALUES (7, 'correct', '', '{}', 0, '2026-01-01')")
    before = {row[0] for row in database.reader().rows("SELECT name FROM sqlite_master")}
    assert schema.bring_up_to_date(database) == len(schema.STEPS) - 3
    queries = Queries(database)
    assert {"saved_search", "past_search", "station_word"} <= {row[0] for row in database.reader().rows("SELECT name FROM sqlite_master")} - before
    assert queries.saved_searches(7) == queries.past_searches(7) == queries.station_words() == []
    assert [draft.place for draft in queries.drafts(7)] == ["correct"]
    assert database.reader().rows("PRAGMA foreign_key_check") == []
    row = (7, "常用", "样本", "{}", "relevance", "2026-11-22")
    with database.transaction() as connection:
        connection.execute("INSERT INTO saved_search VALUES (?, ?, ?, ?, ?, ?)", row)
    with pytest.raises(Exception, match="FOREIGN KEY"), database.transaction() as connection:
        connection.execute("INSERT INTO saved_search VALUES (?, ?, ?, ?, ?, ?)", (8, *row[1:]))
    assert [one.name for one in queries.saved_searches(7)] == ["常用"]
    database.close()


def test_a_step_that_breaks_a_reference_is_not_taken(old: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    schema.bring_up_to_date(old)
    version = old.reader().row("PRAGMA user_version")
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "DELETE FROM fonds;"))
    with pytest.raises(RuntimeError, match="broken references"):
        schema.bring_up_to_date(old)
    assert old.reader().row("PRAGMA user_version") == version
    assert Queries(old).fonds().number == "Z900"


def test_a_newer_archive_is_refused(old: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    schema.bring_up_to_date(old)
    monkeypatch.setattr(schema, "STEPS", schema.STEPS[:1])
    with pytest.raises(NewerArchive):
        schema.bring_up_to_date(old)
