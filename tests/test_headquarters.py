"""tests/test_headquarters.py — the rules by which packages are taken in, with real archives, register and vault."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from storage.records import PackageState
from sync import answers, envelope, headquarters, package
from sync.exchange import Round
from sync.headquarters.office import (
    AddressInvalid,
    AlreadyHeadquarters,
    NotHeadquarters,
    Office,
    StationFileInvalid,
    StationUnknown,
)
from tests.sync_house import House, enrol, found_headquarters, noise


@pytest.fixture
def office_folder(tmp_path: Path) -> Path:
    return found_headquarters(tmp_path / "office")


@pytest.fixture
def house(tmp_path: Path, office_folder: Path) -> Iterator[House]:
    house = House(tmp_path / "station")
    enrol(house, office_folder, tmp_path)
    yield house
    house.archive.close()


@pytest.fixture
def office(office_folder: Path) -> Iterator[Office]:
    office = Office(office_folder)
    yield office
    office.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def pack(house: House, stick: Path, title: str = "样本通知", seed: int = 1) -> Path:
    """Files one paper and packs it; returns the package file on the stick."""
    house.file(noise(3000, seed), title)
    house.exchange.round(stick)
    return stick / house.packages()[-1].file_name


def receipt(answer: bytes) -> answers.Receipt:
    return envelope.peek(answer, answers.Receipt)


def refusal(answer: bytes) -> answers.Refusal:
    return envelope.peek(answer, answers.Refusal)


def test_a_package_is_receipted_and_the_receipt_says_what_for(house: House, office: Office, stick: Path) -> None:
    file = pack(house, stick)
    header = package.peek(package.read_block(file))
    said = receipt(office.accept(file))
    assert (said.station, said.epoch, said.first_seq) == (house.archive.station_id, house.archive.epoch, 1)
    assert (said.digest, said.nonce, said.number) == (house.packages()[0].digest, header.nonce, 1)
    assert said.journal_head == header.journal_head
    assert [outcome.state for outcome in said.outcomes] == ["accepted"]
    key = house.exchange.enrolment().key  # type: ignore[union-attr]
    assert answers.check_answer(office.receipt(said.station, said.digest) or b"", key) == said


def test_the_same_package_again_gives_the_same_bytes(house: House, office: Office, stick: Path) -> None:
    file = pack(house, stick)
    first = office.accept(file)
    assert office.accept(file) == first
    assert office.status()["stations"][0]["packages"] == 1  # type: ignore[index]


def test_receipts_of_a_station_form_a_chain(house: House, office: Office, stick: Path) -> None:
    given = [office.accept(pack(house, stick, seed=seed)) for seed in range(3)]
    assert [receipt(one).number for one in given] == [1, 2, 3]
    assert [receipt(one).previous for one in given] == ["", *map(answers.digest_of, given[:2])]


def test_a_gap_is_answered_with_the_number_expected(house: House, office: Office, stick: Path) -> None:
    first, second, third = (pack(house, stick, seed=seed) for seed in range(3))
    waiting = refusal(office.accept(second))
    assert (waiting.reason, waiting.expected) == ("gap", 1)
    assert receipt(office.accept(first)).number == 1
    assert refusal(office.accept(third)).expected == house.packages()[1].first_seq
    assert receipt(office.accept(second)).number == 2
    assert receipt(office.accept(third)).number == 3
    assert not office.status()["alarms"]


def test_a_carrier_in_any_order(house: House, office_folder: Path, stick: Path) -> None:
    files = [pack(house, stick, seed=seed) for seed in range(3)]
    results = headquarters.receive(office_folder, stick)
    assert [(r.file, r.state) for r in results] == [(file.name, "accepted") for file in files]
    assert sorted(p.name for p in stick.glob("RCPT-*")) == [r.answer for r in results]


def test_two_stories_of_one_range_freeze_the_station(house: House, office: Office, stick: Path, tmp_path: Path) -> None:
    house.copy_to(tmp_path / "copy")
    assert receipt(office.accept(pack(house, stick)))
    house.put_back(tmp_path / "copy")  # the same keys, the same epoch, another paper
    other = pack(house, stick, title="另一份样本", seed=7)
    assert refusal(office.accept(other)).reason == "fork"
    station = office.status()["stations"][0]  # type: ignore[index]
    assert station["state"] == "frozen"
    assert [alarm["kind"] for alarm in office.status()["alarms"]] == ["fork"]  # type: ignore[index,union-attr]
    assert refusal(office.accept(pack(house, stick, seed=8))).reason == "frozen"


def test_a_restored_station_goes_on_in_a_new_epoch(house: House, office: Office, stick: Path, tmp_path: Path) -> None:
    first = pack(house, stick)
    office.accept(first)
    headquarters.receive(office.folder, stick)
    house.exchange.round(stick)
    assert house.packages()[0].state is PackageState.DELIVERED
    house.copy_to(tmp_path / "backup")
    lost = pack(house, stick, "之后丢失的样本", 5)
    office.accept(lost)
    house.put_back(tmp_path / "backup")
    house.begin_epoch()
    assert receipt(office.accept(pack(house, stick, seed=6))).number == 3
    station = office.status()["stations"][0]  # type: ignore[index]
    assert (station["epoch"], station["state"]) == (house.archive.epoch, "active")
    assert [alarm["kind"] for alarm in office.status()["alarms"]] == ["restored"]  # type: ignore[index,union-attr]
    # The machine that was given up still gets its receipt for what it sent, but may not go on.
    assert receipt(office.accept(lost)).number == 2


def test_an_epoch_that_was_left_may_not_go_on(house: House, office: Office, stick: Path, tmp_path: Path) -> None:
    office.accept(pack(house, stick))
    headquarters.receive(office.folder, stick)
    house.exchange.round(stick)
    house.copy_to(tmp_path / "old machine")
    house.begin_epoch()
    assert receipt(office.accept(pack(house, stick, seed=2))).number == 2
    house.put_back(tmp_path / "old machine")
    assert refusal(office.accept(pack(house, stick, seed=3))).reason == "fork"
    assert office.status()["stations"][0]["state"] == "frozen"  # type: ignore[index]


def test_records_that_cannot_stand_are_returned(house: House, office: Office, stick: Path) -> None:
    good = house.file(noise(100, 1), "有题名的样本")
    bad = house.file(noise(100, 2), "  ")
    house.exchange.round(stick)
    outcomes = receipt(office.accept(stick / house.packages()[0].file_name)).outcomes
    assert {o.uuid: (o.state, o.reason) for o in outcomes} == {
        good.uuid: ("accepted", ""),
        bad.uuid: ("returned", "no_title"),
    }


def test_a_changed_package_is_not_taken_in(house: House, office: Office, stick: Path) -> None:
    file = pack(house, stick)
    data = bytearray(file.read_bytes())
    data[package.HEADER_SIZE + 500] ^= 1
    file.write_bytes(data)
    assert refusal(office.accept(file)).reason == "damaged"
    assert office.status()["stations"][0]["last_seq"] == 0  # type: ignore[index]


def test_a_package_whose_journal_does_not_follow(house: House, office: Office, stick: Path) -> None:
    """The header of a station that says another chain head than its lines give."""
    file = pack(house, stick)
    block = package.read_block(file)
    header = msgspec.structs.replace(package.peek(block), journal_head="0" * 64)
    signed = envelope.sign(header, house.archive.signing_key).ljust(package.HEADER_SIZE - 1) + b"\n"
    file.write_bytes(signed + file.read_bytes()[package.HEADER_SIZE :])
    assert refusal(office.accept(file)).reason == "chain"
    assert [alarm["kind"] for alarm in office.status()["alarms"]] == ["chain"]  # type: ignore[index,union-attr]


def test_strangers(house: House, office: Office, stick: Path, tmp_path: Path) -> None:
    file = pack(house, stick)
    other = Office(found_headquarters(tmp_path / "other office"))
    with pytest.raises(StationUnknown):
        other.accept(file)
    other.enrol(house.folder / "station.json")
    assert refusal(other.accept(file)).reason == "other_headquarters"
    other.close()
    block = bytearray(package.read_block(file))
    block[block.index(b'"signature":"') + 13] ^= 1
    file.write_bytes(bytes(block) + file.read_bytes()[package.HEADER_SIZE :])
    with pytest.raises(package.PackageDamaged):
        office.accept(file)


def test_headquarters_keeps_nothing_clear(house: House, office: Office, stick: Path) -> None:
    title = "绝无仅有的样本题名"
    office.accept(pack(house, stick, title))
    found = b"".join(path.read_bytes() for path in office.folder.rglob("*") if path.is_file())
    assert title.encode() not in found
    assert house.archive.station_id.encode() in found  # the search would have found it
    (kept,) = (office.folder / "vault").rglob("*.anjuan")
    assert kept.read_bytes() == (stick / house.packages()[0].file_name).read_bytes()


def test_the_enrolment_belongs_to_one_station(house: House, office: Office) -> None:
    enrolment = house.exchange.enrolment()
    assert enrolment is not None
    assert enrolment.station == house.archive.station_id
    data = office.enrol(house.folder / "station.json")
    assert answers.check_enrolment(data + b"\r\n", enrolment.station).headquarters == enrolment.headquarters
    with pytest.raises(answers.EnrolmentForAnother):
        answers.check_enrolment(data, "0" * 32)
    for changed in (data.replace(b"127.0.0.1", b"127.0.0.2"), data[:-2], b"", b"\xff"):
        with pytest.raises(answers.EnrolmentInvalid):
            answers.check_enrolment(changed, enrolment.station)


def test_founding(tmp_path: Path, office_folder: Path) -> None:
    with pytest.raises(AlreadyHeadquarters):
        headquarters.create(office_folder, "样本", "https://hq.example")
    with pytest.raises(AddressInvalid):
        headquarters.create(tmp_path / "new", "样本", "http://hq.example")
    assert not (tmp_path / "new").exists()
    with pytest.raises(NotHeadquarters):
        headquarters.status(tmp_path)
    file = tmp_path / "station.json"
    for content in ("", "{}", '{"format": "anjuan-station/1", "station": "x"}', "[" * 5000):
        file.write_text(content)
        with pytest.raises(StationFileInvalid):
            headquarters.enrol(office_folder, file)
    for name in ("secrets.json", "tls.key"):
        assert (office_folder / name).stat().st_mode & 0o077 == 0


def test_foreign_files_on_a_carrier_are_left_alone(house: House, office_folder: Path, stick: Path) -> None:
    file = pack(house, stick)
    (stick / "PKG-x.anjuan").write_bytes(b"x")
    (stick / "readme.txt").write_bytes(b"x")
    (stick / file.name.replace("0000000001", "0000000009")).write_bytes(b"not a package")
    (stick / file.name.replace("0000000001", "0000000008")).symlink_to(file)
    results = headquarters.receive(office_folder, stick)
    assert [(r.state, r.reason) for r in results] == [("accepted", ""), ("unreadable", "PackageDamaged")]


def test_a_round_after_the_stick_came_back(house: House, office_folder: Path, stick: Path) -> None:
    pack(house, stick)
    headquarters.receive(office_folder, stick)
    done = house.exchange.round(stick)
    assert isinstance(done, Round)
    assert [(p.state, p.returned) for p in done.packages] == [(PackageState.DELIVERED, 0)]
    shutil.rmtree(stick)
    stick.mkdir()
    assert house.exchange.round(stick) == Round((), ())
