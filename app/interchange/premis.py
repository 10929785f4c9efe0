"""app/interchange/premis.py — PREMIS 3: records and their originals with both digests, what happened to them, and who did it.

Each record is an intellectual entity, each original a file that is part of it. Events are the journal's lines about the
record: type, time, outcome and agent, never content. Order of elements as PREMIS 3.0 has it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from app.interchange import markup
from app.interchange.markup import add, add_if
from app.interchange.selected import Selected
from storage.records import PROGRAM, Event, Item, StoredObject
from sync.cargo import xml_text

PREMIS = "http://www.loc.gov/premis/v3"
LOCATION = f"{PREMIS} http://www.loc.gov/standards/premis/v3/premis-v3-0.xsd"
CATALOGUE_CODE, UUID, DIGEST, EVENT, AGENT = "reference code", "UUID", "SHA-256", "journal number", "local"


#: Looks at a record; they did nothing to it, and who looked is not for other systems.
_LOOKS = frozenset({"view", "print", "export", "disclose", "consult"})


def build(selected: Selected) -> bytes:
    tree = markup.root(
        "premis:premis", {"premis": PREMIS, "xsi": markup.XSI},
        **{"xsi:schemaLocation": LOCATION, "version": "3.0"},
    )  # fmt: skip
    items = list(selected.items())
    codes = {f"item:{item.id}": item for item in items}
    events = [event for event in selected.events(list(codes)) if event.type not in _LOOKS]
    numbers: dict[str, list[Event]] = {}
    for event in events:
        numbers.setdefault(event.object, []).append(event)
    carried: set[str] = set()
    for name, item in codes.items():
        originals = selected.originals(item)
        _entity(tree, item, originals, numbers.get(name, []))
        for original in originals:
            if original.sha256 not in carried:
                carried.add(original.sha256)
                _file(tree, original)
    for event in events:
        _event(tree, event, codes[event.object])
    _agents(tree, events)
    return markup.encode(tree)


def _entity(tree: ET.Element, item: Item, originals: Iterable[StoredObject], events: Iterable[Event]) -> None:
    made = add(tree, "premis:object", xsi__type="premis:intellectualEntity")
    _identifier(made, "object", UUID, item.uuid)
    _identifier(made, "object", CATALOGUE_CODE, item.reference_code)
    for name, value in (("title", item.title), ("pages", str(item.page_count))):
        property = add(made, "premis:significantProperties")
        add(property, "premis:significantPropertiesType", name)
        add(property, "premis:significantPropertiesValue", value)
    for original in originals:
        related = add(made, "premis:relationship")
        add(related, "premis:relationshipType", "structural")
        add(related, "premis:relationshipSubType", "has part")
        _identifier(related, "relatedObject", DIGEST, original.sha256)
    for event in events:
        _identifier(made, "linkingEvent", EVENT, str(event.seq))


def _file(tree: ET.Element, original: StoredObject) -> None:
    made = add(tree, "premis:object", xsi__type="premis:file")
    _identifier(made, "object", DIGEST, original.sha256)
    traits = add(made, "premis:objectCharacteristics")
    add(traits, "premis:compositionLevel", "0")
    for algorithm, digest in (("SHA-256", original.sha256), ("SM3", original.sm3)):
        fixity = add(traits, "premis:fixity")
        add(fixity, "premis:messageDigestAlgorithm", algorithm)
        add(fixity, "premis:messageDigest", digest)
    add(traits, "premis:size", str(original.size_bytes))
    add(add(add(traits, "premis:format"), "premis:formatDesignation"), "premis:formatName", original.format or "unknown")
    add_if(made, "premis:originalName", original.original_name)


def _event(tree: ET.Element, event: Event, item: Item) -> None:
    made = add(tree, "premis:event")
    _identifier(made, "event", EVENT, str(event.seq))
    add(made, "premis:eventType", event.type)
    add(made, "premis:eventDateTime", event.at)
    add(add(made, "premis:eventOutcomeInformation"), "premis:eventOutcome", event.outcome)
    _identifier(made, "linkingAgent", AGENT, str(event.agent))
    _identifier(made, "linkingObject", UUID, item.uuid)


def _agents(tree: ET.Element, events: Iterable[Event]) -> None:
    for number, name in {event.agent: event.agent_name for event in events}.items():
        made = add(tree, "premis:agent")
        _identifier(made, "agent", AGENT, str(number))
        add(made, "premis:agentName", xml_text(name))
        add(made, "premis:agentType", "software" if number == PROGRAM.id else "person")


def _identifier(parent: ET.Element, of: str, type: str, value: str) -> None:
    made = add(parent, f"premis:{of}Identifier")
    add(made, f"premis:{of}IdentifierType", type)
    add(made, f"premis:{of}IdentifierValue", value)
