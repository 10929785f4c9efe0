"""tests/test_rotation.py — another master key: the former one opens nothing any more, and no cut loses anything."""

from __future__ import annotations

import random
import secrets
from pathlib import Path

import pyrage
import pytest

from app.jobs import Cancelled
from app.rotation import change_master_key
from storage.archive import DATABASE, Archive, StationFile
from storage.connection import Database
from storage.errors import DamagedFile, NotAllowed, WrongPassphrase
from storage.keys import FLOOR, KeySlots
from storage.records import Role
from storage.resealing import reseal
from storage.rotation import KeysCannotFollow, StillResealing, rekey
from tests.cuts import Sweep
from tests.stations import ADMINISTRATOR, CHIEF, PASSPHRASE, House

PAPERS = ("样本甲：核对门牌", "样本乙：修缮档案室", "样本丙：加装除湿机")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Three papers filed, one waiting."""
    house = House(tmp_path)
    for number, text in enumerate(PAPERS):
        house.file(house.receive(text.encode(), f"样本{number}.txt"), title=text)
    house.receive("样本丁：等待核对".encode(), "样本丁.txt")
    house.archive.index.catch_up()
    return house


def state(archive: Archive) -> list[object]:
    """What is kept, as people see it."""
    queries = archive.queries
    kept = [queries.object(object_id) for item in queries.items() for object_id in item.object_ids]
    pictures = [
        archive.pictures.get(page.picture)
        for object_id in range(1, len(PAPERS) + 2)
        for page in queries.pages(object_id)
    ]
    return [queries.items(), [(one.sha256, archive.objects.get(one.name)) for one in kept], pictures, queries.inbox()]


def faults(archive: Archive) -> list[object]:
    return [finding for finding in archive.verify() if not finding.ok or finding.detail == "stray"]


def test_everything_is_there_under_another_key_and_the_former_one_opens_nothing(house: House) -> None:
    before, folder = state(house.archive), house.folder
    former = KeySlots.load(folder).unlock(ADMINISTRATOR, PASSPHRASE, None)
    identity = str(house.archive.queries.fact("identity"))
    recipient, files = house.archive.recipient, {*house.archive.objects.names(), *house.archive.pictures.names()}
    house.archive.close()
    change_master_key(folder, ADMINISTRATOR, PASSPHRASE)
    with pytest.raises(DamagedFile):
        Database(folder / DATABASE, former.derive("archive"))
    house.reopen_from_closed()  # the recovery sheet is the same
    archive = house.archive
    assert state(archive) == before
    assert StationFile.load(folder).recipient == archive.recipient != recipient
    assert reseal(archive)
    assert archive.queries.fact("former_identity") is None and archive.queries.reseal_count() == 0
    now = {*archive.objects.names(), *archive.pictures.names()}
    assert not now & files and len(now) == len(files)
    old = pyrage.x25519.Identity.from_str(identity)
    for path in (path for part in ("objects", "pictures") for path in (folder / part).rglob("*.age")):
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(path.read_bytes(), [old])
    house.reopen()
    archive = house.archive
    assert state(archive) == before and faults(archive) == []
    archive.index.catch_up()
    assert archive.index.search("除湿机").total == 1
    types = [event.type for event in archive.queries.events(0)]
    assert (types.count("change_master_key"), types.count("finish_rotation")) == (1, 1)
    archive.close()


def test_every_user_goes_on_with_their_own_passphrase(house: House) -> None:
    house.archive.admit(CHIEF, PASSPHRASE, "样本·内勤", "样本 other 口令 staple", None, FLOOR)
    house.archive.close()
    change_master_key(house.folder, ADMINISTRATOR, PASSPHRASE)
    for user, passphrase in ((ADMINISTRATOR, PASSPHRASE), ("样本·内勤", "样本 other 口令 staple")):
        Archive.open(house.folder, user, passphrase, None).close()
    with pytest.raises(WrongPassphrase):
        Archive.open(house.folder, ADMINISTRATOR, "样本 other 口令 staple", None)


def test_sealing_anew_is_cancelled_and_goes_on(house: House) -> None:
    before = state(house.archive)
    house.archive.close()
    change_master_key(house.folder, ADMINISTRATOR, PASSPHRASE)
    house.reopen_from_closed()

    def stop(done: int, _total: int, _note: str) -> None:
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        reseal(house.archive, stop)
    with pytest.raises(StillResealing):
        slots = KeySlots.load(house.folder)
        slots.unlock_with_recovery(house.recovery_key)

        rekey(house.archive, CHIEF, slots)
    # What comes in meanwhile is under the new key from the start.
    house.receive("样本戊：后来收到".encode(), "样本戊.txt")
    house.reopen()
    assert reseal(house.archive) and state(house.archive)[:2] == before[:2]
    house.reopen()
    assert state(house.archive)[:2] == before[:2] and faults(house.archive) == []
    house.archive.close()


def test_what_does_not_open_is_left_and_named(house: House) -> None:
    item = house.archive.queries.items()[0]
    name = house.archive.queries.object(item.object_ids[0]).name
    house.archive.objects.path(name).write_bytes(b"damaged")
    house.archive.close()
    change_master_key(house.folder, ADMINISTRATOR, PASSPHRASE)
    house.reopen_from_closed()
    assert reseal(house.archive)
    house.reopen()
    assert [(finding.check, finding.object, finding.detail) for finding in house.archive.verify() if not finding.ok] == [
        ("object", name, "damaged")
    ]
    house.archive.close()


def test_papers_sealed_while_locked_under_the_former_key_still_come_in(house: House) -> None:
    custody = house.custody("样本己：锁定时收到".encode())
    token = house.archive.spool.put(custody, "样本己：锁定时收到".encode())
    house.archive.close()
    change_master_key(house.folder, ADMINISTRATOR, PASSPHRASE)
    house.reopen_from_closed()
    assert not reseal(house.archive), "the former identity stays while something may need it"
    assert house.archive.spool.take(token).custody == custody
    house.archive.spool.discard(token)
    assert reseal(house.archive)
    house.archive.close()


def test_who_may_not_and_what_cannot(house: House) -> None:
    admitted = house.archive.admit(CHIEF, PASSPHRASE, "样本·内勤", "样本 other 口令 staple", None, FLOOR)
    assert admitted is None
    clerk = house.archive.queries.agent("样本·内勤")
    assert clerk is not None
    with house.archive.write(CHIEF) as change:
        change.grant(clerk.id, Role.CLERK)
    house.archive.close()
    keys = (house.folder / "keys.json").read_bytes()
    with pytest.raises(NotAllowed):
        change_master_key(house.folder, "样本·内勤", "样本 other 口令 staple")
    with pytest.raises(Cancelled):
        change_master_key(house.folder, ADMINISTRATOR, PASSPHRASE, step=_cancel)
    assert (house.folder / "keys.json").read_bytes() == keys
    assert not list(house.folder.glob(f"{DATABASE}.next*"))
    house.reopen_from_closed()
    assert faults(house.archive) == []
    slots = KeySlots.load(house.folder)
    slots.unlock_with_recovery(house.recovery_key)
    slots._slots = tuple(slot.__class__(**{**_fields(slot), "recipient": "", "master": ""}) for slot in slots._slots)

    with pytest.raises(KeysCannotFollow):
        rekey(house.archive, CHIEF, slots)
    house.archive.close()


def _fields(slot: object) -> dict[str, object]:
    return {name: getattr(slot, name) for name in slot.__struct_fields__}  # type: ignore[attr-defined]


def _cancel(*_: object) -> None:
    raise Cancelled


# -- cuts

def change_it(folder: Path) -> None:
    """Changes the key and seals everything anew. The process has the same keys every time, and therefore the same names of
    files in the same folders: else the disk would change more often in one run than in another.
    """
    secrets.token_bytes = random.Random(7).randbytes  # type: ignore[assignment]
    change_master_key(folder / "archive", ADMINISTRATOR, PASSPHRASE)
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    reseal(archive)
    archive.close()


def nothing_is_lost(folder: Path) -> None:
    """Whatever key is in force: the passphrase and the sheet open it, all is there, and what was begun is finished."""
    Archive.open(folder / "archive", ADMINISTRATOR, PASSPHRASE, None).close()
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    assert reseal(archive)
    archive.close()
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    assert faults(archive) == []
    assert sorted(item.title for item in archive.queries.items()) == sorted(PAPERS)
    assert StationFile.load(folder / "archive").recipient == archive.recipient
    archive.index.catch_up()
    assert archive.index.search("除湿机").total == 1
    changed = sum(event.type == "change_master_key" for event in archive.queries.events(0))
    assert changed in (0, 1)
    assert not list((folder / "archive").glob(f"{DATABASE}.next*"))
    archive.close()


@pytest.mark.timeout(1800)
def test_killed_at_any_point_nothing_is_lost(house: House, tmp_path: Path) -> None:
    house.archive.close()
    start = tmp_path / "start"
    start.mkdir()
    house.folder.rename(start / "archive")
    (start / "recovery").write_text(house.recovery_key)
    assert Sweep("tests.test_rotation:change_it", "tests.test_rotation:nothing_is_lost", 14).run(start) >= 14
