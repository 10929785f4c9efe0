"""tests/test_key_histories.py — any history of slots keeps exactly the right people able to open; slots of the first form; thieves.

The slots of the first form are written here as the program that made them did, so that what lies on people's disks opens.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
import shutil
import subprocess
import sys
import unicodedata
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.station import Station
from storage import keys
from storage.archive import Archive
from storage.errors import DeviceSecretMissing, KeyFileMissing, UnknownUser, WrongPassphrase
from storage.keychain import Keychain
from storage.keys import FILE_NAME, FLOOR, Cost, KeySlots, MasterKey, normalise_recovery_key
from tests.stations import ADMINISTRATOR, PASSPHRASE, founding, station
from tests.test_keys import ARCHIVE, Machine

ROOT = Path(__file__).resolve().parents[1]
USERS = ("样本甲", "样本乙", "样本丙")
WORDS = ("样本 one", "样本 two", "样本 three")
STICKS = (b"", b"a" * 32, b"b" * 32)

STEPS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(USERS), st.sampled_from(WORDS), st.booleans(), st.sampled_from(STICKS)),
    st.tuples(st.just("remove"), st.sampled_from(USERS)),
    st.tuples(st.just("rewrap")),
    st.tuples(st.just("recovery")),
    st.tuples(st.just("lose keychain")),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(STEPS, min_size=1, max_size=10))
def test_any_history_keeps_exactly_the_right_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, history: list[tuple[object, ...]]
) -> None:
    # What is stretched is not the subject here, and a hundred histories of it would take all day.
    monkeypatch.setattr(keys, "hash_secret_raw", lambda secret, salt, **_: sha256(salt + secret).digest())
    master, machine = MasterKey.generate(), Machine()
    made = KeySlots(tmp_path, ARCHIVE)
    sheet, former = made.add_recovery(master), []
    made.save(master)
    model: dict[str, tuple[str, bool, bytes]] = {}
    for what, *facts in history:
        slots = KeySlots.load(tmp_path)
        if what == "put":
            user, word, device, stick = facts
            slots.add_user(master, user, word, Keychain(machine) if device else None, FLOOR, stick)  # type: ignore[arg-type]
            model[user] = (word, device, stick)  # type: ignore[index,assignment]
        elif what == "remove":
            if facts[0] not in model:
                with pytest.raises(UnknownUser):
                    slots.remove_user(str(facts[0]))
                continue
            slots.remove_user(str(facts[0]))
            del model[str(facts[0])]
        elif what == "rewrap":
            master = MasterKey.generate()
            slots.rewrap(master)
        elif what == "recovery":
            former.append(sheet)
            sheet = slots.add_recovery(master)
        else:  # the recovery sheet on a new machine: those with a keychain behind them are out
            machine.kept.clear()
            for user in [user for user, (_, device, _) in model.items() if device]:
                del model[user]
                slots.remove_user(user)
        slots.save(master)
    slots = KeySlots.load(tmp_path)
    assert sorted(slots.users()) == sorted(model)
    assert slots.unlock_with_recovery(sheet) == master
    for old in former:
        with pytest.raises(WrongPassphrase):
            slots.unlock_with_recovery(old)
    for user in USERS:
        for word in WORDS:
            for stick in STICKS:
                try:
                    opened = slots.unlock(user, word, Keychain(machine), stick) == master
                except (UnknownUser, WrongPassphrase, KeyFileMissing):
                    opened = False
                right = user in model and model[user][0] == word and model[user][2] in (b"", stick)
                assert opened == right, (user, word, stick)


# -- slots of the first form


class FirstSlot(msgspec.Struct, frozen=True):
    kind: str
    user: str
    device: bool
    salt: str
    nonce: str
    sealed: str
    cost: Cost | None = None


def first_form(folder: Path, master: MasterKey, archive_id: str, user: str, passphrase: str, device: bytes) -> str:
    """Writes `keys.json` as it was before 2026-11-22: every slot holds the master key itself. Returns the recovery key."""

    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    def slot(kind: str, name: str, salt: bytes, key: bytes, cost: Cost | None) -> FirstSlot:
        nonce = secrets.token_bytes(12)
        bare = FirstSlot(kind, name, bool(device) and kind == "user", text(salt), text(nonce), "", cost)
        associated = archive_id.encode() + msgspec.json.encode(bare, order="deterministic")
        sealed = ChaCha20Poly1305(key).encrypt(nonce, master.secret, associated)
        return msgspec.structs.replace(bare, sealed=text(sealed))

    salt = secrets.token_bytes(16)
    stretched = hash_secret_raw(
        unicodedata.normalize("NFKC", passphrase).encode(), salt, time_cost=FLOOR.passes, memory_cost=FLOOR.memory_kib,
        parallelism=FLOOR.lanes, hash_len=32, type=Type.ID,
    )  # fmt: skip
    key = HKDF(SHA256(), 32, salt, b"anjuan/1/slot/" + f"{archive_id}/{user}".encode()).derive(stretched + device)
    paper = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    recovery = HKDF(SHA256(), 32, salt, b"anjuan/1/recovery/" + archive_id.encode()).derive(normalise_recovery_key(paper).encode())
    slots = (slot("user", user, salt, key, FLOOR), slot("recovery", "recovery", salt, recovery, None))
    body = archive_id.encode() + msgspec.json.encode(slots, order="deterministic")
    mac = hmac.new(master.derive("key-slots"), body, sha256).hexdigest()
    file = {"format": "anjuan-keys/1", "archive": archive_id, "slots": slots, "mac": mac}
    (folder / FILE_NAME).write_bytes(msgspec.json.encode(file))
    return paper


@pytest.mark.parametrize("device", [b"", b"d" * 32], ids=["passphrase alone", "with a keychain"])
def test_slots_of_the_first_form_open_are_renewed_and_keep_opening(tmp_path: Path, device: bytes) -> None:
    machine = Machine()
    keychain = Keychain(machine) if device else None
    if keychain:
        keychain.store(f"device/{ARCHIVE}", device)
    master = MasterKey.generate()
    paper = first_form(tmp_path, master, ARCHIVE, "样本甲", PASSPHRASE, device)
    first = KeySlots.load(tmp_path)
    assert first.first_form == ["样本甲", "recovery"] and not first.recovery_recipient
    with pytest.raises(WrongPassphrase):
        first.unlock("样本甲", "wrong", keychain)
    assert first.unlock("样本甲", PASSPHRASE, keychain) == master and first.renewed
    first.save(master)
    second = KeySlots.load(tmp_path)
    assert second.first_form == ["recovery"]
    assert second.unlock("样本甲", PASSPHRASE, keychain) == master and not second.renewed
    assert second.unlock_with_recovery(paper) == master and second.renewed
    second.save(master)
    third = KeySlots.load(tmp_path)
    assert third.first_form == [] and third.recovery_recipient
    other = MasterKey.generate()
    third.rewrap(other)
    third.save(other)
    again = KeySlots.load(tmp_path)
    assert again.unlock("样本甲", PASSPHRASE, keychain) == other == again.unlock_with_recovery(paper)


def test_an_archive_with_slots_of_the_first_form_opens_and_gets_a_sheet_that_backups_are_sealed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, _ = station(tmp_path, monkeypatch)
    folder, archive_id = opened.archive.folder, opened.archive.station_id
    opened.stop()
    master = KeySlots.load(folder).unlock(ADMINISTRATOR, PASSPHRASE, None)
    paper = first_form(folder, master, archive_id, ADMINISTRATOR, PASSPHRASE, b"")
    # The archive remembers how often the slots were saved; those of the first form come from before it did.
    archive = Archive.open_with_recovery(folder, paper)
    with archive.database.transaction() as connection:
        connection.execute("DELETE FROM fact WHERE name = 'keys_saved'")
    archive.close()
    opened = Station.open(folder, ADMINISTRATOR, PASSPHRASE, keychain=None)
    assert not KeySlots.load(folder).recovery_recipient
    new = opened.keys.renew_recovery(PASSPHRASE)
    opened.stop()
    assert KeySlots.load(folder).first_form == [] and KeySlots.load(folder).recovery_recipient
    with pytest.raises(WrongPassphrase):
        Archive.open_with_recovery(folder, paper)
    Archive.open_with_recovery(folder, new).close()


# -- thieves


def test_a_thief_with_the_folder_and_a_passphrase_opens_nothing(tmp_path: Path) -> None:
    """A whole archive on a machine whose keychain is not the station's; then with the sheet; then without the stick."""
    home = Keychain(Machine())
    archive, recovery_key = Archive.create(founding(tmp_path / "home", home))
    archive.close()
    shutil.copytree(tmp_path / "home", tmp_path / "stolen")
    with pytest.raises(DeviceSecretMissing):
        Archive.open(tmp_path / "stolen", ADMINISTRATOR, PASSPHRASE, Keychain(Machine()))
    found = json.loads((tmp_path / "stolen" / FILE_NAME).read_bytes())
    found["slots"][0]["device"] = False
    (tmp_path / "stolen" / FILE_NAME).write_text(json.dumps(found), "utf-8")
    with pytest.raises(WrongPassphrase):
        Archive.open(tmp_path / "stolen", ADMINISTRATOR, PASSPHRASE, None)
    shutil.copy(tmp_path / "home" / FILE_NAME, tmp_path / "stolen" / FILE_NAME)
    Archive.open_with_recovery(tmp_path / "stolen", recovery_key).close()


# What runs on the private bus, with the keychain of a desktop. It prints what it proved; the test below reads that.
ON_THE_BUS = """
import shutil, sys
from pathlib import Path

from app.station import Station
from storage.archive import Archive
from storage.errors import DeviceSecretMissing, KeyFileMissing, LockedOut, NoKeychain, WaitBefore, WrongPassphrase
from storage.key_file import read_key_file
from storage.keychain import Keychain
from storage.keys import FLOOR
from tests.stations import ADMINISTRATOR, PASSPHRASE, founding

folder = Path(sys.argv[1])
keychain = Keychain.find()
assert keychain is not None
archive, recovery_key = Archive.create(founding(folder / "home", keychain))
archive_id = archive.station_id
archive.close()

def refused(fault, step):
    try:
        step().close()
    except fault:
        return
    raise AssertionError("opened")

# The counts have their mirror in the keychain: deleting the file wins nothing.
for _ in range(3):
    refused(WrongPassphrase, lambda: Archive.open(folder / "home", ADMINISTRATOR, "wrong", Keychain.find()))
(folder / "home" / "attempts.json").unlink()
refused(WaitBefore, lambda: Archive.open(folder / "home", ADMINISTRATOR, PASSPHRASE, Keychain.find()))
Archive.recover(folder / "home", recovery_key, ADMINISTRATOR, PASSPHRASE, Keychain.find(), FLOOR).close()
print("counted in the keychain")

# The stick.
(folder / "stick").mkdir()
station = Station.open(folder / "home", ADMINISTRATOR, PASSPHRASE, keychain=Keychain.find())
path = station.keys.add_key_file(PASSPHRASE, folder / "stick")
station.stop()
refused(KeyFileMissing, lambda: Archive.open(folder / "home", ADMINISTRATOR, PASSPHRASE, Keychain.find()))
refused(WrongPassphrase, lambda: Archive.open(folder / "home", ADMINISTRATOR, PASSPHRASE, Keychain.find(), b"x" * 32))
Archive.open(folder / "home", ADMINISTRATOR, PASSPHRASE, Keychain.find(), read_key_file(path)).close()
print("keychain and passphrase need the stick")

# The thief: the whole folder, the stick and the passphrase, and a keychain that never knew the station.
shutil.copytree(folder / "home", folder / "stolen")
keychain.forget("device/" + archive_id)
refused(DeviceSecretMissing,
        lambda: Archive.open(folder / "stolen", ADMINISTRATOR, PASSPHRASE, Keychain.find(), read_key_file(path)))
refused(NoKeychain, lambda: Archive.open(folder / "stolen", ADMINISTRATOR, PASSPHRASE, None, read_key_file(path)))
Archive.open_with_recovery(folder / "stolen", recovery_key).close()
print("only the recovery sheet opens what was stolen")
"""


def test_the_thief_and_a_real_secret_service(tmp_path: Path) -> None:
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    (tmp_path / "archive").mkdir()
    script = tmp_path / "thief.py"
    script.write_text(ON_THE_BUS, "utf-8")
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8",
        "ANJUAN_CONFIG": str(tmp_path / "config"), "TMPDIR": str(tmp_path),
    }  # fmt: skip
    ended = subprocess.run(
        [str(ROOT / "installer" / "keychain-session"), "--private", sys.executable, str(script), str(tmp_path / "archive")],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ended.stdout.splitlines() == [
        "counted in the keychain",
        "keychain and passphrase need the stick",
        "only the recovery sheet opens what was stolen",
    ], ended.stderr
