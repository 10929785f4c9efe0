"""app/interchange/ead3.py — EAD3: one finding aid of the fonds, with series, files (案卷) and items below it.

By the crosswalk from DA/T 18 over ISAD(G): 全宗 fonds, 类别 series, 案卷 file, 件 item. Namespace and order of elements as
EAD3 1.1 has them.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from app import wording
from app.filing import keywords
from app.interchange import markup
from app.interchange.markup import add, add_if, iso
from app.interchange.selected import Selected
from storage.records import AccessStatus, Item, Retention, SecurityClass
from storage.records.volumes import Volume

EAD = "http://ead3.archivists.org/schema/"
_ISAD = "isad(g)"


def build(selected: Selected) -> bytes:
    fonds = selected.fonds
    items = list(selected.items())
    volumes = selected.volumes_of(items)
    tree = markup.root("ead", {"": EAD})
    _control(tree, selected, len(items))
    described = add(tree, "archdesc", level="fonds")
    days = sorted(item.doc_date for item in items if item.doc_date)
    did = add(described, "did")
    add(did, "unitid", fonds.number, encodinganalog=f"{_ISAD} 3.1.1")
    add(did, "unittitle", fonds.name, encodinganalog=f"{_ISAD} 3.1.2")
    _date(did, days[0] if days else "", days[-1] if days else "")
    _extent(did, len(items), "items")
    _origin(did, fonds.station)
    _language(did)
    listed = add(described, "dsc", dsctype="combined")
    series: dict[str, ET.Element] = {}
    files: dict[int, ET.Element] = {}
    for item in items:
        if item.category not in series:
            series[item.category] = _series(listed, item.category, selected)
        parent = series[item.category]
        if item.volume_id in volumes:
            volume = volumes[item.volume_id]
            if volume.id not in files:
                files[volume.id] = _file(parent, volume)
            parent = files[volume.id]
        _item(parent, item, selected)
    return markup.encode(tree)


def _control(tree: ET.Element, selected: Selected, items: int) -> None:
    fonds, at = selected.fonds, datetime.now(UTC).isoformat(timespec="seconds")
    control = add(tree, "control", countryencoding="iso3166-1", dateencoding="iso8601", langencoding="iso639-2b",
                  scriptencoding="iso15924")
    add(control, "recordid", f"{fonds.number}-{at[:10]}")
    add(add(add(control, "filedesc"), "titlestmt"), "titleproper", wording.say("interchange.finding_aid", "zh", fonds=fonds.name))
    add(control, "maintenancestatus", value="new")
    add(add(control, "maintenanceagency", countrycode="CN"), "agencyname", fonds.station)
    declared = add(control, "languagedeclaration")
    add(declared, "language", "中文", langcode="chi")
    add(declared, "script", "汉字", scriptcode="Hans")
    event = add(add(control, "maintenancehistory"), "maintenanceevent")
    add(event, "eventtype", value="created")
    add(event, "eventdatetime", at, standarddatetime=at)
    add(event, "agenttype", value="machine")
    add(event, "agent", "anjuan")
    add(event, "eventdescription", wording.say("interchange.finding_aid_event", "zh", n=items))


def _series(parent: ET.Element, code: str, selected: Selected) -> ET.Element:
    made = add(parent, "c", level="series")
    did = add(made, "did")
    add(did, "unitid", code)
    known = selected.categories.get(code)
    add(did, "unittitle", known.name if known else code)
    return made


def _file(parent: ET.Element, volume: Volume) -> ET.Element:
    made = add(parent, "c", level="file", id=f"v{volume.uuid}")
    did = add(made, "did")
    add_if(did, "container", volume.box_no, localtype="box")
    add(did, "unitid", volume.reference_code)
    add(did, "unittitle", volume.title)
    _date(did, volume.date_from, volume.date_to)
    _extent(did, volume.item_count, "items")
    _extent(did, volume.page_count, "pages")
    if volume.handling_unit:
        _origin(did, volume.handling_unit)
    _conditions(made, volume.retention, volume.security_class, volume.access_status)
    _note(made, "odd", volume.remarks)
    return made


def _item(parent: ET.Element, item: Item, selected: Selected) -> None:
    made = add(parent, "c", level="item", id=f"i{item.uuid}")
    did = add(made, "did")
    add_if(did, "container", item.box_no, localtype="box")
    add(did, "unitid", item.reference_code)
    add_if(did, "unitid", item.document_no, localtype="document_number")
    for title in (item.title, item.parallel_title, item.sub_title):
        add_if(did, "unittitle", title)
    _date(did, item.doc_date, item.doc_date)
    _extent(did, item.page_count, "pages")
    _origin(did, item.creator)
    _conditions(made, item.retention, item.security_class, item.access_status)
    _note(made, "scopecontent", item.abstract)
    _note(made, "odd", item.remarks)
    words = keywords(item.subjects)
    if words or item.document_type:
        access = add(made, "controlaccess")
        for word in words:
            add(add(access, "subject"), "part", word)
        if item.document_type:
            add(add(access, "genreform"), "part", item.document_type)
    formats = sorted({original.format for original in selected.originals(item) if original.format})
    _note(made, "phystech", ", ".join(formats))


def _date(did: ET.Element, first: str, last: str) -> None:
    if not (first or last):
        return
    dates = add(did, "unitdatestructured")
    start, end = iso(first or last), iso(last or first)
    if start == end:
        add(dates, "datesingle", start, standarddate=start)
        return
    span = add(dates, "daterange")
    add(span, "fromdate", start, standarddate=start)
    add(span, "todate", end, standarddate=end)


def _extent(did: ET.Element, quantity: int, unit: str) -> None:
    made = add(did, "physdescstructured", coverage="whole", physdescstructuredtype="materialtype")
    add(made, "quantity", str(quantity))
    add(made, "unittype", unit)


def _origin(did: ET.Element, name: str) -> None:
    add(add(add(did, "origination"), "name"), "part", name)


def _language(did: ET.Element) -> None:
    add(add(did, "langmaterial"), "language", "中文", langcode="chi")


def _conditions(made: ET.Element, kept: Retention, secrecy: SecurityClass, access: AccessStatus) -> None:
    """密级 and 开放标识 are conditions of access, 保管期限 is appraisal."""
    said = "；".join(
        wording.say(f"{table}.{value.value}", "zh")
        for table, value in (("security_class", secrecy), ("access_status", access))
    )
    _note(made, "accessrestrict", said)
    _note(made, "appraisal", wording.say(f"retention.{kept.value}", "zh"))


def _note(made: ET.Element, tag: str, text: str) -> None:
    if text:
        add(add(made, tag), "p", text)
