"""tests/test_journal.py — the hash chain: what was written stays as it was written, or shows.

The attacker here has the key of the database and removes the triggers; only headquarters' memory of the head is out of
his reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import journal, schema
from storage.anchors import Anchor, disagreement
from storage.archive import Archive
from storage.connection import Database, sqlcipher
from storage.records import PROGRAM, Agent, Finding, Role
from sync.bag import chain_holds
from tests.stations import CHIEF, House

KEY = bytes(range(32))
CLERK = Agent(7, "样本·内勤", Role.CLERK)
EVENTS = 12


def write(database: Database, count: int = 1, type: str = "view") -> None:
    for number in range(count):
        with database.transaction() as connection:
            journal.append(
                connection, CLERK, type, f"item:{number}", {"pages": number, "sha256": "ab"},
                "2026-01-01T00:00:00.000+00:00", "success",
            )  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", KEY)
    schema.bring_up_to_date(database)
    write(database, EVENTS)
    yield database
    database.close()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Six lines of the first form, as an archive from before has them, and six of today's; then an anchor is kept."""
    database = Database(tmp_path_factory.mktemp("mixed") / "test.db", KEY)
    schema.bring_up_to_date(database)
    write(database, EVENTS // 2)
    for number in range(EVENTS // 2):
        with database.transaction() as connection:
            journal.append(
                connection, CLERK, "correct", f"item:{number}", {}, "2026-01-02T00:00:00.000+00:00", "success",
                session="a1", reason="wrong" if number % 2 else "", before="" if number % 3 else "aa", after="bb",
            )  # fmt: skip
    with database.transaction() as connection:
        connection.execute("INSERT INTO fact VALUES ('epoch', 'e')")
    yield database
    database.close()


def verdict(database: Database) -> list[Finding]:
    with database.snapshot() as connection:
        return list(journal.verify(connection))


def attack(database: Database, *statements: tuple[str, tuple[object, ...]]) -> None:
    with database.transaction() as connection:
        connection.execute("DROP TRIGGER event_is_ink_update")
        connection.execute("DROP TRIGGER event_is_ink_delete")
        for sql, parameters in statements:
            connection.execute(sql, parameters)


def test_an_honest_chain_is_sound_and_names_its_head(database: Database) -> None:
    seq, head = journal.head(database.reader())
    assert seq == EVENTS
    assert verdict(database) == [Finding("journal", True, f"event:{EVENTS}", head)]


def test_an_empty_chain_is_sound(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db", KEY)
    schema.bring_up_to_date(database)
    assert journal.head(database.reader()) == (0, journal.GENESIS)
    assert verdict(database) == [Finding("journal", True, "event:0", journal.GENESIS)]
    database.close()


@pytest.mark.parametrize(
    "column, value",
    [
        ("at", "2025-12-31T23:59:59.000+00:00"),
        ("monotonic_ms", 1),
        ("agent", 8),
        ("agent_name", "样本·别人"),
        ("role", "administrator"),
        ("type", "print"),
        ("object", "item:999"),
        ("outcome", "failure"),
        ("detail", '{"pages":1}'),
        ("detail", b"\x00blob"),
        ("previous", "00" * 32),
        ("previous", "not hex"),
        ("hash", "00" * 32),
        ("hash", "x"),
    ],
)
def test_an_edit_shows_at_its_line(database: Database, column: str, value: object) -> None:
    attack(database, (f"UPDATE event SET {column} = ? WHERE seq = 5", (value,)))
    (finding,) = verdict(database)
    assert not finding.ok
    assert finding.object == "event:5"


def test_an_edit_with_its_own_hash_made_anew_shows_at_the_next_line(database: Database) -> None:
    line = journal.lines(database.reader(), 4, 1)[0] | {"object": "item:999"}
    forged = journal.follows(str(line["previous"]), line)
    attack(database, ("UPDATE event SET object = 'item:999', hash = ? WHERE seq = 5", (forged,)))
    assert [(f.ok, f.object) for f in verdict(database)] == [(False, "event:6")]


@pytest.mark.parametrize("gone", [1, 2, 6, EVENTS - 1])
def test_a_deletion_shows_where_it_was(database: Database, gone: int) -> None:
    attack(database, ("DELETE FROM event WHERE seq = ?", (gone,)))
    assert [(f.ok, f.object, f.detail) for f in verdict(database)] == [(False, f"event:{gone}", "missing")]


def test_a_deletion_closed_up_shows(database: Database) -> None:
    attack(
        database,
        ("DELETE FROM event WHERE seq = 5", ()),
        ("UPDATE event SET seq = -seq WHERE seq > 5", ()),
        ("UPDATE event SET seq = -seq - 1 WHERE seq < 0", ()),
    )
    assert [(f.ok, f.object) for f in verdict(database)] == [(False, "event:5")]


def test_a_swap_shows(database: Database) -> None:
    attack(
        database,
        ("UPDATE event SET seq = 999 WHERE seq = 4", ()),
        ("UPDATE event SET seq = 4 WHERE seq = 5", ()),
        ("UPDATE event SET seq = 5 WHERE seq = 999", ()),
    )
    assert [(f.ok, f.object) for f in verdict(database)] == [(False, "event:4")]


@pytest.mark.parametrize("place", [0, -1, -(2**62)])
def test_a_line_before_the_first_shows(database: Database, place: int) -> None:
    attack(database, ("INSERT INTO event SELECT ?, at, monotonic_ms, agent, agent_name, role, type, object, outcome,"
                      " detail, previous, hash, session, reason, before, after FROM event WHERE seq = 3", (place,)))  # fmt: skip
    assert [finding.ok for finding in verdict(database)] == [False]


def test_a_line_put_in_the_middle_shows(database: Database) -> None:
    attack(
        database,
        ("UPDATE event SET seq = -seq WHERE seq > 5", ()),
        ("UPDATE event SET seq = -seq + 1 WHERE seq < 0", ()),
        ("INSERT INTO event SELECT 6, at, monotonic_ms, agent, agent_name, role, type, object, outcome, detail,"
         " previous, hash, session, reason, before, after FROM event WHERE seq = 5", ()),
    )  # fmt: skip
    assert [(f.ok, f.object) for f in verdict(database)] == [(False, "event:6")]


def test_a_cut_tail_shows_against_a_remembered_head(database: Database) -> None:
    seq, head = journal.head(database.reader())
    attack(database, ("DELETE FROM event WHERE seq > 8", ()))
    (finding,) = verdict(database)
    assert finding.ok, "the chain alone cannot know"
    write(database, EVENTS)
    grown = journal.lines(database.reader(), seq - 1, 1)[0]
    assert grown["seq"] == seq
    assert grown["hash"] != head, "whoever remembers the head sees that its line is another"


LINES = st.integers(1, EVENTS)
NAMES = journal.COLUMNS.split(", ")
ATTACKS = st.one_of(
    st.tuples(st.just("edit"), LINES, st.sampled_from(NAMES[1:]), st.sampled_from(["", "x", "aa", 7, "0" * 64, b"x"])),
    st.tuples(st.just("forge"), LINES, st.sampled_from(NAMES[1:-2]), st.sampled_from(["", "x", "aa", 7])),
    st.tuples(st.just("empty"), LINES, st.sampled_from(["session", "reason", "before", "after"]), st.just("")),
    st.tuples(st.just("delete"), LINES, st.just(""), st.just("")),
    st.tuples(st.just("cut"), LINES, st.just(""), st.just("")),
    st.tuples(st.just("swap"), LINES, st.just(""), LINES),
    st.tuples(st.just("insert"), LINES, st.just(""), LINES),
    st.tuples(st.just("retell"), LINES, st.just("object"), st.just("item:999")),
)


def carry_out(connection: Any, attack: tuple[str, int, str, Any]) -> None:
    """One step of somebody who has the key of the database and knows how lines are hashed."""
    kind, at, column, value = attack
    if kind in ("edit", "forge", "empty", "retell"):
        connection.execute(f"UPDATE event SET {column} = ? WHERE seq = ?", (value, at))
    if kind in ("forge", "retell"):
        last = at if kind == "forge" else EVENTS + 3
        for line in journal.lines(connection, at - 1, last - at + 1):
            before = connection.row("SELECT hash FROM event WHERE seq = ?", (line["seq"] - 1,))
            previous = before[0] if before else journal.GENESIS
            told = (previous, journal.follows(previous, line), line["seq"])
            connection.execute("UPDATE event SET previous = ?, hash = ? WHERE seq = ?", told)
    elif kind == "delete":
        connection.execute("DELETE FROM event WHERE seq = ?", (at,))
    elif kind == "cut":
        connection.execute("DELETE FROM event WHERE seq > ?", (at,))
    elif kind == "swap":
        for old, new in ((at, 999), (value, at), (999, value)):
            connection.execute("UPDATE event SET seq = ? WHERE seq = ?", (new, old))
    elif kind == "insert":
        connection.execute("UPDATE event SET seq = -seq - 1 WHERE seq > ?", (at,))
        connection.execute("UPDATE event SET seq = -seq WHERE seq < 0")
        kept = ", ".join(NAMES[1:])
        connection.execute(f"INSERT INTO event (seq, {kept}) SELECT ?, {kept} FROM event WHERE seq = ?", (at + 1, value))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ATTACKS, min_size=1, max_size=3))
def test_whatever_is_done_to_the_lines_is_named_or_an_anchor_tells(
    mixed: Database, attacks: list[tuple[str, int, str, Any]]
) -> None:
    honest = mixed.reader().rows(f"SELECT {journal.COLUMNS} FROM event ORDER BY seq")
    anchor = Anchor(EVENTS, honest[-1][-1], "e", "", "file")
    found: tuple[Any, ...] = ()
    with suppress(Undone), mixed.transaction() as connection:
        for name in ("update", "delete"):
            connection.execute(f"DROP TRIGGER event_is_ink_{name}")
        try:
            for attack in attacks:
                carry_out(connection, attack)
        except (sqlcipher.IntegrityError, ValueError):  # two lines of one number; a hash that is none
            raise Undone from None
        now = connection.rows(f"SELECT {journal.COLUMNS} FROM event ORDER BY seq")
        found = (now, list(journal.verify(connection)), disagreement(connection, anchor))
        raise Undone
    if not found:
        return
    now, [finding], disagrees = found
    pairs = zip_longest(honest, now)
    differs = next((number for number, (was, is_now) in enumerate(pairs, 1) if was != is_now), 0)
    forging = any(kind in ("forge", "retell") for kind, *_rest in attacks)
    if not differs:
        assert finding.ok and disagrees is None
    elif finding.ok:
        assert disagrees is not None, "only a new story to the end, or a shorter one, follows from itself"
        assert forging or differs > len(now) or len(now) > EVENTS
    elif not forging:
        assert finding.object == f"event:{differs}"


class Undone(Exception):
    """Rolls an attack back, so that the next one meets an honest journal."""


def test_another_house_follows_the_chain_line_by_line(database: Database) -> None:
    previous = journal.GENESIS
    for line in journal.lines(database.reader(), 0, 100):
        sent = msgspec.json.decode(msgspec.json.encode(line))
        assert journal.follows(previous, sent) == sent["hash"]
        previous = sent["hash"]
    assert previous == journal.head(database.reader())[1]


def test_headquarters_takes_lines_of_both_forms_and_refuses_what_was_changed_in_them(mixed: Database) -> None:
    lines = [msgspec.json.decode(msgspec.json.encode(line)) for line in journal.lines(mixed.reader(), 0, 100)]
    head = lines[-1]["hash"]
    assert chain_holds(lines, journal.GENESIS, 1, EVENTS, head)
    for number in (2, EVENTS - 1):
        for name in ("session", "reason", "before", "after"):
            for told in ("", "x"):
                if lines[number][name] != told:
                    changed = [*lines[:number], lines[number] | {name: told}, *lines[number + 1 :]]
                    assert not chain_holds(changed, journal.GENESIS, 1, EVENTS, head), (number, name, told)
    bare = [{name: line[name] for name in NAMES if name not in ("session", "reason", "before", "after")} for line in lines]
    assert chain_holds(bare[: EVENTS // 2], journal.GENESIS, 1, EVENTS // 2, lines[EVENTS // 2 - 1]["hash"])
    assert not chain_holds(bare, journal.GENESIS, 1, EVENTS, head), "what today's lines say beside cannot be left out"


def test_events_are_ink(database: Database) -> None:
    for sql in (
        "UPDATE event SET outcome = 'failure' WHERE seq = 5",
        "UPDATE event SET seq = 100 WHERE seq = 5",
        "DELETE FROM event WHERE seq = 5",
        "DELETE FROM event",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 5",
    ):
        with pytest.raises(sqlcipher.DatabaseError), database.transaction() as connection:
            connection.execute(sql)
    assert [finding.ok for finding in verdict(database)] == [True]


def test_pages_that_do_not_authenticate_are_findings_and_end_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    with house.archive.write(CHIEF) as change:
        for number in range(2000):
            change.print(f"report:{number}", 1)
    house.archive.close()
    path = house.folder / "archive.db"
    content = bytearray(path.read_bytes())
    for page in range(len(content) // 4096 * 2 // 3, len(content) // 4096):
        content[page * 4096 + 100] ^= 1
    path.write_bytes(content)
    archive = Archive.open_with_recovery(house.folder, house.recovery_key)
    findings = list(archive.verify())
    faults = {finding.check for finding in findings if not finding.ok}
    assert {"database", "journal"} <= faults
    assert {"object", "picture", "spool"} <= {finding.check for finding in findings}
    archive.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    detail=st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8) | st.booleans(), max_size=5),
    names=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), min_size=3, max_size=3),
)
def test_any_detail_is_kept_and_verifies(database: Database, detail: dict[str, object], names: list[str]) -> None:
    type, object, outcome = names
    with database.transaction() as connection:
        event = journal.append(connection, CLERK, type, object, detail, "2026-01-01T00:00:00Z", outcome)
    (read,) = journal.read(database.reader(), event.seq - 1, 1)
    assert read == event
    assert [finding.ok for finding in verdict(database)] == [True]


def test_no_content_in_the_journal(tmp_path: Path) -> None:
    house = House(tmp_path)
    archive = house.archive
    arrival = house.receive("样本正文：张样本领取证件".encode(), "样本文件名.txt", "/扫描/样本文件名.txt")
    item = house.file(arrival, title="样本标题", creator="样本机关", document_no="样公〔2026〕1号", remarks="样本附注")
    with archive.write(CHIEF) as change:
        change.view(item.id)
        change.export(f"item:{item.id}", "00", 5)
        change.print("report:item_register", 2)
        change.change_setting("scan_folder", "/家/样本人名")
    other = house.receive(b"another", "样本另一.txt")
    with archive.write(PROGRAM) as change:
        change.quarantine(other, "set_aside")
    content = ["样本正文", "张样本", "样本文件名", "样本标题", "样本机关", "样公", "样本附注", "样本人名", "样本另一", "扫描"]
    for line in archive.queries.journal_lines(0, 100):
        told = str({name: value for name, value in line.items() if name != "agent_name"})
        assert not any(word in told for word in content), told
    assert archive.queries.pages(item.object_ids[0])[0].text.startswith("样本正文")
    archive.close()
