"""app/interchange/markup.py — XML that we write: elements by prefixed name, text that XML can hold, UTF-8 bytes.

Names carry their prefix (`dc:title`); the root declares the namespaces. ElementTree escapes; nothing foreign is parsed here.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from sync.cargo import xml_text

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def root(tag: str, namespaces: dict[str, str], **attributes: str) -> ET.Element:
    """The root; `namespaces` by prefix, the empty one for names without."""
    declared = {f"xmlns:{prefix}" if prefix else "xmlns": uri for prefix, uri in namespaces.items()}
    return ET.Element(tag, {**declared, **attributes})


def add(parent: ET.Element, tag: str, text: str = "", /, **attributes: str) -> ET.Element:
    """A child. An attribute with a prefix is written `xml__lang`."""
    made = ET.SubElement(parent, tag, {name.replace("__", ":"): xml_text(value) for name, value in attributes.items()})
    if text:
        made.text = xml_text(text)
    return made


def add_if(parent: ET.Element, tag: str, text: str, /, **attributes: str) -> None:
    """A child, when there is something to say."""
    if text:
        add(parent, tag, text, **attributes)


def iso(date: str) -> str:
    """A stored date (YYYYMMDD, 00 unknown) as W3C-DTF: 2026-03-05, 2026-03 or 2026."""
    return "-".join(part for part in (date[:4], date[4:6], date[6:8]) if part.strip("0"))


def encode(tree: ET.Element) -> bytes:
    ET.indent(tree)
    return bytes(ET.tostring(tree, encoding="utf-8", xml_declaration=True)) + b"\n"
