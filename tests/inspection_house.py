"""tests/inspection_house.py — a small station with something of everything, in which an inspection finds nothing at all.

Records filed by item (a PDF/A of two pages, a picture, plain text with an attachment, one on paper only, one renumbered),
two filed case volumes with all the papers their guide asks for (one of them sealed), an open volume, one record sealed, one
destroyed, papers that wait, and a headquarters that has receipted what was sent.
"""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path

from app import filing, guides
from app.description import Description
from app.filing import shipped_categories
from app.volumes import Volumes
from storage.archive import Archive, Founding
from storage.keys import FLOOR
from storage.records import PROGRAM, Agent, Item, ItemDraft, Kind, Line, Origin, Page, Retention, Role, Subject
from storage.records.volumes import Volume, VolumeDraft
from storage.spool import Custody
from sync import headquarters
from sync.exchange import Exchange
from tests import founded
from tests.stations import ADMINISTRATOR, FONDS, PASSPHRASE, draft, sha256

CHIEF = Agent(1, ADMINISTRATOR, Role.ADMINISTRATOR)
CASE_NO = "A" + "0" * 22
PDF = b"%PDF-1.4\n% sample {number}\n<pdfaid:part>2</pdfaid:part>\n%%EOF\n"


class Inspected:
    """The station. `reopen` takes the recovery key: it needs no Argon2."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "archive"
        self.archive, self.recovery_key = founded.archive(
            Founding(self.folder, FONDS, ADMINISTRATOR, PASSPHRASE, None, shipped_categories(), FLOOR)
        )

    @classmethod
    def copied(cls, folder: Path, recovery_key: str) -> Inspected:
        """One whose folder was copied."""
        house = cls.__new__(cls)
        house.folder, house.recovery_key = folder / "archive", recovery_key
        house.archive = Archive.open_with_recovery(house.folder, recovery_key)
        return house

    def receive(self, data: bytes, format: str, *, pages: int = 1) -> int:
        archive = self.archive
        sealed, name = archive.objects.put(data), f"样本.{format}"
        custody = Custody(name, f"/scan/{name}", 1, len(data), sha256(data), "2026-01-01T00:00:00+00:00", True)
        with archive.write(PROGRAM) as change:
            arrival = change.receive(uuid.uuid4().hex, custody, sealed)
        read = []
        for number in range(1, pages + 1):
            picture = archive.pictures.put(b"picture %d of " % number + data)
            lines = (Line(f"样本第{number}页", 0.1, 0.1, 0.8, 0.02),)
            read.append((Page(number, 100, 140, lines, b"", "typeset", 1.0), picture.name))
        object_id = archive.queries.arrival(arrival).object_id
        assert object_id is not None
        with archive.write(PROGRAM) as change:
            change.read(object_id, format, read, draft())
        return arrival

    def file(self, data: bytes, format: str = "pdf", *, pages: int = 1, **fields: object) -> Item:
        arrival = self.receive(data, format, pages=pages)
        return filing.file(self.archive, CHIEF, arrival, draft(**{"page_count": pages} | fields), date.today())

    def bind(self, papers: list[ItemDraft], **fields: object) -> Volume:
        """An open volume with these papers, one page each."""
        volumes = Volumes(self.archive, CHIEF)
        volume = volumes.open(VolumeDraft(**fields))  # type: ignore[arg-type]
        for number, paper in enumerate(papers):
            arrival = self.receive(PDF.replace(b"{number}", b"v%d-%d" % (volume.id, number)), "pdf")
            volumes.file_into(arrival, paper, volume.id)
        return volumes.volume(volume.id)

    def run(self, sql: str, *values: object) -> None:
        """Behind everybody's back. References may break, as they do when somebody writes into the file."""
        database = self.archive.database
        database._writer.execute("PRAGMA foreign_keys = OFF")
        with database.transaction() as connection:
            connection.execute(sql, values)
        database._writer.execute("PRAGMA foreign_keys = ON")

    def one(self, sql: str, *values: object) -> object:
        row = self.archive.database.reader().row(sql, values)
        assert row is not None
        return row[0]

    def furnish(self, office: Path) -> None:
        """Fills the station."""
        archive = self.archive
        self.file(PDF.replace(b"{number}", b"1"), pages=2, title="关于样本检查的通知", document_no="样公〔2026〕1号")
        self.file(b"II*\x00" + bytes(64), "tiff", title="样本现场照片", document_no="样公〔2026〕2号")
        extra = self.receive("样本附件".encode(), "txt")
        third = self.file(
            "样本会议记录".encode(), "txt", title="样本会议记录（附件一份）", attachment_count=1, page_count=2
        )  # fmt: skip
        Description(archive, CHIEF).documents.add(third.id, extra)
        paper = self.file("样本纸质".encode(), "txt", title="只有纸质的样本")
        self.run("UPDATE item SET origin = ? WHERE id = ?", Origin.PAPER.value, paper.id)
        self.run("DELETE FROM document WHERE item_id = ?", paper.id)
        self.run("UPDATE arrival SET outcome = 'quarantined', item_id = NULL WHERE item_id = ?", paper.id)
        gone = self.file(PDF.replace(b"{number}", b"gone"), title="将要销毁的样本")
        hidden = self.file(PDF.replace(b"{number}", b"hidden"), title="将要封存的样本")
        moved = self.file(PDF.replace(b"{number}", b"moved"), title="改过号的样本")
        Description(archive, CHIEF).renumber(
            moved.id, "WS", 2026, Retention.D30, "", "保管期限定错", moved.changed_seq
        )
        self.file(PDF.replace(b"{number}", b"last"), title="最后一件样本", doc_date="20260000")
        self.destroy(gone)

        guide = guides.guide("administrative")
        assert guide is not None
        entries = {entry.number: entry for entry in guide.entries}
        papers = [
            draft(title=entries[minimum.any[0]].title, document_type=entries[minimum.any[0]].code, doc_date="20260302")
            for minimum in guide.minimum
        ]
        volumes = Volumes(archive, CHIEF)
        # The first is filed and may be seen; the second falls under the law and is sealed as soon as it is filed.
        for category, retention in (("ZY·TJ", Retention.D10), ("ZY·XZ", Retention.D30)):
            volume = self.bind(
                papers, title="样本行政案件", category=category, year=2026, retention=retention, case_no=CASE_NO,
                date_from="20260301", date_to="20260303", maker="样本甲", checker="样本乙", made_on="20260310",
                guide="administrative", decided_on="20260302",
            )  # fmt: skip
            volumes.file(volume.id)
        self.bind([draft(title="还在收集的样本", doc_date="20260401")], title="未立的样本卷", year=2026)
        with archive.write(CHIEF) as change:
            change.seal(Subject(Kind.ITEM, hidden.id), "样本依据")
        self.receive(b"waiting", "txt")
        self.deliver(office)
        archive.index.catch_up()

    def destroy(self, item: Item) -> None:
        """What is left of a record that was destroyed: its number."""
        stored = [self.archive.queries.object(id) for id in item.object_ids]
        pictures = [page.picture for kept in stored for page in self.archive.queries.pages(kept.id)]
        self.run("UPDATE arrival SET object_id = NULL WHERE item_id = ?", item.id)
        self.run("DELETE FROM document WHERE item_id = ?", item.id)
        for kept in stored:
            self.run("DELETE FROM page WHERE object_id = ?", kept.id)
            self.run("DELETE FROM object WHERE id = ?", kept.id)
            self.archive.objects.remove(kept.name)
        for picture in pictures:
            self.archive.pictures.remove(picture)
        self.run("UPDATE item SET state = 'destroyed', title = '', creator = '', doc_date = '' WHERE id = ?", item.id)

    def deliver(self, office: Path) -> None:
        """Sends everything to a headquarters in `office`, on a stick, and brings the receipt home."""
        stick = office.parent / "stick"
        stick.mkdir(exist_ok=True)
        exchange = Exchange(self.archive, CHIEF)
        if exchange.enrolment() is None:
            headquarters.create(office, "样本分局档案室", "https://127.0.0.1:8443")
            enrolment = office.parent / "enrolment.json"
            enrolment.write_bytes(headquarters.enrol(office, self.folder / "station.json"))
            exchange.enrol(enrolment)
        exchange.round(stick)
        headquarters.receive(office, stick)
        exchange.round(stick)
