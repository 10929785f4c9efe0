"""app/reports/sheet.py — the house style of printed forms: paper, margins, footer, page x of y, and text in its place.

Measures are millimetres from the top left corner of the paper, sizes of letters are points. Pages go out one by one and
are compressed at once, so that ten thousand rows cost no more memory than the file they make; the number of pages is
known only at the end and stands in a form that every page refers to. The same input gives the same bytes (no clock, no
random id). A Sheet belongs to one thread; different threads may each draw their own.
"""

from __future__ import annotations

import io
import threading
import zlib
from dataclasses import dataclass
from typing import Literal

from reportlab import rl_config
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFPage, PDFStream, pdfdocEnc
from reportlab.pdfgen.canvas import Canvas

from app.reports import fonts, lines
from app.reports.fonts import BODY, Hand
from app.reports.words import Words

Align = Literal["left", "centre", "right"]

rl_config.useA85 = 0  # streams as bytes: as letters they are a quarter larger and three times slower to write

_writing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet of paper and its margins, in millimetres. The left margin is wide because registers are bound there."""

    width: float
    height: float
    left: float = 25
    right: float = 15
    top: float = 20
    bottom: float = 15

    @property
    def inner_width(self) -> float:
        return self.width - self.left - self.right


PORTRAIT = Paper(210, 297)
LANDSCAPE = Paper(297, 210)
POINT = 25.4 / 72
"""One point in millimetres."""
FOOT = 9.0
"""Height kept free above the bottom margin for the footer."""


class Sheet:
    """One printed form being drawn. Begin each page with `new_page`, end with `finish`."""

    def __init__(
        self,
        paper: Paper,
        words: Words,
        *,
        title: str,
        prepared_by: str = "",
        prepared_on: str = "",
        footer: bool = True,
    ) -> None:
        self.paper = paper
        self.words = words
        self.pages = 0
        self.bottom = paper.height - paper.bottom - (FOOT if footer else 0)
        self._prepared = (prepared_by, prepared_on)
        self._footer = footer
        self._out = io.BytesIO()
        self._open = False
        fonts.font(BODY.name)
        self._canvas = Canvas(
            self._out,
            pagesize=(paper.width * mm, paper.height * mm),
            pageCompression=1,
            invariant=1,
            initialFontName=BODY.name,
            lang="zh-CN" if words.language == "zh" else "en",
        )
        self._document = self._canvas._doc  # what the fonts know a document by
        self._canvas.setTitle(lines.clean(title))
        self._canvas.setAuthor(lines.clean(prepared_by))
        self._canvas.setCreator("Anjuan")
        self._canvas.setProducer("Anjuan")
        self._canvas.setSubject("")

    def new_page(self) -> None:
        """Close the page at hand with its footer and begin the next."""
        self._close_page()
        self.pages += 1
        self._open = True

    def finish(self) -> bytes:
        """The whole PDF. The sheet cannot be used afterwards."""
        self._close_page()
        with _writing:  # ReportLab reads the glyphs of a font through one shared file position
            if self._footer:
                self._total_form()
            self._canvas.save()
        return self._out.getvalue()

    # ---- marks on the page

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 10.5,
        hand: Hand = BODY,
        align: Align = "left",
        spacing: float = 0.0,
    ) -> None:
        """One line of text with its baseline at `y`; `x` is its left end, middle or right end; `spacing` in points.

        The PDF operators are written here: ReportLab's text object takes three times as long for the same bytes.
        """
        if not text:
            return
        width = fonts.text_width(text, size, hand) + spacing * (len(text) - 1)
        left = x * mm - {"left": 0.0, "centre": width / 2, "right": width}[align]
        shown = [f"BT 1 0 0 1 {left:.2f} {(self.paper.height - y) * mm:.2f} Tm"]
        if spacing:
            shown.append(f"{spacing:g} Tc")
        for name, piece in fonts.runs(text, hand):
            font = fonts.font(name)
            for subset, codes in font.splitString(piece, self._document):
                shown.append(f"{font.getSubsetInternalName(subset, self._document)} {size:g} Tf <{codes.hex()}> Tj")
        shown.append("0 Tc ET" if spacing else "ET")
        self._canvas.addLiteral(" ".join(shown))

    def paragraph(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        *,
        size: float = 10.5,
        leading: float = 1.5,
        hand: Hand = BODY,
    ) -> float:
        """Text broken to `width`, its top at `y`; gives back the `y` below it."""
        step = size * leading / mm
        for line in lines.break_lines(lines.clean(text), width * mm, fonts.widths(hand, size)):
            self.text(x, baseline(y, step, size), line, size=size, hand=hand)
            y += step
        return y

    def rule(self, x1: float, y1: float, x2: float, y2: float, weight: float = 0.5) -> None:
        """A straight line, `weight` in points."""
        height = self.paper.height
        self._canvas.addLiteral(
            f"{weight:g} w {x1 * mm:.2f} {(height - y1) * mm:.2f} m {x2 * mm:.2f} {(height - y2) * mm:.2f} l S"
        )

    def box(self, x: float, y: float, width: float, height: float, weight: float = 0.5) -> None:
        self._canvas.setLineWidth(weight)
        self._canvas.rect(x * mm, (self.paper.height - y - height) * mm, width * mm, height * mm)

    def qr(self, x: float, y: float, side: float, content: str) -> None:
        """A QR code with its quiet zone inside `side`; a quarter of it may be torn or stained (level Q)."""
        code = QrCodeWidget(content, barLevel="Q", barWidth=side * mm, barHeight=side * mm, barBorder=4)
        drawing = Drawing(side * mm, side * mm)
        drawing.add(code)
        renderPDF.draw(drawing, self._canvas, x * mm, (self.paper.height - y - side) * mm)

    def code128(self, x: float, y: float, width: float, height: float, content: str) -> None:
        """A Code 128 bar code with its quiet zones inside `width`: what the plainest hand scanner reads."""
        code = Code128(content, barHeight=height * mm, barWidth=1, quiet=1, lquiet=10, rquiet=10, humanReadable=0)
        code.barWidth = width * mm / code.width
        code.lquiet = code.rquiet = 10 * code.barWidth
        code.drawOn(self._canvas, x * mm, (self.paper.height - y - height) * mm)

    # ---- page numbers

    def _close_page(self) -> None:
        if not self._open:
            return
        if self._footer:
            self._draw_footer()
        name = self._document.thisPageName()
        self._canvas.showPage()
        self._press(self._document.idToObject[name])
        self._open = False

    @staticmethod
    def _press(page: PDFPage) -> None:
        """Compress a finished page now; ReportLab would keep its operators as text until the end."""
        pressed = zlib.compress(pdfdocEnc(page.stream))
        page.Contents = PDFStream(PDFDictionary({"Filter": PDFName("FlateDecode")}), pressed)
        page.stream = None

    def _draw_footer(self) -> None:
        paper, (name, day) = self.paper, self._prepared
        y = paper.height - paper.bottom - 1.5
        self.text(paper.left, y, lines.clean(self.words.say("sheet.prepared_by", name=name)), size=9)
        self.text(
            paper.width - paper.right, y, lines.clean(self.words.say("sheet.prepared_on", day=self.words.day(day))),
            size=9, align="right",
        )
        before, _ = self._page_words()
        self.text(self._middle, y, before, size=9, align="right")
        self._canvas.doForm("pages")

    @property
    def _middle(self) -> float:
        return self.paper.left + self.paper.inner_width / 2 + 2

    def _page_words(self) -> tuple[str, str]:
        before, after = self.words.say("sheet.page", page=self.pages, total="\0").split("\0")
        return before, after

    def _total_form(self) -> None:
        _, after = self._page_words()
        self._canvas.beginForm("pages")
        self.text(self._middle, self.paper.height - self.paper.bottom - 1.5, f"{self.pages}{after}", size=9)
        self._canvas.endForm()


def baseline(top: float, step: float, size: float) -> float:
    """Where a line of letters of `size` points stands in a step of `step` millimetres below `top`: Chinese letters fill
    their square from 12 % below the baseline to 88 % above it."""
    return top + step / 2 + 0.38 * size * POINT
