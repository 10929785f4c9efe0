"""app/reading/readers.py — the list of formats, each with how its bytes are recognised and who reads it.

Child side only: this file is where parsers of foreign bytes begin. Formats are told by their content; the name of the
file only helps to recognise plain text. The order matters: the first that accepts, reads. A new format is one new line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.reading import package, text
from app.reading.errors import Refused
from app.reading.sheet import Document


@dataclass(frozen=True, slots=True)
class Reader:
    """`accepts(data, name)` looks at the bytes; `read(data)` opens them and raises Refused when it cannot."""

    name: str
    accepts: Callable[[bytes, str], bool]
    read: Callable[[bytes], Document]


def _starts(*marks: bytes) -> Callable[[bytes, str], bool]:
    return lambda data, name: data.startswith(marks)


def _package(kind: str) -> Callable[[bytes, str], bool]:
    return lambda data, name: data.startswith((b"PK\x03\x04", b"PK\x05\x06")) and package.kind(data) == kind


def _pdf(data: bytes) -> Document:
    from app.reading.pdf import Paper

    return Paper(data)


def _picture(decoder: str) -> Callable[[bytes], Document]:
    def read(data: bytes) -> Document:
        from app.reading.images import Pictures

        return Pictures(data, decoder)

    return read


def _docx(data: bytes) -> Document:
    from app.reading import word

    return word.read(data)


def _xlsx(data: bytes) -> Document:
    from app.reading import spreadsheet

    return spreadsheet.read(data)


def _ofd(data: bytes) -> Document:
    from app.reading.ofd import Layout

    return Layout(data)


def _locked_office(data: bytes, name: str) -> bool:
    """A Word or Excel file with a password: an OLE container around an encrypted package."""
    return data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") and "EncryptedPackage".encode("utf-16-le") in data


def _refuse_locked(data: bytes) -> Document:
    raise Refused("encrypted")


READERS = [
    Reader("pdf", lambda data, name: b"%PDF-" in data[:1024], _pdf),
    Reader("tiff", _starts(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), _picture("TIFF")),
    Reader("jpeg", _starts(b"\xff\xd8\xff"), _picture("JPEG")),
    Reader("png", _starts(b"\x89PNG\r\n\x1a\n"), _picture("PNG")),
    Reader("webp", lambda data, name: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _picture("WEBP")),
    Reader("bmp", lambda data, name: data[:2] == b"BM" and data[6:10] == b"\x00" * 4, _picture("BMP")),
    Reader("ofd", _package("ofd"), _ofd),
    Reader("docx", _package("docx"), _docx),
    Reader("xlsx", _package("xlsx"), _xlsx),
    Reader("office", _locked_office, _refuse_locked),
    Reader("txt", text.looks_like_text, text.read),
]
FORMATS = tuple(reader.name for reader in READERS)


def find(data: bytes, name: str) -> Reader:
    if not data:
        raise Refused("empty")
    for reader in READERS:
        if reader.accepts(data, name):
            return reader
    raise Refused("unknown_format")
