"""app/privacy/pictures.py — bars over what is masked on the picture of a page, and covered pages as one PDF.

Reading gives a box for a line, not for a character: the place of a stretch is its share of the line, full-width letters
counting two, and the bar is wider than the stretch. What nobody could read (a photograph, a page without lines) cannot
be covered. Pictures are opened and written in memory; any thread.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from PIL import Image, ImageDraw

from app.privacy.text import MARK, cover_lines
from storage.records import Line

#: How far a bar reaches beyond its stretch: in letters along the line, in line heights across it.
_BESIDE, _ACROSS = 0.8, 0.12
_UPRIGHT = 2.0
_DPI = 150
_MASKED = re.compile(re.escape(MARK) + r"(?:[\s\-]*" + re.escape(MARK) + ")*")

Box = tuple[float, float, float, float]


def cover_picture(webp: bytes, lines: Sequence[Line], names: Iterable[str] = ()) -> bytes:
    """The picture with a bar over every masked stretch; the very same bytes when there is none."""
    bars = [bar for line, text in zip(lines, cover_lines(lines, names), strict=True) for bar in _bars(line, text)]
    if not bars:
        return webp
    with Image.open(io.BytesIO(webp)) as opened:
        picture = opened.convert("RGB")
    draw = ImageDraw.Draw(picture)
    for left, top, right, bottom in bars:
        draw.rectangle(
            (left * picture.width, top * picture.height, right * picture.width, bottom * picture.height), fill="black"
        )
    held = io.BytesIO()
    picture.save(held, "WEBP", quality=82, method=2)
    return held.getvalue()


def as_pdf(pages: Iterable[bytes]) -> bytes:
    """Page pictures as a PDF, one to a page, at the size the reading has (150 dpi). One page is in memory at a time."""
    held = io.BytesIO()
    for number, page in enumerate(pages):
        with Image.open(io.BytesIO(page)) as picture:
            picture.convert("RGB").save(held, "PDF", resolution=_DPI, append=number > 0, quality=85)
    return held.getvalue()


def _bars(line: Line, covered: str) -> Iterator[Box]:
    """The bars of one line, as fractions of the page."""
    before = line.text.replace("\n", " ")
    weights = [2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in before]
    total = sum(weights) or 1
    upright = line.height > line.width * _UPRIGHT and len(before) > 1
    for found in _MASKED.finditer(covered):
        first, last = found.span()
        if covered[first:last] == before[first:last]:
            continue  # stars of the paper itself
        start = max(0.0, (sum(weights[:first]) - 2 * _BESIDE) / total)
        end = min(1.0, (sum(weights[:last]) + 2 * _BESIDE) / total)
        if upright:
            spare = line.width * _ACROSS
            yield (line.x - spare, line.y + start * line.height, line.x + line.width + spare, line.y + end * line.height)
        else:
            spare = line.height * _ACROSS
            yield (line.x + start * line.width, line.y - spare, line.x + end * line.width, line.y + line.height + spare)
