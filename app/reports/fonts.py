"""app/reports/fonts.py — the fonts of printed forms: TrueType, embedded as subsets, copied out as they were written.

Song (Noto Serif SC) is the hand of official forms; what it lacks is taken from Noto Sans SC, and what neither has is
printed as 〓, the printer's mark for a missing sort, and reported by `missing`, so that no name loses a character
unseen. Sizes are points. The fonts are loaded once (0.15 s each) and may be used from any thread, one document at a
time while it is being written out (`sheet.Sheet.finish` holds the lock).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

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

    ReportLab writes the ToUnicode map with `%04X` of the code point. The map wants UTF-16BE, so 𠅤 (U+20164) comes out
    as the five digits `20164`, which readers take for other characters; and it writes up to 256 entries in one block
    where the format allows 100. Here the map is written again, from the same subsets, after ReportLab has made its
    objects.
    """

    def addObjects(self, doc: object) -> None:  # ReportLab's name
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
_fonts: dict[str, EmbeddedFont] = {}


def font(name: str) -> EmbeddedFont:
    """The font of this name, registered with ReportLab."""
    found = _fonts.get(name)
    if found is None:
        with _loading:
            if name not in _fonts:
                fresh = EmbeddedFont(name, str(resources.path("fonts", f"{name}.ttf")), shapable=False)
                pdfmetrics.registerFont(fresh)
                _fonts[name] = fresh
            found = _fonts[name]
    return found


class _Sorts(dict[str, tuple[str, str, float]]):
    """One hand's type case: character -> (font that prints it, what is printed, width at size 1), found out once."""

    def __init__(self, hand: Hand) -> None:
        super().__init__()
        self._hand = hand

    def __missing__(self, char: str) -> tuple[str, str, float]:
        for name in (self._hand.name, self._hand.spare):
            face = font(name).face
            if ord(char) in face.charToGlyph:
                self[char] = name, char, float(face.getCharWidth(ord(char))) / 1000
                return self[char]
        self[char] = self[GETA]
        return self[char]


_sorts = {hand: _Sorts(hand) for hand in (BODY, BOLD, PLAIN)}


def missing(text: str) -> list[str]:
    """The characters of `text` that no font of ours can print."""
    sorts = _sorts[BODY]
    return [char for char in text if sorts[char][1] != char]


def widths(hand: Hand, size: float) -> Callable[[str], float]:
    """The measure of one character at `size` points, for `lines.break_lines`."""
    sorts = _sorts[hand]
    return lambda char: sorts[char][2] * size


def text_width(text: str, size: float, hand: Hand) -> float:
    sorts = _sorts[hand]
    return size * sum([sorts[char][2] for char in text])


def runs(text: str, hand: Hand) -> list[tuple[str, str]]:
    """`text` as (font name, piece) in order; a missing character has become 〓."""
    sorts = _sorts[hand]
    pieces: list[tuple[str, str]] = []
    begun = ""
    current: list[str] = []
    for char in text:
        name, printed, _ = sorts[char]
        if name != begun and current:
            pieces.append((begun, "".join(current)))
            current = []
        begun = name
        current.append(printed)
    if current:
        pieces.append((begun, "".join(current)))
    return pieces
