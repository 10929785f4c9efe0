"""sync/cargo.py — what a package carries: records, volumes and originals as they travel, and the catalogues of them.

The catalogues are those of annex 2 of 《电子档案移交与接收办法》. Every original gets a place whose path any system takes.
Pure functions over frozen values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import repeat
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from storage.records import Fonds, Item, SecurityClass, StoredObject
from storage.records.volumes import Volume
from sync.inspection import FILED, SEALED

ORIGINALS = "data/电子档案/"

_UNSAFE = re.compile(r"[^\w.()-]")
SEGMENT = re.compile(r"[\w(][\w.()-]*")
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

_CLASSES = {
    SecurityClass.PUBLIC: "公开",
    SecurityClass.INTERNAL: "内部",
    SecurityClass.SECRET: "秘密",
    SecurityClass.CONFIDENTIAL: "机密",
    SecurityClass.TOP_SECRET: "绝密",
}


@dataclass(frozen=True, slots=True)
class Record:
    """An item as it goes into a package, with its originals (each in its role) and the journal line that last changed it."""

    item: Item
    changed_seq: int
    originals: tuple[StoredObject, ...]
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VolumeRecord:
    """A volume as it goes into a package, with the items that stand in it (uuids), in order."""

    volume: Volume
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cargo:
    """Everything one package carries. `lines` are the journal lines first_seq..last_seq, without a gap. `volumes` are all
    that the records name and may be seen.
    """

    station: str
    epoch: str
    first_seq: int
    last_seq: int
    fonds: Fonds
    records: tuple[Record, ...]
    lines: tuple[Mapping[str, object], ...]
    created: str
    program: str
    volumes: tuple[VolumeRecord, ...] = ()

    @property
    def identity(self) -> str:
        return f"{self.station}/{self.epoch}/{self.first_seq}-{self.last_seq}"


class CarriedOriginal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    sha256: str
    sm3: str
    size_bytes: int
    format: str
    original_name: str
    role: str = "main"


class CarriedVolume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of volumes.jsonl. `items` are the uuids of what stands in it, in order."""

    uuid: str
    reference_code: str
    fonds: str
    category: str
    year: int
    retention: str
    office: str
    catalogue_no: str
    volume_no: int
    title: str
    part: str
    book_no: int
    book_total: int
    date_from: str
    date_to: str
    security_class: str
    access_status: str
    maker: str
    made_on: str
    checker: str
    checked_on: str
    notes: str
    case_no: str
    case_name: str
    case_class: str
    cause: str
    accepted_on: str
    decided_on: str
    closed_on: str
    handling_unit: str
    lead_officer: str
    decision_no: str
    medium: str
    box_no: str
    remarks: str
    filed_at: str
    filed_by: str
    changed_seq: int
    item_count: int
    page_count: int
    items: tuple[str, ...]


class CarriedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of records.jsonl. `state` is filed; or sealed, destroyed or merged: then nothing describes it any more.
    `volume` is the uuid of the volume it stands in, if any.
    """

    uuid: str
    reference_code: str
    fonds: str
    category: str
    year: int
    retention: str
    office: str
    item_no: int
    title: str
    document_no: str
    creator: str
    doc_date: str
    security_class: str
    page_count: int
    remarks: str
    filed_at: str
    filed_by: str
    changed_seq: int
    originals: tuple[CarriedOriginal, ...]
    state: str = FILED
    position: int = 0
    page_from: int = 0
    page_to: int = 0
    parallel_title: str = ""
    sub_title: str = ""
    document_type: str = ""
    manuscript: str = ""
    secrecy_period: str = ""
    access_status: str = ""
    subjects: str = ""
    abstract: str = ""
    attachment_count: int = 0
    origin: str = ""
    volume: str = ""


def safe(name: str) -> str:
    """One segment of a path that every system and archiver takes: NFC, word characters, no `·`."""
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(".")[:80]
    return f"_{name}" if not SEGMENT.fullmatch(name) or DEVICE.fullmatch(name) else name


def catalogue(records: Iterable[CarriedRecord]) -> bytes:
    """文件目录.XML of annex 2."""
    return listing(
        "文件",
        (
            {
                "档号": record.reference_code,
                "责任者": record.creator,
                "题名": record.title,
                "日期": record.doc_date,
                "密级": _CLASSES[SecurityClass(record.security_class)],
                "电子档案名称": ";".join(original.path.removeprefix("data/") for original in record.originals),
                "备注": record.remarks,
            }
            for record in records
        ),
    )


def volume_catalogue(volumes: Iterable[CarriedVolume]) -> bytes:
    """案卷目录.XML of annex 2: the same elements, with 案卷 for 文件. The dates are the first and the last of the volume."""
    return listing(
        "案卷",
        (
            {
                "档号": volume.reference_code,
                "责任者": volume.handling_unit or volume.maker,
                "题名": volume.title,
                "日期": "-".join(dict.fromkeys(filter(None, (volume.date_from, volume.date_to)))),
                "密级": _CLASSES[SecurityClass(volume.security_class)],
                "电子档案名称": "",
                "备注": volume.remarks,
            }
            for volume in volumes
        ),
    )


def listing(kind: str, entries: Iterable[Mapping[str, str]]) -> bytes:
    """文件目录.XML or 案卷目录.XML of annex 2 (`kind` is 文件 or 案卷), out of the elements of each entry; they are counted here."""
    rows = []
    for number, values in enumerate(entries, 1):
        filled = {"顺序号": str(number), **values}
        cells = "".join(f"<{tag}>{escape(xml_text(value))}</{tag}>" for tag, value in filled.items())
        rows.append(f"  <{kind}>{cells}</{kind}>\n")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind}目录>\n{"".join(rows)}</{kind}目录>\n'.encode()


def xml_text(text: str) -> str:
    """A text without the characters that no XML may hold."""
    return _NOT_XML.sub("", text)


def place(records: Sequence[Record], volumes: Sequence[VolumeRecord]) -> list[CarriedRecord]:
    """The records as they are carried, every original in its place. Two codes that look alike once made safe are told apart
    by the item's uuid.
    """
    names = {one.volume.id: one.volume.uuid for one in volumes}
    taken: set[str] = set()
    placed = []
    for record in records:
        item = record.item
        code = safe(item.reference_code)
        folder = f"{ORIGINALS}{item.year:04d}/{safe(item.category)}/{code}"
        if folder.casefold() in taken:
            folder = f"{folder}_{item.uuid[:8]}"
        taken.add(folder.casefold())
        originals = tuple(
            CarriedOriginal(
                f"{folder}/{number:03d}.{safe(stored.format or 'bin').lower()}",
                stored.sha256,
                stored.sm3,
                stored.size_bytes,
                stored.format,
                stored.original_name,
                role,
            )
            for number, (stored, role) in enumerate(zip(record.originals, record.roles or repeat("main"), strict=False), 1)
        )
        fields: dict[str, Any] = {
            name: value.value if isinstance(value, StrEnum) else value
            for name, value in asdict(item).items()
            if name in CarriedRecord.__struct_fields__
        }
        state = SEALED if item.sealed else item.state.value
        volume = names.get(item.volume_id or 0, "") if state == FILED else ""
        fields |= {"state": state, "changed_seq": record.changed_seq, "volume": volume}
        placed.append(CarriedRecord(**fields, originals=originals))
    return placed


def carried_volume(record: VolumeRecord) -> CarriedVolume:
    values: dict[str, Any] = {
        name: value.value if isinstance(value, StrEnum) else value
        for name, value in asdict(record.volume).items()
        if name in CarriedVolume.__struct_fields__
    }
    return CarriedVolume(**values, items=record.items)
