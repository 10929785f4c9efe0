"""storage/spool.py — arrivals sealed with the archive's public key, waiting to be taken in.

Sealing needs no unlocking, so scanning goes on while the archive is locked. One spool file is one age envelope that
holds the custody entry and the content together: either both are on the disk or neither is. It leaves the spool only
after the arrival it became is committed, and its `token` makes taking it in twice the same as once.
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from storage.errors import DamagedFile, FileUnreadable
from storage.files import remove, sweep, write_whole
from storage.objects import ENDING, Seal

_LENGTH = struct.Struct(">I")


class Custody(msgspec.Struct, frozen=True):
    """What is known of a file when it is sealed. `modified_ns` and `size_bytes` name one state of one path."""

    name: str
    path: str
    modified_ns: int
    size_bytes: int
    sha256: str
    seen_at: str
    keep_source: bool


@dataclass(frozen=True, slots=True)
class Spooled:
    token: str
    custody: Custody
    data: bytes


class Spool:
    """The folder `spool/`. `seal` may be public-only for `put`; `take` needs the identity. Thread-safe."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        self.folder = folder
        self._seal = seal

    def put(self, custody: Custody, data: bytes) -> str:
        """Seals, forces to the disk, reads the sealed bytes back and compares. Returns the token."""
        token = uuid.uuid4().hex
        header = msgspec.json.encode(custody)
        sealed = self._seal.close(_LENGTH.pack(len(header)) + header + data)
        path = self._path(token)
        write_whole(path, sealed)
        if hashlib.sha256(path.read_bytes()).digest() != hashlib.sha256(sealed).digest():
            remove(path)
            raise DamagedFile(file=path.name)
        return token

    def take(self, token: str) -> Spooled:
        """Opens one spooled arrival; it stays until `discard`. Raises DamagedFile, FileUnreadable."""
        path = self._path(token)
        try:
            sealed = path.read_bytes()
        except OSError as error:
            raise FileUnreadable(path=path.name) from error
        opened = self._seal.open(sealed, path.name)
        try:
            # Anybody who reads the public recipient can seal something here: what opens need not be ours.
            (length,) = _LENGTH.unpack_from(opened)
            custody = msgspec.json.decode(opened[_LENGTH.size : _LENGTH.size + length], type=Custody)
        except (struct.error, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DamagedFile(file=path.name) from error
        data = opened[_LENGTH.size + length :]
        if hashlib.sha256(data).hexdigest() != custody.sha256:
            raise DamagedFile(file=path.name)
        return Spooled(token, custody, data)

    def discard(self, token: str) -> None:
        remove(self._path(token))

    def tokens(self) -> Iterator[str]:
        """Waiting tokens, oldest first."""
        for path in sorted(self.folder.glob(f"*{ENDING}"), key=lambda path: path.stat().st_mtime_ns):
            yield path.name.removesuffix(ENDING)

    def count(self) -> int:
        return sum(1 for _ in self.folder.glob(f"*{ENDING}"))

    def sweep(self) -> int:
        """Removes what a cut left unfinished (its source is still in the scan folder)."""
        return sweep(self.folder)

    def _path(self, token: str) -> Path:
        return self.folder / f"{token}{ENDING}"
