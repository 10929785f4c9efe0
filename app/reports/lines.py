"""app/reports/lines.py — breaks text into printed lines by the Chinese rules.

A line never begins with a closing mark (，。、》…) and never ends with an opening one (《（…); words, numbers and the two
halves of —— and …… stay together; a 档号 breaks after its hyphens and dots. Pure functions: widths come from `measure`,
in the same unit as `width`. Nothing is lost: the lines joined give the text back, but for spaces at line ends.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

NOT_AT_START = frozenset("，。、；：？！）》」』】〕〉｝］”’…—·～％℃,.;:?!)]}%>°′″〞﹚﹜〗〙〛")
NOT_AT_END = frozenset("（《「『【〔〈｛［“‘([{<〝﹙﹛〖〘〚￥＄$¥#№")
BREAK_AFTER = frozenset("-/_·")
_WORD_MARKS = frozenset("-/_.,:'@&+=~")
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


class _Printable(dict[int, str | None]):
    """What each character becomes on paper, found out once: `str.translate` asks `__missing__` for new ones."""

    def __missing__(self, point: int) -> str | None:
        char = chr(point)
        kept: str | None = char
        if char.isspace() and char != "\u3000":
            kept = " "
        elif unicodedata.category(char) in ("Cc", "Cf", "Cs") or any(point in span for span in _SELECTORS):
            kept = None
        self[point] = kept
        return kept


_printable = _Printable()


def clean(text: str) -> str:
    """`text` as it may be printed: one space for any white space, no control marks (they could turn the line round),
    no variation selectors (the font holds one shape of each character)."""
    return text.translate(_printable).strip(" ")


def _word(char: str) -> bool:
    return (char.isascii() and char.isalnum()) or char in _WORD_MARKS


def may_break(before: str, after: str) -> bool:
    """Whether a line may end between these two neighbours."""
    if after == " " or after in NOT_AT_START or before in NOT_AT_END:
        return False
    if before in BREAK_AFTER:
        return after not in BREAK_AFTER
    return not (_word(before) and _word(after)) and not (after in _WORD_MARKS and before != " ")


def break_lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """`text` as lines no wider than `width`; `measure` gives the width of one character. Empty text is one empty line.

    A word wider than the line is cut where it must be, still keeping the rules for marks where any place allows it.
    """
    lines: list[str] = []
    start = 0
    while start < len(text):
        end, used = start, 0.0
        while end < len(text):
            used += measure(text[end])
            if used > width and end > start and text[end] != " ":
                break
            end += 1
        if end < len(text):
            end = _best_break(text, start, end)
        lines.append(text[start:end].rstrip(" "))
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
    return lines or [""]


def _best_break(text: str, start: int, end: int) -> int:
    """The last lawful place to break in text[start:end+1]; `end` is the first character that does not fit."""
    for place in range(end, start, -1):
        if may_break(text[place - 1], text[place]):
            return place
    for place in range(end, start, -1):
        if text[place] != " " and text[place] not in NOT_AT_START and text[place - 1] not in NOT_AT_END:
            return place
    return end
