"""tests/test_keys.py — key slots: who opens, who does not, and what tampering meets."""

from __future__ import annotations

import base64
import json
import random
import re
import secrets
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend

from storage import keys
from storage.errors import (
    DamagedFile,
    DeviceSecretMissing,
    Known,
    NoKeychain,
    NotAnArchive,
    UnknownUser,
    WrongPassphrase,
)
from storage.keychain import Keychain
from storage.keys import CEILING, FILE_NAME, FLOOR, Cost, KeySlots, MasterKey, normalise_recovery_key, public_key

ARCHIVE = "0123456789abcdef0123456789abcdef"
PASSPHRASE = "样本口令 correct horse"
MASTER = MasterKey(bytes(range(32)))


class Machine(KeyringBackend):
    """The keychain of another machine: secrets in memory. It stands for the world, not for a part of ours."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def slots(folder: Path, keychain: Keychain | None = None, *users: str) -> tuple[KeySlots, str]:
    made = KeySlots(folder, ARCHIVE)
    for user in users or ("样本甲",):
        made.add_user(MASTER, user, PASSPHRASE, keychain, FLOOR)
    recovery_key = made.add_recovery(MASTER)
    made.save(MASTER)
    return made, recovery_key


def content(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / FILE_NAME).read_bytes())
    return found


def change(folder: Path, found: dict[str, Any]) -> None:
    (folder / FILE_NAME).write_text(json.dumps(found), "utf-8")


def test_what_was_wrapped_comes_back(tmp_path: Path) -> None:
    _, recovery_key = slots(tmp_path, None, "样本甲", "样本乙")
    loaded = KeySlots.load(tmp_path)
    assert loaded.users() == ["样本甲", "样本乙"]
    assert not loaded.needs_device("样本甲")
    assert loaded.unlock("样本乙", PASSPHRASE, None) == MASTER
    assert loaded.unlock_with_recovery(recovery_key) == MASTER


def test_only_the_right_person_with_the_right_words(tmp_path: Path) -> None:
    slots(tmp_path)
    loaded = KeySlots.load(tmp_path)
    for wrong in ("", PASSPHRASE + " ", PASSPHRASE.upper()):
        with pytest.raises(WrongPassphrase):
            loaded.unlock("样本甲", wrong, None)
    with pytest.raises(UnknownUser):
        loaded.unlock("样本丙", PASSPHRASE, None)
    with pytest.raises(UnknownUser):
        loaded.unlock("recovery", PASSPHRASE, None)
    with pytest.raises(WrongPassphrase):
        loaded.unlock_with_recovery("0000-" * 8)


def test_a_passphrase_is_the_same_however_it_is_composed(tmp_path: Path) -> None:
    made = KeySlots(tmp_path, ARCHIVE)
    made.add_user(MASTER, "样本甲", "Ａｂｃ１２３ ﾊﾟ café 口令", None, FLOOR)
    made.save(MASTER)
    typed = unicodedata.normalize("NFD", "Abc123 パ café 口令")
    assert KeySlots.load(tmp_path).unlock("样本甲", typed, None) == MASTER


def test_a_slot_is_replaced_and_the_old_words_are_dead(tmp_path: Path) -> None:
    made, first_recovery = slots(tmp_path)
    made.add_user(MASTER, "样本甲", "another 样本 phrase", None, FLOOR)
    second_recovery = made.add_recovery(MASTER)
    made.save(MASTER)
    loaded = KeySlots.load(tmp_path)
    assert loaded.users() == ["样本甲"]
    with pytest.raises(WrongPassphrase):
        loaded.unlock("样本甲", PASSPHRASE, None)
    with pytest.raises(WrongPassphrase):
        loaded.unlock_with_recovery(first_recovery)
    assert loaded.unlock_with_recovery(second_recovery) == MASTER


def test_the_thief_with_the_folder_and_the_passphrase_opens_nothing(tmp_path: Path) -> None:
    home = Keychain(Machine())
    (tmp_path / "home").mkdir()
    _, recovery_key = slots(tmp_path / "home", home)
    shutil.copytree(tmp_path / "home", tmp_path / "stolen")
    stolen = KeySlots.load(tmp_path / "stolen")
    assert stolen.needs_device("样本甲")
    with pytest.raises(DeviceSecretMissing):
        stolen.unlock("样本甲", PASSPHRASE, Keychain(Machine()))
    with pytest.raises(NoKeychain):
        stolen.unlock("样本甲", PASSPHRASE, None)

    forged = Keychain(Machine())
    forged.store(f"device/{ARCHIVE}", secrets.token_bytes(32))
    with pytest.raises(WrongPassphrase):
        stolen.unlock("样本甲", PASSPHRASE, forged)

    softened = content(tmp_path / "stolen")
    softened["slots"][0]["device"] = False
    change(tmp_path / "stolen", softened)
    with pytest.raises(WrongPassphrase):
        KeySlots.load(tmp_path / "stolen").unlock("样本甲", PASSPHRASE, None)

    assert KeySlots.load(tmp_path / "home").unlock("样本甲", PASSPHRASE, home) == MASTER
    assert stolen.unlock_with_recovery(recovery_key) == MASTER


def test_two_people_of_one_machine_share_its_secret(tmp_path: Path) -> None:
    machine = Machine()
    slots(tmp_path, Keychain(machine), "样本甲", "样本乙")
    assert len(machine.kept) == 1
    assert KeySlots.load(tmp_path).unlock("样本乙", PASSPHRASE, Keychain(machine)) == MASTER


def test_unlocking_makes_no_device_secret(tmp_path: Path) -> None:
    slots(tmp_path, Keychain(Machine()))
    other = Machine()
    with pytest.raises(DeviceSecretMissing):
        KeySlots.load(tmp_path).unlock("样本甲", PASSPHRASE, Keychain(other))
    assert other.kept == {}


@pytest.mark.parametrize(
    "cost",
    [
        {"memory_kib": FLOOR.memory_kib - 1},
        {"memory_kib": 8},
        {"memory_kib": 0},
        {"memory_kib": -1},
        {"memory_kib": CEILING.memory_kib + 1},
        {"memory_kib": 2**40},
        {"passes": FLOOR.passes - 1},
        {"passes": CEILING.passes + 1},
        {"passes": 2**31},
        {"lanes": 0},
        {"lanes": CEILING.lanes + 1},
    ],
)
def test_a_cost_outside_the_bounds_is_refused_before_anything_is_derived(
    tmp_path: Path, cost: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    slots(tmp_path)
    derived: list[object] = []
    monkeypatch.setattr(keys, "hash_secret_raw", lambda *args, **kwargs: derived.append(args))
    found = content(tmp_path)
    found["slots"][0]["cost"] |= cost
    change(tmp_path, found)
    with pytest.raises(DamagedFile):
        KeySlots.load(tmp_path).unlock("样本甲", PASSPHRASE, None)
    with pytest.raises(DamagedFile):
        KeySlots(tmp_path, ARCHIVE).add_user(MASTER, "样本甲", PASSPHRASE, None, Cost(**found["slots"][0]["cost"]))
    assert derived == []


def test_a_changed_cost_within_the_bounds_opens_nothing(tmp_path: Path) -> None:
    slots(tmp_path)
    found = content(tmp_path)
    found["slots"][0]["cost"]["passes"] += 1
    change(tmp_path, found)
    with pytest.raises(WrongPassphrase):
        KeySlots.load(tmp_path).unlock("样本甲", PASSPHRASE, None)


def test_added_removed_and_reordered_slots_are_noticed(tmp_path: Path) -> None:
    _made, recovery_key = slots(tmp_path, None, "样本甲", "样本乙")
    whole = content(tmp_path)
    intruder = json.loads(json.dumps(whole["slots"][0])) | {"user": "样本丁"}
    tampered = {
        "added": [*whole["slots"], intruder],
        "removed": [whole["slots"][0], whole["slots"][2]],
        "reordered": [whole["slots"][1], whole["slots"][0], whole["slots"][2]],
        "renamed": [whole["slots"][0], whole["slots"][1] | {"user": "样本丁"}, whole["slots"][2]],
    }
    for name, changed in tampered.items():
        change(tmp_path, whole | {"slots": changed})
        loaded = KeySlots.load(tmp_path)
        with pytest.raises(DamagedFile):
            loaded.unlock("样本甲", PASSPHRASE, None)
        with pytest.raises(DamagedFile):
            loaded.unlock_with_recovery(recovery_key)
        assert name


def test_a_slot_of_one_person_is_no_slot_of_another(tmp_path: Path) -> None:
    slots(tmp_path, None, "样本甲", "样本乙")
    found = content(tmp_path)
    first, second = found["slots"][0], found["slots"][1]
    first["user"], second["user"] = second["user"], first["user"]
    change(tmp_path, found)
    with pytest.raises(WrongPassphrase):
        KeySlots.load(tmp_path).unlock("样本甲", PASSPHRASE, None)


def test_the_slots_of_another_archive_do_not_fit(tmp_path: Path) -> None:
    _, recovery_key = slots(tmp_path)
    change(tmp_path, content(tmp_path) | {"archive": ARCHIVE[::-1]})
    loaded = KeySlots.load(tmp_path)
    with pytest.raises(WrongPassphrase):
        loaded.unlock("样本甲", PASSPHRASE, None)
    with pytest.raises(WrongPassphrase):
        loaded.unlock_with_recovery(recovery_key)


@pytest.mark.parametrize(
    "field, value",
    [("salt", ""), ("salt", "AAAA"), ("salt", "不是"), ("nonce", "AAAA"), ("nonce", "!"), ("sealed", ""), ("sealed", "A")],
)
def test_malformed_fields_are_known_errors(tmp_path: Path, field: str, value: str) -> None:
    slots(tmp_path)
    found = content(tmp_path)
    found["slots"][0][field] = value
    change(tmp_path, found)
    with pytest.raises((DamagedFile, WrongPassphrase)):
        KeySlots.load(tmp_path).unlock("样本甲", PASSPHRASE, None)


def test_malformed_files_are_known_errors(tmp_path: Path) -> None:
    _, recovery_key = slots(tmp_path)
    with pytest.raises(NotAnArchive):
        KeySlots.load(tmp_path / "nothing here")
    whole = content(tmp_path)
    for mac in ("", "é", "00" * 32):
        change(tmp_path, whole | {"mac": mac})
        with pytest.raises(DamagedFile):
            KeySlots.load(tmp_path).unlock_with_recovery(recovery_key)
    for broken in (b"", b"{}", b"[]", b"\xff\xfe", b"\x00" * 100, json.dumps(whole | {"format": "other"}).encode()):
        (tmp_path / FILE_NAME).write_bytes(broken)
        with pytest.raises(DamagedFile):
            KeySlots.load(tmp_path)


def test_whatever_one_byte_becomes_it_opens_to_the_same_or_not_at_all(tmp_path: Path) -> None:
    _, recovery_key = slots(tmp_path)
    whole = (tmp_path / FILE_NAME).read_bytes()
    chance = random.Random(20261122)
    refused = 0
    for place in range(len(whole)):
        hurt = bytearray(whole)
        hurt[place] = chance.randrange(256)
        (tmp_path / FILE_NAME).write_bytes(hurt)
        try:
            assert KeySlots.load(tmp_path).unlock_with_recovery(recovery_key) == MASTER
        except Known:
            refused += 1
    assert refused > len(whole) // 2


def test_the_file_tells_nothing(tmp_path: Path) -> None:
    machine = Machine()
    _, recovery_key = slots(tmp_path, Keychain(machine))
    file = (tmp_path / FILE_NAME).read_bytes()
    (device,) = machine.kept.values()
    raw = recovery_key.replace("-", "")
    for secret in (MASTER.secret, base64.b64decode(device), PASSPHRASE.encode(), raw.encode(), recovery_key.encode()):
        for form in (secret, base64.b64encode(secret), secret.hex().encode()):
            assert form not in file
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0


def test_every_purpose_has_its_own_key() -> None:
    purposes = ("archive", "index", "object-names", "key-slots")
    derived = {MASTER.derive(purpose) for purpose in purposes}
    assert len(derived) == len(purposes)
    assert all(len(key) == 32 and key != MASTER.secret for key in derived)
    assert MASTER.derive("archive") == MasterKey(bytes(range(32))).derive("archive")
    assert MasterKey.generate() != MasterKey.generate()
    assert len(public_key(MASTER.secret)) == 32


def test_the_recovery_key_is_made_to_be_copied_by_hand(tmp_path: Path) -> None:
    made = KeySlots(tmp_path, ARCHIVE)
    seen = {made.add_recovery(MASTER) for _ in range(50)}
    assert len(seen) == 50
    for key in seen:
        assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}", key)


@st.composite
def hands(draw: st.DrawFn) -> tuple[str, str]:
    """A recovery key's characters, and the same as a person may type them."""
    raw = draw(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=32, max_size=32))
    typed = ""
    for character in raw:
        looks = {"0": "0Oo", "1": "1IiLl"}.get(character, character + character.lower())
        look = draw(st.sampled_from(looks))
        if draw(st.booleans()):
            look = chr(ord(look) + 0xFEE0)  # full width
        typed += look + draw(st.sampled_from(["", "", "", " ", "-", "—", "\u3000", "\n", "·", "."]))
    return raw, typed


@settings(max_examples=40)
@given(hands())
def test_a_recovery_key_typed_by_hand_is_the_same_key(pair: tuple[str, str]) -> None:
    raw, typed = pair
    assert normalise_recovery_key(typed) == raw


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers())
def test_a_recovery_key_typed_by_hand_opens(tmp_path: Path, seed: int) -> None:
    made = KeySlots(tmp_path, ARCHIVE)
    recovery_key = made.add_recovery(MASTER)
    made.save(MASTER)
    chance = random.Random(seed)
    typed = "".join(
        chance.choice([character, character.lower()]).replace("0", chance.choice("0oO")).replace("1", chance.choice("1lI"))
        for character in recovery_key
    )
    assert KeySlots.load(tmp_path).unlock_with_recovery(f" {typed} ") == MASTER
    wrong = typed[:-1] + ("2" if typed[-1] != "2" else "3")
    with pytest.raises(WrongPassphrase):
        KeySlots.load(tmp_path).unlock_with_recovery(wrong)


def test_the_shipped_cost_lies_within_the_bounds() -> None:
    for name in ("memory_kib", "passes", "lanes"):
        assert getattr(FLOOR, name) <= getattr(Cost(), name) <= getattr(CEILING, name)
    assert FLOOR.memory_kib >= 19 * 1024 and FLOOR.passes >= 2  # OWASP's least for Argon2id
