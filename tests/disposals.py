"""tests/disposals.py — records old enough to be disposed of, delivered, and a second person to approve it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from app import numbering
from app.disposal import Disposal, Outcome
from storage.archive import Archive
from storage.records import PROGRAM, Agent, Item, Kind, Package, PackageState, Role, Subject
from storage.records.disposal import Opinion
from storage.records.volumes import VolumeDraft
from tests.stations import CHIEF, FONDS, House, draft

TODAY = date(2040, 3, 1)
CLERK = Agent(2, "样本·内勤", Role.CLERK)
APPRAISERS = ("样本甲", "样本乙", "样本丙")
SUPERVISORS = ("样本监销甲", "样本监销乙")
PLACE, METHOD = "样本销毁点", "粉碎"


def item(house: House, data: bytes, **fields: object) -> Subject:
    """A record of its own, filed."""
    filed: Item = house.file(house.receive(data), **fields)
    return Subject(Kind.ITEM, filed.id)


def deliver(archive: Archive, *subjects: Subject, state: str = "delivered") -> str:
    """A package with these records goes and, unless `state` is `sent`, comes back receipted. Returns its id."""
    head = archive.queries.head()[0]
    items = [item for subject in subjects for item in archive.queries.item_ids_of(subject)]
    name = uuid.uuid4().hex
    package = Package(
        name, archive.epoch, 1, head, "", name, 10, len(items), PackageState.PACKED, f"{name}.anjuan",
        "2026-01-01T00:00:00Z",
    )  # fmt: skip
    with archive.write(PROGRAM) as change:
        change.pack(package, items)
    with archive.write(PROGRAM) as change:
        change.send(name, "carrier")
    if state == "delivered":
        with archive.write(PROGRAM) as change:
            change.accept_receipt(name, b"receipt", [])
    return name


def approved(
    house: House, subjects: Sequence[Subject], opinion: Opinion = Opinion.DESTROY, today: date = TODAY
) -> int:
    """A batch of these records that the clerk submitted and the chief approved. Returns its id."""
    clerk, chief = Disposal(house.archive, CLERK), Disposal(house.archive, CHIEF)
    batch = clerk.open_appraisal(today, APPRAISERS, today, subjects).id
    until = "20990101" if opinion is Opinion.EXTEND else ""
    clerk.appraise(batch, subjects, opinion, today, "样本：保管期限已满", until)
    clerk.submit(batch, "样本鉴定报告")
    chief.approve(batch, "样本同意")
    return batch


def carry_out(house: House, batch: int, confirmed: int, today: date = TODAY) -> Outcome:
    return Disposal(house.archive, CLERK).carry_out(batch, PLACE, METHOD, SUPERVISORS, confirmed, today)


def volume(house: House, papers: Sequence[bytes], **fields: object) -> Subject:
    """A filed volume with these papers in it."""
    values: dict[str, object] = {"title": "样本案卷", "year": 2026, "closed_on": "20260630"} | fields
    with house.archive.write(CHIEF) as change:
        volume_id = change.open_volume(VolumeDraft(**values), FONDS.number)  # type: ignore[arg-type]
    for data in papers:
        arrival = house.receive(data)
        with house.archive.write(CHIEF) as change:
            change.file_into(arrival, draft(title=f"样本文书 {data[:20].decode('utf-8', 'ignore')}"), volume_id)
    with house.archive.write(CHIEF) as change:
        change.number_pages(volume_id)
    with house.archive.write(CHIEF) as change:
        change.file_volume(
            volume_id,
            lambda found: ("volume", found.category, str(found.year)),
            lambda found, number: f"Z900-V{found.year}-{number:03d}",
            numbering.code_in_volume,
        )
    return Subject(Kind.VOLUME, volume_id)
