"""tests/test_suspension.py — an archive older than an anchor can be looked at and not written, until two people say so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import run_command
from app.station import Station
from storage.archive import Archive
from storage.backup import back_up
from storage.erasure import erase
from storage.errors import (
    AcknowledgedAlready,
    AwaitingAcknowledgement,
    NotAllowed,
    RecoveryKeyNeeded,
    WrongPassphrase,
)
from storage.keys import FLOOR, KeySlots
from storage.records import PROGRAM, Agent, Item, PackageState, Role
from storage.rotation import rekey
from sync import headquarters
from sync.exchange import Exchange
from tests import stations, sync_house
from tests.stations import ADMINISTRATOR, CHIEF, PASSPHRASE, House, draft, raise_it

SECOND = "样本·审计"
OTHER = "样本 second 口令 staple"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with a filed paper, whose folder is then the one of before its last changes."""
    made = House(tmp_path)
    made.file(made.receive(b"one"))
    made.archive.close()
    shutil.copytree(made.folder, tmp_path / "before", ignore=shutil.ignore_patterns("archive.lock"))
    made.reopen_from_closed()
    made.file(made.receive(b"two"))
    made.archive.anchor()
    made.archive.close()
    put_back(made)
    made.reopen_from_closed()
    yield made
    made.archive.close()


def put_back(house: House) -> None:
    """The old database, and what is remembered beside it stays."""
    for name in ("archive.db", "archive.db-wal"):
        (house.folder / name).unlink(missing_ok=True)
        if (house.folder.parent / "before" / name).exists():
            shutil.copy(house.folder.parent / "before" / name, house.folder / name)


def seat(house: House, agent: Agent = CHIEF) -> Station:
    return Station(house.archive, agent, lambda call: call(), raise_it)


def second(house: House, role: Role = Role.AUDITOR) -> Agent:
    """Somebody else who holds a key: made in the old archive while it can still be written."""
    found, remembered = house.archive.suspension, (house.folder / "head.json").read_bytes()
    house.archive.suspension = None
    house.archive.admit(CHIEF, PASSPHRASE, SECOND, OTHER, None, FLOOR)
    agent = house.archive.queries.agent(SECOND)
    assert agent is not None
    with house.archive.write(CHIEF) as change:
        change.grant(agent.id, role)
    house.archive.suspension = found
    (house.folder / "head.json").write_bytes(remembered)
    made = house.archive.queries.agent(SECOND)
    assert made is not None
    return made


def types(archive: Archive) -> list[str]:
    return [event.type for event in archive.queries.events(limit=10_000)]


def test_nothing_is_written_but_that_somebody_was_here(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    station = seat(house)
    assert station.anchors.suspended
    before = house.archive.queries.head()[0]
    item = station.view(1)
    with pytest.raises(AwaitingAcknowledgement):
        station.description.correct(1, draft(title="样本改动"), "样本", station.description.raw(1).changed_seq)
    with pytest.raises(AwaitingAcknowledgement):
        station.printed("report:item_register", 1)
    with pytest.raises(AwaitingAcknowledgement):
        station.settings.set("prepared_by", "样本")
    for far_reaching in (
        lambda: Exchange(house.archive, CHIEF).round(),
        lambda: back_up(house.archive, CHIEF, tmp_path, "Anjuan 1"),
        lambda: erase(house.archive),
        lambda: rekey(house.archive, CHIEF, KeySlots.load(house.folder)),
    ):
        with pytest.raises(AwaitingAcknowledgement):
            far_reaching()
    assert station.item(1) == item
    head = (house.folder / "head.json").read_bytes()
    station.anchors.keep()
    assert (house.folder / "head.json").read_bytes() == head, "what disagrees is evidence and stays"
    assert types(house.archive)[before:] == ["view"]
    unlock = [event for event in house.archive.queries.events(limit=10_000) if event.type == "unlock"][-1]
    assert unlock.detail == {"suspended": "behind", "anchor": "file"}


def test_scans_stay_sealed_and_come_in_afterwards(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    station = seat(house)
    station.settings.set("scan_folder", str(house.scan))
    station.settings.set("settle_s", 0)
    (house.scan / "样本.txt").write_bytes("样本 停用期间扫描".encode())
    arrived = len(house.archive.queries.arrivals())
    station.start()
    stations.until(lambda: list(house.archive.spool.tokens()) and not list(house.scan.iterdir()))
    assert len(house.archive.queries.arrivals()) == arrived
    assert station.anchors.acknowledge(house.recovery_key)
    stations.until(lambda: len(house.archive.queries.arrivals()) == arrived + 1)
    station.stop()
    house.archive = Archive.open_with_recovery(house.folder, house.recovery_key)
    assert house.archive.suspension is None


def test_it_takes_two_people(house: House) -> None:
    auditor = second(house)
    epoch = house.archive.epoch
    chief = seat(house)
    assert not chief.anchors.acknowledge()
    with pytest.raises(AcknowledgedAlready):
        chief.anchors.acknowledge()
    with pytest.raises(AcknowledgedAlready):
        chief.anchors.acknowledge(house.recovery_key)
    standing = chief.anchors.standing()
    assert standing is not None and standing.done and not standing.alone
    assert [one.agent_name for one in standing.acknowledged] == [ADMINISTRATOR]
    house.reopen()
    assert house.archive.suspension is not None, "what one person knows stays known, and is not enough"
    other = seat(house, auditor)
    assert other.anchors.acknowledge()
    assert other.anchors.standing() is None
    assert types(house.archive)[-2:] == ["acknowledge", "accept_head"]
    assert house.archive.epoch != epoch
    house.file(house.receive(b"goes on"))
    house.archive.anchor()
    house.reopen()
    assert house.archive.suspension is None
    assert [f for f in house.archive.verify() if not f.ok and f.check not in ("index", "object", "picture")] == []


def test_one_person_and_the_sheet(house: House) -> None:
    station = seat(house)
    with pytest.raises(RecoveryKeyNeeded):
        station.anchors.acknowledge()
    with pytest.raises(WrongPassphrase):
        station.anchors.acknowledge("0" * 32)
    assert "acknowledge" not in types(house.archive)
    assert station.anchors.acknowledge(house.recovery_key.lower())
    events = {event.type: event for event in house.archive.queries.events(limit=10_000)}
    assert events["acknowledge"].detail["means"] == "recovery_sheet"


def test_who_only_files_cannot_say_so(house: House) -> None:
    filer = second(house, Role.FILER)
    station = seat(house, filer)
    with pytest.raises(NotAllowed):
        station.anchors.acknowledge(house.recovery_key)
    standing = station.anchors.standing()
    assert standing is not None and not standing.may
    assert types(house.archive)[-1] == "refuse"


@pytest.mark.parametrize("kept", ["old", "new"])
def test_a_cut_between_accepting_and_keeping_alarms_nobody(house: House, kept: str) -> None:
    """The head that was accepted is committed; what is remembered outside may still be the one of before."""
    remembered = (house.folder / "head.json").read_bytes()
    assert house.archive.acknowledge(CHIEF, house.recovery_key)
    if kept == "old":
        (house.folder / "head.json").write_bytes(remembered)
    house.reopen()
    assert house.archive.suspension is None


def test_the_newer_folder_put_back_ends_it_by_itself(tmp_path: Path) -> None:
    made = House(tmp_path)
    made.file(made.receive(b"one"))
    made.archive.close()
    shutil.copytree(made.folder, tmp_path / "before", ignore=shutil.ignore_patterns("archive.lock"))
    made.reopen_from_closed()
    made.file(made.receive(b"two"))
    made.archive.anchor()
    made.archive.close()
    shutil.copytree(made.folder, tmp_path / "newer", ignore=shutil.ignore_patterns("archive.lock"))
    put_back(made)
    made.reopen_from_closed()
    assert made.archive.suspension is not None
    with made.archive.write(PROGRAM) as change:
        change.unlock()
    made.archive.close()
    shutil.rmtree(made.folder)
    shutil.copytree(tmp_path / "newer", made.folder)
    made.reopen_from_closed()
    assert made.archive.suspension is None
    made.archive.close()


def test_a_backup_remembers_what_a_whole_old_folder_hides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No keychain, and the old `head.json` beside the old database: the newest generation on the stick tells."""
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    made = House(tmp_path)
    made.file(made.receive(b"one"))
    stick = tmp_path / "stick"
    stick.mkdir()
    station = seat(made)
    _back_up(station, stick)
    made.archive.close()
    shutil.copytree(made.folder, tmp_path / "before", ignore=shutil.ignore_patterns("archive.lock"))
    made.reopen_from_closed()
    made.file(made.receive(b"two"))
    station = seat(made)
    assert not station.anchors.suspended
    _back_up(station, stick)
    assert ("backup", True) in {(f.object, f.ok) for f in station.anchors.verify()}
    made.archive.close()
    shutil.rmtree(made.folder)
    shutil.copytree(tmp_path / "before", made.folder)
    made.reopen_from_closed()
    assert made.archive.suspension is None
    station = seat(made)
    standing = station.anchors.standing()
    assert standing is not None and standing.suspension.anchor.source == "backup"
    made.archive.close()


def _back_up(station: Station, stick: Path) -> None:
    back_up(station.archive, CHIEF, stick, "Anjuan 1")


# -- headquarters


def test_headquarters_is_not_forked_in_silence(tmp_path: Path) -> None:
    """The old archive is refused while the epoch is the same; once accepted it goes on in another, with an alarm there."""
    office = sync_house.found_headquarters(tmp_path / "office")
    house = sync_house.House(tmp_path / "house")
    sync_house.enrol(house, office, tmp_path)
    stick = tmp_path / "stick"
    _round(house, office, stick, b"one")
    house.archive.anchor()
    house.copy_to(tmp_path / "before")
    _round(house, office, stick, b"two")
    house.archive.anchor()
    remembered = (house.folder / "head.json").read_bytes()
    house.put_back(tmp_path / "before")
    house.archive.close()
    (house.folder / "head.json").write_bytes(remembered)
    house.reopen()
    assert house.archive.suspension is not None
    with pytest.raises(AwaitingAcknowledgement):
        house.exchange.round(stick)
    assert house.archive.acknowledge(sync_house.CLERK, house.recovery_key)
    outcomes = _round(house, office, stick, b"three")
    assert all(row.state is PackageState.DELIVERED for row in outcomes)
    (alarm,) = [alarm["kind"] for alarm in headquarters.status(office)["alarms"]]
    assert alarm == "restored"
    assert [f.ok for f in house.archive.verify() if f.check in ("journal", "anchor", "record")] == [True, True, True]
    house.archive.close()


def _round(house: sync_house.House, office: Path, stick: Path, data: bytes) -> list[Any]:
    item: Item = house.file(data)
    assert item.id
    stick.mkdir(exist_ok=True)
    house.exchange.round(stick)
    headquarters.receive(office, stick)
    house.exchange.round(stick)
    return [row for row in house.packages() if row.epoch == house.archive.epoch]


# -- the commands


def test_the_command_shows_and_ends_it(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("ANJUAN_PASSPHRASE", PASSPHRASE)
    house.archive.close()
    (tmp_path / "key").write_text(house.recovery_key)

    def run(*arguments: str) -> tuple[int, list[Any]]:
        code = run_command(["--json", "--archive", str(house.folder), *arguments], lambda: None)  # type: ignore[arg-type]
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    code, lines = run("verify")
    assert code == 1
    assert [line["detail"].split()[0] for line in lines if line["check"] == "anchor"] == ["behind"]
    assert run("acknowledge")[0] == 3
    assert run("acknowledge", "--recovery-key-file", str(tmp_path / "key"))[0] == 0
    assert run("acknowledge") == (0, [{"suspended": False}])
    assert {line["ok"] for line in run("verify")[1] if line["check"] == "anchor"} == {True}
    house.reopen_from_closed()
