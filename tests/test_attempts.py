"""tests/test_attempts.py — wrong passphrases: the waits, the lock-out, and what becomes of a count somebody tampers with."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import attempts
from storage.attempts import FILE_NAME, Attempts, Limits
from storage.errors import LockedOut, WaitBefore, WrongPassphrase
from storage.keychain import Keychain
from storage.keys import FLOOR, KeySlots, MasterKey
from tests.test_keys import ARCHIVE, PASSPHRASE, Machine

USER, OTHER = "样本甲", "样本乙"
MASTER = MasterKey(bytes(range(32)))
START = 1_800_000_000.0


class Clock:
    """The clock on the wall, in the hand of the test."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    hand = Clock()
    monkeypatch.setattr(attempts, "clock", hand)
    return hand


@pytest.fixture(scope="module")
def with_device(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """`keys.json` of two users whose slots need the keychain, and what the keychain holds."""
    folder, machine = tmp_path_factory.mktemp("slots"), Machine()
    made = KeySlots(folder, ARCHIVE)
    for user in (USER, OTHER):
        made.add_user(MASTER, user, PASSPHRASE, Keychain(machine), FLOOR)
    made.add_recovery(MASTER)
    made.save(MASTER)
    (secret,) = machine.kept.values()
    return (folder / "keys.json").read_bytes(), secret


@pytest.fixture(scope="module")
def without_device(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("slots")
    made = KeySlots(folder, ARCHIVE)
    for user in (USER, OTHER):
        made.add_user(MASTER, user, PASSPHRASE, None, FLOOR)
    made.add_recovery(MASTER)
    made.save(MASTER)
    return (folder / "keys.json").read_bytes()


class Door:
    """One archive folder, with or without a keychain. Every call reads everything anew, as a new process would."""

    def __init__(self, folder: Path, keys: bytes, secret: str = "") -> None:
        self.folder, self.machine = folder, Machine()
        (folder / "keys.json").write_bytes(keys)
        if secret:
            self.machine.kept["anjuan", f"device/{ARCHIVE}"] = secret
        self.keychain = Keychain(self.machine) if secret else None

    @property
    def file(self) -> Path:
        return self.folder / FILE_NAME

    def counts(self) -> Attempts:
        slots = KeySlots.load(self.folder)
        return Attempts(slots, slots.device_secret(USER, self.keychain), self.keychain)

    def fail(self, user: str | None = USER) -> Exception:
        counts = self.counts()
        counts.begin(user)
        return counts.wrong(user)

    def open(self, user: str | None = USER) -> None:
        counts = self.counts()
        counts.begin(user)
        counts.right(user)

    def waits(self, user: str | None = USER) -> int:
        """How long one must wait now; a try that may be made is taken back."""
        counts = self.counts()
        try:
            counts.begin(user)
        except (WaitBefore, LockedOut) as error:
            seconds = error.facts["seconds"]
            assert isinstance(seconds, int)
            return seconds
        counts.withdraw(user)
        return 0


@pytest.fixture
def kept(tmp_path: Path, clock: Clock, with_device: tuple[bytes, str]) -> Door:
    return Door(tmp_path, *with_device)


@pytest.fixture
def bare(tmp_path: Path, clock: Clock, without_device: bytes) -> Door:
    return Door(tmp_path, without_device)


def test_the_waits_grow_and_then_the_user_is_locked_out(kept: Door, clock: Clock) -> None:
    said = []
    for _ in range(5):
        clock.now += kept.waits()
        said.append(kept.fail())
    assert [type(error) for error in said] == [WrongPassphrase] * 4 + [LockedOut]
    assert [error.facts["seconds"] for error in said] == [0, 0, 5, 15, 1800]
    assert [error.facts.get("left") for error in said] == [4, 3, 2, 1, None]
    with pytest.raises(LockedOut):
        kept.open()
    clock.now += 1799
    assert kept.waits() == 1
    clock.now += 1
    assert kept.waits() == 0
    assert kept.fail().facts["left"] == 4, "a lock-out that was served counts no more"


def test_too_early_is_no_try_and_does_not_count(kept: Door, clock: Clock) -> None:
    for _ in range(3):
        kept.fail()
    before = kept.file.read_bytes()
    for _ in range(10):
        with pytest.raises(WaitBefore) as caught:
            kept.counts().begin(USER)
        assert caught.value.facts == {"seconds": 5}
    assert kept.file.read_bytes() == before
    clock.now += 4.5
    assert kept.waits() == 1


def test_the_right_one_breaks_the_row_and_keeps_the_tale(kept: Door) -> None:
    kept.fail()
    kept.fail()
    kept.open()
    assert kept.waits() == 0 and kept.fail().facts["left"] == 4
    number, untold = kept.counts().untold()[USER]
    assert number == 3 and [(one.number, one.reason) for one in untold] == [(1, "wrong"), (2, "wrong"), (3, "wrong")]
    assert untold[0].at == "2027-01-15T08:00:00+00:00"
    kept.counts().settle({USER: 2}, Limits())
    assert [one.number for one in kept.counts().untold()[USER][1]] == [3]


def test_a_try_that_was_cut_off_counts(kept: Door) -> None:
    for _ in range(3):
        kept.counts().begin(USER)  # and the plug is pulled
    assert kept.waits() == 5
    assert [one.reason for one in kept.counts().untold()[USER][1]] == ["interrupted"] * 3


def test_what_was_no_try_is_taken_back(kept: Door) -> None:
    kept.fail()
    before = kept.counts().untold()[USER]
    counts = kept.counts()
    counts.begin(USER)
    counts.withdraw(USER)
    assert kept.counts().untold()[USER] == before
    assert kept.fail().facts["left"] == 3


def test_people_are_counted_apart(kept: Door) -> None:
    for _ in range(3):
        kept.fail()
    assert kept.waits() > 0 and kept.waits(OTHER) == 0 and kept.waits(None) == 0


def test_the_recovery_key_waits_but_is_never_locked_out(kept: Door, clock: Clock) -> None:
    for expected in (0, 0, 5, 15, 30, 60, 120, 240, 480, 900, 900):
        clock.now += kept.waits(None)
        error = kept.fail(None)
        assert type(error) is WrongPassphrase and error.facts["seconds"] == expected
    assert [one.reason for one in kept.counts().untold()[None][1]] == ["wrong"] * 11


def test_a_recovered_user_is_heard_at_once(kept: Door) -> None:
    for _ in range(3):
        kept.fail()
    kept.counts().clear(USER)
    assert kept.waits() == 0
    assert kept.counts().untold()[USER][0] == 3


def test_the_limits_of_the_policy_hold_from_the_next_unlock(kept: Door, clock: Clock) -> None:
    kept.counts().settle({}, Limits(count=3, minutes=1))
    for user in (USER, OTHER):
        kept.fail(user)
        kept.fail(user)
        assert kept.fail(user).facts == {"seconds": 60}
    clock.now += 60
    assert kept.waits() == 0


def test_a_clock_set_back_makes_the_wait_begin_anew(kept: Door, clock: Clock) -> None:
    for _ in range(4):
        clock.now += kept.waits()
        kept.fail()
    clock.now -= 10 * 365 * 86400
    assert kept.waits() == 15
    clock.now += 14
    assert kept.waits() == 1
    clock.now += 1
    assert kept.waits() == 0


def test_nothing_in_the_file_opens_anything(kept: Door) -> None:
    kept.fail()
    text = kept.file.read_text("utf-8")
    (secret, *_mirrors) = kept.machine.kept.values()
    assert PASSPHRASE not in text and secret not in text
    assert kept.file.stat().st_mode & 0o077 == 0 or os.name == "nt"
    known = {"step", "number", "row", "limit", "minutes", "at", "untold", "mac"}
    assert set(json.loads(text)["counts"][f"user/{USER}"]) == known


# -- tampering, with a keychain


def test_deleting_the_file_resets_nothing(kept: Door) -> None:
    for _ in range(3):
        kept.fail()
    kept.file.unlink()
    assert kept.waits() == 15, "four now: the count that was taken away is one more"
    number, untold = kept.counts().untold()[USER]
    assert number == 4 and [(one.number, one.reason) for one in untold] == [(4, "tampered")]


def test_putting_an_older_file_back_resets_nothing(kept: Door, clock: Clock) -> None:
    older = kept.file
    kept.fail()
    saved = older.read_bytes()
    for _ in range(3):
        clock.now += kept.waits()
        kept.fail()
    older.write_bytes(saved)
    assert kept.waits() == 1800
    assert kept.counts().untold()[USER][0] == 5


def test_an_older_file_from_before_a_success_is_noticed(kept: Door) -> None:
    kept.open()
    saved = kept.file.read_bytes()
    kept.fail()
    kept.file.write_bytes(saved)
    assert kept.counts().untold()[USER][0] == 2


@pytest.mark.parametrize("field, value", [("row", 0), ("number", 0), ("limit", 99), ("minutes", 0), ("at", 0), ("untold", []), ("mac", "")])
def test_a_forged_count_is_tampering(kept: Door, field: str, value: object) -> None:
    kept.fail()
    kept.fail()
    found = json.loads(kept.file.read_bytes())
    found["counts"][f"user/{USER}"][field] = value
    kept.file.write_text(json.dumps(found), "utf-8")
    assert kept.counts().untold()[USER][0] == 3
    assert kept.counts().untold()[USER][1][-1].reason == "tampered"
    assert kept.waits() == 5


def test_one_persons_count_is_no_count_of_another(kept: Door, clock: Clock) -> None:
    for _ in range(4):
        clock.now += kept.waits()
        kept.fail()
    kept.open(OTHER)
    found = json.loads(kept.file.read_bytes())
    found["counts"][f"user/{USER}"] = found["counts"][f"user/{OTHER}"]
    kept.file.write_text(json.dumps(found), "utf-8")
    assert kept.waits() == 1800


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": "other", "counts": {}}', b"[" * 100_000])
def test_a_damaged_file_is_tampering_for_everybody(kept: Door, content: bytes) -> None:
    kept.fail()
    kept.fail()
    kept.open(OTHER)
    kept.file.write_bytes(content)
    assert kept.waits() == 5 and kept.waits(OTHER) == 0
    for user, number in ((USER, 3), (OTHER, 1)):
        assert kept.counts().untold()[user][0] == number
    kept.file.write_bytes(content)
    for place in [place for place in kept.machine.kept if "attempts" in place[1]]:
        del kept.machine.kept[place]
    assert kept.waits() == 1800 and kept.waits(OTHER) == 1800, "no mirror to answer for them"


def test_a_mirror_that_is_not_ours_locks_out(kept: Door) -> None:
    kept.open()
    for place in [place for place in kept.machine.kept if "attempts" in place[1]]:
        kept.machine.kept[place] = "AAAA"
    kept.file.unlink()
    assert kept.waits() == 1800


def test_a_mirror_taken_away_alone_changes_nothing(kept: Door) -> None:
    for _ in range(3):
        kept.fail()
    for place in [place for place in kept.machine.kept if "attempts" in place[1]]:
        del kept.machine.kept[place]
    assert kept.waits() == 5
    assert kept.counts().untold()[USER][0] == 3


def test_a_cut_between_file_and_mirror_is_no_tampering(kept: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.fail()
    held = dict(kept.machine.kept)
    kept.fail()
    kept.machine.kept.update(held)
    assert [one.reason for one in kept.counts().untold()[USER][1]] == ["wrong", "wrong"]
    assert kept.fail().facts["left"] == 2


def test_another_machine_vouches_for_nobody(kept: Door) -> None:
    for _ in range(3):
        kept.fail()
    slots = KeySlots.load(kept.folder)
    assert set(Attempts(slots).untold()) == {None}
    forged = Attempts(slots, b"x" * 32, Keychain(Machine()))
    assert forged.untold()[USER][1][-1].reason == "tampered"
    with pytest.raises(LockedOut):
        forged.begin(USER)


def test_on_a_new_machine_a_recovered_user_begins_anew(kept: Door) -> None:
    for _ in range(3):
        kept.fail()
    slots = KeySlots.load(kept.folder)
    keychain = Keychain(Machine())
    Attempts(slots, b"x" * 32, keychain).clear(USER)
    again = Attempts(slots, b"x" * 32, keychain)
    assert again.untold()[USER] == (3, ())
    again.begin(USER)
    again.right(USER)


# -- without a keychain


def test_without_a_keychain_the_file_is_believed(bare: Door, clock: Clock) -> None:
    for _ in range(5):
        clock.now += bare.waits()
        bare.fail()
    assert bare.waits() == 1800
    bare.file.unlink()
    assert bare.waits() == 0, "said plainly: on a disk that somebody may write to nothing can hold it"


def test_without_a_keychain_a_damaged_file_is_no_reset(bare: Door) -> None:
    bare.fail()
    bare.file.write_bytes(b"{")
    assert bare.waits() == 1800 and bare.waits(OTHER) == 1800
    assert bare.waits(None) == 30, "the recovery key waits, and is not locked out"


def test_a_count_behind_what_was_told_goes_on_from_there(bare: Door) -> None:
    for _ in range(2):
        bare.fail()
    bare.counts().settle({USER: 2}, Limits())
    bare.file.unlink()
    bare.counts().settle({USER: 2}, Limits())
    assert bare.counts().untold()[USER] == (2, ())


def test_many_failures_are_all_counted_and_the_newest_listed(bare: Door, clock: Clock) -> None:
    for _ in range(220):
        clock.now += 1801
        bare.fail(None)
    number, untold = bare.counts().untold()[None]
    assert number == 220 and [one.number for one in untold] == list(range(21, 221))


# -- any history


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["fail", "open", "cut", "delete", "older", "damage", "wait", "back"]), max_size=14))
def test_no_history_of_tampering_wins_a_try(
    tmp_path: Path, clock: Clock, with_device: tuple[bytes, str], history: list[str]
) -> None:
    """With a keychain: whatever is done to the file, between two right ones nobody tries oftener than the limit allows."""
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    folder.mkdir()
    door = Door(folder, *with_device)
    clock.now = START
    row, saved = 0, b""
    for step in history:
        if step in ("fail", "cut", "open"):
            counts = door.counts()
            try:
                counts.begin(USER)
            except (WaitBefore, LockedOut):
                continue
            row = row + 1 if step != "open" else 0
            assert row <= Limits().count
            if step == "fail":
                saved = saved or door.file.read_bytes()
                counts.wrong(USER)
            elif step == "open":
                counts.right(USER)
        elif step == "delete":
            door.file.unlink(missing_ok=True)
        elif step == "older" and saved:
            door.file.write_bytes(saved)
        elif step == "damage" and door.file.exists():
            door.file.write_bytes(door.file.read_bytes()[:-9])
        elif step == "wait":
            clock.now += 40  # longer than any wait but a lock-out
        elif step == "back":
            clock.now -= 100_000
