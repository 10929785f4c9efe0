"""sync/inspection.py — what both ends of a package look at before they let a record pass (四性检测, phase YJ).

The station asks `unfit` before a record goes into a package, headquarters asks it again of what arrived; a reason is a
code with a sentence in the wording (`reason.…`). What words can heal travels and is returned for correction; what only
another original can heal (`STAYS`) does not leave the station, and never stops the records beside it.

`Probe` is fed an original as it passes, in pieces of any size: it knows formats by their first bytes and sees whether
the content is under a password. No parser runs here: foreign bytes are opened only by `app.reading`'s caged child.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.cargo import CarriedRecord

#: What became of a record, as it travels. Of all but FILED only the name and the code are told.
FILED, SEALED, DESTROYED, MERGED = "filed", "sealed", "destroyed", "merged"
NOTICES = frozenset({SEALED, DESTROYED, MERGED})

#: Reasons for which a record is not put into a package at all. SEALED_PAGES: its original also holds a sealed record.
SEALED_PAGES = "sealed_pages"
STAYS = frozenset({"damaged", "no_code", "no_original", "encrypted_original", "wrong_format", SEALED_PAGES})

_HEAD = 1024
_LOCAL, _LOCAL_SIZE = b"PK\x03\x04", 30
_MAGIC: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("tiff", (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")),
    ("jpeg", (b"\xff\xd8\xff",)),
    ("png", (b"\x89PNG\r\n\x1a\n",)),
    ("zip", (_LOCAL, b"PK\x05\x06")),
    ("office", (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)),
)
#: What each recorded format begins like; plain text has no mark of its own.
_BEGINS = {name: name for name, _ in _MAGIC} | {name: name for name in ("pdf", "webp", "bmp")}
_BEGINS |= dict.fromkeys(("ofd", "docx", "xlsx"), "zip")
_DESCRIBING = ("title", "document_no", "creator", "doc_date", "remarks", "parallel_title", "sub_title", "abstract", "subjects")


@dataclass(frozen=True, slots=True)
class Traits:
    """What the bytes of an original say of themselves: how they begin ('' unknown), and whether a password is on them."""

    begins: str
    encrypted: bool


class Probe:
    """Watches one original go by."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""
        self._encrypted = False

    def feed(self, piece: bytes | memoryview) -> None:
        if len(self._head) < _HEAD:
            self._head += bytes(piece[: _HEAD - len(self._head)])
        begins = begins_like(self._head)
        if self._encrypted or (len(self._head) == _HEAD and begins not in ("pdf", "zip", "office")):
            return
        window = self._tail + bytes(piece)
        self._encrypted = _locked(begins, window)
        self._tail = window[-_HEAD:]

    @property
    def traits(self) -> Traits:
        return Traits(begins_like(self._head), self._encrypted)


def traits_of(data: bytes) -> Traits:
    probe = Probe()
    probe.feed(data)
    return probe.traits


def begins_like(head: bytes) -> str:
    """The kind of file that begins with `head`: pdf, tiff, jpeg, png, webp, bmp, zip, office, or ''."""
    if b"%PDF-" in head[:_HEAD]:
        return "pdf"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"BM" and head[6:10] == b"\x00" * 4:
        return "bmp"
    return next((name for name, marks in _MAGIC if head.startswith(marks)), "")


def agrees(format: str, begins: str) -> bool:
    """Whether a file recorded as `format` may begin like this. An original not read yet has no format."""
    return begins == _BEGINS[format] if format in _BEGINS else format in ("", "txt", "text")


def unfit(record: CarriedRecord, traits: Mapping[str, Traits]) -> str:
    """Why this record cannot stand in a register: a reason code, '' when it can. `traits` by the path of the original.

    Of a sealed or destroyed record nothing may be told, so a notice with content is as wrong as a record without.
    """
    if not record.reference_code:
        return "no_code"
    if record.state in NOTICES:
        told = record.originals or record.volume or any(getattr(record, name) for name in _DESCRIBING)
        return "notice_tells" if told else ""
    if not record.title.strip():
        return "no_title"
    if not record.originals and record.origin != "paper":
        return "no_original"
    if any(unicodedata.category(one) == "Cc" and one != "\n" for name in _DESCRIBING for one in getattr(record, name)):
        return "control_characters"
    for original in record.originals:
        seen = traits.get(original.path)
        if seen is not None and seen.encrypted:
            return "encrypted_original"
        if seen is not None and not agrees(original.format, seen.begins):
            return "wrong_format"
    return ""


def _locked(begins: str, window: bytes) -> bool:
    if begins == "pdf":
        at = window.find(b"/Encrypt")
        while at >= 0:
            # `/Encrypt 12 0 R` or `/Encrypt << … >>`; words of a text or other names that begin so are none.
            if window[at + 8 : at + 24].lstrip()[:1] in tuple(b"%d" % digit for digit in range(10)) + (b"<",):
                return True
            at = window.find(b"/Encrypt", at + 8)
        return False
    if begins not in ("pdf", "zip", "office"):
        return False
    if begins == "office":
        return "EncryptedPackage".encode("utf-16-le") in window
    at = window.find(_LOCAL)
    while at >= 0 and at + _LOCAL_SIZE <= len(window):
        if window[at + 6] & 1 and window[at + 4] <= 63:  # the general flag of an entry; no version needs more than 6.3
            return True
        at = window.find(_LOCAL, at + 4)
    return False
