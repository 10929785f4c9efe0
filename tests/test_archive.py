"""tests/test_archive.py — one folder, one archive, one process: founding, opening, writing, checking."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import wording
from storage import schema
from storage.archive import Archive, StationFile
from storage.changes import EVENT_TYPES, Changes
from storage.connection import Database
from storage.errors import (
    AlreadyAnArchive,
    ArchiveInUse,
    DamagedFile,
    NewerArchive,
    NoSuchRecord,
    NotAnArchive,
    UnknownUser,
    WrongPassphrase,
)
from storage.records import PROGRAM, Delivery, Event, Outcome, Package, PackageState, ReadingState, Retention
from tests import plays
from tests.cuts import Sweep
from tests.stations import ADMINISTRATOR, CATEGORIES, CHIEF, FONDS, PASSPHRASE, House, code, draft, founding

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def sound(archive: Archive) -> bool:
    archive.index.catch_up()
    return all(finding.ok for finding in archive.verify())


# -- founding


def test_a_new_archive_is_whole_and_opens_again(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "archive"
    archive, recovery_key = Archive.create(founding(folder))
    facts = (archive.station_id, archive.epoch, archive.verify_key, archive.signing_key, archive.recipient)
    assert archive.fonds == FONDS
    assert tuple(archive.queries.categories()) == CATEGORIES
    assert [(agent.name, agent.role.value) for agent in archive.queries.agents()] == [(ADMINISTRATOR, "administrator")]
    assert [event.type for event in archive.queries.events()] == ["create_archive"]
    assert sound(archive)
    station = StationFile.load(folder)
    assert (station.station, station.fonds, station.name) == (archive.station_id, FONDS.number, FONDS.station)
    assert (bytes.fromhex(station.verify_key), station.recipient) == (archive.verify_key, archive.recipient)
    archive.close()
    for unlock in (
        lambda: Archive.open(folder, ADMINISTRATOR, PASSPHRASE, None),
        lambda: Archive.open_with_recovery(folder, recovery_key.lower().replace("-", " ")),
    ):
        again = unlock()
        assert facts == (again.station_id, again.epoch, again.verify_key, again.signing_key, again.recipient)
        again.close()


def test_a_folder_with_anything_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("somebody's")
    with pytest.raises(AlreadyAnArchive):
        Archive.create(founding(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(AlreadyAnArchive):
        Archive.create(founding(tmp_path / "letter.txt"))


def test_an_archive_is_never_founded_over_another(house: House) -> None:
    arrival = house.receive(b"paper")
    house.archive.close()
    with pytest.raises(AlreadyAnArchive):
        Archive.create(founding(house.folder))
    keys = (house.folder / "keys.json").read_bytes()
    (house.folder / "keys.json").unlink()  # lost, perhaps to come back from a backup: the papers must still be there
    with pytest.raises(AlreadyAnArchive):
        Archive.create(founding(house.folder))
    (house.folder / "keys.json").write_bytes(keys)
    house.reopen_from_closed()
    assert house.archive.queries.arrival(arrival).outcome is Outcome.WAITING
    assert sound(house.archive)
    house.archive.close()


def found_it(folder: Path) -> None:
    """The scenario of the cuts: founding an archive."""
    archive, recovery_key = Archive.create(founding(folder / "archive"))
    archive.close()
    (folder / "recovery").write_text(recovery_key)


def found_it_again(folder: Path) -> None:
    """After a cut: either nothing counts as an archive and founding it is repeated, or the passphrase opens it."""
    where = folder / "archive"
    if not (where / "keys.json").exists():
        with_keys = Archive.create(founding(where))[0]
    else:
        with_keys = Archive.open(where, ADMINISTRATOR, PASSPHRASE, None)
    assert with_keys.fonds == FONDS
    assert sound(with_keys)
    with_keys.close()
    assert not list(where.rglob("*.unfinished"))


def test_founding_may_be_cut_anywhere_and_repeated(tmp_path: Path) -> None:
    sweep = Sweep("tests.test_archive:found_it", "tests.test_archive:found_it_again", most=12)
    assert sweep.run(tmp_path) >= 10


# -- opening


def test_what_is_not_an_archive(tmp_path: Path, house: House) -> None:
    for folder in (tmp_path / "absent", tmp_path, tmp_path / "scan"):
        with pytest.raises(NotAnArchive):
            Archive.open(folder, ADMINISTRATOR, PASSPHRASE, None)
        with pytest.raises(NotAnArchive):
            StationFile.load(folder)
    house.archive.close()


def test_a_refused_opening_leaves_it_free(house: House) -> None:
    house.archive.close()
    with pytest.raises(WrongPassphrase):
        Archive.open(house.folder, ADMINISTRATOR, "wrong", None)
    with pytest.raises(UnknownUser):
        Archive.open(house.folder, "样本·别人", PASSPHRASE, None)
    house.reopen_from_closed()
    house.archive.close()


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"x" * 8192])
def test_a_database_that_is_not_ours_is_damage(house: House, content: bytes) -> None:
    house.archive.close()
    for leftover in house.folder.glob("archive.db*"):
        leftover.unlink()
    (house.folder / "archive.db").write_bytes(content)
    with pytest.raises(Exception) as caught:
        Archive.open_with_recovery(house.folder, house.recovery_key)
    assert type(caught.value).__name__ in ("DamagedFile", "UnsafeCipher")
    assert (house.folder / "archive.db").read_bytes() == content
    (house.folder / "archive.db").unlink()
    with pytest.raises(DamagedFile):
        Archive.open_with_recovery(house.folder, house.recovery_key)


def test_no_two_archives_of_a_test_are_copies_of_the_same(house: House, tmp_path: Path) -> None:
    """The tests borrow their archives from tests/founded.py."""
    other = House(tmp_path / "other")
    assert [event.type for event in other.archive.queries.events()] == ["create_archive"]
    assert other.recovery_key != house.recovery_key
    for fact in ("station_id", "epoch", "verify_key", "signing_key", "recipient"):
        assert getattr(other.archive, fact) != getattr(house.archive, fact)
    other.archive.close()


def test_the_database_of_another_archive_is_damage(house: House, tmp_path: Path) -> None:
    other = House(tmp_path / "other")
    house.archive.close()
    other.archive.close()
    shutil.copyfile(other.folder / "archive.db", house.folder / "archive.db")
    with pytest.raises(DamagedFile):
        Archive.open_with_recovery(house.folder, house.recovery_key)


def test_an_archive_of_a_newer_program_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with house.archive.database.transaction() as connection:
        connection.execute(f"PRAGMA user_version = {len(schema.STEPS) + 1}")
    house.archive.close()
    with pytest.raises(NewerArchive):
        Archive.open_with_recovery(house.folder, house.recovery_key)


def test_a_step_of_the_schema_is_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(tmp_path / "test.db", bytes(32))
    first = len(schema.STEPS)
    assert schema.bring_up_to_date(database) == first
    assert schema.bring_up_to_date(database) == 0
    broken = "CREATE TABLE extra (a TEXT);\nINSERT INTO nowhere VALUES (1);\n"
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, broken))
    with pytest.raises(Exception, match="nowhere"):
        schema.bring_up_to_date(database)
    assert database.reader().row("SELECT count(*) FROM sqlite_master WHERE name = 'extra'") == (0,)
    assert database.reader().row("PRAGMA user_version") == (first,)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS[:-1], "CREATE TABLE extra (a TEXT);\n"))
    assert schema.bring_up_to_date(database) == 1
    database.close()


OPEN_IT = """
import sys
from pathlib import Path
from storage.archive import Archive
from storage.errors import ArchiveInUse
try:
    archive = Archive.open_with_recovery(Path(sys.argv[1]), sys.argv[2])
except ArchiveInUse:
    print("in use", flush=True)
    raise SystemExit
print("open", flush=True)
sys.stdin.readline()
"""


def test_one_process_at_a_time(house: House) -> None:
    command = [sys.executable, "-c", OPEN_IT, str(house.folder), house.recovery_key]
    second = subprocess.run(command, cwd=ROOT, input="\n", capture_output=True, text=True, check=True)
    assert second.stdout == "in use\n"
    with pytest.raises(ArchiveInUse):
        Archive.open_with_recovery(house.folder, house.recovery_key)
    house.archive.close()
    holder = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    with pytest.raises(ArchiveInUse):
        Archive.open_with_recovery(house.folder, house.recovery_key)
    holder.kill()
    holder.communicate()
    house.reopen_from_closed()
    assert sound(house.archive)
    house.archive.close()


def test_closed_on_another_thread_it_is_free(house: House) -> None:
    closing = threading.Thread(target=house.archive.close)
    closing.start()
    closing.join()
    house.reopen_from_closed()
    house.archive.close()


def test_leftovers_of_a_cut_are_swept_at_opening(house: House) -> None:
    house.archive.close()
    (house.folder / "objects" / "ab").mkdir(exist_ok=True)
    left = [house.folder / place / f"x.{'0' * 32}.unfinished" for place in ("", "objects/ab", "pictures", "spool")]
    for path in left:
        path.write_bytes(b"half")
    house.reopen_from_closed()
    assert not any(path.exists() for path in left)
    house.archive.close()


def test_others_may_not_look_into_the_folders(house: House) -> None:
    house.receive(b"paper")
    for name in ("objects", "pictures", "spool", "packages"):
        assert stat.S_IMODE((house.folder / name).stat().st_mode) == 0o700
    house.archive.close()


# -- writing


def test_rows_without_an_event_are_refused_and_taken_back(house: House) -> None:
    with pytest.raises(RuntimeError, match="without an event"), house.archive.write(CHIEF) as change:
        change._connection.execute("INSERT INTO setting VALUES ('language', 'zh')")
    assert house.archive.queries.settings() == {}
    with house.archive.write(CHIEF):
        pass
    assert len(house.archive.queries.events()) == 1
    house.archive.close()


def test_listeners_hear_what_was_committed_and_only_that(house: House) -> None:
    heard: list[tuple[Event, ...]] = []
    house.archive.listen(heard.append)
    with house.archive.write(CHIEF) as change:
        change.print("report:1", 1)
        change.print("report:2", 1)
        assert heard == []
    assert [[event.object for event in events] for events in heard] == [["report:1", "report:2"]]
    with pytest.raises(ZeroDivisionError), house.archive.write(CHIEF) as change:
        change.print("report:3", 1)
        raise ZeroDivisionError
    assert len(heard) == 1
    assert heard[0] == tuple(house.archive.queries.events(1))
    house.archive.close()


def test_every_change_leaves_exactly_the_event_of_its_name(house: House) -> None:
    """A whole small life, so that no event type goes without ever having been written."""
    archive = house.archive
    seen = Counter(event.type for event in archive.queries.events())
    first = house.receive(b"first")
    second = house.receive(b"second")
    item = house.file(first)
    kept = archive.queries.object_of(archive.queries.arrival(first).sha256)
    assert kept is not None
    custody = house.custody(b"first")
    package = Package("p1", archive.epoch, 1, 5, "", "00", 10, 1, PackageState.PACKED, "p1.anjuan", "2026-01-01T00:00:00Z")
    steps = {
        "unlock": lambda change: change.unlock(),
        "lock": lambda change: change.lock(),
        "renew_key": lambda change: change.renew_key(1, device=False),
        "change_setting": lambda change: change.change_setting("prepared_by", '"样本"'),
        "recognise_duplicate": lambda change: change.recognise_duplicate("t" * 32, custody, kept.id),
        "ignore": lambda change: change.ignore(custody, "hidden_file"),
        "release_source": lambda change: change.release_source(first),
        "quarantine": lambda change: change.quarantine(second, "set_aside"),
        "view": lambda change: change.view(item.id),
        "export": lambda change: change.export(f"item:{item.id}", "00", 1),
        "print": lambda change: change.print("report:item_register", 1),
        "enrol": lambda change: change.enrol("hq", "{}"),
        "pack": lambda change: change.pack(package, [item.id]),
        "send": lambda change: change.send("p1", "carrier"),
        "fail_sending": lambda change: change.fail_sending("p1", "https", "no_line", "2026-01-02T00:00:00Z"),
        "accept_receipt": lambda change: change.accept_receipt("p1", b"receipt", []),
        "refuse_package": lambda change: change.refuse_package("p1", b"receipt", "damaged"),
    }  # fmt: skip
    seen += Counter(event.type for event in archive.queries.events(1))
    def act(name: str, step: Callable[[Changes], object]) -> Any:
        before = archive.queries.head()[0]
        with archive.write(CHIEF) as change:
            answer = step(change)
        written = archive.queries.events(before)
        assert written[-1].type == name
        seen.update(event.type for event in written)
        return answer

    for name, step in steps.items():
        before = archive.queries.head()[0]
        act(name, step)
        assert archive.queries.head()[0] == before + 1
    for found in pkgutil.iter_modules(plays.__path__):
        importlib.import_module(f"{plays.__name__}.{found.name}").play(house, act)
    assert set(seen) == set(EVENT_TYPES)
    told = {key for event in archive.queries.events(0) for key in event.detail}
    assert not {key for key in told if f"audit.detail.{key}" not in wording.catalogue("zh")}, "shown to auditors as it stands"
    assert sound(archive)
    archive.close()


@pytest.mark.parametrize(
    "step",
    [
        lambda change: change.quarantine(999, "set_aside"),
        lambda change: change.send("nothing", "https"),
        lambda change: change.fail_sending("nothing", "https", "no_line", ""),
        lambda change: change.accept_receipt("nothing", b"", []),
        lambda change: change.refuse_package("nothing", b"", "damaged"),
        lambda change: change.file(999, draft(), FONDS.number, str),
    ],
)  # fmt: skip
def test_changing_what_is_not_there_changes_nothing(house: House, step: object) -> None:
    head = house.archive.queries.head()
    with pytest.raises(NoSuchRecord), house.archive.write(CHIEF) as change:
        step(change)  # type: ignore[operator]
    assert house.archive.queries.head() == head
    house.archive.close()


def test_a_filed_paper_is_not_set_aside_afterwards(house: House) -> None:
    arrival = house.receive(b"paper")
    house.file(arrival)
    with pytest.raises(NoSuchRecord), house.archive.write(PROGRAM) as change:
        change.quarantine(arrival, "damaged")
    with pytest.raises(NoSuchRecord):
        house.file(arrival)
    assert house.archive.queries.arrival(arrival).outcome is Outcome.FILED
    house.archive.close()


# -- numbers


def test_numbers_have_no_gaps_under_many_hands_and_failures(house: House) -> None:
    arrivals = [house.receive(b"paper %d" % number) for number in range(48)]

    def hand(arrival: int) -> None:
        wanted = draft(category="WS" if arrival % 3 else "ZY·XZ")
        if arrival % 4 == 0:
            with pytest.raises(ZeroDivisionError), house.archive.write(CHIEF) as change:
                change.file(arrival, wanted, FONDS.number, lambda number: code(wanted, number))
                raise ZeroDivisionError
        house.file(arrival, category=wanted.category)

    with ThreadPoolExecutor(8) as hands:
        list(hands.map(hand, arrivals))
    for category in ("WS", "ZY·XZ"):
        items = house.archive.queries.items(category=category)
        assert [item.item_no for item in items] == list(range(1, len(items) + 1))
        assert len({item.reference_code for item in items}) == len(items)
    assert house.archive.queries.item_count() == 48
    assert house.archive.queries.counts().filed == 48
    assert sound(house.archive)
    house.archive.close()


def test_every_class_counts_for_itself(house: House) -> None:
    classes = [
        {},
        {"year": 2025, "doc_date": "20250101"},
        {"retention": Retention.PERMANENT},
        {"office": "XZ"},
        {"category": "ZY·XZ"},
    ]
    for round_ in range(1, 3):
        for number, fields in enumerate(classes):
            wanted = draft(**fields)
            arrival = house.receive(b"%d %d" % (round_, number))
            with house.archive.write(CHIEF) as change:
                item = change.file(arrival, wanted, FONDS.number, lambda n, w=wanted: f"{w.office}{code(w, n)}")  # type: ignore[misc]
            assert house.archive.queries.item(item).item_no == round_
    house.archive.close()


# -- delivery


def test_only_a_receipt_delivers_and_a_later_change_does_not_count(house: House) -> None:
    archive = house.archive
    item = house.file(house.receive(b"paper"))
    late = house.file(house.receive(b"late"))
    last = archive.queries.items_changed(0, 10)[0][0]
    package = Package("p1", archive.epoch, 1, last, "", "00", 1, 1, PackageState.PACKED, "p1", "2026-01-01T00:00:00Z")

    def delivery() -> list[Delivery]:
        return [archive.queries.item(one.id).delivery for one in (item, late)]

    with archive.write(PROGRAM) as change:
        change.pack(package, [item.id, late.id])
    assert delivery() == [Delivery.PACKED] * 2
    with archive.write(PROGRAM) as change:
        change.send("p1", "carrier")
    assert delivery() == [Delivery.SENT] * 2
    assert archive.queries.counts().delivered == 0
    with archive.write(PROGRAM) as change:
        change.accept_receipt("p1", b"signed", [])
    assert delivery() == [Delivery.DELIVERED, Delivery.SENT]
    with archive.write(PROGRAM) as change:
        change.accept_receipt("p1", b"signed", [item.uuid])
    assert delivery()[0] is Delivery.RETURNED
    archive.close()


# -- reading and checking


def test_what_is_filed_comes_back_as_it_was(house: House) -> None:
    arrival = house.receive("正文 㛃㵘𠅤𬭊䶮".encode(), "样本㛃.txt")
    item = house.file(arrival, title="关于㛃㵘的通知", remarks="附注")
    house.reopen()
    again = house.archive.queries.item_by_code(item.reference_code)
    assert again == item
    assert replace(again, object_ids=()) == replace(house.archive.queries.item(item.id), object_ids=())
    (page,) = house.archive.queries.pages(item.object_ids[0])
    assert page.text == "正文 㛃㵘𠅤𬭊䶮"
    assert house.archive.pictures.get(page.picture) == b"picture of " + "正文 㛃㵘𠅤𬭊䶮".encode()
    assert house.archive.queries.item_of_object(item.object_ids[0]) == item.id
    arrived = house.archive.queries.arrival(arrival)
    assert (arrived.outcome, arrived.reading, arrived.item_id) == (Outcome.FILED, ReadingState.DONE, item.id)
    for ask in (
        lambda: house.archive.queries.item(999),
        lambda: house.archive.queries.item_by_code("nothing"),
        lambda: house.archive.queries.arrival(999),
        lambda: house.archive.queries.object(999),
        lambda: house.archive.queries.page_picture(999, 1),
    ):  # fmt: skip
        with pytest.raises(NoSuchRecord):
            ask()
    house.archive.close()


def test_the_index_comes_back_after_it_was_deleted(house: House) -> None:
    item = house.file(house.receive("寻找样本词语".encode()))
    house.archive.index.catch_up()
    house.archive.close()
    for path in house.folder.glob("index.db*"):
        path.unlink()
    house.reopen_from_closed()
    house.archive.index.catch_up()
    assert [hit.item_id for hit in house.archive.index.search("样本词语").hits] == [item.id]
    assert sound(house.archive)
    house.archive.close()


def test_verify_names_what_is_wrong(house: House) -> None:
    archive = house.archive
    names = [archive.queries.object(archive.queries.arrival(house.receive(data)).object_id or 0).name
             for data in (b"one", b"two", b"three")]  # fmt: skip
    stray = archive.objects.put(b"stray").name
    token = archive.spool.put(house.custody(b"waiting"), b"waiting")
    assert sound(archive)
    path = archive.objects.path(names[0])
    path.write_bytes(path.read_bytes()[:-1])
    archive.objects.path(names[1]).unlink()
    picture = next(archive.queries.picture_names())
    archive.pictures.path(picture).write_bytes(b"")
    (house.folder / "spool" / f"{token}.age").write_bytes(b"x")
    found = {(finding.check, finding.object, finding.detail) for finding in archive.verify() if not finding.ok}
    assert found == {
        ("object", names[0], "damaged"),
        ("object", names[1], "missing"),
        ("picture", picture, "damaged"),
        ("spool", token, "damaged"),
    }
    assert ("object", stray, "stray") in {(f.check, f.object, f.detail) for f in archive.verify()}
    archive.close()


def test_no_clear_text_in_any_file(house: House) -> None:
    words = ["样本秘密正文", "样本秘密标题", "样本秘密文件名", "样本机关名", PASSPHRASE]
    item = house.file(
        house.receive("样本秘密正文".encode(), "样本秘密文件名.txt"), title="样本秘密标题", creator="样本机关名"
    )
    house.archive.index.catch_up()
    assert house.archive.index.search("秘密正文").hits[0].item_id == item.id
    house.archive.spool.put(house.custody("样本秘密正文".encode()), "样本秘密正文".encode())
    for closed in (False, True):
        for path in house.folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for word in words:
                    for encoding in ("utf-8", "utf-16-le", "gb18030"):
                        assert word.encode(encoding) not in content, (path.name, word)
        if not closed:
            house.archive.close()
