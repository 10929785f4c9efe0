"""tests/test_holders.py — who opens the archive after their keys were changed, and what the journal says of those who could not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.keys import recover
from app.passphrases import GRADES
from app.station import Station
from storage import attempts
from storage.archive import Archive
from storage.errors import (
    DamagedFile,
    DeviceSecretMissing,
    KeyFileMissing,
    KeyFileRequired,
    LastKey,
    LockedOut,
    NotAllowed,
    PassphraseExpired,
    PassphraseTooPlain,
    PassphraseUsedBefore,
    SheetNeeded,
    UnknownUser,
    WaitBefore,
    WeakPassphrase,
    WrongPassphrase,
)
from storage.key_file import make_key_file, read_key_file
from storage.keychain import Keychain
from storage.keys import CEILING, FLOOR, Cost, KeySlots, affordable
from storage.records import Event, Role
from tests.cuts import Sweep
from tests.stations import ADMINISTRATOR, PASSPHRASE, admit, station
from tests.test_keys import Machine

SECOND, FIRST_WORDS, THEIR_WORDS = "样本·内勤", "样本 first horse 口令 staple", "样本 other horse 口令 staple"
NEW = "样本 new otter 口令 kiln"
START = 1_800_000_000.0


class House:
    """A station of one, closed; every call opens it as a new process would."""

    def __init__(self, folder: Path, recovery_key: str, keychain: Keychain | None = None) -> None:
        self.recovery_key = recovery_key
        self.folder, self.keychain, self.stick = folder / "archive", keychain, folder / "stick"
        self.stick.mkdir()

    def open(self, passphrase: str = PASSPHRASE, user: str = ADMINISTRATOR, **more: Any) -> Station:
        return Station.open(self.folder, user, passphrase, keychain=more.pop("keychain", self.keychain), **more)

    def opens(self, *words: str, **more: Any) -> bool:
        """Whether this opens it; a passphrase that must be changed is a right one."""
        attempts.clock = lambda: 0.0  # not the subject here: nobody waits
        try:
            self.open(*words, **more).stop()
        except PassphraseExpired:
            return True
        except WrongPassphrase:
            return False
        return True

    def with_(self, step: Callable[[Station], Any], **more: Any) -> Any:
        opened = self.open(**more)
        try:
            return step(opened)
        finally:
            opened.stop()

    def admit(self, user: str = SECOND, role: Role = Role.CLERK, passphrase: str = THEIR_WORDS) -> None:
        self.with_(lambda opened: admit(opened, user, role, passphrase))

    def events(self, *types: str) -> list[Event]:
        archive = Archive.open_with_recovery(self.folder, self.recovery_key)
        try:
            return [event for event in archive.queries.events() if event.type in types]
        finally:
            archive.close()


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A station that was founded once; every test has a copy."""
    folder = tmp_path_factory.mktemp("founded")
    with pytest.MonkeyPatch.context() as patch:
        opened, recovery_key = station(folder, patch)
    opened.stop()
    return folder / "archive", recovery_key


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, founded: tuple[Path, str]) -> House:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr(attempts, "clock", attempts.clock)
    shutil.copytree(founded[0], tmp_path / "archive")
    return House(tmp_path, founded[1])


# -- failures at the door


def test_every_failure_is_in_the_journal_before_anything_is_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = START
    monkeypatch.setattr(attempts, "clock", lambda: now)
    house.admit()
    for wrong in (NEW, "nothing like it"):
        with pytest.raises(WrongPassphrase) as caught:
            house.open(wrong)
    assert caught.value.facts == {"seconds": 0, "left": 3}
    with pytest.raises(WrongPassphrase):
        house.open(NEW, SECOND)
    with pytest.raises(WrongPassphrase):
        Archive.open_with_recovery(house.folder, "0000-" * 8)
    opened = house.open(THEIR_WORDS, SECOND)
    told = [event for event in opened.archive.queries.events() if event.type == "fail_unlock"]
    unlocked = [event for event in opened.archive.queries.events() if event.type == "unlock"][-1]
    assert all(event.seq < unlocked.seq for event in told)
    assert sorted((event.object, event.detail["number"], event.reason) for event in told) == [
        ("agent:1", 1, "wrong"), ("agent:1", 2, "wrong"), ("agent:2", 1, "wrong"), ("recovery", 1, "wrong")
    ]  # fmt: skip
    assert {event.detail["failed_at"] for event in told} == {"2027-01-15T08:00:00+00:00"}
    assert {(event.outcome, event.agent) for event in told} == {("failure", 0)}
    opened.stop()
    assert len(house.events("fail_unlock")) == 4, "told once"
    assert PASSPHRASE not in (house.folder / attempts.FILE_NAME).read_text("utf-8")


def test_five_wrong_ones_lock_the_user_out_until_the_time_or_the_recovery_sheet(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = START
    monkeypatch.setattr(attempts, "clock", lambda: now)
    for _ in range(4):
        now += 60
        with pytest.raises(WrongPassphrase):
            house.open(NEW)
    with pytest.raises(WaitBefore):
        house.open()
    now += 60
    with pytest.raises(LockedOut) as caught:
        house.open(NEW)
    assert caught.value.facts == {"seconds": 1800}
    with pytest.raises(LockedOut):
        house.open()
    recover(house.folder, house.recovery_key, ADMINISTRATOR, NEW, None, FLOOR).close()
    house.open(NEW).stop()
    assert [event.detail["number"] for event in house.events("fail_unlock")] == [1, 2, 3, 4, 5]


def test_the_limits_are_settings_of_the_security_administrator(house: House) -> None:
    def strict(opened: Station) -> None:
        opened.settings.set("lockout_count", 3)
        opened.settings.set("lockout_min", 1)

    house.with_(strict)
    with pytest.raises(WrongPassphrase):
        house.open(NEW)
    with pytest.raises(WrongPassphrase):
        house.open(NEW)
    with pytest.raises(LockedOut) as caught:
        house.open(NEW)
    assert caught.value.facts == {"seconds": 60}


def test_a_count_that_was_taken_away_is_missed(house: House) -> None:
    with pytest.raises(WrongPassphrase):
        house.open(NEW)
    house.open().stop()
    (house.folder / attempts.FILE_NAME).unlink()
    house.open().stop()
    assert [event.reason for event in house.events("fail_unlock")] == ["wrong", "lost"]
    house.open().stop()
    assert len(house.events("fail_unlock")) == 2


def test_a_wrong_passphrase_inside_counts_as_at_the_door(house: House) -> None:
    opened = house.open()
    for _ in range(2):
        with pytest.raises(WrongPassphrase):
            opened.keys.change_passphrase(THEIR_WORDS, NEW)
    assert [event.detail["number"] for event in opened.archive.queries.events() if event.type == "fail_unlock"] == [1, 2]
    with pytest.raises(WrongPassphrase):
        opened.keys.renew_recovery(THEIR_WORDS)
    with pytest.raises(WaitBefore):
        opened.keys.change_passphrase(PASSPHRASE, NEW)
    opened.stop()


def test_what_is_no_passphrase_is_no_failure(house: House) -> None:
    with pytest.raises(UnknownUser):
        house.open(user="样本·无此人")
    opened = house.open()
    with pytest.raises(Exception, match="folder"):  # another process has it
        house.open(NEW)
    opened.stop()
    assert house.events("fail_unlock") == []


# -- the policy


def age(house: House, days: float, user: str = ADMINISTRATOR) -> None:
    """As if the passphrase had been set so long ago."""
    archive = Archive.open_with_recovery(house.folder, house.recovery_key)
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
    with archive.database.transaction() as connection:
        connection.execute("UPDATE agent SET passphrase_at = ? WHERE name = ?", (at, user))
    archive.close()


def test_a_passphrase_that_is_too_old_opens_nothing_until_it_is_changed(house: House) -> None:
    age(house, 85)
    opened = house.open()
    assert opened.keys.warning() == 4
    opened.stop()
    age(house, 91)
    with pytest.raises(PassphraseExpired) as caught:
        house.open()
    assert caught.value.facts == {"reason": "aged"}
    with pytest.raises(PassphraseUsedBefore):
        house.open(new_passphrase=PASSPHRASE)
    with pytest.raises(WeakPassphrase):
        house.open(new_passphrase="12345678")
    with pytest.raises(PassphraseTooPlain):
        house.open(new_passphrase="kiln ferry otter plum")
    opened = house.open(new_passphrase=NEW)
    assert opened.keys.warning() is None
    opened.stop()
    assert house.opens(NEW) and not house.opens(PASSPHRASE)
    assert len(house.events("change_passphrase")) == 1


def test_a_new_user_must_change_the_first_passphrase(house: House) -> None:
    house.with_(lambda one: one.users.grant(one.users.admit(PASSPHRASE, SECOND, FIRST_WORDS, FLOOR), Role.CLERK))
    with pytest.raises(PassphraseExpired) as caught:
        house.open(FIRST_WORDS, SECOND)
    assert caught.value.facts == {"reason": "first"}
    opened = house.open(FIRST_WORDS, SECOND, new_passphrase=THEIR_WORDS)
    assert not opened.keys.mine().must_change
    opened.stop()
    house.open(THEIR_WORDS, SECOND).stop()
    assert not house.opens(FIRST_WORDS, SECOND)


def test_a_stricter_policy_is_met_at_the_next_unlock(house: House) -> None:
    house.with_(lambda one: (one.settings.set("passphrase_grade", "own"), one.settings.set("passphrase_length", 40)))
    with pytest.raises(PassphraseExpired) as caught:
        house.open()
    assert caught.value.facts == {"reason": "policy"}
    house.open(new_passphrase=NEW + " 样本 plum ferry 口令 twelve").stop()


def test_former_passphrases_do_not_come_back_and_are_not_kept(house: House) -> None:
    words = [f"样本 otter 口令 kiln {word}" for word in ("plum", "ferry", "staple")]
    opened = house.open()
    opened.settings.set("passphrase_grade", "own")
    opened.settings.set("passphrase_history", 2)
    own = PASSPHRASE
    for new in words:
        opened.keys.change_passphrase(own, new)
        own = new
    for former in words:  # the present one, and two before it
        with pytest.raises(PassphraseUsedBefore):
            opened.keys.change_passphrase(own, former)
    opened.keys.change_passphrase(own, PASSPHRASE)
    verifiers = opened.archive.queries.former_passphrases(1, 99)
    assert len(verifiers) == 4 and not any(word in "".join(verifiers) for word in (PASSPHRASE, *words))
    opened.stop()


def test_founding_meets_what_a_station_begins_with(tmp_path: Path) -> None:
    for passphrase, fault in (("kiln ferry otter plum", PassphraseTooPlain), ("Abc123!!", WeakPassphrase)):
        with pytest.raises(fault):
            Station.create(
                tmp_path / "archive", station="样本派出所", fonds_number="Z900", fonds_name="样本", administrator="样本甲",
                passphrase=passphrase, keychain=None, cost=FLOOR,
            )  # fmt: skip
    assert GRADES["baseline"].fits(PASSPHRASE)


# -- key files


def test_a_key_file_is_needed_from_then_on_until_it_is_taken_away(house: House) -> None:
    path = house.with_(lambda one: one.keys.add_key_file(PASSPHRASE, house.stick))
    with pytest.raises(KeyFileMissing):
        house.open()
    _, other = make_key_file(house.stick, "0" * 32)
    with pytest.raises(WrongPassphrase):
        house.open(key_file=other)
    opened = house.open(key_file=read_key_file(path))
    assert opened.keys.mine().key_file
    renewed = opened.keys.add_key_file(PASSPHRASE, house.stick)
    opened.keys.change_passphrase(PASSPHRASE, NEW)
    opened.stop()
    assert not house.opens(NEW, key_file=read_key_file(path))
    opened = house.open(NEW, key_file=read_key_file(renewed))
    opened.keys.remove_key_file(NEW)
    opened.stop()
    house.open(NEW).stop()
    assert [event.detail["bound"] for event in house.events("change_key_file")] == [True, True, False]


def test_where_the_policy_asks_for_key_files_one_is_bound_at_the_unlock(house: House) -> None:
    house.with_(lambda one: one.settings.set("key_file_required", True))
    with pytest.raises(KeyFileRequired):
        house.open()
    path, key_file = make_key_file(house.stick, KeySlots.load(house.folder).archive_id)
    opened = house.open(key_file=key_file)
    with pytest.raises(KeyFileRequired):
        opened.keys.remove_key_file(PASSPHRASE)
    opened.stop()
    with pytest.raises(KeyFileMissing):
        house.open()
    house.open(key_file=read_key_file(path)).stop()


def test_what_is_no_key_file_is_said(house: House) -> None:
    with pytest.raises(KeyFileMissing):
        read_key_file(house.stick / "gone")
    with pytest.raises(KeyFileMissing):
        make_key_file(house.stick / "gone", "0" * 32)
    path, key = make_key_file(house.stick, "0" * 32)
    good = json.loads(path.read_bytes())
    assert str(key) not in path.name and path.stat().st_size < 4096
    for content in (b"", b"\x00" * 9000, b"[]", json.dumps(good | {"format": "x"}).encode(), json.dumps(good | {"key": "AAAA"}).encode(),
                    json.dumps(good | {"key": "不"}).encode()):  # fmt: skip
        path.write_bytes(content)
        with pytest.raises(DamagedFile):
            read_key_file(path)


# -- the administrator


def test_a_new_recovery_sheet_takes_the_place_of_the_one_before(house: House) -> None:
    new = house.with_(lambda one: one.keys.renew_recovery(PASSPHRASE))
    with pytest.raises(WrongPassphrase):
        Archive.open_with_recovery(house.folder, house.recovery_key)
    house.recovery_key = new
    assert [event.object for event in house.events("renew_recovery")] == ["recovery"]
    recover(house.folder, new, ADMINISTRATOR, NEW, None, FLOOR).close()
    assert house.opens(NEW)


def test_a_reset_key_opens_with_the_first_passphrase_which_must_be_changed(house: House) -> None:
    house.admit()
    for _ in range(3):
        assert not house.opens(NEW, SECOND)
    house.with_(lambda one: one.keys.reset(PASSPHRASE, SECOND, FIRST_WORDS, FLOOR))
    assert not house.opens(THEIR_WORDS, SECOND)
    with pytest.raises(PassphraseExpired):
        house.open(FIRST_WORDS, SECOND)
    house.open(FIRST_WORDS, SECOND, new_passphrase=NEW).stop()


@pytest.mark.parametrize("duty", [Role.SECURITY, Role.AUDITOR])
def test_the_administrator_makes_no_key_for_whoever_watches_over_them(house: House, duty: Role) -> None:
    house.admit()
    opened = house.open()
    watcher = opened.archive.queries.agent(SECOND)
    assert watcher is not None
    opened.users.grant(watcher, duty)
    with pytest.raises(SheetNeeded):
        opened.keys.reset(PASSPHRASE, SECOND, FIRST_WORDS, FLOOR)
    opened.stop()
    assert not house.events("reset_key") and house.opens(THEIR_WORDS, SECOND)


def test_nobody_resets_or_revokes_themselves_or_without_the_right(house: House) -> None:
    house.admit()
    opened = house.open()
    for act in (lambda: opened.keys.reset(PASSPHRASE, ADMINISTRATOR, NEW), lambda: opened.keys.revoke(PASSPHRASE, ADMINISTRATOR)):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(UnknownUser):
        opened.keys.revoke(PASSPHRASE, "样本·无此人")
    opened.stop()
    clerk = house.open(THEIR_WORDS, SECOND)
    for act in (
        lambda: clerk.keys.reset(THEIR_WORDS, ADMINISTRATOR, NEW),
        lambda: clerk.keys.revoke(THEIR_WORDS, ADMINISTRATOR),
        lambda: clerk.keys.renew_recovery(THEIR_WORDS),
    ):
        with pytest.raises(NotAllowed):
            act()
    clerk.stop()
    assert {event.detail["attempt"] for event in house.events("refuse")} == {"reset_key", "revoke_key", "renew_recovery"}


def test_a_revoked_key_opens_nothing_even_when_older_slots_are_put_back(house: House) -> None:
    house.admit()
    older = (house.folder / "keys.json").read_bytes()
    house.with_(lambda one: one.keys.revoke(PASSPHRASE, SECOND))
    with pytest.raises(UnknownUser):
        house.open(THEIR_WORDS, SECOND)
    newer = (house.folder / "keys.json").read_bytes()
    (house.folder / "keys.json").write_bytes(older)
    with pytest.raises(UnknownUser):
        house.open(THEIR_WORDS, SECOND)
    (house.folder / "keys.json").write_bytes(newer)
    house.with_(lambda one: one.keys.reset(PASSPHRASE, SECOND, FIRST_WORDS, FLOOR))
    house.open(FIRST_WORDS, SECOND, new_passphrase=NEW).stop()


def test_the_last_administrators_key_is_never_revoked(house: House) -> None:
    house.admit("样本·副所长", Role.ADMINISTRATOR)
    deputy = house.open(THEIR_WORDS, "样本·副所长")
    with pytest.raises(LastKey) as caught:
        deputy.keys.revoke(THEIR_WORDS, ADMINISTRATOR)
    assert caught.value.facts["duty"] == "security"
    deputy.stop()
    assert house.opens()


def test_on_another_machine_only_the_recovery_sheet_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, other = Keychain(Machine()), Keychain(Machine())
    opened, recovery_key = station(tmp_path, monkeypatch, keychain=home)
    opened.stop()
    house = House(tmp_path, recovery_key, home)
    with pytest.raises(WrongPassphrase):
        house.open(NEW)
    with pytest.raises(DeviceSecretMissing):
        house.open(keychain=other)
    recover(house.folder, house.recovery_key, ADMINISTRATOR, NEW, other, FLOOR).close()
    opened = house.open(NEW, keychain=other)
    assert opened.keys.mine().device
    opened.stop()
    with pytest.raises(WrongPassphrase):
        house.open(NEW, keychain=home)
    reasons = [event.reason for event in house.events("fail_unlock")]
    assert "tampered" not in reasons and "lost" not in reasons


# -- what it costs


@pytest.mark.parametrize(
    "speed, memory_kib, expected",
    [
        (1.0, 2**30, FLOOR),  # a machine on which even the least takes for ever
        (1e-12, 2**30, CEILING),
        (1e-12, 1024 * 1024, Cost(256 * 1024, CEILING.passes, 4)),  # a quarter of a gigabyte
        (1 / (3 * 256 * 1024), 2**30, Cost(256 * 1024, 3, 4)),
        (1e-12, 1, Cost(FLOOR.memory_kib, CEILING.passes, 4)),
    ],
)
def test_the_cost_fits_the_machine_and_stays_within_the_bounds(speed: float, memory_kib: int, expected: Cost) -> None:
    found = affordable(speed, memory_kib)
    assert (found.memory_kib, found.passes) == (expected.memory_kib, expected.passes)
    assert found.lanes == Cost().lanes


# -- cuts


def _begin(folder: Path) -> tuple[Path, str]:
    return folder / "archive", (folder / "recovery").read_text("utf-8")


def _opened(folder: Path, passphrase: str = PASSPHRASE, user: str = ADMINISTRATOR, **more: Any) -> Station:
    return Station.open(_begin(folder)[0], user, passphrase, keychain=None, **more)


def cut_change_passphrase(folder: Path) -> None:
    opened = _opened(folder)
    opened.keys.change_passphrase(PASSPHRASE, NEW)
    opened.stop()


def cut_key_file(folder: Path) -> None:
    opened = _opened(folder)
    opened.keys.add_key_file(PASSPHRASE, folder / "stick")
    opened.stop()


def cut_recovery(folder: Path) -> None:
    opened = _opened(folder)
    (folder / "new").write_text(opened.keys.renew_recovery(PASSPHRASE), "utf-8")
    opened.stop()


def cut_admit(folder: Path) -> None:
    opened = _opened(folder)
    opened.users.admit(PASSPHRASE, SECOND, FIRST_WORDS, FLOOR)
    opened.stop()


def cut_revoke(folder: Path) -> None:
    opened = _opened(folder)
    opened.keys.revoke(PASSPHRASE, "样本·副所长")
    opened.stop()


def after(folder: Path) -> None:
    """The archive opens with the old or with the new secret, one of them and no other, and is whole."""
    key_files = [b"", *(read_key_file(path) for path in (folder / "stick").glob("*.anjuan-key"))]
    ways = 0
    for passphrase in (PASSPHRASE, NEW):
        for key_file in key_files:
            try:
                archive = Archive.open(folder / "archive", ADMINISTRATOR, passphrase, None, key_file)
            except (WrongPassphrase, KeyFileMissing):
                continue
            ways += 1
            assert archive.suspension is None
            assert all(finding.ok for finding in archive.verify())
            slots = KeySlots.load(folder / "archive").users()
            known = [agent.name for agent in archive.queries.agents()]
            assert set(slots) <= set(known), "a key that nobody can see"
            archive.close()
    # Without a key file in the slot it does not matter which one is given.
    assert ways in (1, len(key_files))
    new = folder / "new"
    sheets = [path.read_text("utf-8") for path in (folder / "recovery", new) if path.exists()]
    opening = 0
    for sheet in sheets:
        try:
            Archive.open_with_recovery(folder / "archive", sheet).close()
            opening += 1
        except WrongPassphrase:
            pass
    # A cut after the new key counts and before it was shown leaves no sheet: it is simply made anew.
    assert opening == 1 or not new.exists()
    try:
        opened = _opened(folder)
    except (PassphraseExpired, WrongPassphrase, KeyFileMissing, WaitBefore):
        return
    opened.keys.renew_recovery(PASSPHRASE)
    opened.stop()


@pytest.fixture(scope="module")
def with_a_deputy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every cut begins with: two administrators, the recovery key in the hand of the test, an empty stick."""
    start = tmp_path_factory.mktemp("deputy") / "start"
    with pytest.MonkeyPatch.context() as patch:
        opened, recovery_key = station(start, patch)
        admit(opened, "样本·副所长", Role.ADMINISTRATOR, THEIR_WORDS)
        opened.stop()
    (start / "stick").mkdir()
    (start / "recovery").write_text(recovery_key, "utf-8")
    return start


@pytest.mark.parametrize("act", ["change_passphrase", "key_file", "recovery", "admit", "revoke"])
def test_a_cut_leaves_the_old_or_the_new_key_and_a_whole_archive(
    tmp_path: Path, with_a_deputy: Path, act: str
) -> None:
    start = tmp_path / "start"
    shutil.copytree(with_a_deputy, start)
    assert Sweep(f"tests.test_holders:cut_{act}", "tests.test_holders:after", most=6).run(start) >= 6
