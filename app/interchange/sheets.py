"""app/interchange/sheets.py — catalogues as CSV (UTF-8 with its mark, RFC 4180) and XLSX, item by item or volume by volume.

What this program writes it can read again: the headings are those the import knows. A cell that a spreadsheet program would
take for a formula gets a quote in CSV, and in XLSX is a text and marked as one. Nothing is written outside of memory.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TypeVar

from app import wording
from app.interchange.selected import Selected
from app.interchange.source import FORMULA
from app.interchange.workbook import workbook
from storage.records import Item, Kind
from storage.records.volumes import Volume
from sync.cargo import xml_text

R = TypeVar("R")

_ITEM = (
    "reference_code", "volume_code", "item_no", "title", "creator", "document_no", "doc_date", "category", "year",
    "retention", "office", "security_class", "page_count", "document_type", "manuscript", "parallel_title", "sub_title",
    "subjects", "abstract", "secrecy_period", "access_status", "attachment_count", "box_no", "origin", "remarks",
)  # fmt: skip
_VOLUME = (
    "reference_code", "volume_no", "title", "category", "year", "retention", "office", "catalogue_no", "date_from",
    "date_to", "security_class", "case_no", "case_name", "case_class", "cause", "accepted_on", "decided_on", "closed_on",
    "handling_unit", "lead_officer", "decision_no", "maker", "made_on", "checker", "checked_on", "notes", "box_no",
    "item_count", "page_count", "remarks",
)  # fmt: skip
_WORDED = ("retention", "security_class", "access_status", "origin")


def to_csv(kind: Kind) -> Callable[[Selected], bytes]:
    def build(selected: Selected) -> bytes:
        held = io.StringIO(newline="")
        writer = csv.writer(held)
        for row in _rows(selected, kind):
            writer.writerow([f"'{cell}" if FORMULA.match(cell) else cell for cell in map(str, row)])
        return held.getvalue().encode("utf-8-sig")

    return build


def to_xlsx(kind: Kind) -> Callable[[Selected], bytes]:
    return lambda selected: workbook(wording.say(f"interchange.sheet_{kind.value}"), _rows(selected, kind))


def _rows(selected: Selected, kind: Kind) -> Iterator[list[str | int]]:
    names = _ITEM if kind is Kind.ITEM else _VOLUME
    yield [wording.say(f"column.{name}") for name in names]
    if kind is Kind.ITEM:
        for item in selected.items():
            own = {"volume_code": selected.volume_code(item.volume_id)}
            yield [own[name] if name in own else _shown(item, name) for name in names]
    else:
        for volume in selected.volumes():
            yield [_shown(volume, name) for name in names]


def _shown(record: Item | Volume, name: str) -> str | int:
    value = getattr(record, name)
    if name in _WORDED and isinstance(value, StrEnum):
        return wording.say(f"{name}.{value.value}")
    return value if isinstance(value, int) else xml_text(str(value))
