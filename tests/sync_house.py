"""tests/sync_house.py — a real station archive and a real headquarters for the tests of sync/."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path

from storage.archive import Archive, Founding
from storage.keys import Cost
from storage.records import Agent, Category, Fonds, Item, ItemDraft, Package, Page, Retention, Role
from storage.spool import Custody
from sync import headquarters, package
from sync.exchange import Exchange
from tests import founded

WS = Category("WS", "文书", "Documents", Retention.D10)
CLERK = Agent(1, "样本·内勤", Role.ADMINISTRATOR)
PASSPHRASE = "样本 口令 correct horse"


class House:
    """One station: `file` puts a paper in the archive as an item, `exchange` talks to headquarters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        founding = Founding(
            folder, Fonds("J900", "样本派出所", "样本派出所"), CLERK.name, PASSPHRASE, None, [WS], Cost(64 * 1024, 2, 1)
        )
        self.archive, self.recovery_key = founded.archive(founding)

    @property
    def exchange(self) -> Exchange:
        return Exchange(self.archive, CLERK)

    def file(self, data: bytes, title: str = "样本通知", *, format: str = "txt") -> Item:
        archive = self.archive
        sealed = archive.objects.put(data)
        custody = Custody("样本.pdf", "/scan/样本.pdf", 1, len(data), sealed.sha256, "2026-01-01T00:00:00+00:00", False)
        draft = ItemDraft(
            title=title, category="WS", year=2026, creator="样本派出所", doc_date="20260101", page_count=1
        )
        with archive.write(CLERK) as change:
            arrival = change.receive(uuid.uuid4().hex, custody, sealed)
        object_id = archive.queries.arrival(arrival).object_id
        assert object_id is not None
        picture = archive.pictures.put(b"picture of " + data)
        page = Page(1, 100, 140, (), b"", "none", 0.0)
        with archive.write(CLERK) as change:
            change.read(object_id, format, [(page, picture.name)], draft)
            item = change.file(arrival, draft, "J900", lambda number: f"J900-WS·2026-D10-{number:04d}")
        return archive.queries.item(item)

    def packages(self) -> list[Package]:
        return self.archive.queries.packages()

    def package_file(self, number: int) -> Path:
        return self.archive.folder / "packages" / self.packages()[number].file_name

    def reopen(self) -> None:
        self.archive.close()
        self.archive = Archive.open_with_recovery(self.folder, self.recovery_key)

    def copy_to(self, folder: Path) -> None:
        self.archive.close()
        shutil.copytree(self.folder, folder)
        self.archive = Archive.open_with_recovery(self.folder, self.recovery_key)

    def put_back(self, folder: Path) -> None:
        """The archive folder is what it was when copied."""
        self.archive.close()
        shutil.rmtree(self.folder)
        shutil.copytree(folder, self.folder)
        self.archive = Archive.open_with_recovery(self.folder, self.recovery_key)

    def begin_epoch(self) -> None:
        """What a restore does."""
        with self.archive.database.transaction() as connection:
            connection.execute("UPDATE fact SET value = ? WHERE name = 'epoch'", (uuid.uuid4().hex,))
        self.reopen()


def found_headquarters(folder: Path) -> Path:
    headquarters.create(folder, "样本分局档案室", "https://127.0.0.1:8443")
    return folder


def enrol(house: House, office_folder: Path, folder: Path, url: str | None = None) -> Path:
    file = folder / f"enrolment-{uuid.uuid4().hex}.json"
    file.write_bytes(headquarters.enrol(office_folder, house.folder / "station.json", url))
    house.exchange.enrol(file)
    return file


def digest_of(file: Path) -> str:
    return package.digest_of(package.read_block(file))


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that no compressor shortens, the same every time."""
    return hashlib.shake_256(str(seed).encode()).digest(size)
