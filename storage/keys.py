"""storage/keys.py — key slots, recovery key: how a person's passphrase becomes the archive's keys.

One random 32-byte master key; HKDF-SHA256 derives from it the key of each purpose. A slot in `keys.json` belongs to one
user: an age identity sealed under Argon2id(passphrase) mixed with a device secret from the OS keychain and, where wanted, a
key file on a stick, so that a stolen disk and a guessed passphrase are not enough; and the master key, sealed to that
identity. So the master key can be changed for everybody without anybody's passphrase. One recovery slot is held under a
random key that exists only on paper; backups are sealed to its identity.

The bounds of Argon2id are checked before anything is derived: a changed `keys.json` can neither weaken nor exhaust.
A MAC under the master key over all slots shows an added, removed or swapped slot at the next unlock.
"""

from __future__ import annotations

import base64
import functools
import hmac
import os
import secrets
import sys
import time
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import (
    DamagedFile,
    DeviceSecretMissing,
    KeyFileMissing,
    NoKeychain,
    NotAnArchive,
    UnknownUser,
    WrongPassphrase,
)
from storage.files import write_whole
from storage.keychain import Keychain
from storage.objects import Seal

FORMAT = "anjuan-keys/2"
#: Its slots hold the master key itself; each becomes one of today's when its user next unlocks.
FIRST_FORMAT = "anjuan-keys/1"
FILE_NAME = "keys.json"
RECOVERY = "recovery"
USER = "user"

# Crockford's alphabet: no I, L, O, U, so that a hand-copied key has one reading.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RECOVERY_CHARACTERS = 32  # 160 bits
_GROUP = 4
_SALT_BYTES = 16


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Argon2id parameters: memory in KiB, passes, lanes."""

    memory_kib: int = 256 * 1024
    passes: int = 3
    lanes: int = 4


#: No slot is written or read below this (OWASP's and RFC 9106's memory-constrained advice) or above what an old PC has.
FLOOR = Cost(64 * 1024, 2, 1)
CEILING = Cost(1024 * 1024, 10, 16)
#: How long unlocking shall take on the machine where a slot is made.
TARGET_S = 1.0


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sealed` is the slot's age identity under the user's key, `master` the master key sealed to `recipient`."""

    kind: str
    user: str
    device: bool
    salt: str
    nonce: str
    sealed: str
    cost: Cost | None = None
    recipient: str = ""
    master: str = ""
    key_file: bool = False


class _FirstSlot(msgspec.Struct, frozen=True):
    kind: str
    user: str
    device: bool
    salt: str
    nonce: str
    sealed: str
    cost: Cost | None = None

    @classmethod
    def of(cls, slot: Slot) -> _FirstSlot:
        return cls(*(getattr(slot, name) for name in cls.__struct_fields__))


class _KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    archive: str
    slots: tuple[Slot, ...]
    mac: str
    saved: int = 0


@dataclass(frozen=True, slots=True)
class MasterKey:
    """32 random bytes, from which every key of the archive is derived."""

    secret: bytes

    @classmethod
    def generate(cls) -> MasterKey:
        return cls(secrets.token_bytes(32))

    def derive(self, purpose: str) -> bytes:
        """The 32-byte key of one purpose (HKDF-SHA256, RFC 5869)."""
        return HKDF(SHA256(), 32, None, b"anjuan/1/" + purpose.encode()).derive(self.secret)


class KeySlots:
    """The slots of one archive. Not for concurrent use; unlocking takes about a second by design."""

    def __init__(
        self,
        folder: Path,
        archive_id: str,
        slots: tuple[Slot, ...] = (),
        mac: str = "",
        format: str = FORMAT,
        saved: int = 0,
    ) -> None:
        self.folder = folder
        self.archive_id = archive_id
        self._slots = slots
        self._mac = mac
        self._format = format
        #: How often they were saved. The archive remembers it, so that older slots put back in their place show.
        self.saved = saved
        #: Set when `unlock` has brought a slot of the first form up to date: worth saving.
        self.renewed = False

    @classmethod
    def load(cls, folder: Path) -> KeySlots:
        """Reads `keys.json`. Raises NotAnArchive, DamagedFile."""
        try:
            content = (folder / FILE_NAME).read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotAnArchive(folder=str(folder)) from error
        try:
            file = msgspec.json.decode(content, type=_KeyFile)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DamagedFile(file=FILE_NAME) from error
        if file.format not in (FORMAT, FIRST_FORMAT):
            raise DamagedFile(file=FILE_NAME)
        return cls(folder, file.archive, file.slots, file.mac, file.format, file.saved)

    def save(self, master: MasterKey) -> None:
        self._format = FORMAT
        self.saved += 1
        self._mac = self._mac_of(master)
        file = _KeyFile(FORMAT, self.archive_id, self._slots, self._mac, self.saved)
        write_whole(self.folder / FILE_NAME, msgspec.json.format(msgspec.json.encode(file)))

    def users(self) -> list[str]:
        return [slot.user for slot in self._slots if slot.kind == USER]

    def needs_device(self, user: str) -> bool:
        return self._slot(USER, user).device

    def needs_key_file(self, user: str) -> bool:
        return self._slot(USER, user).key_file

    def cost(self, user: str) -> Cost:
        """What unlocking this user's slot costs. Raises UnknownUser, DamagedFile."""
        cost = self._slot(USER, user).cost
        if cost is None:
            raise DamagedFile(file=FILE_NAME)
        return cost

    def mark(self, user: str) -> str:
        """Names this user's slot as long as it is not made anew, also when the master key changes. Raises UnknownUser."""
        return sha256(self._slot(USER, user).sealed.encode()).hexdigest()[:16]

    @property
    def recovery_recipient(self) -> str:
        """What backups are sealed to; empty while the recovery slot is one of the first form. Raises UnknownUser."""
        return self._slot(RECOVERY, RECOVERY).recipient

    @property
    def first_form(self) -> list[str]:
        """Whose slots hold the master key itself and cannot follow it when it changes."""
        return [slot.user for slot in self._slots if not slot.recipient]

    def add_user(
        self,
        master: MasterKey,
        user: str,
        passphrase: str,
        keychain: Keychain | None,
        cost: Cost | None = None,
        key_file: bytes = b"",
    ) -> None:
        """Adds (or replaces) a user's slot. With a keychain, the device secret is made there if it is not yet; with the
        content of a key file, the slot opens only together with it.

        Without both the passphrase alone guards the archive: the caller must have asked the person. Raises NoKeychain.
        """
        cost = cost or calibrate()
        salt = secrets.token_bytes(_SALT_BYTES)
        device = self._device_secret(keychain, create=True) if keychain else b""
        key = _stretch(passphrase, salt, cost, device + key_file, f"{self.archive_id}/{user}")
        self._put(USER, user, bool(keychain), salt, key, master, cost, bool(key_file))

    def add_recovery(self, master: MasterKey) -> str:
        """Adds (or replaces) the recovery slot; returns the recovery key as it is printed, in groups of four."""
        raw = "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_CHARACTERS))
        salt = secrets.token_bytes(_SALT_BYTES)
        self._put(RECOVERY, RECOVERY, False, salt, self._recovery_key(raw, salt), master, None)
        return "-".join(raw[i : i + _GROUP] for i in range(0, len(raw), _GROUP))

    def remove_user(self, user: str) -> None:
        """Raises UnknownUser."""
        slot = self._slot(USER, user)
        self._slots = tuple(one for one in self._slots if one is not slot)

    def rewrap(self, master: MasterKey) -> None:
        """Every slot holds `master` from now on, under the passphrases it had. None may be of the first form."""
        if self.first_form:
            raise ValueError("a slot of the first form cannot follow")
        self._slots = tuple(
            msgspec.structs.replace(slot, master=_text(Seal(slot.recipient).close(master.secret))) for slot in self._slots
        )

    def unlock(self, user: str, passphrase: str, keychain: Keychain | None, key_file: bytes = b"") -> MasterKey:
        """Raises UnknownUser, WrongPassphrase, NoKeychain, DeviceSecretMissing, KeyFileMissing, DamagedFile."""
        slot, cost = self._slot(USER, user), self.cost(user)
        device = self.device_secret(user, keychain)
        if slot.key_file and not key_file:
            raise KeyFileMissing()
        salt = _bytes(slot.salt)
        key = _stretch(passphrase, salt, cost, device + (key_file if slot.key_file else b""), f"{self.archive_id}/{user}")
        return self._unlocked(slot, salt, key)

    def device_secret(self, user: str, keychain: Keychain | None) -> bytes:
        """What the keychain adds to this user's passphrase; empty for a slot that does without.

        Raises UnknownUser, NoKeychain, DeviceSecretMissing.
        """
        if not self.needs_device(user):
            return b""
        if keychain is None:
            raise NoKeychain(reason="none")
        return self._device_secret(keychain, create=False)

    def unlock_with_recovery(self, recovery_key: str) -> MasterKey:
        """Opens with the key on the recovery sheet, however it was typed (case, spaces, O for 0, I or L for 1)."""
        slot = self._slot(RECOVERY, RECOVERY)
        salt = _bytes(slot.salt)
        return self._unlocked(slot, salt, self._recovery_key(normalise_recovery_key(recovery_key), salt))

    def recovery_seal(self, recovery_key: str) -> Seal:
        """What opens a backup. Raises WrongPassphrase, DamagedFile."""
        slot = self._slot(RECOVERY, RECOVERY)
        raw = normalise_recovery_key(recovery_key)
        identity = self._content(slot, self._recovery_key(raw, _bytes(slot.salt)))
        if not slot.recipient:
            raise DamagedFile(file=FILE_NAME)
        return Seal(slot.recipient, identity.decode())

    def only_recovery(self, folder: Path) -> KeySlots:
        """The slots a backup takes along, to be saved in its folder: the recovery slot alone."""
        return KeySlots(folder, self.archive_id, (self._slot(RECOVERY, RECOVERY),), saved=self.saved)

    def recovery_file(self) -> bytes:
        """`keys.json` of a backup: the recovery slot alone, without the master key. `load` and `recovery_seal` take it."""
        bare = msgspec.structs.replace(self._slot(RECOVERY, RECOVERY), master="")
        return msgspec.json.format(msgspec.json.encode(_KeyFile(FORMAT, self.archive_id, (bare,), "")))

    def _slot(self, kind: str, user: str) -> Slot:
        for slot in self._slots:
            if slot.kind == kind and slot.user == user:
                return slot
        raise UnknownUser(user=user)

    def _put(
        self,
        kind: str,
        user: str,
        device: bool,
        salt: bytes,
        key: bytes,
        master: MasterKey,
        cost: Cost | None,
        key_file: bool = False,
    ) -> None:
        nonce = secrets.token_bytes(12)
        recipient, identity = Seal.generate()
        bare = Slot(kind, user, device, _text(salt), _text(nonce), "", cost, recipient, "", key_file)
        sealed = ChaCha20Poly1305(key).encrypt(nonce, identity.encode(), self._associated(bare))
        wrapped = Seal(recipient).close(master.secret)
        slot = msgspec.structs.replace(bare, sealed=_text(sealed), master=_text(wrapped))
        found = [(one.kind, one.user) for one in self._slots]
        if (kind, user) in found:  # in its place: the first user stays the first
            place = found.index((kind, user))
            self._slots = (*self._slots[:place], slot, *self._slots[place + 1 :])
        else:
            self._slots = (*self._slots, slot)

    def _unlocked(self, slot: Slot, salt: bytes, key: bytes) -> MasterKey:
        secret = self._content(slot, key)
        if slot.recipient:
            secret = Seal(slot.recipient, secret.decode()).open(_bytes(slot.master), FILE_NAME)
        master = MasterKey(secret)
        if len(secret) != 32 or not hmac.compare_digest(self._mac_of(master).encode(), self._mac.encode()):
            raise DamagedFile(file=FILE_NAME)
        if not slot.recipient:
            self._put(slot.kind, slot.user, slot.device, salt, key, master, slot.cost)
            self.renewed = True
        return master

    def _content(self, slot: Slot, key: bytes) -> bytes:
        """What the slot holds under the user's own key: an age identity; in the first form the master key."""
        bare = msgspec.structs.replace(slot, sealed="", master="")
        try:
            return ChaCha20Poly1305(key).decrypt(_bytes(slot.nonce), _bytes(slot.sealed), self._associated(bare))
        except InvalidTag as error:
            raise WrongPassphrase() from error
        except ValueError as error:  # a nonce of another length
            raise DamagedFile(file=FILE_NAME) from error

    def _associated(self, slot: Slot) -> bytes:
        known = slot if slot.recipient else _FirstSlot.of(slot)
        return self.archive_id.encode() + msgspec.json.encode(known, order="deterministic")

    def _mac_of(self, master: MasterKey) -> str:
        slots = self._slots if self._format == FORMAT else tuple(_FirstSlot.of(slot) for slot in self._slots)
        body = self.archive_id.encode() + msgspec.json.encode(slots, order="deterministic")
        if self.saved:
            body += b"%d" % self.saved
        return hmac.new(master.derive("key-slots"), body, sha256).hexdigest()

    def _device_secret(self, keychain: Keychain, *, create: bool) -> bytes:
        name = f"device/{self.archive_id}"
        secret = keychain.fetch(name)
        if secret is None:
            if not create:
                raise DeviceSecretMissing(archive=self.archive_id[:8])
            secret = secrets.token_bytes(32)
            keychain.store(name, secret)
        return secret

    def _recovery_key(self, raw: str, salt: bytes) -> bytes:
        # 160 random bits need no stretching.
        return HKDF(SHA256(), 32, salt, b"anjuan/1/recovery/" + self.archive_id.encode()).derive(raw.encode())


def normalise_passphrase(typed: str) -> str:
    """The passphrase as it is stretched: the same however it was composed or how wide its characters were typed."""
    return unicodedata.normalize("NFKC", typed)


def verifier(passphrase: str) -> str:
    """What a former passphrase is recognised by, and guessed at no faster than through a slot at `FLOOR`."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"{_text(salt)}${_text(_argon2(normalise_passphrase(passphrase), salt, FLOOR))}"


def verifies(passphrase: str, kept: str) -> bool:
    """Whether `verifier` made `kept` of this passphrase. Raises DamagedFile for anything else."""
    salt, _, digest = kept.partition("$")
    return hmac.compare_digest(_argon2(normalise_passphrase(passphrase), _bytes(salt), FLOOR), _bytes(digest))


def affordable(speed: float, memory_kib: int, seconds: float = TARGET_S) -> Cost:
    """The cost that takes about `seconds` where one KiB takes `speed` seconds a pass and the machine has `memory_kib`.

    Never below `FLOOR`, never above `CEILING`; of the memory at most a quarter. Memory is raised before passes (RFC 9106).
    """
    bound = max(FLOOR.memory_kib, min(CEILING.memory_kib, memory_kib // 4))
    usual = Cost()
    memory = max(FLOOR.memory_kib, min(bound, int(seconds / (speed * usual.passes))))
    passes = max(FLOOR.passes, min(CEILING.passes, int(seconds / (speed * memory))))
    return Cost(memory, passes, usual.lanes)


@functools.cache
def calibrate() -> Cost:
    """What `affordable` says of this machine, measured once; takes about a fifth of a second."""
    trial = Cost(FLOOR.memory_kib, FLOOR.passes, Cost().lanes)
    took = []
    for _ in range(3):  # the first pays for memory that later ones have
        began = time.perf_counter()
        _argon2("", bytes(_SALT_BYTES), trial)
        took.append(time.perf_counter() - began)
    return affordable(min(took) / (trial.memory_kib * trial.passes), _memory_kib())


def _memory_kib() -> int:
    """How much memory this machine has."""
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):  # MEMORYSTATUSEX
            _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong), ("total", ctypes.c_ulonglong)] + [
                (name, ctypes.c_ulonglong) for name in ("free", "page", "page_free", "virtual", "virtual_free", "extended")
            ]

        status = Status()
        status.length = ctypes.sizeof(status)
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.total) // 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024


def normalise_recovery_key(typed: str) -> str:
    """The 32 characters of a recovery key out of whatever a person typed."""
    text = unicodedata.normalize("NFKC", typed).upper().translate(str.maketrans("OIL", "011"))
    return "".join(character for character in text if character in _ALPHABET)


def public_key(seed: bytes) -> bytes:
    """The Ed25519 public key of a 32-byte signing seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, data: bytes) -> bytes:
    """The Ed25519 signature of `data` under a 32-byte signing seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(data)


def signed_by(key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` of `data` was made with the seed that belongs to the public `key`."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _stretch(passphrase: str, salt: bytes, cost: Cost, device: bytes, context: str) -> bytes:
    for name in ("memory_kib", "passes", "lanes"):
        if not getattr(FLOOR, name) <= getattr(cost, name) <= getattr(CEILING, name):
            raise DamagedFile(file=FILE_NAME)
    if len(salt) < _SALT_BYTES:
        raise DamagedFile(file=FILE_NAME)
    stretched = _argon2(normalise_passphrase(passphrase), salt, cost)
    return HKDF(SHA256(), 32, salt, b"anjuan/1/slot/" + context.encode()).derive(stretched + device)


def _argon2(secret: str, salt: bytes, cost: Cost) -> bytes:
    return hash_secret_raw(
        secret.encode(),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=32,
        type=Type.ID,
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise DamagedFile(file=FILE_NAME) from error
