"""tests/stations.py — real archives and stations for the tests: founded in a folder of the test, Argon2 at its floor.

People, offices and numbers are samples and belong to nobody.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storage.archive import Archive, Founding
from storage.keychain import Keychain
from storage.keys import FLOOR
from storage.records import PROGRAM, Agent, Category, Fonds, Item, ItemDraft, Line, Page, Retention, Role
from storage.spool import Custody
from tests import founded

if TYPE_CHECKING:
    from app.station import Station

ADMINISTRATOR = "样本·所长"
PASSPHRASE = "样本 correct horse 口令 battery"
FONDS = Fonds("Z900", "样本派出所全宗", "样本市样本派出所")
CATEGORIES = (
    Category("WS", "文书", "Documents", Retention.D10),
    Category("ZY·XZ", "行政案件", "Administrative cases", Retention.D30),
)
CHIEF = Agent(1, ADMINISTRATOR, Role.ADMINISTRATOR)


def founding(folder: Path, keychain: Keychain | None = None) -> Founding:
    return Founding(folder, FONDS, ADMINISTRATOR, PASSPHRASE, keychain, CATEGORIES, FLOOR)


class House:
    """One archive below `folder`, with a scan folder beside it. `reopen` takes the recovery key: it needs no Argon2."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "archive"
        self.scan = folder / "scan"
        self.scan.mkdir(parents=True)
        self.archive, self.recovery_key = founded.archive(founding(self.folder))

    @classmethod
    def around(cls, archive: Archive) -> House:
        """The same for an archive that was founded elsewhere; it cannot be reopened from here."""
        house = cls.__new__(cls)
        house.folder, house.archive = archive.folder, archive
        return house

    def receive(self, data: bytes, name: str = "样本.txt", path: str = "") -> int:
        """A paper arrives and has been read: one page with the data as its text. Returns the arrival."""
        sealed = self.archive.objects.put(data)
        custody = self.custody(data, name, path)
        with self.archive.write(PROGRAM) as change:
            arrival_id = change.receive(uuid.uuid4().hex, custody, sealed)
        object_id = self.archive.queries.arrival(arrival_id).object_id
        assert object_id is not None
        picture = self.archive.pictures.put(b"picture of " + data)
        text = data.decode("utf-8", "replace")
        page = Page(1, 100, 140, (Line(text, 0.1, 0.1, 0.8, 0.02),), b"", "typeset", 1.0)
        with self.archive.write(PROGRAM) as change:
            change.read(object_id, "text", [(page, picture.name)], draft())
        return arrival_id

    def file(self, arrival_id: int, **fields: object) -> Item:
        wanted = draft(**fields)
        with self.archive.write(CHIEF) as change:
            item_id = change.file(arrival_id, wanted, FONDS.number, lambda number: code(wanted, number))
        return self.archive.queries.item(item_id)

    def custody(self, data: bytes, name: str = "样本.txt", path: str = "") -> Custody:
        return Custody(name, path or f"/scan/{name}", 1, len(data), sha256(data), "2026-01-01T00:00:00+00:00", True)

    def reopen(self) -> None:
        self.archive.close()
        self.reopen_from_closed()

    def reopen_from_closed(self) -> None:
        self.archive = Archive.open_with_recovery(self.folder, self.recovery_key)


def draft(**fields: object) -> ItemDraft:
    values: dict[str, object] = {
        "title": "样本通知",
        "creator": "样本派出所",
        "doc_date": "20260305",
        "category": "WS",
        "year": 2026,
        "page_count": 1,
    }
    return ItemDraft(**(values | fields))  # type: ignore[arg-type]


def code(wanted: ItemDraft, number: int) -> str:
    return f"{FONDS.number}-{wanted.category}·{wanted.year}-{wanted.retention.value}-{number:04d}"


def station(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, keychain: Keychain | None = None, scan_folder: Path | None = None
) -> tuple[Station, str]:
    """A station just founded, unlocked and not started; its machine settings live below `folder`."""
    from app.station import Station  # not above: it brings readers and reports along

    monkeypatch.setenv("ANJUAN_CONFIG", str(folder / "config"))
    return Station.create(
        folder / "archive",
        station=FONDS.station,
        fonds_number=FONDS.number,
        fonds_name=FONDS.name,
        administrator=ADMINISTRATOR,
        passphrase=PASSPHRASE,
        keychain=keychain,
        scan_folder=scan_folder,
        cost=FLOOR,
        failed=raise_it,
    )


def admit(station: Station, name: str, role: Role, passphrase: str) -> Agent:
    """A further user, made and given a role by the founder, who holds both duties, and past the change of the first passphrase."""
    station.users.grant(station.users.admit(PASSPHRASE, name, passphrase, FLOOR), role)
    admitted = station.archive.queries.agent(name)
    assert admitted is not None
    with station.archive.write(admitted) as change:
        change.change_passphrase(admitted.id)
    return admitted


def raise_it(error: BaseException) -> None:
    raise error


def until(condition: Callable[[], object], timeout_s: float = 30.0) -> None:
    """Waits for something another thread or process does; the limit only ends a test that has failed."""
    ends = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.002)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of half a megabyte."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root on Linux to make a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let root mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


#: Fewer bytes than this stand in a few megabytes of cipher text by chance: a name of two letters in GB18030 has four.
_TELLING = 6


def needles(words: Iterable[str], texts: Iterable[str]) -> list[bytes]:
    """The words in UTF-8, UTF-16 and GB18030, for a byte search. One too short to tell anything is searched together with
    the letter before and the letter after it, as it stands in `texts`.
    """
    found: set[bytes] = set()
    pages = list(texts)
    for word in words:
        beside = {piece for page in pages for piece in re.findall(rf"(?=(\S{re.escape(word)}|{re.escape(word)}\S))", page)}
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            told = word.encode(encoding)
            longer = {told} if len(told) >= _TELLING else {piece.encode(encoding) for piece in beside}
            found |= {needle for needle in longer if len(needle) >= _TELLING}
    return sorted(found)
