"""sync/package.py — the package file: a clear signed header of 4 KiB, then the age envelope that holds the bag.

The header tells a carrier which station, which journal range, which digest — ids and numbers, no personal data. It is a
signed document padded with spaces to HEADER_SIZE, and holds the digest and size of the rest; the SHA-256 of these 4 KiB
is therefore the digest of the package. A package is built once and never changes: a retry sends the same bytes.

Building streams from originals to envelope, so clear bytes never touch the disk; the file appears under its name only
when it is whole and forced to the disk. Raises Known: PackageDamaged here, DamagedFile from an original, DiskFull.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from storage.errors import FileUnreadable, Known
from storage.files import UNFINISHED, disk_faults, sync_folder
from sync import envelope
from sync.bag import Bag, BagInvalid, Inspector, StreamReader, stream
from sync.cargo import Cargo, Record

HEADER_SIZE = 4096
ENDING = ".anjuan"
PIECE = 1 << 20


class PackageDamaged(Known):
    """A package file is cut, changed, not a package at all, or not signed by its station. `why` names the check."""

    number = 403


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands in clear before the envelope."""

    format: Literal["anjuan-package/1"] = "anjuan-package/1"
    algorithms: str = envelope.ALGORITHMS
    station: str
    epoch: str
    first_seq: int
    last_seq: int
    previous_digest: str
    journal_head: str
    headquarters: str
    nonce: str
    sealed_sha256: str
    sealed_size: int
    created: str
    program: str

    def __post_init__(self) -> None:
        if not 1 <= self.first_seq <= self.last_seq < 1 << 60 or not 0 < self.sealed_size < 1 << 45:
            raise ValueError("range")
        for value, sizes in (
            (self.station, (32,)),
            (self.epoch, (32,)),
            (self.headquarters, (32,)),
            (self.nonce, (32,)),
            (self.previous_digest, (0, 64)),
            (self.journal_head, (64,)),
            (self.sealed_sha256, (64,)),
        ):
            if len(value) not in sizes or value.strip("0123456789abcdef"):
                raise ValueError("hex")

    @property
    def identity(self) -> str:
        return f"{self.station}/{self.epoch}/{self.first_seq}-{self.last_seq}"

    @property
    def file_name(self) -> str:
        return file_name("PKG", self.station, self.epoch, self.first_seq, self.last_seq, ENDING)


@dataclass(frozen=True, slots=True)
class Built:
    """A package file that is whole on the disk."""

    path: Path
    header: Header
    digest: str
    size_bytes: int


def file_name(kind: str, station: str, epoch: str, first: int, last: int, ending: str) -> str:
    """The fixed names of packages and receipts: the same on every carrier, sorted by range."""
    return f"{kind}-{station[:8]}-{epoch[:8]}-{first:010d}-{last:010d}{ending}"


def digest_of(block: bytes) -> str:
    return hashlib.sha256(block).hexdigest()


def build(
    cargo: Cargo,
    fetch: Callable[[str], bytes],
    *,
    folder: Path,
    headquarters: str,
    recipient: str,
    seed: bytes,
    previous_digest: str,
    journal_head: str,
    step: Callable[[int], None] = lambda sealed_bytes: None,
    withhold: Callable[[Record, str], None] | None = None,
) -> Built:
    """Builds the package of `cargo` in `folder`. `step(bytes so far)` may raise to cancel; then nothing is left.
    `withhold` as in `sync.bag.stream`.
    """
    name = file_name("PKG", cargo.station, cargo.epoch, cargo.first_seq, cargo.last_seq, ENDING)
    path = folder / name
    part = folder / f"{name}.{uuid.uuid4().hex}{UNFINISHED}"
    with disk_faults(path):
        try:
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                file.write(bytes(HEADER_SIZE))
                sink = _CountingSink(file, step)
                envelope.seal(StreamReader(stream(cargo, fetch, withhold)), sink, recipient)
                header = Header(
                    station=cargo.station,
                    epoch=cargo.epoch,
                    first_seq=cargo.first_seq,
                    last_seq=cargo.last_seq,
                    previous_digest=previous_digest,
                    journal_head=journal_head,
                    headquarters=headquarters,
                    nonce=secrets.token_hex(16),
                    sealed_sha256=sink.sha256.hexdigest(),
                    sealed_size=sink.size,
                    created=cargo.created,
                    program=cargo.program,
                )
                block = _pad(envelope.sign(header, seed))
                file.seek(0)
                file.write(block)
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(folder)
    return Built(path, header, digest_of(block), HEADER_SIZE + sink.size)


def read_block(path: Path) -> bytes:
    """The first 4 KiB of a package file. Raises PackageDamaged, FileUnreadable."""
    with _opened(path) as file:
        return _read_block(file)


def peek(block: bytes) -> Header:
    """The header **before** its signature is checked: only to learn which station's key to ask for."""
    return _header(block, None)


def check_header(block: bytes, verify_key: bytes) -> Header:
    """The header, signed by `verify_key`, in its one canonical form. Raises PackageDamaged."""
    return _header(block, verify_key)


def check(path: Path, verify_key: bytes) -> Header:
    """Checks header, signature, size and digest of the whole file. Nothing is decrypted. Raises PackageDamaged."""
    with _opened(path) as file:
        header = check_header(_read_block(file), verify_key)
        digest, size = hashlib.sha256(), 0
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
            if size > header.sealed_size:
                break
    if size != header.sealed_size or digest.hexdigest() != header.sealed_sha256:
        raise PackageDamaged(file=path.name, why="envelope")
    return header


def unpack(path: Path, header: Header, identity: str) -> Bag:
    """The bag of a package that `check` has passed, read through memory. Raises EnvelopeDamaged, BagInvalid."""
    inspector = Inspector()
    with _opened(path) as file:
        file.seek(HEADER_SIZE)
        envelope.unseal(file, inspector, identity)
    bag = inspector.finish()
    # A station could sign another station's envelope as its own: what stands inside must agree with the header.
    if bag.identity != header.identity:
        raise BagInvalid(check="identity", member=0)
    return bag


def _header(block: bytes, verify_key: bytes | None) -> Header:
    if len(block) != HEADER_SIZE:
        raise PackageDamaged(why="header")
    signed = block.rstrip(b" \n")
    try:
        if verify_key is None:
            header = envelope.peek(signed, Header)
        else:
            header = envelope.check(signed, Header, verify_key)
    except envelope.SignatureInvalid as error:
        raise PackageDamaged(why=error.facts["why"]) from error
    if _pad(signed) != block:
        raise PackageDamaged(why="header")
    return header


def _pad(signed: bytes) -> bytes:
    return signed.ljust(HEADER_SIZE - 1) + b"\n"


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise FileUnreadable(path=path.name) from error


def _read_block(file: BinaryIO) -> bytes:
    block = file.read(HEADER_SIZE)
    if len(block) != HEADER_SIZE:
        raise PackageDamaged(why="header")
    return block


class _CountingSink:
    """Writes the envelope and keeps its digest and size."""

    def __init__(self, file: BinaryIO, step: Callable[[int], None]) -> None:
        self._file = file
        self._step = step
        self._reported = 0
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self.sha256.update(data)
        self.size += len(data)
        if self.size - self._reported >= PIECE:
            self._reported = self.size
            self._step(self.size)
        return len(data)

    def flush(self) -> None:
        """Unbuffered: nothing is held back."""
