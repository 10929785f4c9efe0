"""app/reading/ofd.py — OFD (GB/T 33190), the fixed-layout format of official papers, through ofdkit.

ofdkit gives the text runs of a page, templates included, in millimetres; they are drawn where they stand, over the lines and
images of the page. A page without text, but with an image, is a scan and goes to OCR.
"""

from __future__ import annotations

import ofdkit
from PIL import Image, ImageDraw

from app.reading import limits
from app.reading.errors import Refused
from app.reading.ofd_drawing import Drawings
from app.reading.package import BROKEN, Package
from app.reading.sheet import Leaf, blank, clean, crossed
from app.reading.typeset import FACES
from app.reading.wire import Line

DAMAGE = (ofdkit.OFDError, *BROKEN, RecursionError)
ASCENT = 0.88                     # of the size, from the baseline up to the top of a Chinese character


class Layout:
    """An open OFD file."""

    def __init__(self, data: bytes) -> None:
        package = Package(data)
        package.check()
        self._drawings = Drawings(package)
        try:
            self._document = ofdkit.open(data)
        except DAMAGE:
            raise Refused("damaged") from None
        self.pages = len(self._document.pages)
        if self.pages == 0:
            raise Refused("no_pages")
        if self.pages > limits.PAGES:
            raise Refused("too_many_pages")

    def leaf(self, number: int, *, ocr: bool) -> Leaf:
        page = self._document.pages[number - 1]
        try:
            left, top, width, height = page.box
            runs = page.runs
        except DAMAGE:
            if self.pages == 1:
                raise Refused("damaged") from None
            return crossed()
        if not (1 < width < 1e5 and 1 < height < 1e5):
            raise Refused("damaged")
        scan = ocr and not any(run.text.strip() for run in runs)
        across, down = limits.page_picture_size(width, height, limits.OCR_SIDE if scan else limits.PICTURE_SIDE)
        scale = max(across, down) / max(width, height)
        picture = Image.new("RGB", (across, down), "white")
        drawn = page.location is not None and self._drawings.paint(picture, page.location, (left, top), scale)
        if not any(run.text.strip() for run in runs) and drawn and not blank(picture):
            return Leaf(picture, (), "ocr" if ocr else "none", 0.0)
        pen = ImageDraw.Draw(picture)
        lines = []
        for run in runs[: limits.PAGE_CHARACTERS]:
            text = clean(run.text).strip()
            x, y, size = (run.x - left) * scale, (run.y - top) * scale, min(run.size * scale, 400.0)
            if not text or not (0 <= x < across and 0 <= y < down + size) or size < 1:
                continue
            face = FACES.face(max(4, round(size)), False)
            natural = face.getlength(text)
            wide = max(run.width * scale, 1.0)
            if natural > wide * 1.05 and len(text) > 1:
                face = FACES.face(max(4, int(size * wide / natural)), False)
            pen.text((x, y), text, fill=(20, 20, 20), font=face, anchor="ls")
            lines.append(Line(text, x / across, max(0.0, (y - size * ASCENT) / down), min(wide, across - x) / across, size / down))
        return Leaf(picture, lines, "text")

    def close(self) -> None:
        self._document.close()
