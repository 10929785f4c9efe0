"""app/inspection/contents.py — checks of originals: whole, of the kind they say, readable, free of passwords and programs.

Bytes are looked at in memory by their marks alone; no parser runs in this process. What was never read is read once in
the caged child of `app.reading`. Of an original that only sealed records hold, nothing is checked but its digests.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator

from app.inspection.look import ITEMS, ORIGINALS, Batch, Kept, Look, over
from app.reading import ReadingUnavailable, Unreadable
from storage.objects import sm3
from storage.records import Kind, Origin, Subject
from storage.records.descriptions import MAIN
from storage.records.inspection import Fault, Severity
from sync.inspection import agrees, traits_of

_SIGNED = (b"/ByteRange", b"Signs/Signatures.xml", b"Signatures.xml")
_ARCHIVAL = b"pdfaid:part"
_PROGRAMS_IN_PDF = re.compile(rb"/(JavaScript|JS|Launch|RichMedia)\b")
_MACROS = (b"vbaProject.bin", "_VBA_PROJECT".encode("utf-16-le"))
#: The name of an entry of a zip package, from its local header.
_ENTRY = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
_NESTED = (b".zip", b".rar", b".7z", b".gz", b".tar", b".exe", b".dll", b".bat", b".js", b".vbs")


@over(ORIGINALS, "GD1-1", "GD1-10")
def whole(look: Look, kept: Kept) -> Iterator[Fault]:
    """The sealed original opens and has both digests that were taken when it came."""
    stored, subject, about = kept.stored, _subject(kept), f"object:{kept.stored.id}"
    if kept.data is None:
        missing = not look.archive.objects.path(stored.name).exists()
        code, key = ("GD1-10", "original_missing") if missing else ("GD1-1", "original_damaged")
        yield look.fault(code, key, subject, object=about)
    elif hashlib.sha256(kept.data).hexdigest() != stored.sha256:
        yield look.fault("GD1-1", "digest_differs", subject, object=about, algorithm="SHA-256")
    elif sm3(kept.data) != stored.sm3:
        yield look.fault("GD1-1", "digest_differs", subject, object=about, algorithm="SM3")
    if kept.data is not None and kept.item_id is not None and any(mark in kept.data for mark in _SIGNED):
        yield look.fault("GD1-1", "signature_unchecked", subject, severity=Severity.INFO, object=about)


@over(ORIGINALS, "GD1-9", "GD3-3", "GD3-4", "GD3-5", "GD3-7", "GD4-2")
def of_its_kind(look: Look, kept: Kept) -> Iterator[Fault]:
    """Size and format as recorded, a format that is taken, that can be read, that lasts; no password, nothing that runs."""
    if kept.data is None or kept.item_id is None:
        return
    stored, data, subject, about = kept.stored, kept.data, _subject(kept), f"object:{kept.stored.id}"
    traits = traits_of(data)
    if len(data) != stored.size_bytes:
        yield look.fault("GD1-9", "size_differs", subject, object=about, recorded=stored.size_bytes, found=len(data))
    if stored.format and stored.format not in look.catalogue.acceptable:
        yield look.fault("GD3-3", "format_not_taken", subject, object=about, format=stored.format)
    elif not agrees(stored.format, traits.begins):
        yield look.fault(
            "GD1-9", "format_differs", subject, object=about, recorded=stored.format, found=traits.begins or "?"
        )
    if traits.encrypted:
        yield look.fault("GD3-7", "encrypted", subject, object=about, format=stored.format)
    elif not kept.pages_read and (reason := _why_unreadable(look, data, stored.original_name)):
        yield look.fault("GD3-4", "unreadable", subject, object=about, reason=reason)
    if traits.begins == "zip" and _nested(data):
        yield look.fault("GD3-7", "archive_inside", subject, severity=Severity.WARNING, object=about)
    if (traits.begins == "pdf" and _PROGRAMS_IN_PDF.search(data)) or any(mark in data for mark in _MACROS):
        yield look.fault("GD4-2", "runs", subject, object=about, format=stored.format)
    lasts = _ARCHIVAL in data if stored.format == "pdf" else stored.format in look.catalogue.long_term
    if stored.format and not lasts:
        yield look.fault("GD3-5", "not_lasting", subject, object=about, format=stored.format)


@over(ITEMS, "GD1-10", "GD2-7", "GD2-8")
def complete(look: Look, batch: Batch) -> Iterator[Fault]:
    """Every item has its files, every file its pages, every page its picture; the numbers said are the numbers there."""
    for item in batch.items:
        subject, documents = Subject(Kind.ITEM, item.id), batch.documents.get(item.id, [])
        if item.origin is Origin.PAPER:
            continue
        if not documents:
            yield look.fault("GD1-10", "no_original", subject)
            continue
        short = [one for one in documents if one.pages_read < one.pages_wanted]
        for one in short:
            yield look.fault(
                "GD2-7", "pages_unread", subject, object=f"object:{one.object_id}", wanted=one.pages_wanted,
                found=one.pages_read,
            )  # fmt: skip
        read = sum(one.pages_read for one in documents)
        # What could not be read at all has no pages to compare; that is GD3-4's to say.
        if not short and all(one.pages_read for one in documents) and read != item.page_count:
            yield look.fault("GD2-7", "pages_differ", subject, wanted=item.page_count, found=read)
        attached = sum(one.role != MAIN for one in documents)
        if attached != item.attachment_count:
            yield look.fault("GD2-8", "attachments_differ", subject, wanted=item.attachment_count, found=attached)


@over(ITEMS, "GD2-7")
def pictured(look: Look, batch: Batch) -> Iterator[Fault]:
    """The pictures of pages, which people look at, are there."""
    lacking: dict[tuple[int, int], list[int]] = defaultdict(list)
    for item_id, object_id, number, name in look.archive.queries.page_pictures_of([item.id for item in batch.items]):
        if not look.archive.pictures.path(name).exists():
            lacking[item_id, object_id].append(number)
    for (item_id, object_id), numbers in lacking.items():
        pages = ", ".join(map(str, numbers[:10]))
        subject = Subject(Kind.ITEM, item_id)
        yield look.fault("GD2-7", "picture_missing", subject, object=f"object:{object_id}", pages=pages)


@over(ITEMS, "GD2-5")
def accounted(look: Look, batch: Batch) -> Iterator[Fault]:
    """The journal says how each record came to be as it is: its originals were received and read, it was filed."""
    queries, ids = look.archive.queries, [item.id for item in batch.items]
    for item_id in queries.items_without_event(ids):
        yield look.fault("GD2-5", "change_unaccounted", Subject(Kind.ITEM, item_id))
    for item_id, object_id, type in queries.documents_without_event(ids, look.catalogue.events):
        subject = Subject(Kind.ITEM, item_id)
        yield look.fault("GD2-5", "event_missing", subject, object=f"object:{object_id}", event=type)


def _why_unreadable(look: Look, data: bytes, name: str) -> str:
    """Reads an original that nobody read before; the reason why it cannot be, '' when it can."""
    try:
        look.readers.read(data, name)
    except Unreadable as error:
        return str(error.facts["reason"])
    except ReadingUnavailable:
        return ""
    return ""


def _subject(kept: Kept) -> Subject | None:
    return Subject(Kind.ITEM, kept.item_id) if kept.item_id is not None else None


def _nested(data: bytes) -> bool:
    """Whether a zip package holds another archive or a program, by the names of its entries."""
    for found in _ENTRY.finditer(data):
        length = int.from_bytes(found[1], "little")
        if data[found.end() : found.end() + length].lower().endswith(_NESTED):
            return True
    return False
