"""app/interchange/dublin_core.py — Dublin Core: each record as one `oai_dc:dc` of the fifteen elements, unqualified.

By the crosswalk from DA/T 18 over ISAD(G). Dates are W3C-DTF, languages ISO 639.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from app import wording
from app.filing import keywords
from app.interchange import markup
from app.interchange.markup import add, add_if
from app.interchange.selected import Selected
from storage.records import Item

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
LOCATION = f"{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
NAMESPACES = {"oai_dc": OAI_DC, "dc": DC, "xsi": markup.XSI}


def build(selected: Selected) -> bytes:
    tree = markup.root("records", NAMESPACES)
    for item in selected.items():
        _record(tree, item, selected)
    return markup.encode(tree)


def _record(tree: ET.Element, item: Item, selected: Selected) -> None:
    made = add(tree, "oai_dc:dc", xsi__schemaLocation=LOCATION)
    for title in (item.title, item.parallel_title, item.sub_title):
        add_if(made, "dc:title", title)
    add(made, "dc:creator", item.creator)
    for subject in keywords(item.subjects):
        add(made, "dc:subject", subject)
    for text in (item.abstract, item.remarks):
        add_if(made, "dc:description", text)
    add_if(made, "dc:date", markup.iso(item.doc_date))
    add(made, "dc:type", "Text")
    add_if(made, "dc:type", item.document_type)
    for name in sorted({original.format for original in selected.originals(item) if original.format}):
        add(made, "dc:format", name)
    add(made, "dc:format", wording.say("interchange.pages", "zh", n=item.page_count))
    add(made, "dc:identifier", item.reference_code)
    add(made, "dc:identifier", f"urn:uuid:{item.uuid[:8]}-{item.uuid[8:12]}-{item.uuid[12:16]}-{item.uuid[16:20]}-{item.uuid[20:]}")
    add_if(made, "dc:identifier", item.document_no)
    add(made, "dc:source", f"{selected.fonds.number} {selected.fonds.name}")
    add(made, "dc:language", "zh")
    add_if(made, "dc:relation", selected.volume_code(item.volume_id))
    for table, value in (("security_class", item.security_class), ("access_status", item.access_status)):
        add(made, "dc:rights", wording.say(f"{table}.{value.value}", "zh"))
