"""app/reading/sheet.py — child side: one page as a reader hands it over, and the cleaning of its text.

Lines reuse the wire's `Line`. Text is NFC without control characters; U+FFFD stays, because it says that something was
there. Non-BMP characters (rare names) stay whole.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from app.reading import limits
from app.reading.wire import Line

SPACES = {"\t", "\v", "\f", "\n", "\r", "\x85", "\u2028", "\u2029", "\xa0"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page: its picture (mode L or RGB, upright) and what is written on it. `source`: text, typeset, ocr, none."""

    picture: Image.Image
    lines: Sequence[Line]
    source: str
    confidence: float = 1.0


class Document(Protocol):
    """An open file. Pages are made when they are asked for, so that one page at a time is in memory."""

    pages: int

    def leaf(self, number: int, *, ocr: bool) -> Leaf: ...

    def close(self) -> None: ...


def clean(text: str) -> str:
    """One line of text as it may be kept and searched."""
    if text.isascii() and text.isprintable():
        return text
    kept = []
    for character in text:
        if character in SPACES:
            kept.append(" ")
            continue
        category = unicodedata.category(character)
        if category in ("Cc", "Cs") or character in "\ufeff\u200b\u2060\u00ad":
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def flat(image: Image.Image) -> Image.Image:
    """The image as L or RGB on white paper, whatever mode it was stored in."""
    if image.mode in ("L", "RGB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I") or image.mode == "F":
        low, high = _range(image)
        span = (high - low) or 1.0
        sixteen = image.mode.startswith("I;16") or (low >= 0 and 255 < high <= 65535)
        scale, offset = (1 / 257, 0.0) if sixteen else (255 / span, -low * 255 / span)
        return image.convert("F").point(lambda value: value * scale + offset).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", layer.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    return image.convert("RGB")


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """The image, scaled down so that its long side is at most `side`."""
    if max(image.size) <= side:
        return image
    reducing = 2.0 if image.mode in ("L", "RGB") else None
    return image.resize(limits.page_picture_size(*image.size, side), Image.Resampling.BOX, reducing_gap=reducing)


def blank(image: Image.Image) -> bool:
    """Whether a drawn page shows nothing at all."""
    low, high = _range(image.convert("L"))
    return high - low < 8


def _range(image: Image.Image) -> tuple[float, float]:
    """The darkest and the lightest value of an image with one band."""
    low, high = image.getextrema()
    assert not isinstance(low, tuple) and not isinstance(high, tuple)
    return float(low), float(high)


def crossed(width: int = 1240, height: int = 1754) -> Leaf:
    """What stands in for a page that cannot be shown: an empty sheet, struck through, so that the count stays right."""
    from PIL import ImageDraw

    picture = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(picture)
    pen.line((0, 0, width, height), fill=150, width=4)
    pen.line((0, height, width, 0), fill=150, width=4)
    return Leaf(picture, (), "none", 0.0)
