"""app/reading/pdf.py — PDF through pdfium: the text layer with its boxes, and the page as pixels.

pdfium is not thread-safe: everything here runs on the one thread of the parser child. A page without a text layer, with
a garbled one, or with a few stray characters over a scan goes to OCR. pdfium hands out UTF-16 units, so surrogate pairs
(rare names) are joined here. Lines keep pdfium's own order, which is the order of the content.
"""

from __future__ import annotations

import ctypes
import unicodedata

import pypdfium2 as pdfium
import pypdfium2.raw as c
from PIL import Image

from app.reading import limits
from app.reading.errors import Refused
from app.reading.sheet import Leaf, blank, clean, crossed, shrunk
from app.reading.wire import Line

OCR_SCALE = 200 / 72
PICTURE_SCALE = 150 / 72
GRAIN = 1_000_000                # PageToDevice answers in whole units: so many to a side
FEW = 16                         # fewer characters than this over a large image are a stamp or a page number
LARGE = 0.4                      # share of the page an image must cover to be "the page"


class Paper:
    """An open PDF."""

    def __init__(self, data: bytes) -> None:
        c.FPDF_LoadMemDocument(b"", 0, None)   # fails: pdfium keeps its last error, which may be that of an earlier file
        try:
            self._pdf = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            raise Refused("encrypted" if error.err_code == c.FPDF_ERR_PASSWORD else "damaged") from None
        self.pages = len(self._pdf)
        if self.pages > limits.PAGES:
            raise Refused("too_many_pages")
        if self.pages == 0:
            raise Refused("no_pages")
        if self._pdf.get_formtype() != c.FORMTYPE_NONE:
            self._pdf.init_forms()

    def leaf(self, number: int, *, ocr: bool) -> Leaf:
        try:
            page = self._flattened(number - 1)
        except pdfium.PdfiumError:
            if self.pages == 1:
                raise Refused("damaged") from None
            return crossed()
        try:
            return self._leaf(page, ocr)
        finally:
            page.close()

    def _flattened(self, index: int) -> pdfium.PdfPage:
        """The page with what was filled in or stamped on it made part of its content, so that it is text like the rest."""
        page = self._pdf[index]
        for number in range(min(c.FPDFPage_GetAnnotCount(page.raw), limits.ANNOTATIONS)):
            note = c.FPDFPage_GetAnnot(page.raw, number)
            kind = c.FPDFAnnot_GetSubtype(note)
            c.FPDFPage_CloseAnnot(note)
            if kind in (c.FPDF_ANNOT_WIDGET, c.FPDF_ANNOT_FREETEXT, c.FPDF_ANNOT_STAMP):
                if c.FPDFPage_Flatten(page.raw, c.FLAT_NORMALDISPLAY) == c.FLATTEN_SUCCESS:
                    page.close()
                    page = self._pdf[index]
                break
        return page

    def _leaf(self, page: pdfium.PdfPage, ocr: bool) -> Leaf:
        width, height = page.get_size()
        if not (0 < width < 1e12 and 0 < height < 1e12):
            return crossed()
        lines, damage = _lines(page)
        written = sum(len(line.text.replace(" ", "")) for line in lines)
        if written and damage < 0.4 and not (written < FEW and _image_share(page, width, height) > LARGE):
            return Leaf(_draw(page, width, height, PICTURE_SCALE, limits.PICTURE_SIDE), lines, "text")
        if not ocr:
            picture = _draw(page, width, height, PICTURE_SCALE, limits.PICTURE_SIDE)
            return Leaf(picture, lines, "text") if lines or blank(picture) else Leaf(picture, (), "none", 0.0)
        picture = _draw(page, width, height, OCR_SCALE, limits.OCR_SIDE)
        if blank(picture):
            return Leaf(shrunk(picture, limits.PICTURE_SIDE), lines, "text")
        return Leaf(picture, (), "ocr", 0.0)

    def close(self) -> None:
        self._pdf.close()


def _draw(page: pdfium.PdfPage, width: float, height: float, scale: float, side: int) -> Image.Image:
    """The page as pixels; a page of two thousand million points is drawn small instead of not at all."""
    scale = min(scale, side / max(width, height))
    if max(width, height) * scale < side / 3:         # a stamp-sized page: more pixels, so that it can be read
        scale = min(300 / 72, side / 3 / max(width, height))
    if (width * scale + 1) * (height * scale + 1) > limits.RENDER_PIXELS:
        raise Refused("too_large")
    try:
        bitmap = page.render(scale=scale, rev_byteorder=True)
    except pdfium.PdfiumError:
        raise Refused("damaged") from None
    image = bitmap.to_pil()
    picture = image.convert("RGB") if image.mode not in ("L", "RGB") else image.copy()
    bitmap.close()
    return picture if max(picture.size) <= side else shrunk(picture, side)


def _image_share(page: pdfium.PdfPage, width: float, height: float) -> float:
    """How much of the page its largest image covers."""
    best = 0.0
    for found in page.get_objects(filter=[c.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        try:
            left, bottom, right, top = found.get_bounds()
        except pdfium.PdfiumError:
            continue
        best = max(best, abs(right - left) * abs(top - bottom) / (width * height))
    return best


def _lines(page: pdfium.PdfPage) -> tuple[list[Line], float]:
    """The text layer as lines, and the share of its characters that are garbage."""
    try:
        text = page.get_textpage()
    except pdfium.PdfiumError:
        return [], 0.0
    try:
        return _gather(page, text.raw, min(c.FPDFText_CountChars(text.raw), limits.PAGE_CHARACTERS))
    finally:
        text.close()


def _gather(page: pdfium.PdfPage, text: c.FPDF_TEXTPAGE, count: int) -> tuple[list[Line], float]:
    lines: list[Line] = []
    row = _Row()
    bad = good = 0
    high = 0
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for index in range(count):
        code = c.FPDFText_GetUnicode(text, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        elif high:
            bad += 1
        high = 0
        if code in (0x0A, 0x0D):
            row.finish(page, lines)
            continue
        if code == 0 or code > 0x10FFFF:
            bad += 1
            continue
        character = chr(code)
        if code == 0x02 or code == 0xFFFE:            # pdfium's mark for a hyphen at the end of a line
            character = "-"
        if c.FPDFText_IsGenerated(text, index) == 1:
            row.add(character, None)
            continue
        if c.FPDFText_HasUnicodeMapError(text, index) == 1 or unicodedata.category(character) in ("Cc", "Co", "Cn") \
                or code == 0xFFFD:
            bad += 1
        elif not character.isspace():
            good += 1
        if not c.FPDFText_GetCharBox(text, index, left, right, bottom, top):
            row.add(character, None)
            continue
        box = (left.value, bottom.value, right.value, top.value)
        if row.elsewhere(box):
            row.finish(page, lines)
        row.add(character, box)
    row.finish(page, lines)
    return lines, bad / (bad + good) if bad + good else 0.0


class _Row:
    """The line being gathered, in page units."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._box: tuple[float, float, float, float] | None = None

    def elsewhere(self, box: tuple[float, float, float, float]) -> bool:
        """Whether the next character stands clear of this line, so that pdfium has missed a line break."""
        if self._box is None:
            return False
        left, bottom, right, top = self._box
        size = max(top - bottom, right - left if len(self._text) < 3 else 0.0, 1.0)
        return box[1] > top + 3 * size or box[3] < bottom - 3 * size

    def add(self, character: str, box: tuple[float, float, float, float] | None) -> None:
        if len(self._text) < limits.LINE_CHARACTERS:
            self._text.append(character)
        if box is None or character.isspace():
            return
        if self._box is None:
            self._box = box
        else:
            mine = self._box
            self._box = (min(mine[0], box[0]), min(mine[1], box[1]), max(mine[2], box[2]), max(mine[3], box[3]))

    def finish(self, page: pdfium.PdfPage, lines: list[Line]) -> None:
        text = clean("".join(self._text)).strip()
        if text and self._box is not None:
            lines.append(Line(text, *_placed(page, self._box)))
        self._text, self._box = [], None


def _placed(page: pdfium.PdfPage, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """A box in page units as fractions of the drawn page: pdfium applies the crop box and the page's turn."""
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for across, up in ((box[0], box[1]), (box[2], box[3])):
        c.FPDF_PageToDevice(page.raw, 0, 0, GRAIN, GRAIN, 0, across, up, x, y)
        corners.append((x.value / GRAIN, y.value / GRAIN))
    (x0, y0), (x1, y1) = corners
    left, right = sorted((min(max(x0, 0.0), 1.0), min(max(x1, 0.0), 1.0)))
    above, below = sorted((min(max(y0, 0.0), 1.0), min(max(y1, 0.0), 1.0)))
    return left, above, right - left, below - above
