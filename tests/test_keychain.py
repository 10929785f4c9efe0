"""tests/test_keychain.py — the device secret in a real Secret Service, and keychains that lie, hang or fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked

from storage.errors import NoKeychain
from storage.keychain import Keychain

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 0.2


class Outside(KeyringBackend):
    """A keychain as the world may offer it; a test overrides what goes wrong."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[username]


class Hanging(Outside):
    """Waits for an unlock prompt nobody sees."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answered.wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.answered.wait()


class Forgetful(Outside):
    """keyring's null backend: takes the secret and throws it away."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Altering(Outside):
    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password[::-1]


class Failing(Outside):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error


class PlatformError(Exception):
    """As pywintypes.error and jeepney's DBusErrorResponse: no KeyringError at all."""


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    backend = Hanging()
    yield backend
    backend.answered.set()


def test_what_is_stored_comes_back() -> None:
    keychain = Keychain(Outside())
    assert keychain.fetch("device/x") is None
    keychain.store("device/x", bytes(range(32)))
    assert keychain.fetch("device/x") == bytes(range(32))
    keychain.forget("device/x")
    assert keychain.fetch("device/x") is None


def test_a_keychain_that_hangs_is_left_after_the_time_limit(hanging: Hanging) -> None:
    keychain = Keychain(hanging, time_limit_s=LIMIT_S)
    with pytest.raises(NoKeychain, match="no answer"):
        keychain.fetch("device/x")
    with pytest.raises(NoKeychain, match="no answer"):
        keychain.store("device/x", b"secret")


@pytest.mark.parametrize("backend", [Forgetful(), Altering()])
def test_a_keychain_that_does_not_keep_is_found_out(backend: Outside) -> None:
    with pytest.raises(NoKeychain):
        Keychain(backend).store("device/x", b"a secret of 21 bytes.")


@pytest.mark.parametrize(
    "error", [KeyringLocked(), InitError(), RuntimeError(), ConnectionResetError(), PlatformError("prompt dismissed")]
)
def test_whatever_a_keychain_raises_is_known(error: Exception) -> None:
    keychain = Keychain(Failing(error))
    with pytest.raises(NoKeychain) as caught:
        keychain.fetch("device/x")
    assert caught.value.__cause__ is error
    with pytest.raises(NoKeychain):
        keychain.store("device/x", b"secret")


@pytest.mark.parametrize("foreign", ["not base64!", "样本", "AAA"])
def test_a_secret_somebody_else_wrote_is_known(foreign: str) -> None:
    backend = Outside()
    backend.kept["device/x"] = foreign
    with pytest.raises(NoKeychain):
        Keychain(backend).fetch("device/x")


# What runs on the private bus. It prints what it proved; the test below reads that.
ON_THE_BUS = """
import os, secrets, subprocess, sys
from pathlib import Path

import keyring
import secretstorage
from keyring.backends.SecretService import Keyring

from storage.errors import DeviceSecretMissing, NoKeychain, WrongPassphrase
from storage.keychain import Keychain
from storage.keys import FLOOR, KeySlots, MasterKey

# Somebody points keyring elsewhere; the null backend would throw the secret away.
assert type(keyring.get_keyring()).__module__ == "keyring.backends.null", keyring.get_keyring()

keychain = Keychain.find()
assert keychain is not None
assert isinstance(keychain._backend, Keyring)
secret = secrets.token_bytes(32)
keychain.store("device/sample", secret)
again = Keychain.find()
assert again is not None and again.fetch("device/sample") == secret
assert again.fetch("device/other") is None
print("kept")

# It really lies in the Secret Service, where another client of the bus finds it.
bus = secretstorage.dbus_init()
(item,) = secretstorage.get_default_collection(bus).search_items({"service": "anjuan", "username": "device/sample"})
assert item.get_secret()
print("seen by another client")

folder = Path(sys.argv[1])
master = MasterKey.generate()
slots = KeySlots(folder, "0" * 32)
slots.add_user(master, "sample", "a sample passphrase", keychain, FLOOR)
slots.save(master)
assert KeySlots.load(folder).unlock("sample", "a sample passphrase", Keychain.find()) == master
keychain.forget("device/" + "0" * 32)
try:
    KeySlots.load(folder).unlock("sample", "a sample passphrase", Keychain.find())
    raise AssertionError("opened without the device secret")
except DeviceSecretMissing:
    print("slot needs it")

# Locked, with no prompter on this bus: it must end, not hang.
secretstorage.get_default_collection(bus).lock()
locked = Keychain(keychain._backend, time_limit_s=3.0)
try:
    locked.fetch("device/sample")
    raise AssertionError("a locked keychain answered")
except NoKeychain:
    print("locked is known")
sys.stdout.flush()
os._exit(0)  # a thread may still wait for the prompt
"""


def test_a_real_secret_service(tmp_path: Path) -> None:
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    home = tmp_path / "home"
    config = home / ".config" / "python_keyring"
    config.mkdir(parents=True)
    (config / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
    (home / ".local" / "share" / "keyrings").mkdir(parents=True)  # else the daemon asks instead of making one
    (tmp_path / "runtime").mkdir(mode=0o700)
    (tmp_path / "archive").mkdir()
    script = tmp_path / "on_the_bus.py"
    script.write_text(ON_THE_BUS, "utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_RUNTIME_DIR": str(tmp_path / "runtime"),
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "LANG": "C.UTF-8",
    }
    command = 'printf sample | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"'
    ended = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", command, "sh", sys.executable, str(script), str(tmp_path / "archive")],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.stdout.splitlines() == ["kept", "seen by another client", "slot needs it", "locked is known"], (
        ended.stderr
    )


def test_no_bus_is_no_keychain(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("the Secret Service is Linux's keychain")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path / 'nobody'}",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    ended = subprocess.run(
        [sys.executable, "-c", "from storage.keychain import Keychain; print(Keychain.find())"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.stdout == "None\n", ended.stderr
