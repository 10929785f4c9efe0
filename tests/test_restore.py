"""tests/test_restore.py — from the backup and the sheet alone comes an archive that equals the one that was lost, and goes on."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.backups import VERSION
from app.rotation import change_master_key
from storage import restore
from storage.archive import Archive
from storage.errors import AlreadyAnArchive, DiskFull, UnknownUser
from storage.generations import MANIFEST, BackupDamaged, NoBackup, SeveralBackups
from storage.keychain import Keychain
from storage.keys import FLOOR, KeySlots
from storage.records import Delivery, PackageState
from storage.resealing import reseal
from storage.restore import Restored, WrongSheet
from sync import headquarters
from tests import sync_house
from tests.backups import PAPERS, backed_up, files_below, flip, papers, stick, the_set
from tests.cuts import Sweep
from tests.faults import Fault, Faults, live
from tests.stations import ADMINISTRATOR, CHIEF, PASSPHRASE, House, small_disk
from tests.test_keys import Machine

__all__ = ["small_disk"]

NEW = "恢复后的 new 口令 stapler"
#: Tables a restore writes to on purpose.
CHANGED = {"fact", "event", "agent"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "station")
    papers(made)
    yield made
    if not made.archive.closed:
        made.archive.close()


def restored(house: House, chosen: Path, target: Path, **wishes: Any) -> Restored:
    keychain = wishes.pop("keychain", None)
    return restore.restore(chosen, house.recovery_key, target, ADMINISTRATOR, NEW, keychain, cost=FLOOR, **wishes)


def tables(archive: Archive) -> dict[str, list[Any]]:
    reader = archive.database.reader()
    names = reader.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name: sorted(map(repr, reader.rows(f"SELECT * FROM {name}"))) for (name,) in names}


def refused(archive: Archive) -> list[str]:
    return [f"{finding.check} {finding.object} {finding.detail}" for finding in archive.verify() if not finding.ok]


def test_on_a_bare_machine_everything_comes_back(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, waiting = stick(tmp_path), "待收的样本".encode()
    house.archive.spool.put(house.custody(waiting), waiting)
    with house.archive.write(CHIEF) as change:
        change.admit("样本·内勤")
    before, head = tables(house.archive), house.archive.queries.head()
    contents = {name: house.archive.objects.get(name) for name in house.archive.queries.object_names()}
    pictures = {name: house.archive.pictures.get(name) for name in house.archive.queries.picture_names()}
    epoch = house.archive.epoch
    backed_up(house.archive, chosen)
    house.archive.close()
    shutil.rmtree(house.folder)
    moved = tmp_path / "another machine"
    shutil.copytree(chosen, moved)
    shutil.rmtree(chosen)
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "another config"))

    done = restored(house, moved, tmp_path / "new" / "archive")
    assert (done.head_seq, done.missing, done.damaged, done.passed_over) == (head[0], 0, (), ())
    assert done.others == ("样本·内勤",)
    archive = Archive.open(tmp_path / "new" / "archive", ADMINISTRATOR, NEW, None)
    try:
        after = tables(archive)
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= CHANGED, changed  # the user's row tells when the passphrase was chosen
        assert after.keys() == before.keys()
        assert set(before["event"]) < set(after["event"])
        new = archive.queries.events(head[0])
        assert [event.type for event in new] == ["restore", "renew_key"]
        assert (new[0].detail["head_hash"], new[0].detail["former_epoch"]) == (head[1], epoch)
        assert archive.epoch == new[0].detail["epoch"] != epoch
        assert {name: archive.objects.get(name) for name in archive.queries.object_names()} == contents
        assert {name: archive.pictures.get(name) for name in archive.queries.picture_names()} == pictures
        (token,) = archive.spool.tokens()
        assert archive.spool.take(token).data == waiting
        archive.index.catch_up()
        assert [archive.index.search(words).total for words in PAPERS] == [1, 1, 1]
        assert refused(archive) == [] and archive.suspension is None
        archive.anchor()
    finally:
        archive.close()
    # The sheet stays valid, and the master key is another one.
    Archive.open_with_recovery(tmp_path / "new" / "archive", house.recovery_key).close()
    assert KeySlots.load(tmp_path / "new" / "archive").users() == [ADMINISTRATOR]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["archive"]


def test_the_restored_archive_has_another_master_key(house: House, tmp_path: Path) -> None:
    backed_up(house.archive, stick(tmp_path))
    former = KeySlots.load(house.folder).unlock_with_recovery(house.recovery_key)
    restored(house, stick(tmp_path), tmp_path / "new")
    assert KeySlots.load(tmp_path / "new").unlock_with_recovery(house.recovery_key) != former
    # And what lies in the backup does not hold the former one either.
    backup = the_set(house.archive, stick(tmp_path))
    slots = backup.slots(backup.manifest(backup.names()[0]))
    assert slots.users() == [] and json.loads((slots.folder / "keys.json").read_bytes())["slots"][0]["master"] == ""


def test_only_into_an_absent_or_empty_folder(house: House, tmp_path: Path) -> None:
    backed_up(house.archive, stick(tmp_path))
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "archive.db-wal").write_bytes(b"stale")
    for target in (taken, house.folder):
        before = sorted(target.iterdir())
        with pytest.raises(AlreadyAnArchive):
            restored(house, stick(tmp_path), target)
        assert sorted(target.iterdir()) == before
    somebodys = tmp_path / "new.restoring"
    somebodys.mkdir()
    (somebodys / "letter.txt").write_text("样本")
    with pytest.raises(AlreadyAnArchive):
        restored(house, stick(tmp_path), tmp_path / "new")
    assert (somebodys / "letter.txt").exists()
    (taken / "archive.db-wal").unlink()
    assert restored(house, stick(tmp_path), taken).damaged == ()


def test_neither_another_sheet_nor_another_name_opens_it(house: House, tmp_path: Path) -> None:
    backed_up(house.archive, stick(tmp_path))
    target = tmp_path / "new"
    with pytest.raises(WrongSheet):
        restore.restore(stick(tmp_path), "0000-" * 8, target, ADMINISTRATOR, NEW, None, cost=FLOOR)
    with pytest.raises(UnknownUser):
        restore.restore(stick(tmp_path), house.recovery_key, target, "样本·无此人", NEW, None, cost=FLOOR)
    assert not target.exists() and not target.with_name("new.restoring").exists()
    other = House(tmp_path / "other")
    backed_up(other.archive, stick(tmp_path))
    other.archive.close()
    with pytest.raises(SeveralBackups):
        restored(house, stick(tmp_path), target)
    assert restored(house, the_set(house.archive, stick(tmp_path)).folder, target).damaged == ()


@pytest.mark.parametrize("part", [MANIFEST, "archive.db", "contents", "keys.json"])
@pytest.mark.parametrize("how", ["flipped", "missing"])
def test_a_damaged_generation_is_passed_over_for_the_one_before(house: House, tmp_path: Path, part: str, how: str) -> None:
    chosen = stick(tmp_path)
    first = backed_up(house.archive, chosen).generation
    papers(house, "只在新备份里的样本")
    second = backed_up(house.archive, chosen).generation
    file = the_set(house.archive, chosen).path(second) / part
    if how == "flipped":
        flip(file)
    elif part == MANIFEST:
        file.write_bytes(b"{}")
    else:
        file.unlink()
    with pytest.raises(BackupDamaged):
        restored(house, chosen, tmp_path / "named", generation=second)
    assert not (tmp_path / "named").exists()
    done = restored(house, chosen, tmp_path / "new")
    assert (done.generation, done.passed_over) == (first, (second,))


def test_every_byte_of_a_manifest_counts(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    made = backed_up(house.archive, chosen)
    backups = the_set(house.archive, chosen)
    file = backups.path(made.generation) / MANIFEST
    whole = file.read_bytes()
    for at in range(0, len(whole), 7):
        flip(file, at)
        with pytest.raises(BackupDamaged):
            backups.manifest(made.generation)
        file.write_bytes(whole)
    assert backups.manifest(made.generation)


def test_a_single_rotten_page_does_not_cost_the_newest_catalogue(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    made = backed_up(house.archive, chosen)
    backups = the_set(house.archive, chosen)
    file = next(one for one in backups.contents(backups.manifest(made.generation)) if one.folder == "objects")
    flip(backups.folder / "sealed" / file.sha256[:2] / f"{file.sha256}.age")
    done = restored(house, chosen, tmp_path / "new")
    assert (done.generation, done.damaged) == (made.generation, (file.place,))
    archive = Archive.open(tmp_path / "new", ADMINISTRATOR, NEW, None)
    try:
        assert [line for line in refused(archive) if not line.startswith("index")] == [f"object {file.name} missing"]
    finally:
        archive.close()


def test_an_empty_folder_holds_no_backup(house: House, tmp_path: Path) -> None:
    with pytest.raises(NoBackup):
        restored(house, stick(tmp_path), tmp_path / "new")
    backed_up(house.archive, stick(tmp_path))
    with pytest.raises(BackupDamaged):
        restored(house, stick(tmp_path), tmp_path / "new", generation="000009-20260101T000000.000Z")


def test_what_this_machine_knows_to_be_missing_is_said(tmp_path: Path) -> None:
    from tests.stations import founding

    keychain = Keychain(Machine())
    archive, recovery_key = Archive.create(founding(tmp_path / "archive", keychain))
    house = House.around(archive)
    house.recovery_key = recovery_key
    papers(house, "备份之前的样本")
    archive.anchor()
    backed_up(archive, stick(tmp_path))
    head = archive.queries.head()[0] - 1  # the event of the backup comes after what is in it
    papers(house, "备份之后的样本")
    archive.anchor()
    lost = archive.queries.head()[0] - head
    archive.close()
    shutil.rmtree(tmp_path / "archive")
    done = restored(house, stick(tmp_path), tmp_path / "archive", keychain=keychain)
    assert done.missing == lost > 0
    again = Archive.open(tmp_path / "archive", ADMINISTRATOR, NEW, keychain)
    assert again.suspension is None  # the restore answers for it
    again.anchor()
    again.close()
    Archive.open(tmp_path / "archive", ADMINISTRATOR, NEW, keychain).close()


def test_a_backup_after_a_restore_goes_on_in_the_same_set(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    backed_up(house.archive, chosen)
    restored(house, chosen, tmp_path / "new")
    archive = Archive.open(tmp_path / "new", ADMINISTRATOR, NEW, None)
    try:
        made = backed_up(archive, chosen)
        assert (made.copied, made.generation[:6]) == (0, "000002")
        assert [row.generation[:6] for row in archive.queries.backups()] == ["000002"]
    finally:
        archive.close()
    assert restored(house, chosen, tmp_path / "third").generation == made.generation


def test_every_generation_stays_whole_when_the_keys_and_the_sheet_change(house: House, tmp_path: Path) -> None:
    chosen, former_sheet = stick(tmp_path), house.recovery_key
    made = [backed_up(house.archive, chosen).generation]
    house.archive.close()
    change_master_key(house.folder, ADMINISTRATOR, PASSPHRASE)
    house.reopen_from_closed()
    made.append(backed_up(house.archive, chosen).generation)  # in the middle: the files follow later
    assert reseal(house.archive)
    made.append(backed_up(house.archive, chosen).generation)
    sheet = house.archive.holders.renew_recovery(CHIEF, PASSPHRASE)
    made.append(backed_up(house.archive, chosen).generation)
    with pytest.raises(WrongSheet):
        restored(house, chosen, tmp_path / "new")
    for generation, key in zip(made, [former_sheet] * 3 + [sheet], strict=True):
        house.recovery_key = key
        target = tmp_path / generation
        assert restored(house, chosen, target, generation=generation).damaged == ()
        archive = Archive.open(target, ADMINISTRATOR, NEW, None)
        assert reseal(archive)
        archive.index.catch_up()
        assert refused(archive) == [] and len(archive.queries.items()) == len(PAPERS)
        archive.close()


# -- headquarters


def test_headquarters_follows_into_the_new_epoch_without_loss_or_repeat(tmp_path: Path) -> None:
    office = sync_house.found_headquarters(tmp_path / "office")
    station = sync_house.House(tmp_path / "station")
    with headquarters.running(office) as service:
        sync_house.enrol(station, office, tmp_path, service.url)
        first, second = station.file(sync_house.noise(50, 1)), station.file(sync_house.noise(50, 2))
        station.exchange.round()
        third = station.file(sync_house.noise(50, 3))
        chosen = stick(tmp_path)
        from storage.backup import back_up

        back_up(station.archive, sync_house.CLERK, chosen, VERSION)
        station.exchange.round()  # after the backup: headquarters knows more than it
        station.archive.close()
        shutil.rmtree(station.folder)
        restore.restore(
            chosen, station.recovery_key, station.folder, sync_house.CLERK.name, NEW, None, cost=FLOOR
        )
        station.archive = Archive.open(station.folder, sync_house.CLERK.name, NEW, None)
        fourth = station.file(sync_house.noise(50, 4))
        outcome = station.exchange.round()
        assert {one.state for one in outcome.packages} == {PackageState.DELIVERED}
        queries = station.archive.queries
        assert [queries.item(one.id).delivery for one in (first, second, third, fourth)] == [Delivery.DELIVERED] * 4
        (row,) = service.office.status()["stations"]  # type: ignore[misc]
        assert (row["accepted"], row["returned"]) == (4, 0)
        assert [alarm["kind"] for alarm in service.office.status()["alarms"]] == ["restored"]  # type: ignore[index,union-attr]
        assert station.exchange.round().packages == ()
        station.archive.close()


# -- the drill


def test_a_drill_opens_records_and_leaves_nothing_but_an_event(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    made = backed_up(house.archive, chosen)
    before = files_below(chosen), sorted(path.name for path in house.folder.iterdir())
    tried = restore.drill(house.archive, CHIEF, chosen, house.recovery_key)
    assert (tried.generation, tried.records, tried.files, tried.faults) == (made.generation, 3, 6, 0)
    assert (files_below(chosen), sorted(path.name for path in house.folder.iterdir())) == before
    event = house.archive.queries.events(house.archive.queries.head()[0] - 1)[0]
    assert (event.type, event.outcome) == ("drill", "success")
    with pytest.raises(WrongSheet):
        restore.drill(house.archive, CHIEF, chosen, "0000-" * 8)


def test_a_drill_finds_what_cannot_be_opened(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    backed_up(house.archive, chosen)
    flip(sorted(chosen.rglob("*.age"))[0])
    tried = restore.drill(house.archive, CHIEF, chosen, house.recovery_key)
    assert (tried.records, tried.faults) == (3, 1)
    event = house.archive.queries.events(house.archive.queries.head()[0] - 1)[0]
    assert (event.type, event.outcome, event.detail["faults"]) == ("drill", "failure", 1)


# -- killed and broken at every point


def one_restore(folder: Path) -> None:
    """Restores what is not restored yet."""
    if not (folder / "new").exists():
        recovery_key = (folder / "recovery").read_text()
        restore.restore(folder / "stick", recovery_key, folder / "new", ADMINISTRATOR, NEW, None, cost=FLOOR)


def nothing_or_all(folder: Path) -> None:
    """Either there is an archive, and it is whole, or there is none; and doing it again makes it."""
    backup = files_below(folder / "stick")
    one_restore(folder)
    assert files_below(folder / "stick") == backup
    archive = Archive.open(folder / "new", ADMINISTRATOR, NEW, None)
    try:
        archive.index.catch_up()
        assert refused(archive) == [] and len(archive.queries.items()) == len(PAPERS)
        assert [event.type for event in archive.queries.events()].count("restore") == 1
    finally:
        archive.close()
    assert sorted(path.name for path in folder.iterdir()) == ["new", "recovery", "station", "stick"]


def start_of(tmp_path: Path) -> Path:
    start = tmp_path / "start"
    house = House(start / "station")
    papers(house)
    (start / "recovery").write_text(house.recovery_key)
    backed_up(house.archive, stick(start))
    house.archive.close()
    return start


@pytest.mark.timeout(1800)
def test_killed_anywhere_there_is_no_archive_or_a_whole_one(tmp_path: Path) -> None:
    tried = Sweep("tests.test_restore:one_restore", "tests.test_restore:nothing_or_all", 5).run(start_of(tmp_path))
    assert tried >= 5


@pytest.mark.timeout(1800)
def test_a_disk_that_fails_anywhere_leaves_no_archive_or_a_whole_one(tmp_path: Path) -> None:
    ends = Faults("tests.test_restore:one_restore", "tests.test_restore:nothing_or_all", errno.ENOSPC, most=3).run(
        start_of(tmp_path)
    )
    assert ends["DiskFull"] and set(ends) <= {"", "DiskFull", "ReadOnly"}  # a database that cannot be made


def test_a_restore_writes_nothing_to_the_stick(tmp_path: Path) -> None:
    start = start_of(tmp_path)
    ended = live("tests.test_restore:one_restore", start, Fault(1, errno.EROFS, below="stick"))
    assert (ended.points, ended.known, ended.trouble) == (0, "", "")


def test_no_room_is_said_before_anything_is_copied(house: House, small_disk: Path, tmp_path: Path) -> None:
    house.file(house.receive(os.urandom(600_000)))
    backed_up(house.archive, stick(tmp_path))
    with pytest.raises(DiskFull):
        restored(house, stick(tmp_path), small_disk / "new")
    assert not any(path for path in small_disk.iterdir() if path.name.startswith("new"))
