"""storage/records/volumes.py — the volume (案卷): its description, its part, and what a list of volumes is asked for.

Columns follow GB/T 9705 and DA/T 18. Dates are `YYYYMMDD` with `00` for an unknown month or day, or empty.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from storage.records import AccessStatus, Retention, SecurityClass, State


class VolumePart(StrEnum):
    """卷别: which part of a case a volume is. Each part is a volume of its own, held together by the case number."""

    WHOLE = "whole"
    MAIN = "main"
    SUB = "sub"
    SECRET = "secret"


@dataclass(frozen=True, slots=True)
class VolumeDraft:
    """The description of a volume. Category, year, retention, office and catalogue are what its number is made of."""

    title: str = ""
    category: str = "WS"
    year: int = 0
    retention: Retention = Retention.D10
    office: str = ""
    catalogue_no: str = ""
    part: VolumePart = VolumePart.WHOLE
    date_from: str = ""
    date_to: str = ""
    security_class: SecurityClass = SecurityClass.INTERNAL
    access_status: AccessStatus = AccessStatus.UNREVIEWED
    maker: str = ""
    made_on: str = ""
    checker: str = ""
    checked_on: str = ""
    notes: str = ""
    case_no: str = ""
    case_name: str = ""
    case_class: str = ""
    cause: str = ""
    accepted_on: str = ""
    decided_on: str = ""
    closed_on: str = ""
    handling_unit: str = ""
    lead_officer: str = ""
    decision_no: str = ""
    medium: str = ""
    place_id: int | None = None
    box_no: str = ""
    guide: str = ""
    remarks: str = ""


#: What of a description is in the 档号, and therefore fixed once the volume is filed.
NUMBERED = ("category", "year", "retention", "office", "catalogue_no")


@dataclass(frozen=True, slots=True)
class Volume:
    """案卷. `reference_code` is empty and `volume_no` 0 until it is filed. `item_count` and `page_count` are counted from its
    items. Books (册) of one divided volume share `first_book`, the id of the volume that was divided.
    """

    id: int
    uuid: str
    reference_code: str
    fonds: str
    category: str
    year: int
    retention: Retention
    office: str
    catalogue_no: str
    volume_no: int
    title: str
    part: VolumePart
    book_no: int
    book_total: int
    first_book: int | None
    date_from: str
    date_to: str
    security_class: SecurityClass
    access_status: AccessStatus
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
    place_id: int | None
    box_no: str
    guide: str
    remarks: str
    state: State
    sealed: bool
    kept_until: str
    opened_at: str
    opened_by: str
    filed_at: str
    filed_by: str
    changed_seq: int
    item_count: int = 0
    page_count: int = 0

    @property
    def draft(self) -> VolumeDraft:
        """Its description."""
        return VolumeDraft(**{field.name: getattr(self, field.name) for field in fields(VolumeDraft)})

    @property
    def open(self) -> bool:
        return self.state is State.OPEN


@dataclass(frozen=True, slots=True)
class VolumeFilter:
    """Which volumes a list is to show; None and empty mean all. A category covers its children; `text` is looked for in
    title, case name, case number and 档号; `parts` are the only ones the asker may see.
    """

    state: State | None = None
    category: str | None = None
    year: int | None = None
    retention: Retention | None = None
    case_no: str = ""
    text: str = ""
    parts: tuple[VolumePart, ...] = tuple(VolumePart)
