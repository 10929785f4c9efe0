"""tests/test_package_inspection.py — what packages carry besides words: volumes, notices, and nothing that is not fit to leave."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.description import Description
from app.inspection import Inspection, tell
from app.volumes import Volumes
from storage.errors import DamagedFile
from storage.records import Delivery, Item, Kind, Retention, Subject
from storage.records.volumes import Volume
from sync import answers, bag, headquarters, inspection, package
from sync.bag import Inspector
from sync.cargo import Cargo, CarriedOriginal, CarriedRecord, Record, volume_catalogue
from sync.envelope import canonical
from sync.exchange import Exchange, Round, Withheld
from sync.headquarters import register
from sync.headquarters.office import Office
from sync.inspection import Probe, Traits, traits_of, unfit
from tests.inspection_house import CHIEF, PDF, Inspected
from tests.stations import FONDS, draft
from tests.test_package import cargo
from tests.test_package_profile import files, inspect, pack, refused, resum

ORIGINAL = CarriedOriginal("data/电子档案/a/001.pdf", "0" * 64, "0" * 64, 1, "pdf", "样本.pdf")
RECORD = CarriedRecord(
    "a" * 32, "Z900-WS·2026-D10-0001", "Z900", "WS", 2026, "D10", "", 1, "样本", "", "样本派出所", "20260101", "internal", 1, "",
    "", "", 1, (ORIGINAL,), origin="digitised",
)  # fmt: skip
SOUND = {ORIGINAL.path: Traits("pdf", encrypted=False)}


class House(Inspected):
    """A station and the headquarters it sends to, on a stick."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.office_folder, self.stick = folder / "office", folder / "stick"
        self.stick.mkdir()
        headquarters.create(self.office_folder, "样本分局档案室", "https://127.0.0.1:8443")
        enrolment = folder / "enrolment.json"
        enrolment.write_bytes(headquarters.enrol(self.office_folder, self.folder / "station.json"))
        Exchange(self.archive, CHIEF).enrol(enrolment)

    def round(self) -> Round:
        return Exchange(self.archive, CHIEF).round(self.stick)

    def deliver(self, office: Path | None = None) -> dict[str, tuple[str, str]]:
        """There and back. What headquarters says of each record of the last package: (state, reason)."""
        self.round()
        headquarters.receive(self.office_folder, self.stick)
        self.round()
        _package, receipt = Exchange(self.archive, CHIEF).receipts()[-1]
        assert isinstance(receipt, answers.Receipt)
        return {one.uuid: (one.state, one.reason) for one in receipt.outcomes}

    def held(self) -> dict[str, tuple[str, str]]:
        """What headquarters has: code -> (state, reason)."""
        office = Office(self.office_folder)
        try:
            with office._register.transaction() as connection:
                rows = connection.execute(register.record.select()).mappings()
                return {row["reference_code"]: (row["state"], row["reason"]) for row in rows}
        finally:
            office.close()

    def item(self, item_id: int) -> Item:
        return self.archive.queries.item(item_id)

    def bag(self, number: int = -1) -> bag.Bag:
        """What stands in a package, read as headquarters reads it."""
        office = Office(self.office_folder)
        try:
            row = self.archive.queries.packages()[number]
            file = self.archive.folder / "packages" / row.file_name
            return package.unpack(file, package.check(file, self.archive.verify_key), office._identity)
        finally:
            office.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.archive.close()


def volume(house: House, **fields: object) -> Volume:
    """A filed volume of three records; as it was while open when the law has it sealed at once."""
    made = house.bind(
        [draft(title=f"样本{number}", doc_date="20260302") for number in (1, 2, 3)], title="样本案卷", year=2026,
        date_from="20260301", date_to="20260303", maker="样本甲", checker="样本乙", made_on="20260310", **fields,
    )  # fmt: skip
    Volumes(house.archive, CHIEF).file(made.id)
    return house.archive.queries.volumes_by_id([made.id]).get(made.id, made)


# -- what both ends look at


def test_a_sound_record_is_fit() -> None:
    assert unfit(RECORD, SOUND) == ""


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("no_code", {"reference_code": ""}),
        ("no_title", {"title": " \u3000"}),
        ("no_original", {"originals": ()}),
        ("control_characters", {"creator": "样本\x07"}),
        ("notice_tells", {"state": "sealed"}),
        ("notice_tells", {"state": "destroyed", "originals": ()}),
    ],
)
def test_what_is_wrong_with_a_record_has_a_reason(reason: str, changes: dict[str, object]) -> None:
    assert unfit(msgspec.structs.replace(RECORD, **changes), SOUND) == reason


def test_what_is_wrong_with_an_original_has_a_reason() -> None:
    assert unfit(RECORD, {ORIGINAL.path: Traits("pdf", encrypted=True)}) == "encrypted_original"
    assert unfit(RECORD, {ORIGINAL.path: Traits("jpeg", encrypted=False)}) == "wrong_format"
    assert unfit(RECORD, {ORIGINAL.path: Traits("", encrypted=False)}) == "wrong_format"


def test_paper_needs_no_original_and_a_notice_nothing_at_all() -> None:
    assert unfit(msgspec.structs.replace(RECORD, originals=(), origin="paper"), {}) == ""
    bare = dict.fromkeys(("title", "creator", "doc_date"), "")
    for state in inspection.NOTICES:
        assert unfit(msgspec.structs.replace(RECORD, state=state, originals=(), **bare), {}) == ""


def zipped(*, locked: bool) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        package.writestr("word/document.xml", b"content" * 200)
    data = bytearray(held.getvalue())
    data[6] |= locked
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "traits"),
    [
        (PDF, Traits("pdf", encrypted=False)),
        (b"\n%PDF-1.7 " + bytes(3000) + b"trailer <</Encrypt 5 0 R>>", Traits("pdf", encrypted=True)),
        (b"%PDF-1.7 /EncryptMetadata false, and of /Encryption only words", Traits("pdf", encrypted=False)),
        (zipped(locked=True), Traits("zip", encrypted=True)),
        (zipped(locked=False), Traits("zip", encrypted=False)),
        (b"II*\x00" + b"/Encrypt 5 0 R", Traits("tiff", encrypted=False)),
        (b"\xff\xd8\xff\xe0 JFIF", Traits("jpeg", encrypted=False)),
        (b"plain words /Encrypt 5 0 R", Traits("", encrypted=False)),
        (b"", Traits("", encrypted=False)),
    ],
)
@given(piece=st.integers(1, 5000))
def test_bytes_are_known_by_their_marks_in_pieces_of_any_size(piece: int, data: bytes, traits: Traits) -> None:
    probe = Probe()
    for start in range(0, len(data), piece):
        probe.feed(memoryview(data)[start : start + piece])
    assert probe.traits == traits == traits_of(data)


# -- before a package leaves


def test_a_record_with_a_damaged_original_stays_and_the_others_go(house: House) -> None:
    good, bad = house.file(PDF), house.file(PDF.replace(b"{number}", b"2"))
    path = house.archive.objects.path(house.archive.queries.object(bad.object_ids[0]).name)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    told = house.round()
    assert (told.notices, told.withheld) == (("records_withheld",), (Withheld(bad.id, "damaged"),))
    assert house.deliver() == {good.uuid: ("accepted", "")}
    assert house.item(good.id).delivery is Delivery.DELIVERED
    assert house.item(bad.id).delivery is Delivery.LOCAL

    # It is told in every round, makes no packages, and goes as soon as the original is whole again.
    packages = len(house.archive.queries.packages())
    assert house.round().withheld == (Withheld(bad.id, "damaged"),)
    assert len(house.archive.queries.packages()) == packages
    path.write_bytes(whole)
    assert house.deliver() == {bad.uuid: ("accepted", "")}
    assert house.item(bad.id).delivery is Delivery.DELIVERED
    assert house.round() == Round((), ())


@pytest.mark.parametrize(
    ("data", "format", "reason"),
    [
        (b"%PDF-1.4 trailer <</Encrypt 5 0 R>>", "pdf", "encrypted_original"),
        (b"\xff\xd8\xff no pdf", "pdf", "wrong_format"),
    ],
)
def test_what_only_another_original_can_heal_does_not_leave(house: House, data: bytes, format: str, reason: str) -> None:
    bad, good = house.file(data, format), house.file(PDF)
    assert house.round().withheld == (Withheld(bad.id, reason),)
    assert house.deliver() == {good.uuid: ("accepted", "")}
    assert house.item(bad.id).delivered_seq == 0


def test_a_record_of_several_files_goes_whole_or_not_at_all(house: House) -> None:
    item = house.file(PDF, attachment_count=1)
    Description(house.archive, CHIEF).documents.add(item.id, house.receive("样本附件".encode(), "txt"))
    assert house.deliver() == {item.uuid: ("accepted", "")}
    (record,) = house.bag().records
    assert [(original.role, original.format) for original in record.originals] == [("main", "pdf"), ("attachment", "txt")]
    stored = house.archive.queries.object(house.item(item.id).object_ids[1])
    house.archive.objects.path(stored.name).write_bytes(b"gone")
    house.run("UPDATE item SET delivery = 'local' WHERE id = ?", item.id)
    assert house.round().withheld == (Withheld(item.id, "damaged"),)


def test_an_original_that_also_holds_a_sealed_record_stays(house: House) -> None:
    """One scan, two records: when one of them is sealed, the file they share may not travel with the other."""
    first, second = house.file(PDF, pages=2), house.file(PDF.replace(b"{number}", b"2"))
    house.run("UPDATE document SET pages = '[1]' WHERE item_id = ?", first.id)
    house.run("UPDATE document SET object_id = ?, pages = '[2]' WHERE item_id = ?", first.object_ids[0], second.id)
    with house.archive.write(CHIEF) as change:
        change.seal(Subject(Kind.ITEM, second.id), "样本依据")
    assert house.round().withheld == (Withheld(first.id, "sealed_pages"),)
    assert house.deliver() == {second.uuid: ("accepted", "")}
    assert house.held() == {second.reference_code: ("sealed", "")}


# -- volumes


def test_a_volume_travels_with_its_records(house: House) -> None:
    bound = volume(house)
    items = house.archive.queries.volume_items(bound.id)
    assert house.deliver() == {item.uuid: ("accepted", "") for item in items}
    carried = house.bag()
    (one,) = carried.volumes
    assert (one.uuid, one.reference_code, one.title, one.item_count, one.page_count) == (
        bound.uuid, bound.reference_code, "样本案卷", 3, 3,
    )  # fmt: skip
    assert one.items == tuple(item.uuid for item in items)
    assert {(record.volume, record.position, record.page_from) for record in carried.records} == {
        (bound.uuid, number, number) for number in (1, 2, 3)
    }
    assert Office(house.office_folder).status()["stations"][0]["volumes"] == 1  # type: ignore[index]


def test_another_description_of_a_filed_volume_goes_with_its_records(house: House) -> None:
    bound = volume(house)
    house.deliver()
    Volumes(house.archive, CHIEF).describe(bound.id, replace(bound.draft, title="更正过的样本案卷"), "题名写错")
    house.deliver()
    assert [one.title for one in house.bag().volumes] == ["更正过的样本案卷"]


def test_nothing_of_a_sealed_volume_travels(house: House) -> None:
    bound = volume(house, category="ZY·XZ", retention=Retention.D30, decided_on="20260302")
    assert house.archive.queries.volumes_by_id([bound.id]) == {}, "the law seals it as soon as it is filed"
    house.deliver()
    carried = house.bag()
    assert carried.volumes == ()
    assert {(record.state, record.title, record.volume, record.originals) for record in carried.records} == {
        ("sealed", "", "", ())
    }
    assert set(house.held().values()) == {("sealed", "")}


def test_the_catalogue_of_volumes_has_the_elements_of_the_other(house: House) -> None:
    bound = volume(house)
    house.round()
    tree = ElementTree.fromstring(volume_catalogue(house.bag().volumes))
    assert tree.tag == "案卷目录"
    (entry,) = tree
    assert [cell.tag for cell in entry] == ["顺序号", "档号", "责任者", "题名", "日期", "密级", "电子档案名称", "备注"]
    assert (entry.findtext("档号"), entry.findtext("日期")) == (bound.reference_code, "20260301-20260303")


def test_a_record_may_not_name_a_volume_that_is_not_carried() -> None:
    content = files()
    (record, *others) = content[bag.RECORDS].splitlines()
    named = msgspec.structs.replace(msgspec.json.decode(record, type=CarriedRecord), volume="b" * 32)
    content[bag.RECORDS] = b"\n".join([canonical(named), *others, b""])
    assert refused(pack(resum(content, payload=True))) == "volumes"
    assert refused(pack(resum(files() | {bag.VOLUMES: b""}, payload=True))) == "volumes"
    assert inspect(pack(resum(files(), payload=True))).volumes == ()


# -- notices, and what headquarters does with them


def test_sealing_after_delivery_becomes_a_notice(house: House) -> None:
    item = house.file(PDF, title="将要封存的样本")
    house.deliver()
    assert house.item(item.id).delivered_seq == house.item(item.id).changed_seq
    with house.archive.write(CHIEF) as change:
        change.seal(Subject(Kind.ITEM, item.id), "样本依据")
    assert house.deliver() == {item.uuid: ("accepted", "")}
    (record,) = house.bag().records
    assert (record.state, record.reference_code, record.title, record.creator, record.originals) == (
        "sealed", item.reference_code, "", "", (),
    )  # fmt: skip
    assert house.held() == {item.reference_code: ("sealed", "")}
    assert house.one("SELECT delivered_seq < changed_seq FROM item WHERE id = ?", item.id) == 1, "not the whole record"


def test_a_destroyed_record_leaves_its_number_taken(house: House) -> None:
    """Also for a headquarters that never heard of the record."""
    known, unknown = house.file(PDF), None
    house.deliver()
    unknown = house.file(PDF.replace(b"{number}", b"2"))
    for item in (known, unknown):
        house.destroy(item)
        with house.archive.write(CHIEF) as change:
            change._note_item("destroy", item.id)
    assert house.deliver() == {known.uuid: ("accepted", ""), unknown.uuid: ("accepted", "")}
    assert set(house.held().values()) == {("destroyed", "")}
    # Nobody else is given that number.
    house.run("UPDATE item SET uuid = ? WHERE id = ?", "f" * 32, known.id)
    with house.archive.write(CHIEF) as change:
        change._note_item("destroy", known.id)
    assert house.deliver() == {"f" * 32: ("returned", "code_taken")}


def test_a_correction_goes_again(house: House) -> None:
    item = house.file(PDF, title="写错的样本")
    house.deliver()
    first = house.item(item.id)
    Description(house.archive, CHIEF).correct(item.id, replace(first.draft, title="更正的样本"), "题名写错", first.changed_seq)
    changed = house.item(item.id)
    assert changed.delivery is Delivery.LOCAL
    assert changed.delivered_seq == first.changed_seq < changed.changed_seq
    house.deliver()
    again = house.item(item.id)
    assert (again.delivery, again.delivered_seq) == (Delivery.DELIVERED, changed.changed_seq)
    assert [record.title for record in house.bag().records] == ["更正的样本"]


def test_a_record_changed_on_the_way_is_not_receipted_as_it_is_now(house: House) -> None:
    item = house.file(PDF)
    house.round()
    seen = house.item(item.id)
    Description(house.archive, CHIEF).correct(item.id, replace(seen.draft, title="途中更正"), "题名写错", seen.changed_seq)
    headquarters.receive(house.office_folder, house.stick)
    house.round()
    assert house.item(item.id).delivered_seq == 0
    house.deliver()
    assert house.item(item.id).delivered_seq == house.item(item.id).changed_seq


def test_a_former_code_is_free_of_conflict(house: House) -> None:
    """A renumbered record gives its former code up: whoever had it before, both stand."""
    item = house.file(PDF, title="改号的样本")
    house.deliver()
    seen = house.item(item.id)
    Description(house.archive, CHIEF).renumber(item.id, "WS", 2026, Retention.D30, "", "定错期限", seen.changed_seq)
    other = house.file(PDF.replace(b"{number}", b"2"))
    house.run("UPDATE item SET reference_code = ? WHERE id = ?", item.reference_code, other.id)
    assert house.deliver() == {item.uuid: ("accepted", ""), other.uuid: ("accepted", "")}
    assert house.held() == {
        house.item(item.id).reference_code: ("accepted", ""), item.reference_code: ("accepted", "")
    }  # fmt: skip


def test_what_words_can_heal_is_returned_with_its_reason_and_found(house: House) -> None:
    item = house.file(PDF)
    house.run("UPDATE item SET title = ' ' WHERE id = ?", item.id)
    assert house.deliver() == {item.uuid: ("returned", "no_title")}
    room = Inspection(house.archive, CHIEF)
    assert room.sent_back() == {item.id: "no_title"}
    found = [one.fault for one in room.findings(room.run("GD").id) if one.fault.key == "returned"]
    assert [(one.code, one.subject) for one in found] == [("GD2-4", Subject(Kind.ITEM, item.id))]
    assert tell(found[0]).what == "上级退回更正：缺少题名。"


def test_headquarters_sees_by_itself_what_a_station_let_pass(house: House) -> None:
    """A station of another make, without our checks: the package is sound, one record in it is not."""
    item = house.file(b"%PDF-1.4 trailer <</Encrypt 5 0 R>>")
    record = Record(item, item.changed_seq, (house.archive.queries.object(item.object_ids[0]),))
    made = cargo()
    whole = Cargo(made.station, made.epoch, 1, 1, FONDS, (record,), (), made.created, made.program)
    inspector = Inspector()
    for piece in bag.stream(whole, house.archive.objects.get):
        inspector.write(piece)
    taken = inspector.finish()
    assert [unfit(one, taken.traits) for one in taken.records] == ["encrypted_original"]


def test_without_a_say_a_damaged_original_ends_the_building(house: House) -> None:
    def gone(name: str) -> bytes:
        raise DamagedFile(file=name)

    with pytest.raises(DamagedFile):
        list(bag.stream(cargo(), gone))
    left_out: list[str] = []
    with_a_say = b"".join(bag.stream(cargo(), gone, lambda _record, reason: left_out.append(reason)))
    assert set(left_out) == {"damaged"}
    assert inspect(with_a_say).records == ()
