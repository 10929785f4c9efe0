"""storage/objects.py — originals and page pictures, each sealed as one age file, named by keyed digest.

age is one documented, audited format that other tools open in a disaster. Sealing needs only the archive's public
recipient, so papers can be sealed while the archive is locked. The file name is HMAC-SHA256 of the content's SHA-256
under a key of the archive, so that a folder listing does not confirm that a known paper is kept here.

Thread-safe. Content passes through memory only. What a thread has put and not yet entered into the database is in its
hand: `erase` leaves it alone until `let_go`, which the archive calls after each of that thread's transactions.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyrage

from storage.errors import DamagedFile, FileUnreadable
from storage.files import disk_faults, remove, sync_folder, write_whole

ENDING = ".age"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was put: its name in the folder, both digests of the clear content (DA/T 70 wants SM3), its size."""

    name: str
    sha256: str
    sm3: str
    size_bytes: int


class Seal:
    """The archive's age key pair. Without `identity` it can seal but not open; with `former` it also opens what was sealed
    before the key changed.
    """

    def __init__(self, recipient: str, identity: str | None = None, former: str | None = None) -> None:
        self.recipient = recipient
        try:
            self._recipient = pyrage.x25519.Recipient.from_str(recipient)
        except pyrage.RecipientError as error:
            raise DamagedFile(file="station.json") from error
        self._identities = [pyrage.x25519.Identity.from_str(one) for one in (identity, former) if one]

    @staticmethod
    def generate() -> tuple[str, str]:
        """A new (recipient, identity)."""
        identity = pyrage.x25519.Identity.generate()
        return str(identity.to_public()), str(identity)

    def close(self, data: bytes) -> bytes:
        sealed: bytes = pyrage.encrypt(data, [self._recipient])
        return sealed

    def open(self, sealed: bytes, name: str) -> bytes:
        """The clear content, only if all of it authenticates; else DamagedFile."""
        if not self._identities:
            raise RuntimeError("this seal has no identity: the archive is locked")
        try:
            data: bytes = pyrage.decrypt(sealed, self._identities)
        except pyrage.DecryptError as error:
            raise DamagedFile(file=name) from error
        return data


def sm3(data: bytes) -> str:
    """The SM3 digest (GB/T 32905) of `data`, in hex."""
    return hashlib.new("sm3", data).hexdigest()


def _named(name_key: bytes, sha256: str) -> str:
    return hmac.new(name_key, bytes.fromhex(sha256), hashlib.sha256).hexdigest()


class Objects:
    """A folder of sealed content, addressed by what it contains. What was named under a former key is found as well."""

    def __init__(self, folder: Path, seal: Seal, name_key: bytes, former_name_key: bytes | None = None) -> None:
        self.folder = folder
        self._seal = seal
        self._name_keys = [key for key in (name_key, former_name_key) if key]
        self._lock = threading.Lock()
        self._in_hand: dict[int, set[str]] = {}

    def name_of(self, sha256: str) -> str:
        return _named(self._name_keys[0], sha256)

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}{ENDING}"

    def put(self, data: bytes) -> Sealed:
        """Seals `data`, forces it to the disk, reads it back and compares, and only then returns.

        Content already here and sound is left alone; a damaged copy is replaced. Raises DiskFull, ReadOnly, or
        DamagedFile when the disk does not give back what was written.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        sealed = Sealed(self.name_of(sha256), sha256, sm3(data), len(data))
        with self._lock:
            self._in_hand.setdefault(threading.get_ident(), set()).add(sealed.name)
        if not self._sound(sealed):
            path = self.path(sealed.name)
            if not path.parent.exists():
                with disk_faults(path):
                    path.parent.mkdir(mode=0o700, exist_ok=True)
                    sync_folder(self.folder)
            write_whole(path, self._seal.close(data))
            if not self._sound(sealed):
                raise DamagedFile(file=path.name)
        return sealed

    def get(self, name: str) -> bytes:
        """The content called `name`, authenticated and checked against its name.

        Raises DamagedFile (also when it is missing), FileUnreadable.
        """
        path = self.path(name)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError as error:
            raise DamagedFile(file=path.name) from error
        except OSError as error:
            raise FileUnreadable(path=path.name) from error
        return self.opened(sealed, name)

    def opened(self, sealed: bytes, name: str) -> bytes:
        """What the sealed file called `name` holds, wherever its bytes come from. Raises DamagedFile."""
        file = f"{name}{ENDING}"
        data = self._seal.open(sealed, file)
        sha256 = hashlib.sha256(data).hexdigest()
        if not any(hmac.compare_digest(_named(key, sha256), name) for key in self._name_keys):
            raise DamagedFile(file=file)
        return data

    def let_go(self) -> None:
        """What this thread has put is entered by now, or given up."""
        with self._lock:
            self._in_hand.pop(threading.get_ident(), None)

    def remove(self, name: str) -> None:
        remove(self.path(name))

    def erase(self, name: str, named: Callable[[], bool]) -> bool:
        """Removes the file of a destroyed record for good, unless `named()` or some thread has just put the same content.

        Whether the file is gone.
        """
        with self._lock:
            if any(name in names for names in self._in_hand.values()) or named():
                return False
            remove(self.path(name))
        return True

    def names(self) -> Iterator[str]:
        """Every name in the folder, in no particular order."""
        for path in self.folder.glob(f"??/*{ENDING}"):
            yield path.name.removesuffix(ENDING)

    def _sound(self, sealed: Sealed) -> bool:
        if not self.path(sealed.name).exists():
            return False
        try:
            return hashlib.sha256(self.get(sealed.name)).hexdigest() == sealed.sha256
        except DamagedFile:
            return False
