"""sync/transports/carrier.py — packages on a USB stick or in a shared folder, and receipts back the same way.

The same files as on the line. A package is written under another name, forced, renamed, read back and compared before it
counts as handed over; whether it *arrived* only a receipt says. Of what else lies on the carrier nothing is opened but
files with the fixed name of a receipt, and of these no more than a bounded size.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path

from storage.errors import DamagedFile, FileUnreadable, Known
from storage.files import UNFINISHED, discard_unfinished, disk_faults, sync_folder
from storage.records import Package
from sync import answers
from sync.answers import Standing
from sync.package import ENDING, PIECE, file_name
from sync.transports.signed import Signer

RECEIPT_ENDING = ".json"
_PACKAGE = re.compile(r"PKG-[0-9a-f]{8}-[0-9a-f]{8}-\d{10,19}-\d{10,19}\.anjuan")


class CarrierMissing(Known):
    """The stick or shared folder is not there, or is not a folder."""

    number = 412


class CarrierFault(Known):
    """The carrier did not give back what was written to it."""

    number = 413


def receipt_name(station: str, epoch: str, first_seq: int, last_seq: int) -> str:
    return file_name("RCPT", station, epoch, first_seq, last_seq, RECEIPT_ENDING)


def packages_in(directory: Path) -> list[Path]:
    """The files of a carrier that are named as packages, by station and range. Links are left alone."""
    return sorted(
        path
        for path in directory.iterdir()
        if _PACKAGE.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    )


class Carrier:
    """One folder as the way to headquarters. `answer` finds what came back; nothing comes back at once."""

    name = "carrier"

    def __init__(self, folder: Path | None, signer: Signer) -> None:
        if folder is None or not folder.is_dir():
            raise CarrierMissing(folder=str(folder or ""))
        self._folder = folder
        self._station = signer.station

    def standing(self) -> Standing | None:
        """A carrier cannot be asked."""
        return None

    def answer(self, package: Package) -> bytes | None:
        name = receipt_name(self._station, package.epoch, package.first_seq, package.last_seq)
        path = self._folder / name
        if not path.is_file() or path.is_symlink():
            return None
        return answers.read_small(path)

    def send(self, package: Package, file: Path, step: Callable[[int, int], None]) -> bytes | None:
        """Hands the package over. Raises CarrierFault, DiskFull, ReadOnly, FileUnreadable."""
        wanted = _digest(file)
        target = self._folder / file_name(
            "PKG", self._station, package.epoch, package.first_seq, package.last_seq, ENDING
        )
        discard_unfinished(target)
        if target.is_file() and not target.is_symlink() and _digest(target) == wanted:
            return None
        self._copy(file, target, package.size_bytes, step)
        if _digest(target) != wanted:
            raise CarrierFault(file=target.name)
        return None

    def close(self) -> None:
        """Nothing is held open."""

    def _copy(self, file: Path, target: Path, size: int, step: Callable[[int, int], None]) -> None:
        part = target.with_name(f"{target.name}.{uuid.uuid4().hex}{UNFINISHED}")
        with disk_faults(target):
            try:
                with file.open("rb") as source, part.open("xb", buffering=0) as sink:
                    while piece := source.read(PIECE):
                        sink.write(piece)
                        step(sink.tell(), size)
                    os.fsync(sink.fileno())
                    _forget(sink.fileno())
                os.replace(part, target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            sync_folder(target.parent)


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except FileNotFoundError as error:
        raise DamagedFile(file=path.name) from error
    except OSError as error:
        raise FileUnreadable(path=path.name) from error


def _forget(descriptor: int) -> None:
    """Asks the system to drop its cached copy, so that reading back reads the carrier."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
