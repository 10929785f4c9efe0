"""app/samples/formats.py — the file formats in which sample papers arrive at a station.

`FORMATS` maps the name of a carrier (scan, fax, photo, docx ...) to how it is written; `bytes` depend on the draft and
the chance given alone: office files get fixed dates, zips fixed times.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

import docx
import openpyxl
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from PIL import Image

from app.samples import scan, vector
from app.samples.sheet import (
    GREY,
    INK,
    MARK,
    RED,
    Body,
    Break,
    Draft,
    Imprint,
    Letterhead,
    Received,
    Sheet,
    Signature,
    Table,
    Title,
    paragraphs,
    plain,
)

_QUALITY = 58
_MADE = datetime(2026, 1, 1, 8, 0, 0)


@dataclass(frozen=True, slots=True)
class Format:
    """How one carrier is written. `paged` carriers show the laid-out sheets; the others hold the bare text."""

    name: str
    ending: str
    paged: bool
    write: Callable[[Draft, Sequence[Sheet], Random], bytes]
    pages_to: str = ""


def _jpeg(image: Image.Image, **more: object) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=_QUALITY, dpi=(scan.DPI, scan.DPI), **more)
    return target.getvalue()


def _scan_pdf(_draft: Draft, sheets: Sequence[Sheet], rng: Random) -> bytes:
    return vector.picture_pdf([_jpeg(scan.scanned(sheet, rng)) for sheet in sheets])


def _copy_pdf(_draft: Draft, sheets: Sequence[Sheet], rng: Random) -> bytes:
    return vector.picture_pdf([_jpeg(scan.copied(sheet, rng)) for sheet in sheets])


def _tiff(images: list[Image.Image], **how: object) -> bytes:
    target = io.BytesIO()
    images[0].save(target, "TIFF", save_all=True, append_images=images[1:], dpi=(scan.DPI, scan.DPI), **how)
    return target.getvalue()


def _colour_tiff(_draft: Draft, sheets: Sequence[Sheet], rng: Random) -> bytes:
    return _tiff([scan.scanned(sheet, rng).convert("YCbCr") for sheet in sheets], compression="jpeg", quality=_QUALITY)


def _fax_tiff(_draft: Draft, sheets: Sequence[Sheet], rng: Random) -> bytes:
    """Black and white only, CCITT group 4, as older scanners and fax servers write."""
    bilevel = [scan.copied(sheet, rng).point(lambda level: 255 if level > 150 else 0).convert("1") for sheet in sheets]
    return _tiff(bilevel, compression="group4")


def _scan_jpeg(_draft: Draft, sheets: Sequence[Sheet], rng: Random) -> bytes:
    return _jpeg(scan.scanned(sheets[0], rng))


def _scan_png(_draft: Draft, sheets: Sequence[Sheet], rng: Random) -> bytes:
    """Eight levels of grey: a PNG of scanner noise would be megabytes."""
    target = io.BytesIO()
    levels = scan.copied(sheets[0], rng).point([level // 36 * 36 for level in range(256)])
    levels.save(target, "PNG", optimize=False, dpi=(scan.DPI, scan.DPI))
    return target.getvalue()


def _photo(_draft: Draft, sheets: Sequence[Sheet], rng: Random) -> bytes:
    """As a telephone stores it: the pixels lie on their side, EXIF says which way is up."""
    orientation, turn = rng.choice(((6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270), (3, Image.Transpose.ROTATE_180)))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110], exif[0x0132] = orientation, "Sample", "SAMPLE-1", "2026:01:01 08:00:00"
    return _jpeg(scan.photographed(sheets[0], rng).transpose(turn), exif=exif)


def _text(encoding: str) -> Callable[[Draft, Sequence[Sheet], Random], bytes]:
    def write(draft: Draft, _sheets: Sequence[Sheet], _rng: Random) -> bytes:
        text = "\r\n".join(line.replace("\n", "") for line in paragraphs(draft)) + "\r\n"
        mark = {"utf-16-le": b"\xff\xfe", "utf-8": b"\xef\xbb\xbf"}.get(encoding, b"")
        return mark + text.encode(encoding)

    return write


def _still(data: bytes) -> bytes:
    """An office file without the moment it was saved."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    stamp = _MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode("ascii")
    pattern = rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*"
    return vector.packed((name, re.sub(pattern, rb"\g<1>" + stamp, body) if name == "docProps/core.xml" else body) for name, body in entries)


class _Document:
    """A DOCX under construction."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.file = docx.Document()
        for section in self.file.sections:
            section.page_width, section.page_height = Pt(595), Pt(842)
            section.left_margin, section.right_margin, section.top_margin = Pt(79), Pt(74), Pt(96)
        properties = self.file.core_properties
        properties.author, properties.title, properties.comments = draft.creator, draft.title, MARK

    def line(self, text: str, *, size: float, align: str = "left", bold: bool = False, indent: float = 0, colour: tuple[int, int, int] | None = None) -> None:
        paragraph = self.file.add_paragraph()
        paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.paragraph_format.line_spacing = Pt(max(size * 1.6, 14))
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(indent * size)
        self.fill(paragraph, text, size, bold, colour)

    def fill(self, paragraph: Paragraph, text: str, size: float, bold: bool = False, colour: tuple[int, int, int] | None = None) -> None:
        for number, part in enumerate(text.split("\n")):
            pieces = re.split(r"(\{[^}]*\})", part)
            for piece in pieces:
                if not piece:
                    continue
                hand = piece.startswith("{")
                run = paragraph.add_run(plain(piece))
                run.font.size, run.font.bold = Pt(size), bold
                name = "楷体" if hand else "黑体" if bold else "仿宋"
                run.font.name = name
                run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
                tint = INK if hand else colour
                if tint:
                    run.font.color.rgb = RGBColor(*tint)
            if number < text.count("\n"):
                paragraph.runs[-1].add_break()

    def table(self, table: Table) -> None:
        grid = self.file.add_table(rows=len(table.rows), cols=len(table.widths), style="Table Grid")
        for cells, drawn in zip(table.rows, grid.rows, strict=True):
            column = 0
            for cell in cells:
                target = drawn.cells[column]
                if cell.span > 1:
                    target = target.merge(drawn.cells[column + cell.span - 1])
                column += cell.span
                paragraph = target.paragraphs[0]
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if cell.centre else WD_ALIGN_PARAGRAPH.LEFT
                self.fill(paragraph, cell.text, 12)

    def write(self) -> bytes:
        size = self.draft.size
        for block in self.draft.blocks:
            match block:
                case Letterhead(organ, number, black):
                    self.line(organ, size=20 if black else 32, align="center", bold=True, colour=None if black else RED)
                    if number:
                        self.line(number, size=14, align="right" if black else "center")
                case Title(text, points):
                    self.line(text, size=points, align="center", bold=True)
                case Body(text, align, indent, bold):
                    self.line(text, size=size, align=align, bold=bold, indent=indent if align == "left" else 0)
                case Table():
                    self.table(block)
                case Signature(lines):
                    for text in lines:
                        self.line(text, size=size, align="right")
                case Imprint(lines):
                    for text in lines:
                        self.line(text, size=12)
                case Received(text):
                    for text_line in text.split("\n"):
                        self.line(text_line, size=10, align="right", colour=RED)
                case Break():
                    self.file.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        self.line(MARK, size=7.5, colour=GREY)
        target = io.BytesIO()
        self.file.save(target)
        return _still(target.getvalue())


def _docx(draft: Draft, _sheets: Sequence[Sheet], _rng: Random) -> bytes:
    return _Document(draft).write()


def _xlsx(draft: Draft, _sheets: Sequence[Sheet], _rng: Random) -> bytes:
    """One sheet: title and lines across all columns, tables as cells. Numbers stay text, as people keep them."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = draft.kind[:30]
    book.properties.creator, book.properties.title = draft.creator, draft.title
    tables = [block for block in draft.blocks if isinstance(block, Table)]
    columns = max((len(table.widths) for table in tables), default=6)
    edge = Side(style="thin")
    at = 1

    def across(text: str, **look: object) -> None:
        nonlocal at
        page.merge_cells(start_row=at, start_column=1, end_row=at, end_column=columns)
        cell = page.cell(at, 1, plain(text))
        cell.font, cell.alignment = Font(**look), Alignment(horizontal="center" if look.get("bold") else "left", wrap_text=True)
        at += 1

    for block in draft.blocks:
        match block:
            case Title(text):
                across(text, size=18, bold=True)
            case Letterhead(organ, number):
                across(organ, size=16, bold=True)
                if number:
                    across(number, size=11)
            case Table(widths, rows):
                for place, width in enumerate(widths, 1):
                    page.column_dimensions[get_column_letter(place)].width = width * 11
                for cells in rows:
                    column = 1
                    for cell in cells:
                        drawn = page.cell(at, column, plain(cell.text))
                        drawn.alignment = Alignment(horizontal="center" if cell.centre else "left", vertical="center", wrap_text=True)
                        drawn.border = Border(edge, edge, edge, edge)
                        if cell.span > 1:
                            page.merge_cells(start_row=at, start_column=column, end_row=at, end_column=column + cell.span - 1)
                        column += cell.span
                    at += 1
            case Body(text):
                across(text, size=11)
            case Signature(lines) | Imprint(lines):
                for text in lines:
                    across(text, size=11)
            case Received(text):
                across(text, size=10)
            case Break():
                at += 1
    across(MARK, size=8)
    target = io.BytesIO()
    book.save(target)
    return _still(target.getvalue())


def _text_pdf(_draft: Draft, sheets: Sequence[Sheet], _rng: Random) -> bytes:
    return vector.text_pdf(sheets)


def _ofd(draft: Draft, sheets: Sequence[Sheet], _rng: Random) -> bytes:
    return vector.ofd(sheets, draft.title, draft.creator, draft.doc_date)


FORMATS: dict[str, Format] = {
    "scan": Format("pdf", ".pdf", True, _scan_pdf),
    "copy": Format("pdf", ".pdf", True, _copy_pdf),
    "tiff": Format("tiff", ".tif", True, _colour_tiff),
    "fax": Format("tiff", ".tif", True, _fax_tiff),
    "jpeg": Format("jpeg", ".jpg", True, _scan_jpeg, pages_to="scan"),
    "png": Format("png", ".png", True, _scan_png, pages_to="copy"),
    "photo": Format("jpeg", ".jpg", True, _photo, pages_to="tiff"),
    "pdf": Format("pdf", ".pdf", True, _text_pdf),
    "ofd": Format("ofd", ".ofd", True, _ofd),
    "docx": Format("docx", ".docx", False, _docx),
    "xlsx": Format("xlsx", ".xlsx", False, _xlsx),
    "txt": Format("txt", ".txt", False, _text("utf-8")),
    "txt-gb18030": Format("txt", ".txt", False, _text("gb18030")),
    "txt-utf16": Format("txt", ".txt", False, _text("utf-16-le")),
}
