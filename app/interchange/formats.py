"""app/interchange/formats.py — the forms in which catalogues go out. A new one is one line here.

文件目录.XML and 案卷目录.XML are those of annex 2 of 《电子档案移交与接收办法》, by the same writer as in the packages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app import wording
from app.interchange import dublin_core, ead3, premis, sheets
from app.interchange.selected import Selected
from storage.records import Kind
from sync.cargo import listing


@dataclass(frozen=True, slots=True)
class Format:
    """`ending` of the file; `kind` says whether it is a catalogue of items or of volumes."""

    name: str
    ending: str
    kind: Kind
    build: Callable[[Selected], bytes]


def _items(selected: Selected) -> bytes:
    return listing(
        "文件",
        (
            {
                "档号": item.reference_code,
                "责任者": item.creator,
                "题名": item.title,
                "日期": item.doc_date,
                "密级": wording.say(f"security_class.{item.security_class.value}", "zh"),
                "电子档案名称": ";".join(original.original_name for original in selected.originals(item)),
                "备注": item.remarks,
            }
            for item in selected.items()
        ),
    )


def _volumes(selected: Selected) -> bytes:
    return listing(
        "案卷",
        (
            {
                "档号": volume.reference_code,
                "责任者": volume.handling_unit or selected.fonds.name,
                "题名": volume.title,
                "日期": "-".join(dict.fromkeys(filter(None, (volume.date_from, volume.date_to)))),
                "密级": wording.say(f"security_class.{volume.security_class.value}", "zh"),
                "电子档案名称": "",
                "备注": volume.remarks,
            }
            for volume in selected.volumes()
        ),
    )


FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format("xlsx", ".xlsx", Kind.ITEM, sheets.to_xlsx(Kind.ITEM)),
        Format("csv", ".csv", Kind.ITEM, sheets.to_csv(Kind.ITEM)),
        Format("volumes_xlsx", ".xlsx", Kind.VOLUME, sheets.to_xlsx(Kind.VOLUME)),
        Format("volumes_csv", ".csv", Kind.VOLUME, sheets.to_csv(Kind.VOLUME)),
        Format("catalogue", ".XML", Kind.ITEM, _items),
        Format("volumes_catalogue", ".XML", Kind.VOLUME, _volumes),
        Format("ead3", ".xml", Kind.ITEM, ead3.build),
        Format("dc", ".xml", Kind.ITEM, dublin_core.build),
        Format("premis", ".xml", Kind.ITEM, premis.build),
    )
}
