"""app/reading/package.py — zip-based formats: what a package holds, checked before anything is unpacked.

zipfile never hands out more of a part than its header declares, so adding up the headers is a real limit: a zip bomb
ends here. XML is parsed by expat; a DOCTYPE is refused, which rules out entity bombs, and office formats never have one.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib

from app.reading import limits
from app.reading.errors import Refused

DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)|<\x00?!\x00?D\x00O\x00C\x00T", re.IGNORECASE)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, KeyError, IndexError)


class Package:
    """The parts of a zip file, by name."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            parts = self._zip.infolist()
        except BROKEN:
            raise Refused("damaged") from None
        if len(parts) > limits.PACKAGE_PARTS or sum(part.file_size for part in parts) > limits.PACKAGE_BYTES:
            raise Refused("too_large")
        self._parts = {part.filename.replace("\\", "/").lstrip("/"): part for part in parts if not part.is_dir()}

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    @property
    def names(self) -> list[str]:
        return list(self._parts)

    def read(self, name: str) -> bytes:
        part = self._parts.get(name)
        if part is None:
            raise Refused("damaged")
        if part.flag_bits & 1:
            raise Refused("encrypted")
        if part.file_size > limits.PART_BYTES:
            raise Refused("too_large")
        try:
            return self._zip.read(part)
        except BROKEN:
            raise Refused("damaged") from None

    def xml(self, name: str) -> ET.Element:
        data = self.read(name)
        if DOCTYPE.search(data[:4096]) or DOCTYPE.search(data):
            raise Refused("damaged")
        try:
            return ET.fromstring(data)
        except (ET.ParseError, ValueError, LookupError):
            raise Refused("damaged") from None

    def check(self) -> None:
        """Refuses what could not be unpacked within the limits, for a library that opens the package by itself."""
        for part in self._parts.values():
            if part.flag_bits & 1:
                raise Refused("encrypted")
            if part.file_size > limits.PART_BYTES and part.filename.lower().endswith((".xml", ".rels")):
                raise Refused("too_large")


def kind(data: bytes) -> str:
    """docx, xlsx or ofd, by what the package holds; empty when it is none of them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as found:
            names = {name.replace("\\", "/").lstrip("/").lower() for name in found.namelist()[: limits.PACKAGE_PARTS]}
    except BROKEN:
        # A cut-off package has lost its directory, but its first parts still say what it was.
        head = data[:65536]
        for mark, format_ in ((b"word/", "docx"), (b"xl/", "xlsx"), (b"OFD.xml", "ofd")):
            if mark in head:
                return format_
        return ""
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    return "ofd" if "ofd.xml" in names else ""
