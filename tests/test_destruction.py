"""tests/test_destruction.py — what is destroyed is gone: from every table, page, index, file and package; and a kill loses nothing else.

The words planted here are searched in the live rows, in every decrypted page of both databases (free pages and write-ahead
logs too), in every age file opened with the archive's key, and in the raw bytes of the folder. The title alone stays, in
the register of what was destroyed, because the rules ask for it there.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.disposal import Disposal
from app.jobs import Cancelled
from storage.archive import PACKAGES, Archive
from storage.connection import Database
from storage.erasure import erase
from storage.records import Kind, State, Subject
from storage.records.disposal import AppraisalState, Opinion
from storage.records.people import EntityDraft, Part
from storage.records.scheme import RelationType
from sync import headquarters
from sync.exchange import Exchange
from tests.cuts import Sweep
from tests.disposals import CLERK, METHOD, PLACE, SUPERVISORS, TODAY, approved, carry_out, deliver, item, volume
from tests.stations import CHIEF, House, draft, needles

PAGE_BYTES, RESERVED_BYTES, SALT_BYTES = 4096, 80, 16

#: Stays in the register, and nowhere else.
TITLE = "关于龘靐齉爩事项的样本通知"
CASE_TITLE = "麤鱻犇羴样本案卷"
#: Gone. Letters that stand nowhere else, so that a pair of them proves the word.
PAGE, FORMER, REMARK, NAME, NOTE, FILE, INNER = (
    "骉骉驫驫纸面文字", "飝飝飍飍旧题名", "淼淼㵘㵘备注", "姦姦嫑嫑样本人", "掱掱毳毳关系", "瞐瞐晶晶文件名", "劦劦垚垚卷内文书",
)  # fmt: skip
WORDS = (PAGE, FORMER, REMARK, NAME, NOTE, FILE, INNER)


@pytest.fixture
def house(tmp_path: Path) -> Any:
    made = House(tmp_path)
    yield made
    made.archive.close()


def enrol(house: House, folder: Path) -> None:
    """A headquarters in `folder`, and this station known to it."""
    headquarters.create(folder / "headquarters", "样本档案室", "https://127.0.0.1")
    file = folder / "enrolment.json"
    file.write_bytes(headquarters.enrol(folder / "headquarters", house.folder / "station.json"))
    Exchange(house.archive, CHIEF).enrol(file)
    (folder / "stick").mkdir()


def round(house: House, folder: Path) -> None:
    """There and back by stick."""
    for _there_and_back in range(2):
        Exchange(house.archive, CHIEF).round(folder / "stick")
        headquarters.receive(folder / "headquarters", folder / "stick")
    Exchange(house.archive, CHIEF).round(folder / "stick")
    shutil.rmtree(folder / "stick")
    (folder / "stick").mkdir()


def plant(house: House) -> tuple[Subject, Subject, Subject]:
    """An item and a volume full of the words, and a bystander with the same blank page as the item."""
    archive = house.archive
    goes = Subject(Kind.ITEM, house.file(house.receive(PAGE.encode(), f"{FILE}.txt"), title=FORMER, remarks=REMARK).id)
    seen = archive.queries.item(goes.id).changed_seq
    with archive.write(CHIEF) as change:
        change.correct(goes.id, draft(title=TITLE, remarks=REMARK, abstract=PAGE), f"更正：{FORMER}", seen)
    with archive.write(CHIEF) as change:
        entity = change.name_entity(EntityDraft(name=NAME, address=f"{NAME}住址"))
    with archive.write(CHIEF) as change:
        change.mention(entity, goes, Part.WITNESS)
    bystander = item(house, "旁观的样本文件".encode(), title="样本旁观文件")
    with archive.write(CHIEF) as change:
        change.relate(goes, RelationType.SEE_ALSO, bystander, NOTE)
    case = volume(house, [INNER.encode(), (INNER + "二").encode()], title=CASE_TITLE, notes=NOTE, case_name=NAME)
    return goes, case, bystander


def cells(database: Database) -> Iterator[tuple[str, bytes]]:
    """(table, every value of it) of the live rows."""
    reader = database.reader()
    for (table,) in reader.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in reader.rows(f"SELECT * FROM {table}"):
            for value in row:
                yield table, value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def pages(database: Database) -> bytes:
    """Every page of the file and of its write-ahead log in the clear, free ones too (SQLCipher 4: AES-256-CBC, raw key)."""
    found = []
    data = database.path.read_bytes()
    for start in range(0, len(data), PAGE_BYTES):
        found.append(_open_page(data[start : start + PAGE_BYTES], database._key, start == 0))
    log = database.path.with_name(database.path.name + "-wal")
    frames = log.read_bytes()[32:] if log.exists() else b""
    for start in range(0, len(frames) - PAGE_BYTES, PAGE_BYTES + 24):
        number = int.from_bytes(frames[start : start + 4], "big")
        found.append(_open_page(frames[start + 24 : start + 24 + PAGE_BYTES], database._key, number == 1))
    return b"".join(found)


def _open_page(page: bytes, key: bytes, first: bool) -> bytes:
    body = page[SALT_BYTES if first else 0 : PAGE_BYTES - RESERVED_BYTES]
    cipher = Cipher(algorithms.AES(key), modes.CBC(page[PAGE_BYTES - RESERVED_BYTES :][:16])).decryptor()
    return cipher.update(body) + cipher.finalize()


def opened(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Every age file of the archive, opened."""
    identity = pyrage.x25519.Identity.from_str(archive.queries.fact("identity"))
    for file in archive.folder.rglob("*.age"):
        yield file.name, pyrage.decrypt(file.read_bytes(), [identity])


def databases(archive: Archive) -> list[Database]:
    archive.index.catch_up()
    assert archive.index._held._file is not None
    return [archive.database, archive.index._held._file.database]


def vocabulary(archive: Archive) -> set[str]:
    databases(archive)
    opened = archive.index._held._file
    assert opened is not None
    generation = opened.current()
    return {
        part.segment.terms.term(number).decode()
        for part in generation.parts
        for number in range(len(part.segment.terms))
    }


def found(archive: Archive, words: tuple[str, ...]) -> dict[str, set[str]]:
    """Where the words can be read by somebody who has every key of this machine."""
    sought = needles(words, [word + "二" for word in words])
    places: dict[str, set[str]] = {"rows": set(), "pages": set(), "files": set(), "raw": set(), "terms": set()}
    for database in databases(archive):
        places["rows"] |= {table for table, cell in cells(database) if any(needle in cell for needle in sought)}
        clear = pages(database)
        assert b"CREATE TABLE" in clear  # else nothing was opened
        places["pages"] |= {database.path.name for needle in sought if needle in clear}
    places["files"] |= {name for name, data in opened(archive) if any(needle in data for needle in sought)}
    for file in archive.folder.rglob("*"):
        if file.is_file() and any(needle in file.read_bytes() for needle in sought):
            places["raw"].add(file.name)
    pairs = {word[n : n + 2] for word in words for n in range(3)}
    places["terms"] |= {term for term in vocabulary(archive) if any(pair in term for pair in pairs)}
    return places


def nowhere() -> dict[str, set[str]]:
    return {"rows": set(), "pages": set(), "files": set(), "raw": set(), "terms": set()}


def test_what_is_destroyed_can_be_read_nowhere(house: House, tmp_path: Path) -> None:
    archive = house.archive
    enrol(house, tmp_path)
    goes, case, bystander = plant(house)
    archive.index.catch_up()
    round(house, tmp_path)
    before = found(archive, WORDS)
    assert before["rows"] >= {"item", "page", "version", "entity", "arrival", "relation", "volume", "texts"}
    assert before["pages"] == {"archive.db", "index.db"} and len(before["files"]) == 6 and before["terms"]
    packages = list((archive.folder / PACKAGES).iterdir())
    assert packages and not before["raw"]
    outcome = carry_out(house, approved(house, [goes, case]), 2)
    assert (outcome.destroyed, outcome.kept, outcome.erased.clean) == (2, {}, True)
    assert found(archive, WORDS) == nowhere()
    # The titles: in the register, by the standard, and in the pages that hold it.
    for title in (TITLE, CASE_TITLE):
        assert found(archive, (title,)) == nowhere() | {"rows": {"destroyed"}, "pages": {"archive.db"}}
    assert not list((archive.folder / PACKAGES).iterdir())
    # What was not to go is all there, and its look at the neighbour is gone.
    kept = archive.queries.item(bystander.id)
    assert kept.title == "样本旁观文件" and archive.index.search("旁观").total == 1
    assert [f for f in archive.verify() if not f.ok or f.detail == "stray"] == []
    # And headquarters learns of it by what the records are called.
    round(house, tmp_path)
    assert {p.state.value for p in archive.queries.packages()} == {"delivered"}


def test_the_row_stays_with_its_numbers_and_the_register_for_ever(house: House) -> None:
    archive = house.archive
    goes, case, _bystander = plant(house)
    deliver(archive, goes, case)
    inside = archive.queries.item_ids_of(case)
    codes = {row[0]: row[1] for row in archive.database.reader().rows("SELECT id, reference_code FROM item")}
    digests = {kept.sha256 for kept in (archive.queries.object(id) for id in archive.queries.item(goes.id).object_ids)}
    carry_out(house, approved(house, [goes, case]), 2)
    reader = archive.database.reader()
    for item_id in (goes.id, *inside):
        row = reader.row("SELECT reference_code, title, remarks, state FROM item WHERE id = ?", (item_id,))
        assert row == (codes[item_id], "", "", State.DESTROYED.value)
    assert reader.row("SELECT state, title, case_name, notes FROM volume") == (State.DESTROYED.value, "", "", "")
    register = {line.subject: line for line in archive.queries.destroyed()}
    assert (register[goes].title, register[goes].kept_years, register[goes].page_count) == (TITLE, 13, 1)
    assert (register[case].title, register[case].page_count) == (CASE_TITLE, 2)
    told = [event for event in archive.queries.events(limit=1000) if event.type == "destroy"]
    assert [event.object for event in told] == [str(goes), *(f"item:{id}" for id in inside), str(case)]
    assert {pair[0] for pair in told[0].detail["originals"]} == digests  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="ink"), archive.database.transaction() as connection:
        connection.execute("DELETE FROM destroyed")
    # Everything that arrived is still accounted for (promise 2), without saying what it was.
    arrivals = reader.rows("SELECT name, path, suggestion, outcome, length(sha256) FROM arrival WHERE object_id IS NULL")
    assert arrivals == [("", "", None, "filed", 64)] * 3


def test_every_table_that_names_a_record_is_decided_on(house: House) -> None:
    """A new table with content of records fails here until destruction knows it."""
    goes = {"document", "page", "object", "arrival", "version", "mention", "entity", "relation", "former_code", "item", "volume"}
    stays = {
        "disclosure", "seal", "consultation_subject", "loan_subject", "hold", "appraisal_line", "destroyed", "packed_item",
        "residue", "inspection_finding", "unsealing",
    }  # fmt: skip
    naming = {"item_id", "subject_id", "object_id", "volume_id", "from_id", "picture", "entity_id"}
    reader = house.archive.database.reader()
    named = {
        table
        for (table,) in reader.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        if naming & {row[1] for row in reader.rows(f"PRAGMA table_info({table})")}
    }
    assert named - goes - stays == set()


def test_equal_pages_of_another_record_stay(house: House) -> None:
    archive = house.archive
    goes, stays = item(house, b"goes"), item(house, b"stays")
    deliver(archive, goes, stays)
    with archive.database.transaction() as connection:
        connection.execute("UPDATE page SET picture = (SELECT min(picture) FROM page)")
    carry_out(house, approved(house, [goes]), 1)
    (name,) = archive.queries.picture_names()
    assert archive.pictures.get(name) and len(list(archive.objects.names())) == 1


def test_a_paper_scanned_again_is_a_new_arrival_and_keeps_its_file(house: House) -> None:
    archive = house.archive
    goes = item(house, b"the same paper")
    deliver(archive, goes)
    batch = approved(house, [goes])
    with archive.write(CLERK) as change:
        change.begin_disposal(batch, PLACE, METHOD, SUPERVISORS)
    with archive.write(CLERK) as change:
        change.destroy(goes, batch, TODAY)
    # Sealed, but not entered yet, when the files of the destroyed record are to go: both must stay.
    sealing, entering = threading.Event(), threading.Event()

    def scan() -> None:
        archive.objects.put(b"the same paper")
        sealing.set()
        entering.wait(20)

    scanning = threading.Thread(target=scan)
    scanning.start()
    assert sealing.wait(20)
    assert not erase(archive).clean
    assert [residue.folder for residue in archive.queries.residues()] == ["objects"]
    entering.set()
    scanning.join()
    again = house.receive(b"the same paper")
    object_id = archive.queries.arrival(again).object_id
    assert object_id is not None
    erased = erase(archive)
    assert (erased.files, erased.clean) == (0, True) and archive.queries.residues() == []
    assert archive.objects.get(archive.queries.object(object_id).name) == b"the same paper"
    assert [f for f in archive.verify() if not f.ok] == []


def test_cancelled_between_two_records_it_goes_on_later(house: House) -> None:
    subjects = [item(house, b"paper %d" % number) for number in range(3)]
    deliver(house.archive, *subjects)
    batch = approved(house, subjects)
    disposal = Disposal(house.archive, CLERK)

    def step(done: int, total: int, note: str) -> None:
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        disposal.carry_out(batch, PLACE, METHOD, SUPERVISORS, 3, TODAY, step)
    assert disposal.appraisal(batch).state is AppraisalState.EXECUTING
    assert [line.result for line in disposal.lines(batch, TODAY)] == ["done", "", ""]
    assert disposal.carry_out(batch, "", "", (), 2, TODAY).destroyed == 2
    done = disposal.appraisal(batch)
    assert (done.state, done.destroyed, done.supervisors, done.place) == (AppraisalState.DONE, 3, SUPERVISORS, PLACE)
    assert list(house.archive.objects.names()) == []


def test_a_headquarters_set_back_gets_what_is_left(house: House, tmp_path: Path) -> None:
    """It asks for packages that went with what they held: their range is packed anew, without it."""
    enrol(house, tmp_path)
    item(house, b"first")
    round(house, tmp_path)
    shutil.copytree(tmp_path / "headquarters", tmp_path / "old")
    goes, stays = item(house, b"goes"), item(house, b"stays")
    round(house, tmp_path)
    carry_out(house, approved(house, [goes]), 1)
    shutil.rmtree(tmp_path / "headquarters")
    shutil.copytree(tmp_path / "old", tmp_path / "headquarters")
    with headquarters.running(tmp_path / "headquarters") as service:
        again = tmp_path / "again.json"
        again.write_bytes(headquarters.enrol(tmp_path / "headquarters", house.folder / "station.json", service.url))
        Exchange(house.archive, CHIEF).enrol(again)
        for _round in range(2):
            Exchange(house.archive, CHIEF).round()
        status = service.office.status()
    assert status["alarms"] == [] and status["stations"][0]["packages"] == 2  # type: ignore[index]
    states = [package.state.value for package in house.archive.queries.packages()]
    assert sorted(states) == ["delivered", "delivered", "void", "void"]
    left = house.archive.queries.item(stays.id)
    assert left.delivered_seq == left.changed_seq


# -- killed at any point


def carry(folder: Path) -> None:
    """Carries out what is still to be carried out."""
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    try:
        disposal = Disposal(archive, CLERK)
        disposal.clean_up()
        (batch,) = disposal.appraisals()
        if batch.state is not AppraisalState.DONE:
            left = sum(line.opinion is Opinion.DESTROY and not line.result for line in disposal.lines(batch.id, TODAY))
            disposal.carry_out(batch.id, PLACE, METHOD, SUPERVISORS, left, TODAY)
    finally:
        archive.close()


def gone(folder: Path) -> None:
    """First: every record is wholly there or wholly gone. Then the rest is done, and all words are gone, nothing else."""
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    try:
        reader = archive.database.reader()
        for item_id, state in reader.rows("SELECT id, state FROM item"):
            documents = archive.queries.documents(item_id)
            assert (state == State.DESTROYED.value) == (not documents), (item_id, state)
            for document in documents:
                archive.objects.get(archive.queries.object(document.object_id).name)
                for page in archive.queries.document_pages(document):
                    archive.pictures.get(page.picture)
        volume_state = reader.row("SELECT state FROM volume")
        assert volume_state is not None
        states = {row[0] for row in reader.rows("SELECT state FROM item WHERE volume_id IS NOT NULL")}
        assert states == {volume_state[0]}
    finally:
        archive.close()
    carry(folder)
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    try:
        Disposal(archive, CLERK).clean_up()
        left = found(archive, WORDS)
        assert left == nowhere(), left
        assert [finding for finding in archive.verify() if not finding.ok or finding.detail == "stray"] == []
        assert [line.title for line in archive.queries.destroyed()] == [CASE_TITLE, TITLE]
        assert archive.index.search("旁观").total == 1 and len(list(archive.objects.names())) == 1
        assert archive.queries.residues() == []
    finally:
        archive.close()


@pytest.mark.timeout(600)
def test_a_kill_at_any_point_leaves_each_record_whole_or_gone(tmp_path: Path) -> None:
    start = tmp_path / "start"
    house = House(start)
    (start / "recovery").write_text(house.recovery_key)
    goes, case, _bystander = plant(house)
    house.archive.index.catch_up()
    name = deliver(house.archive, goes, case)
    (house.folder / PACKAGES / f"{name}.anjuan").write_bytes(b"sealed to headquarters")
    approved(house, [goes, case])
    house.archive.close()
    assert Sweep("tests.test_destruction:carry", "tests.test_destruction:gone", 9).run(start) >= 9
