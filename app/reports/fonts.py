"""app/reports/fonts.py — the fonts of printed forms: TrueType, embedded as subsets, and copied out as they were written.

Song (Noto Serif SC) is the hand of official forms; what it lacks is taken from Noto Sans SC, and what neither has is
printed as 〓, the printer's mark for a missing sort, and reported by `missing`, so that no name loses a character
unseen. Sizes are points. The fonts are loaded once (0.15 s each) and may be used from any thread, one document at a time
while it is being written out (`sheet.Sheet.finish` holds the lock).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

import resources

GETA = "〓"


@dataclass(frozen=True, slots=True)
class Hand:
    """A style of letters: the font to print with, and where to look for what it lacks."""

    name: str
    spare: str


BODY = Hand("NotoSerifSC-Regular", "NotoSansSC-Regular")
BOLD = Hand("NotoSerifSC-Bold", "NotoSansSC-Bold")
PLAIN = Hand("NotoSansSC-Regular", "NotoSerifSC-Regular")


class EmbeddedFont(TTFont):
    """A TrueType font whose text can be copied out of the PDF, rare characters included.

    ReportLab writes the ToUnicode map with `%04X` of the code point. The map wants UTF-16BE, so 𠅤 (U+20164) comes out as
    the five digits `20164`, which readers take for other characters; and it writes up to 256 entries in one block where the
    format allows 100. Here the map is written again, from the same subsets, after ReportLab has made its objects.
    """

    def addObjects(self, doc: object) -> None:  # noqa: N802 - ReportLab's name
        subsets = [list(subset) for subset in self.state[doc].subsets]
        super().addObjects(doc)
        prefix = f"+{self.face.name.decode('ascii')}"
        for name, stream in doc.idToObject.items():  # type: ignore[attr-defined]
            if name.startswith("toUnicodeCMap:") and name.endswith(prefix):
                letters = name.removeprefix("toUnicodeCMap:").removesuffix(prefix)
                number = int(letters.translate(_TO_DIGITS))
                stream.content = to_unicode(letters + prefix, subsets[number])


# ReportLab names subset 0 AAAAAA, subset 12 AAAABC: six decimal digits written with letters.
_TO_DIGITS = str.maketrans("ABCDEFGIJK", "0123456789")


def to_unicode(name: str, subset: list[int]) -> str:
    """The ToUnicode CMap of one subset: byte code -> UTF-16BE, in blocks of at most 100, unused codes left out."""
    pairs = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be').hex().upper()}>"
        for code, point in enumerate(subset)
        if point
    ]
    blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
        f"/CMapName /{name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    for block in blocks:
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines)


_loading = threading.Lock()


@cache
def _font(name: str) -> EmbeddedFont:
    font = EmbeddedFont(name, str(resources.path("fonts", f"{name}.ttf")), shapable=False)
    pdfmetrics.registerFont(font)
    return font


def font(name: str) -> EmbeddedFont:
    """The font of this name, registered with ReportLab."""
    with _loading:
        return _font(name)


def known(char: str, hand: Hand) -> str | None:
    """The name of the font that prints `char` in this hand, or None when neither has it."""
    point = ord(char)
    for name in (hand.name, hand.spare):
        if point in font(name).face.charToGlyph:
            return name
    return None


def missing(text: str) -> list[str]:
    """The characters of `text` that no font of ours can print."""
    return [char for char in text if known(char, BODY) is None]


@cache
def char_width(char: str, hand: Hand) -> float:
    """The width of one character, as a fraction of the size."""
    name = known(char, hand)
    if name is None:
        return char_width(GETA, hand)
    return float(font(name).face.getCharWidth(ord(char))) / 1000


def text_width(text: str, size: float, hand: Hand) -> float:
    return sum(char_width(char, hand) for char in text) * size


def runs(text: str, hand: Hand) -> list[tuple[str, str]]:
    """`text` as (font name, piece) in order; a missing character has become 〓."""
    pieces: list[tuple[str, str]] = []
    for char in text:
        name = known(char, hand)
        if name is None:
            name, char = hand.name, GETA
        if pieces and pieces[-1][0] == name:
            pieces[-1] = (name, pieces[-1][1] + char)
        else:
            pieces.append((name, char))
    return pieces
